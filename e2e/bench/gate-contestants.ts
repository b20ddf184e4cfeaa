/** What is measured in the gate benchmark, each by the same two questions; and the two floors. */
import { openHttp } from './gate-http.ts'

export interface GateContestant {
  readonly name: string
  /** What happens once per latency, and once per unit of `perSecond`. */
  readonly single: string
  readonly bulk: string
  /** Begins a turn: connections are kept until `close`. */
  open(): GateTurn
}

export interface GateTurn {
  /** The latency of one `single`, milliseconds. */
  latencyMs(): Promise<number>
  /** One `bulk`. */
  once(): Promise<void>
  close(): void
}

export interface GateSample {
  readonly latenciesMs: number[]
  readonly perSecond: number[]
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now()
  await work()
  return performance.now() - startedMs
}

/** Runs `work` so many times, at most `width` at once. */
export async function eachAtOnce(
  count: number,
  width: number,
  work: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < count) {
      const index = next
      next += 1
      await work(index)
    }
  }
  await Promise.all(Array.from({ length: Math.min(width, count) }, lane))
}

export const workerdContestant = (origin: string): GateContestant => ({
  name: 'workerd alone',
  single: 'GET /health',
  bulk: 'GET /health',
  open() {
    const http = openHttp(origin)
    return {
      latencyMs: () => timed(() => http.ask('GET', '/health')),
      once: async () => void (await http.ask('GET', '/health')),
      close: () => http.close(),
    }
  },
})

export const redisContestant = (redis: {
  set(key: string, value: string): Promise<unknown>
}): GateContestant => ({
  name: 'Redis alone',
  single: 'SET',
  bulk: 'SET',
  open: () => ({
    latencyMs: () => timed(() => redis.set('floor', 'x')),
    once: async () => void (await redis.set('floor', 'x')),
    close: () => {},
  }),
})
