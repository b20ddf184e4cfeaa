/**
 * Every setting of a relay, read once from the environment and frozen. Errors name the keys, never their values.
 */
import { isIP } from 'node:net'
import { availableParallelism } from 'node:os'
import { limits } from '@video-room/shared/limits.ts'
import * as v from 'valibot'
import { logLevels, type LogLevel } from './log.ts'

export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

const lastPort = 65_535

const number = (least: number, most: number) =>
  v.pipe(v.string(), v.digits(), v.transform(Number), v.minValue(least), v.maxValue(most))

/** IP addresses between commas or spaces; no names: tickets are made of addresses. */
const addresses = v.pipe(
  v.string(),
  v.transform((text) => text.split(/[\s,]+/u).filter((part) => part !== '')),
  v.array(
    v.pipe(
      v.string(),
      v.check((text) => isIP(text) !== 0),
    ),
  ),
  v.maxLength(limits.relayCandidatesMax),
)

/** An origin, with a path where the worker stands behind one. Sockets are opened to the same with ws or wss. */
const signalUrl = v.pipe(
  v.string(),
  v.check((text) => URL.canParse(text) && isSignalUrl(new URL(text))),
  v.transform((text) => text.replace(/^http/, 'ws').replace(/\/$/, '')),
)

function isSignalUrl({ protocol, username, password, search, hash }: URL): boolean {
  return /^(http|ws)s?:$/.test(protocol) && username + password + search + hash === ''
}

const variables = {
  /** Where the signalling worker is: `https://signal.example.com`. */
  SIGNAL_URL: signalUrl,
  /**
   * Proves to the worker that this relay is one of the deployment's: 32 characters or more of `A-Z a-z 0-9 - _ .`, whose hash
   * stands in the worker's RELAY_KEYS. A secret.
   */
  RELAY_KEY: v.pipe(v.string(), v.regex(/^[A-Za-z0-9._-]{32,512}$/)),
  /** Where it stands, in a word or two that people may read: `Singapore`. */
  REGION: v.optional(v.pipe(v.string(), v.trim(), v.maxLength(limits.regionMaxLength)), ''),
  /**
   * Threads that forward, each with ports of its own: UDP_PORT and the ones after it, TCP_PORT the same. A room is on one of them. `auto`:
   * one for each core but the one that handshakes and signalling take.
   */
  MEDIA_THREADS: v.optional(v.union([v.literal('auto'), number(1, limits.relayThreadsMax)]), '1'),
  /**
   * The port for media, of each thread one: ICE, DTLS and SRTP of everyone. 3478 is the port of STUN (RFC 8489), which this is as well:
   * networks that let anything of real-time media pass let this pass. 0: any free one.
   */
  UDP_PORT: v.optional(number(0, lastPort), '3478'),
  /** For networks without UDP: ICE-TCP (RFC 6544), of each thread one. Absent: none; 443 passes almost everywhere; 0: any free one. */
  TCP_PORT: v.optional(number(0, lastPort)),
  /** Local addresses to listen on. More than one only where a machine has more than one way to people. */
  BIND_ADDRESSES: v.optional(addresses, '0.0.0.0'),
  /**
   * Addresses that people reach this machine by, where they differ from its own: behind 1:1 NAT, as on most clouds. They stand
   * in tickets; the ports are the same. Absent: those it listens on, or all of the machine's when it listens on 0.0.0.0.
   */
  PUBLIC_IP: v.optional(addresses, ''),
  /**
   * Links it serves at once; the registry sends no room to a relay that is full. One core forwards for about 100 people in small rooms:
   * absent, it is that for each media thread.
   */
  CAPACITY_LINKS: v.optional(number(1, 100_000)),
  /** `/health` and `/metrics` by HTTP. Absent: none. Not for the public. 0: any free one. */
  HTTP_PORT: v.optional(number(0, lastPort)),
  /** The address for it. */
  HTTP_ADDRESS: v.optional(
    v.pipe(
      v.string(),
      v.check((text) => isIP(text) !== 0),
    ),
    '127.0.0.1',
  ),
  /** How long rooms get to move on after SIGTERM. An orchestrator's own patience must be longer. */
  DRAIN_SECONDS: v.optional(number(0, 86_400), '30'),
  /** error, warn, info or debug. */
  LOG_LEVEL: v.optional(v.picklist(logLevels), 'info'),
}

export interface Config {
  /** With ws or wss, without a slash at its end. */
  readonly signalUrl: string
  readonly relayKey: string
  readonly region: string
  readonly mediaThreads: number
  /** Of the first thread. */
  readonly udpPort: number
  readonly tcpPort: number | null
  readonly bindAddresses: readonly string[]
  readonly publicAddresses: readonly string[]
  readonly capacityLinks: number
  readonly http: { readonly port: number; readonly address: string } | null
  readonly drainMs: number
  readonly logLevel: LogLevel
}

const badValue = (...keys: readonly string[]): ConfigError =>
  new ConfigError(
    `bad or missing value of ${keys.join(', ')}: see relay-sfu/src/config.ts for what it may be`,
  )

/** Set to nothing is not set: compose files and shells cannot tell the two apart. */
const withoutEmpty = (env: Readonly<Record<string, string | undefined>>): object =>
  Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ''))

const linksPerThread = 100

/** Throws ConfigError, which names every bad key. `cores`: those that this process may use. */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  cores = availableParallelism(),
): Config {
  const parsed = v.safeParse(v.object(variables), withoutEmpty(env))
  if (!parsed.success) {
    throw badValue(
      ...new Set(parsed.issues.map((issue) => v.getDotPath(issue)?.split('.')[0] ?? 'environment')),
    )
  }
  const { output } = parsed
  const { BIND_ADDRESSES: bindAddresses, HTTP_PORT: httpPort } = output
  if (bindAddresses.length === 0) throw badValue('BIND_ADDRESSES')
  const spareCores = Math.min(Math.max(1, cores - 1), limits.relayThreadsMax)
  const mediaThreads = output.MEDIA_THREADS === 'auto' ? spareCores : output.MEDIA_THREADS
  for (const key of ['UDP_PORT', 'TCP_PORT'] as const)
    if ((output[key] ?? 0) + mediaThreads - 1 > lastPort) throw badValue(key, 'MEDIA_THREADS')
  return Object.freeze({
    signalUrl: output.SIGNAL_URL,
    relayKey: output.RELAY_KEY,
    region: output.REGION,
    mediaThreads,
    udpPort: output.UDP_PORT,
    tcpPort: output.TCP_PORT ?? null,
    bindAddresses,
    publicAddresses: output.PUBLIC_IP,
    capacityLinks: output.CAPACITY_LINKS ?? linksPerThread * mediaThreads,
    http: httpPort === undefined ? null : { port: httpPort, address: output.HTTP_ADDRESS },
    drainMs: output.DRAIN_SECONDS * 1_000,
    logLevel: output.LOG_LEVEL,
  })
}
