import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'

const guard = fileURLToPath(new URL('guard.ts', import.meta.url))
let started: ChildProcess | null = null
afterEach(() => void started?.kill('SIGKILL'))

/** A shell with a grandchild, both deaf to SIGTERM; tells the pids of both. */
async function guardDeafFamily(): Promise<{
  readonly guardProcess: ChildProcess
  readonly pids: readonly number[]
}> {
  const family = `trap '' TERM; sh -c 'trap "" TERM; echo $$; while :; do sleep 1; done' & echo $$; wait`
  const guardProcess = spawn(process.execPath, [guard, 'sh', '-c', family], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  started = guardProcess
  const pids: number[] = []
  for await (const line of createInterface({ input: guardProcess.stdout })) {
    pids.push(Number(line))
    if (pids.length === 2) break
  }
  return { guardProcess, pids }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('guard', () => {
  it('ends a whole family that is deaf to SIGTERM when its input closes', { timeout: 10_000 }, async () => {
    const { guardProcess, pids } = await guardDeafFamily()
    expect(pids.every(isAlive)).toBe(true)
    guardProcess.stdin?.end()
    expect(await once(guardProcess, 'exit')).toEqual([0, null])
    // Dead, though whoever inherits them may take a moment to collect them.
    await expect.poll(() => pids.some(isAlive), { timeout: 5_000 }).toBe(false)
  })

  it('passes on the exit code of its command', async () => {
    const guardProcess = spawn(process.execPath, [guard, 'sh', '-c', 'exit 7'], {
      stdio: ['pipe', 'ignore', 'inherit'],
    })
    started = guardProcess
    expect(await once(guardProcess, 'exit')).toEqual([7, null])
  })
})
