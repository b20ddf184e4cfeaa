/** Runs a command under guard.ts: it writes its log, and ends with everything it started when we do, however we do. */
import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The guard's own patience is 2.5 s. */
const endWithinMs = 5_000

export interface GuardedCommand {
  /** For messages: "the worker". */
  readonly name: string
  readonly command: string
  readonly words: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly logFile: string
  /** Everything it says, line by line, without colours. */
  readonly onLine: (line: string) => void
}

export interface Guarded {
  /** Resolves with the exit code when it has ended by itself or by `end`. */
  readonly ended: Promise<number>
  /** Ends it and everything it started. */
  end(): Promise<void>
}

export async function runGuarded(settings: GuardedCommand): Promise<Guarded> {
  await mkdir(dirname(settings.logFile), { recursive: true })
  const guard = fileURLToPath(new URL('guard.ts', import.meta.url))
  const child = spawn(process.execPath, [guard, settings.command, ...settings.words], {
    cwd: root,
    // A group of its own: the terminal's Ctrl-C must not reach the guard before us.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      ...process.env,
      PATH: `${join(root, 'node_modules/.bin')}${delimiter}${process.env['PATH'] ?? ''}`,
      ...settings.env,
    },
  })
  const log = createWriteStream(settings.logFile)
  for (const output of [child.stdout, child.stderr]) {
    createInterface({ input: output }).on('line', (coloured) => {
      const line = stripVTControlCharacters(coloured)
      log.write(`${line}\n`)
      settings.onLine(line)
    })
  }
  const ended = new Promise<number>((resolve) => {
    child.once('exit', (code) => resolve(code ?? 1))
  })
  return {
    ended,
    async end() {
      child.stdin.end()
      const late = wait(endWithinMs, 'late' as const, { ref: false })
      if ((await Promise.race([ended, late])) === 'late') throw new Error(`${settings.name} did not end`)
    },
  }
}
