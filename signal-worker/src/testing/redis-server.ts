/** Real Redis servers for tests: each a process of its own, in a directory of its own, on a port that was free. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { freePort } from './free-port.ts'

/** A Redis starts in 30 ms; a busy machine takes a second. */
const startWithinMs = 10_000

export interface RedisServer {
  readonly port: number
  readonly url: string
  /** A connection of the test itself. */
  readonly redis: Redis
  /** kill -9: nothing is saved that was not yet. */
  kill(): Promise<void>
  /** SIGSTOP and SIGCONT: it takes connections but says nothing. */
  pause(): void
  resume(): void
  /** Starts it again after `kill`, on the same port and with what it saved. */
  start(): Promise<void>
  /** Ends it and removes what it kept. */
  end(): Promise<void>
}

/** `words` go to redis-server as they are, for instance `--appendonly yes`. */
export async function startRedis(
  words: readonly string[] = [],
  { isTls = false, password = '' }: { readonly isTls?: boolean; readonly password?: string } = {},
): Promise<RedisServer> {
  const port = await freePort()
  const directory = await mkdtemp(join(tmpdir(), 'video-room-redis-'))
  const where = isTls ? ['--port', '0', '--tls-port', String(port)] : ['--port', String(port)]
  const all = [...where, '--bind', '127.0.0.1', '--dir', directory, '--save', '', ...words]
  const redis = new Redis({
    port,
    host: '127.0.0.1',
    lazyConnect: true,
    retryStrategy: () => 50,
    maxRetriesPerRequest: null,
    ...(isTls ? { tls: { rejectUnauthorized: false } } : {}),
    ...(password === '' ? {} : { password }),
  })
  redis.on('error', () => null)
  let child: ChildProcess | null = null

  const start = async (): Promise<void> => {
    const started = spawn('redis-server', all, { stdio: 'ignore' })
    child = started
    const failed = once(started, 'exit').then(([code]) =>
      Promise.reject(new Error(`redis-server ended: ${code}`)),
    )
    const late = wait(startWithinMs, null, { ref: false }).then(() =>
      Promise.reject(new Error('redis-server is late')),
    )
    failed.catch(() => null)
    late.catch(() => null)
    await Promise.race([redis.ping(), failed, late])
  }
  const kill = async (): Promise<void> => {
    const running = child
    if (running === null) return
    child = null
    const gone = once(running, 'exit')
    // A stopped process dies of this, too.
    running.kill('SIGKILL')
    await gone
  }
  await start()
  return {
    port,
    url: `redis${isTls ? 's' : ''}://127.0.0.1:${port}`,
    redis,
    kill,
    pause: () => child?.kill('SIGSTOP'),
    resume: () => child?.kill('SIGCONT'),
    start,
    async end() {
      redis.disconnect()
      await kill()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
