/** Contestants join by join in turns, so that whatever else the machine does falls on each. */
import type { Contestant } from './contestant.ts'

/** The first join of each warms caches of browser and worker; it is not counted. */
const warmUps = 1

export async function inTurns<Result>(
  contestants: readonly Contestant<Result>[],
  joins: number,
): Promise<Map<Contestant<Result>, Result[]>> {
  const results = new Map<Contestant<Result>, Result[]>(contestants.map((contestant) => [contestant, []]))
  for (let round = 0; round < joins + warmUps; round += 1) {
    // Who goes first changes every round: nobody always inherits the other's echo.
    const order = round % 2 === 0 ? contestants : contestants.toReversed()
    for (const contestant of order) {
      const join = await contestant.join()
      if (round >= warmUps) results.get(contestant)?.push(join)
    }
    process.stderr.write(`\rjoin ${round + 1} of ${joins + warmUps}`)
  }
  process.stderr.write('\n')
  return results
}
