/**
 * `npm run sim -- --seed 7 --trace` tells one room's story; `npm run sim -- --seeds 10000` plays many.
 * Options: --seed N · --seeds N (from --seed on, default 200) · --actions N (default 30) · --trace · --patient (waits on where a
 * story has come to rest).
 */
import { parseArgs } from 'node:util'
import { playStory } from './story.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    actions: { type: 'string', default: '30' },
    trace: { type: 'boolean', default: false },
    patient: { type: 'boolean', default: false },
  },
})

const first = Number(values.seed ?? 1)
const count = Number(values.seeds ?? (values.seed === undefined ? 200 : 1))
const actions = Number(values.actions)
const write = (line: string): void => void process.stdout.write(`${line}\n`)

let failed = 0
for (let seed = first; seed < first + count; seed += 1) {
  try {
    const world = playStory({
      seed,
      actions,
      isPatient: values.patient,
      ...(values.trace ? { trace: write } : {}),
    })
    if (count === 1)
      write(`seed ${seed}: ${(world.clock.nowMs / 1_000).toFixed(1)} s of a room, all invariants held`)
  } catch (error) {
    failed += 1
    write(error instanceof Error ? error.message : String(error))
  }
}
if (count > 1) write(`${count - failed} of ${count} stories held all invariants`)
process.exitCode = failed === 0 ? 0 : 1
