/**
 * Runs a command in a process group of its own and ends the whole group when our standard input closes.
 *
 * wrangler leaves its workerd processes behind when it is killed, and whoever started us may be killed without a
 * chance to clean up. An input that closes is the one sign that reaches us in every case: Ctrl-C, SIGTERM, SIGKILL.
 *
 *   node guard.ts <command> <arguments…>
 */
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'

/** workerd does not end on SIGTERM while a WebSocket is open (notes: workers §6), so patience is useless here. */
const politeMs = 1_500
/** After SIGKILL only the system's own bookkeeping is left. */
const forcedMs = 1_000

const [command, ...words] = process.argv.slice(2)
if (!command) throw new Error('guard: no command given')

const child = spawn(command, words, { detached: true, stdio: ['ignore', 'inherit', 'inherit'] })

function signalGroup(signal: NodeJS.Signals | 0): boolean {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal)
    return child.pid !== undefined
  } catch {
    return false
  }
}

/** Dead processes that their new parent has not collected still count for a signal; they no longer hold anything. */
function groupLives(): boolean {
  if (!signalGroup(0)) return false
  if (!existsSync('/proc/self/stat')) return true
  return readdirSync('/proc').some((name) => {
    if (!/^\d+$/.test(name)) return false
    try {
      // proc(5): pid (command) state ppid pgrp …; the command may contain anything, so read from its last bracket.
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return Number(group) === child.pid && state !== 'Z'
    } catch {
      return false
    }
  })
}

async function groupGoneWithin(limitMs: number): Promise<boolean> {
  const deadlineMs = performance.now() + limitMs
  while (groupLives()) {
    if (performance.now() > deadlineMs) return false
    await wait(25)
  }
  return true
}

let ending = false
async function end(exitCode: number): Promise<void> {
  if (ending) return
  ending = true
  signalGroup('SIGTERM')
  if (!(await groupGoneWithin(politeMs))) {
    signalGroup('SIGKILL')
    await groupGoneWithin(forcedMs)
  }
  process.exit(exitCode)
}

// The terminal sends Ctrl-C to everyone; the one who started us decides and closes our input.
process.on('SIGINT', () => undefined)
process.on('SIGHUP', () => undefined)
process.on('SIGTERM', () => void end(0))
process.stdin
  .on('end', () => void end(0))
  .on('error', () => void end(0))
  .resume()
child.on('error', (error) => {
  console.error(`cannot run ${command}: ${error.message}`)
  process.exit(127)
})
child.on('exit', (code) => void end(code ?? 1))
