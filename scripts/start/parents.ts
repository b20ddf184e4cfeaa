/**
 * Decides: whether those who started us are still there.
 * Does not decide: what follows from it.
 * Invariants: once someone is missing the answer stays no.
 */
import { readFileSync } from 'node:fs'

/** The parent of a process by proc(5), or null where the system has no /proc or the process is gone. */
function parentOf(pid: number): number | null {
  try {
    // pid (command) state ppid …; the command may contain anything, so read from its last bracket.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return null
  }
}

/**
 * Watches our parent and, when npm runs us, npm behind its shell: npm killed by force leaves the shell waiting for us,
 * so that our own parent never changes.
 */
export function parentsWatch(isRunByNpm: boolean): () => boolean {
  const parent = process.ppid
  const grandparent = isRunByNpm ? parentOf(parent) : null
  return () => process.ppid === parent && (grandparent === null || parentOf(parent) === grandparent)
}
