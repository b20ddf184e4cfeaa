/** A relay: `node src/main.ts`, with its settings in the environment (config.ts). */
import { ConfigError, readConfig, type Config } from './config.ts'
import { startHealth } from './io/health.ts'
import { startTransport } from './io/start-transport.ts'
import { jsonLog, logBug, type Log } from './log.ts'
import { metricsText } from './metrics.ts'
import { RelayDriver } from './relay-driver.ts'

const logTo = (level: Config['logLevel']): Log =>
  jsonLog(
    level,
    (line) => process.stdout.write(`${line}\n`),
    () => new Date(),
  )

/** The system's code (`EADDRINUSE`) wherever it is in the chain, else the error's name: their messages quote addresses. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  if ('code' in error && typeof error.code === 'string') return error.code
  return error.cause === undefined ? error.name : codeOf(error.cause)
}

async function serveHealth(config: Config, relay: RelayDriver, log: Log): Promise<void> {
  if (config.http === null) return
  const health = await startHealth(config.http, {
    health: () => {
      const { status, rooms, links } = relay.figures
      return { isOk: status === 'serving', body: { ok: status === 'serving', status, rooms, links } }
    },
    metrics: async () => {
      const { user, system } = process.cpuUsage()
      return metricsText(relay.figures, await relay.report(), {
        cpuSeconds: (user + system) / 1_000_000,
        residentBytes: process.memoryUsage.rss(),
        uptimeSeconds: process.uptime(),
      })
    },
  })
  log('info', 'health-served', { httpPort: health.port })
}

/** The first signal drains, the second ends at once. */
function endOnSignal(relay: RelayDriver, log: Log): void {
  let isEnding = false
  const onSignal = (): void => {
    if (isEnding) {
      log('warn', 'ended-at-once')
      process.exit(1)
    }
    isEnding = true
    relay.drain().then(
      () => process.exit(0),
      (error: unknown) => {
        logBug(log, 'drain', error)
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal)
}

async function main(): Promise<void> {
  const config = readConfig(process.env)
  const log = logTo(config.logLevel)
  // The state is unknown after a bug nobody caught: better a fresh relay, which rooms find by themselves.
  process.on('uncaughtException', (error) => {
    logBug(log, 'uncaught', error)
    process.exit(1)
  })
  const relay = await RelayDriver.start(config, startTransport, log)
  endOnSignal(relay, log)
  await serveHealth(config, relay, log)
}

try {
  await main()
} catch (error) {
  const reason = error instanceof ConfigError ? { reason: error.message } : { code: codeOf(error) }
  logTo('info')('error', 'not-started', reason)
  process.exit(1)
}
