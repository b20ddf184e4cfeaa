/**
 * Decides: the settings of a deployment, each documented at its key. Read once, checked once, frozen.
 * Does not decide: bounds of the product (shared/src/limits.ts).
 * Invariants: a bad value stops the start with the name of its key, never with its value.
 */
import { iceServerSchema, type IceServer } from '@video-room/shared/protocol/http.ts'
import { limits } from '@video-room/shared/limits.ts'
import * as v from 'valibot'

export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** Words between commas, spaces or line ends. */
const list = v.pipe(
  v.string(),
  v.transform((text) => text.split(/[\s,]+/u).filter((part) => part !== '')),
)

const originSchema = v.union([
  v.literal('same-origin'),
  v.literal('*'),
  v.pipe(
    v.string(),
    v.check((text) => isOrigin(text)),
  ),
])

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text
}

/** `sha256:` and the hash in hexadecimal, or the key itself: long enough that nobody guesses it. */
const creatorKeySchema = v.union([
  v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/)),
  v.pipe(v.string(), v.minLength(16), v.maxLength(512)),
])

const variables = {
  /**
   * Who may make rooms: keys, separated by commas or spaces, each as it is (16 characters at least) or as `sha256:<hex>`.
   * A secret: `wrangler secret put CREATOR_KEYS`. Empty: nobody, unless a development key is set.
   */
  CREATOR_KEYS: v.pipe(v.optional(list, ''), v.array(creatorKeySchema)),
  /** A creator key for one machine: also told to pages opened on the loopback address. Set by `npm start`; never in production. */
  DEVELOPMENT_CREATOR_KEY: v.optional(v.pipe(v.string(), v.minLength(16), v.maxLength(512))),
  /** Pages that may use this deployment: `same-origin`, `*`, or origins such as `https://example.com`, separated by commas. */
  ALLOWED_ORIGINS: v.pipe(v.optional(list, 'same-origin'), v.array(originSchema)),
  /** STUN and TURN for mesh links: a JSON array of RTCIceServer (RFC 8829). Without any, only directly reachable people meet. */
  ICE_SERVERS: v.optional(v.pipe(v.string(), v.parseJson(), v.array(iceServerSchema), v.maxLength(16)), '[]'),
  /** Where join links point when it is not the address that created the room: an origin. */
  PUBLIC_URL: v.optional(v.pipe(v.string(), v.check(isOrigin))),
  /** Seats beside the host's in rooms whose creator names no number. */
  MAX_PARTICIPANTS_DEFAULT: v.optional(
    v.pipe(v.string(), v.digits(), v.transform(Number), v.maxValue(limits.maxParticipantsCeiling)),
    String(limits.maxParticipantsDefault),
  ),
}

export interface Config {
  readonly creatorKeys: readonly string[]
  readonly developmentCreatorKey: string | null
  readonly allowedOrigins: readonly string[]
  readonly iceServers: readonly IceServer[]
  readonly publicUrl: string | null
  readonly maxParticipantsDefault: number
}

/** Throws ConfigError, which names every bad key. */
export function readConfig(env: unknown): Config {
  const parsed = v.safeParse(v.object(variables), env)
  if (!parsed.success) {
    const keys = new Set(parsed.issues.map((issue) => v.getDotPath(issue)?.split('.')[0] ?? 'environment'))
    throw new ConfigError(
      `bad value of ${[...keys].join(', ')}: see signal-worker/src/config.ts for what it may be`,
    )
  }
  const { output } = parsed
  return Object.freeze({
    creatorKeys: output.CREATOR_KEYS,
    developmentCreatorKey: output.DEVELOPMENT_CREATOR_KEY ?? null,
    allowedOrigins: output.ALLOWED_ORIGINS,
    iceServers: output.ICE_SERVERS,
    publicUrl: output.PUBLIC_URL ?? null,
    maxParticipantsDefault: output.MAX_PARTICIPANTS_DEFAULT,
  })
}
