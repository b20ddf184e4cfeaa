/**
 * Decides: which of several processes works while the others wait.
 * Does not decide: what the work is.
 * Invariants: one worker per lock file at any time; a lock of a process that died is taken over.
 */
import { readFile, rm, writeFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'

/** A build takes 2–5 s; whoever waits longer than this is told so instead of hanging. */
const patienceMs = 60_000

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function tryLock(lockFile: string): Promise<boolean> {
  try {
    await writeFile(lockFile, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

/** Runs `work` while no other process holds `lockFile`. Rejects when the other one takes more than a minute. */
export async function alone<T>(lockFile: string, work: () => Promise<T>): Promise<T> {
  const deadlineMs = performance.now() + patienceMs
  while (!(await tryLock(lockFile))) {
    const holder = Number(await readFile(lockFile, 'utf8').catch(() => ''))
    // An empty file is a holder between creating and writing: it is alive.
    if (holder > 0 && !isAlive(holder)) await rm(lockFile, { force: true })
    if (performance.now() > deadlineMs) throw new Error(`process ${holder} still holds ${lockFile}`)
    await wait(50)
  }
  try {
    return await work()
  } finally {
    await rm(lockFile, { force: true })
  }
}
