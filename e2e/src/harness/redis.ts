/** A real Redis, as a process of its own, and the foreign tool that everyone reads it with: redis-cli. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startChild, type Child } from './child.ts'
import { freePort } from './free-port.ts'
import { eventually } from './wait.ts'

const run = promisify(execFile)
/** A stopped Redis takes the connection of redis-cli and then says nothing. */
const cliWithinMs = 10_000

export interface Redis {
  readonly url: string
  /** What redis-cli prints for this command. */
  cli(...command: readonly string[]): Promise<string>
  /** A hash as a dictionary, by HGETALL. */
  hash(key: string): Promise<Readonly<Record<string, string>>>
  /** kill -9. What was not saved is lost, and nothing is saved here. */
  kill(): Promise<void>
  /** SIGSTOP: connections are taken, nothing is answered. */
  pause(): void
  resume(): void
  /** Starts it on the same port. */
  start(): Promise<void>
  end(): Promise<void>
}

export async function startRedis(): Promise<Redis> {
  const directory = await mkdtemp(join(tmpdir(), 'video-room-e2e-redis-'))
  const port = await freePort()
  let server: Child | null = null

  const cli = async (...command: readonly string[]): Promise<string> => {
    const { stdout } = await run('redis-cli', ['-p', String(port), ...command], { timeout: cliWithinMs })
    return stdout.trim()
  }
  const start = async (): Promise<void> => {
    const words = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, '--save', '']
    server = startChild('redis-server', words)
    await eventually('redis answers', async () => (await cli('PING').catch(() => '')) === 'PONG')
  }
  await start()
  return {
    url: `redis://127.0.0.1:${port}`,
    cli,
    async hash(key) {
      const lines = (await cli('HGETALL', key)).split('\n')
      const entries = lines.flatMap((field, at): [string, string][] =>
        at % 2 === 0 ? [[field, lines[at + 1] ?? '']] : [],
      )
      return Object.fromEntries(entries)
    },
    async kill() {
      server?.signal('SIGKILL')
      await server?.ended()
    },
    pause: () => server?.signal('SIGSTOP'),
    resume: () => server?.signal('SIGCONT'),
    start,
    async end() {
      // A stopped process hears nothing but this.
      server?.signal('SIGCONT')
      await server?.end()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
