/** Programs that tests start: own process group, all output kept, and nothing left when they end. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { eventually, within } from './wait.ts'

export interface Child {
  /** Everything it has written so far, both outputs. */
  output(): string
  /** Its lines on standard output so far. */
  lines(): readonly string[]
  /** null while it runs; of one that a signal ended 128 and the signal's number, as shells say. */
  exitCode(): number | null
  /** To the whole group; nothing happens when it has ended. */
  signal(name: NodeJS.Signals): void
  /** Settles when it has ended, however that came. */
  ended(): Promise<void>
  /** Asks the whole group to end, insists after a while, and waits until it has. */
  end(): Promise<void>
}

/** A program asked to end gets this long before it is ended. */
const insistAfterMs = 5_000

export function startChild(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Child {
  const child = spawn(program, args, {
    detached: true,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text
    output += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const closed = once(child, 'close')
  const signal = (name: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name)
    } catch {
      // The group has ended already: nothing is left to signal.
    }
  }
  const insist = (): void => signal('SIGKILL')
  process.once('exit', insist)
  return {
    output: () => output,
    lines: () => printed.split('\n').slice(0, -1),
    exitCode: () =>
      child.exitCode ?? (child.signalCode === null ? null : 128 + constants.signals[child.signalCode]),
    signal,
    ended: async () => void (await within('the program has ended', closed)),
    async end() {
      process.off('exit', insist)
      signal('SIGTERM')
      const timer = setTimeout(insist, insistAfterMs)
      await within('the program has ended', closed)
      clearTimeout(timer)
      insist()
    },
  }
}

/** The first line it prints that is a JSON object. Fails with its output when it ends or stays silent instead. */
export async function firstJsonLine(
  child: Child,
  what: string,
  deadlineMs = 60_000,
): Promise<Readonly<Record<string, unknown>>> {
  const read = (): string | null | false => {
    if (child.exitCode() !== null) throw new Error(`it ended with ${child.exitCode()}: ${child.output()}`)
    return child.lines().find((line) => line.startsWith('{')) ?? null
  }
  const line = await eventually(what, read, deadlineMs).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${child.output()}`)
  })
  const parsed: unknown = JSON.parse(line)
  if (typeof parsed !== 'object' || parsed === null) throw new Error(`not an object: ${line}`)
  return Object.fromEntries(Object.entries(parsed))
}
