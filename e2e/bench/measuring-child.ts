/** A benchmark of the relay's, run as a process of its own: it says one line of JSON for each measurement. */
import { fileURLToPath } from 'node:url'
import { startChild } from '../src/harness/child.ts'
import { eventually } from '../src/harness/wait.ts'

const deadlineMs = 10 * 60_000

/** Its lines; throws what it said when it failed. `file`: in relay-sfu/bench; `what`: the words for its progress. */
export async function linesOf(file: string, what: string, isQuick: boolean): Promise<readonly string[]> {
  const script = fileURLToPath(new URL(`../../relay-sfu/bench/${file}`, import.meta.url))
  const child = startChild(process.execPath, [script, ...(isQuick ? ['--quick'] : [])])
  let said = 0
  try {
    await eventually(
      `${what} is measured`,
      () => {
        if (child.lines().length > said) process.stderr.write(`\rmeasurement ${(said += 1)} of ${what}`)
        return child.exitCode() !== null
      },
      deadlineMs,
    )
    process.stderr.write('\n')
    if (child.exitCode() !== 0) throw new Error(child.output())
    return child.lines()
  } finally {
    await child.end()
  }
}
