import { expect, test } from 'vitest'
import { startChild } from './child.ts'

const waiting = ['-e', 'setTimeout(() => {}, 60_000)']

test('a program that runs has no exit code; one that was killed has one, as one that ended', async () => {
  const child = startChild(process.execPath, waiting)
  expect(child.exitCode()).toBeNull()
  child.signal('SIGKILL')
  await child.ended()
  expect(child.exitCode()).toBe(137)
  const other = startChild(process.execPath, ['-e', 'process.exit(3)'])
  await other.ended()
  expect(other.exitCode()).toBe(3)
})
