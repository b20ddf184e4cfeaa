/** Runs one relay beside the worker, for rooms with `route="relay"`, and ends it with the rest. */
import { createHash, randomBytes } from 'node:crypto'
import type { NetworkInterfaceInfo } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { runGuarded, type Guarded } from './guarded.ts'
import { lanAddresses } from './lan-addresses.ts'
import { freeUdpPort } from './udp-port.ts'

/** A relay that nobody has to wait for longer: the page is there, and it may still come. */
const readyWithinMs = 10_000

export interface RelayKey {
  /** For the relay alone, by its environment. */
  readonly key: string
  /** For the worker; it may stand in a list of processes. */
  readonly entry: string
}

/** Made for one start. */
export function newRelayKey(): RelayKey {
  const key = randomBytes(32).toString('base64url')
  return { key, entry: `sha256:${createHash('sha256').update(key).digest('hex')}` }
}

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
  readonly logFile: string
}

export interface RunningRelay extends Guarded {
  readonly udpPort: number
  readonly addresses: readonly string[]
  /** Null when the worker knows it; else why it is not there, for people. */
  ready(): Promise<string | null>
}

/** What the relay says of itself, or null for any other line. */
function eventOf(line: string): { readonly event: string; readonly code: string } | null {
  try {
    const said: unknown = JSON.parse(line)
    if (typeof said !== 'object' || said === null || !('event' in said)) return null
    return { event: String(said.event), code: 'code' in said ? String(said.code) : '' }
  } catch {
    return null
  }
}

export async function runRelay(settings: RelaySettings): Promise<RunningRelay> {
  const { addresses } = settings
  const udpPort = await freeUdpPort()
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
      REGION: 'this machine',
      DRAIN_SECONDS: '0',
      // --lan: the worker's certificate is our own, made for this machine and signed by nobody.
      ...(settings.origin.startsWith('https:') ? { NODE_TLS_REJECT_UNAUTHORIZED: '0' } : {}),
    },
    logFile: settings.logFile,
    onLine: (line) => {
      const said = eventOf(line)
      if (said?.event === 'registered') report(null)
      if (said?.event === 'not-started') report(`it could not start (${said.code})`)
    },
  })
  void guarded.ended.then((code) => report(`it ended with code ${code}`))
  return {
    ...guarded,
    udpPort,
    addresses,
    ready: () =>
      Promise.race([heard, wait(readyWithinMs, 'the worker does not know it yet', { ref: false })]),
  }
}
