import { describe, expect, it } from 'vitest'
import { sum, tallyOf } from './tally.ts'

function file(status: string, ...tests: string[]) {
  return {
    name: 'a.test.ts',
    status,
    assertionResults: tests.map((one) => ({ status: one, fullName: `it ${one}` })),
  }
}

describe('tallyOf', () => {
  it('counts the tests of every file', () => {
    const report = { testResults: [file('passed', 'passed', 'passed'), file('failed', 'passed', 'failed')] }
    expect(tallyOf(report, 1)).toEqual({ passed: 3, failed: 1, notes: [] })
  })

  it.each([
    ['no report at all', null, 1],
    ['a report of another shape', { oops: true }, 0],
    ['no test found', { testResults: [] }, 0],
    ['a file that did not load', { testResults: [file('failed')] }, 1],
    ['a file whose clean-up failed', { testResults: [file('failed', 'passed')] }, 1],
    ['a skipped test', { testResults: [file('passed', 'passed', 'pending')] }, 0],
    ['an error outside every test', { testResults: [file('passed', 'passed')] }, 1],
    ['a runner killed by a signal', { testResults: [file('passed', 'passed')] }, null],
  ])('%s is one failure, and a line says why', (_name, report, exitCode) => {
    const tally = tallyOf(report, exitCode)
    expect(tally.failed).toBe(1)
    expect(tally.notes).toHaveLength(1)
  })

  it('a red test with exit code 1 is one failure, not two', () => {
    expect(tallyOf({ testResults: [file('failed', 'failed')] }, 1).failed).toBe(1)
  })
})

it('the sum is over all runners', () => {
  expect(
    sum([
      { passed: 3, failed: 1, notes: [] },
      { passed: 4, failed: 0, notes: [] },
    ]),
  ).toEqual({ passed: 7, failed: 1 })
})
