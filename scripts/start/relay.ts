/** Runs relays beside a worker, for rooms that do not stay direct, and ends them with the rest. */
import type { NetworkInterfaceInfo } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { runGuarded, type Guarded } from './guarded.ts'
import { lanAddresses } from './lan-addresses.ts'
import { freeUdpPorts } from './udp-port.ts'

/** A relay that nobody has to wait for longer: the page is there, and it may still come. */
const readyWithinMs = 10_000

/**
 * Where the relay listens. On one machine: the loopback address, and the machine's own, since Firefox never tries a loopback
 * candidate. For others in the network, addresses that they can reach.
 */
export function relayAddresses(
  lan: boolean,
  interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>,
): readonly string[] {
  const own = lanAddresses(interfaces)
  return lan && own.length > 0 ? own : ['127.0.0.1', ...own]
}

export interface RelaySettings {
  readonly key: string
  /** Of the worker. */
  readonly origin: string
  readonly addresses: readonly string[]
  /** `npm start -- --lan`: the worker's certificate is our own, made for this machine and signed by nobody. */
  readonly isSelfSigned: boolean
  /** How long rooms get to move on when we end. */
  readonly drainSeconds: number
  readonly logFileOf: (at: number) => string
}

export interface RunningRelay extends Guarded {
  readonly region: string
  readonly udpPort: number
  readonly addresses: readonly string[]
  /** The id that logs and the operator's page show; null before it has started. */
  shownId(): string | null
  /** Null when the worker knows it; else why it is not there, for people. */
  ready(): Promise<string | null>
}

interface Said {
  readonly event: string
  readonly code: string
  readonly relay: string | null
}

/** What the relay says of itself, or null for any other line. */
function saidIn(line: string): Said | null {
  try {
    const said: unknown = JSON.parse(line)
    if (typeof said !== 'object' || said === null || !('event' in said)) return null
    return {
      event: String(said.event),
      code: 'code' in said ? String(said.code) : '',
      relay: 'relay' in said ? String(said.relay) : null,
    }
  } catch {
    return null
  }
}

/** One for each region, each on a port of its own. */
export async function runRelays(
  regions: readonly string[],
  settings: RelaySettings,
): Promise<readonly RunningRelay[]> {
  const ports = await freeUdpPorts(regions.length)
  return Promise.all(
    regions.map((region, at) => runRelay(region, ports[at] ?? 0, settings, settings.logFileOf(at))),
  )
}

async function runRelay(
  region: string,
  udpPort: number,
  settings: RelaySettings,
  logFile: string,
): Promise<RunningRelay> {
  const { addresses } = settings
  let shownId: string | null = null
  let report: (problem: string | null) => void = () => undefined
  const heard = new Promise<string | null>((resolve) => (report = resolve))
  const guarded = await runGuarded({
    name: 'the relay',
    command: process.execPath,
    words: ['relay-sfu/src/main.ts'],
    env: {
      SIGNAL_URL: settings.origin.replace('//localhost', '//127.0.0.1'),
      RELAY_KEY: settings.key,
      UDP_PORT: String(udpPort),
      BIND_ADDRESSES: addresses.join(','),
      // Whatever the shell has for another relay is not meant here.
      PUBLIC_IP: '',
      TCP_PORT: '',
      HTTP_PORT: '',
      MEDIA_THREADS: '',
      REGION: region,
      DRAIN_SECONDS: String(settings.drainSeconds),
      ...(settings.isSelfSigned ? { NODE_TLS_REJECT_UNAUTHORIZED: '0' } : {}),
    },
    logFile,
    onLine: (line) => {
      const said = saidIn(line)
      if (said?.event === 'relay-started') shownId = said.relay
      if (said?.event === 'registered') report(null)
      if (said?.event === 'not-started') report(`it could not start (${said.code})`)
      // RG1: another key than the worker's.
      if (said?.event === 'registry-closed' && said.code === '4401')
        report('the worker does not take its key')
    },
  })
  void guarded.ended.then((code) => report(`it ended with code ${code}`))
  return {
    ...guarded,
    region,
    udpPort,
    addresses,
    shownId: () => shownId,
    ready: () =>
      Promise.race([heard, wait(readyWithinMs, 'the worker does not know it yet', { ref: false })]),
  }
}
