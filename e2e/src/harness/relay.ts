/** Relays as an operator runs them: `node src/main.ts` of relay-sfu, each a process of its own that can be killed. */
import { createHash, randomBytes } from 'node:crypto'
import { networkInterfaces } from 'node:os'
import { fileURLToPath } from 'node:url'
import { startChild } from './child.ts'
import { figureIn } from './metrics.ts'
import { eventually } from './wait.ts'

const mainScript = fileURLToPath(new URL('../../../relay-sfu/src/main.ts', import.meta.url))

export interface RelayKey {
  readonly key: string
  /** For the worker: `RELAY_KEYS`. */
  readonly entry: string
}

export function newRelayKey(): RelayKey {
  const key = randomBytes(32).toString('base64url')
  return { key, entry: `sha256:${createHash('sha256').update(key).digest('hex')}` }
}

export interface RelayProcess {
  readonly region: string
  /** A figure of /metrics, over all its labels unless one is named: `video_room_relay_forwarded_packets_total`. */
  metric(name: string, label?: string): Promise<number>
  /** kill -9. */
  kill(): Promise<void>
  /** SIGTERM: it drains, then ends. */
  drain(): void
  /** Everything it has logged. */
  log(): string
  exitCode(): number | null
  end(): Promise<void>
}

/** This machine's own address beside the loopback one, as far as it has one. */
const ownAddresses = (): readonly string[] =>
  Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address)

/** A relay that the worker at `origin` knows. */
export async function startRelay(
  origin: string,
  { key }: RelayKey,
  region: string,
  settings: Readonly<Record<string, string>> = {},
  /** Words that run what follows them elsewhere. */
  place: readonly string[] = [],
): Promise<RelayProcess> {
  const [program, ...words] = [...place, process.execPath, mainScript]
  const child = startChild(program, words, {
    SIGNAL_URL: origin.replace('//localhost', '//127.0.0.1'),
    RELAY_KEY: key,
    REGION: region,
    UDP_PORT: '0',
    HTTP_PORT: '0',
    BIND_ADDRESSES: ['127.0.0.1', ...ownAddresses()].join(','),
    DRAIN_SECONDS: '20',
    ...settings,
  })
  const events = (): readonly { readonly event?: string; readonly httpPort?: number }[] =>
    child.lines().flatMap((line) => {
      try {
        return [JSON.parse(line)]
      } catch {
        return []
      }
    })
  await eventually(`the relay ${region} is registered`, () => {
    if (child.exitCode() !== null) throw new Error(`the relay ended: ${child.output()}`)
    return Promise.resolve(events().some(({ event }) => event === 'registered'))
  })
  const httpPort = await eventually('its metrics are served', () =>
    Promise.resolve(events().find(({ event }) => event === 'health-served')?.httpPort ?? null),
  )
  return {
    region,
    async metric(name, label = '') {
      const text = await (await fetch(`http://127.0.0.1:${httpPort}/metrics`)).text()
      return figureIn(text, name, label)
    },
    async kill() {
      child.signal('SIGKILL')
      await child.ended()
    },
    drain: () => child.signal('SIGTERM'),
    log: () => child.output(),
    exitCode: () => child.exitCode(),
    end: () => child.end(),
  }
}
