/**
 * Decides: what one runner's JSON report and exit code count for.
 * Does not decide: how runners are started.
 * Invariants: nothing that went wrong counts as zero. A crash, a file that did not load, a skipped test and a runner
 * without tests are each at least one failure.
 */
export interface Tally {
  readonly passed: number
  readonly failed: number
  /** One line for each failure that is not simply a red test. */
  readonly notes: readonly string[]
}

/** What `vitest --reporter=json` writes, as far as it concerns us. */
interface JsonReport {
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[]
  }[]
}

function isReport(value: unknown): value is JsonReport {
  return (
    typeof value === 'object' && value !== null && 'testResults' in value && Array.isArray(value.testResults)
  )
}

/** `report` is the parsed JSON, or null when the runner wrote none. `exitCode` null: killed by a signal. */
export function tallyOf(report: unknown, exitCode: number | null): Tally {
  if (!isReport(report)) return { passed: 0, failed: 1, notes: ['the runner ended without a report'] }
  const notes: string[] = []
  let passed = 0
  let red = 0
  for (const file of report.testResults) {
    const redBefore = red
    for (const test of file.assertionResults) {
      if (test.status === 'passed') passed += 1
      else if (test.status === 'failed') red += 1
      else notes.push(`did not run (${test.status}): ${test.fullName}`)
    }
    if (file.status === 'failed' && red === redBefore) notes.push(`did not load or clean up: ${file.name}`)
  }
  if (passed + red + notes.length === 0) notes.push('found no tests')
  if (red + notes.length === 0 && exitCode !== 0) {
    notes.push(`all tests passed, yet the runner ended with ${exitCode ?? 'a signal'}`)
  }
  return { passed, failed: red + notes.length, notes }
}

export function sum(tallies: readonly Tally[]): { readonly passed: number; readonly failed: number } {
  return {
    passed: tallies.reduce((total, tally) => total + tally.passed, 0),
    failed: tallies.reduce((total, tally) => total + tally.failed, 0),
  }
}
