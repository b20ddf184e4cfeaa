/**
 * Decides: the settings of a deployment, each documented at its key. Read once, checked once, frozen.
 * Does not decide: bounds of the product (shared/src/limits.ts).
 * Invariants: a bad value stops the start with the name of its key, never with its value.
 */
import { iceServerSchema, type IceServer } from '@video-room/shared/protocol/http.ts'
import { limits } from '@video-room/shared/limits.ts'
import * as v from 'valibot'
import type { CreatorKey } from './creators/creator.ts'
import type { TokenKey } from './creators/creator-token.ts'
import type { WebhookTarget } from './doors/webhook-request.ts'
import { parseRedisUrl } from './store/redis-address.ts'

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

/** `sha256:<hex>` or `name:sha256:<hex>`: one creator, known by its name when it has one, else by its hash. */
const creatorKeySchema = v.pipe(
  v.string(),
  v.regex(/^(?:[a-z0-9][a-z0-9-]{0,31}:)?sha256:[0-9a-f]{64}$/),
  v.transform((entry): CreatorKey => {
    const [hash = '', , name = hash] = entry.split(':').toReversed()
    return { creatorId: `key:${name}`, hash }
  }),
)

/** `sha256:<hex>` or `name:sha256:<hex>`: the name is for the eyes of whoever reads the settings. */
const namedHashSchema = v.pipe(
  creatorKeySchema,
  v.transform(({ hash }) => hash),
)

const kidPattern = /^[A-Za-z0-9._-]{1,64}$/

/** `kid:secret`. 32 characters at least: as long as the hash that HS256 makes with it (RFC 7518, section 3.2). */
const tokenSecretSchema = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9._-]{1,64}:[\x21-\x7e]{32,512}$/),
  v.transform((entry): TokenKey => {
    const colon = entry.indexOf(':')
    const secret = new TextEncoder().encode(entry.slice(colon + 1))
    return { kind: 'secret', kid: entry.slice(0, colon), secret }
  }),
)

/** An Ed25519 public key (RFC 8037). One that carries its private part was meant to stay elsewhere. */
const tokenPublicKeySchema = v.pipe(
  v.object({
    kty: v.literal('OKP'),
    crv: v.literal('Ed25519'),
    x: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/)),
    kid: v.pipe(v.string(), v.regex(kidPattern)),
    d: v.optional(v.never()),
  }),
  v.transform(({ kty, crv, x, kid }): TokenKey => ({ kind: 'public', kid, jwk: { kty, crv, x } })),
)

const jwksSchema = v.object({
  keys: v.pipe(v.array(tokenPublicKeySchema), v.maxLength(limits.creatorKeysMax)),
})

/** Without a password: it would stand in the settings for everyone to read, and `fetch` refuses it. */
function isWebhookUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password } = new URL(text)
  return /^https?:$/.test(protocol) && username === '' && password === ''
}

const webhookSecretSchema = v.pipe(
  v.string(),
  v.regex(/^whsec_[A-Za-z0-9+/]+={0,2}$/),
  v.transform((text) => text.slice('whsec_'.length)),
  v.base64(),
  v.transform((text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))),
  v.check((bytes) => bytes.length >= 24 && bytes.length <= 64),
)

const variables = {
  /**
   * Who may make rooms: hashes of creator keys as `sha256:<hex>` or `name:sha256:<hex>`, separated by commas or spaces.
   * `npm run creator-key -- --name acme` makes a key and its entry. Several entries of one name are one creator, so that a
   * new key can take over before the old one goes. An entry taken out makes no more rooms; its running rooms go on.
   */
  CREATOR_KEYS: v.pipe(v.optional(list, ''), v.array(creatorKeySchema), v.maxLength(limits.creatorKeysMax)),
  /**
   * Secrets that backends sign creator tokens with (JWT, HS256): `kid:secret`, separated by commas or spaces, 32
   * characters of secret at least. Up to its first dot the `kid` names the backend (`acme.1`, then `acme.2`), and a
   * token's `sub` is someone of that backend. A secret: `wrangler secret put CREATOR_JWT_SECRETS`.
   */
  CREATOR_JWT_SECRETS: v.pipe(
    v.optional(list, ''),
    v.array(tokenSecretSchema),
    v.maxLength(limits.creatorKeysMax),
  ),
  /** Public keys for the same with EdDSA: a JSON Web Key Set (RFC 7517) of Ed25519 keys, each with its `kid`. */
  CREATOR_JWT_KEYS: v.optional(v.pipe(v.string(), v.parseJson(), jwksSchema), '{"keys":[]}'),
  /** Rooms that one creator may have open at once. A token may say less. */
  ROOMS_PER_CREATOR_MAX: v.optional(
    v.pipe(v.string(), v.digits(), v.transform(Number), v.maxValue(limits.roomsPerCreatorMax)),
    String(limits.roomsPerCreatorMax),
  ),
  /** A creator key for one machine, as it is: also told to pages opened on the loopback address. Set by `npm start`; never in production. */
  DEVELOPMENT_CREATOR_KEY: v.optional(v.pipe(v.string(), v.minLength(16), v.maxLength(512))),
  /**
   * Who may be a relay (RG1): hashes of relay keys as `sha256:<hex>` or `name:sha256:<hex>`, separated by commas or spaces. A
   * key is 32 characters or more of `A-Z a-z 0-9 - _ .`; the relay has it as RELAY_KEY. Several may be current at once, so
   * that a new one can take over. None: rooms have no relays. A secret: `wrangler secret put RELAY_KEYS`.
   */
  RELAY_KEYS: v.pipe(v.optional(list, ''), v.array(namedHashSchema), v.maxLength(limits.relayKeysMax)),
  /**
   * Who may see the relays and drain them (OP1): hashes of operator keys, in the form of RELAY_KEYS, of keys of 32 characters
   * or more. None: `/relays` does not exist. A secret: `wrangler secret put OPERATOR_KEYS`.
   */
  OPERATOR_KEYS: v.pipe(v.optional(list, ''), v.array(namedHashSchema), v.maxLength(limits.operatorKeysMax)),
  /** Pages that may use this deployment: `same-origin`, `*`, or origins such as `https://example.com`, separated by commas. */
  ALLOWED_ORIGINS: v.pipe(v.optional(list, 'same-origin'), v.array(originSchema)),
  /** Where events of rooms go (PROTOCOL.md, WH): an address of the embedder's backend. None: nobody is told. */
  WEBHOOK_URL: v.optional(v.pipe(v.string(), v.check(isWebhookUrl))),
  /**
   * What they are signed with: `whsec_` and 24 to 64 bytes in base64, as Standard Webhooks has it. Of several, between
   * commas or spaces, each signs, so that a new one can follow an old one. A secret: `wrangler secret put WEBHOOK_SECRET`.
   */
  WEBHOOK_SECRET: v.pipe(v.optional(list, ''), v.array(webhookSecretSchema), v.maxLength(4)),
  /** STUN and TURN for mesh links: a JSON array of RTCIceServer (RFC 8829). Without any, only directly reachable people meet. */
  ICE_SERVERS: v.optional(v.pipe(v.string(), v.parseJson(), v.array(iceServerSchema), v.maxLength(16)), '[]'),
  /** Where join links point when it is not the address that created the room: an origin. */
  PUBLIC_URL: v.optional(v.pipe(v.string(), v.check(isOrigin))),
  /**
   * Where room info is kept: `redis://[[user]:password@]host[:port][/db]`, `rediss://…` with TLS, `redis-cluster://host,host…` or
   * `rediss-cluster://…`. A secret when it holds a password: `wrangler secret put REDIS_URL`. Empty: each room keeps its
   * own. Redis 7.0 or later, with `maxmemory-policy noeviction`: an evicted room is a lost one.
   */
  REDIS_URL: v.optional(
    v.pipe(
      v.string(),
      v.check((url) => url === '' || parseRedisUrl(url) !== null),
    ),
    '',
  ),
  /** Seats beside the host's in rooms whose creator names no number. */
  MAX_PARTICIPANTS_DEFAULT: v.optional(
    v.pipe(v.string(), v.digits(), v.transform(Number), v.maxValue(limits.maxParticipantsCeiling)),
    String(limits.maxParticipantsDefault),
  ),
}

export interface Config {
  readonly creatorKeys: readonly CreatorKey[]
  readonly creatorTokenKeys: readonly TokenKey[]
  readonly roomsPerCreatorMax: number
  readonly developmentCreatorKey: string | null
  /** SHA-256 of each, hexadecimal. */
  readonly relayKeyHashes: readonly string[]
  /** The same. */
  readonly operatorKeyHashes: readonly string[]
  readonly allowedOrigins: readonly string[]
  readonly webhook: WebhookTarget | null
  readonly iceServers: readonly IceServer[]
  readonly publicUrl: string | null
  readonly maxParticipantsDefault: number
}

const badValue = (...keys: readonly string[]): ConfigError =>
  new ConfigError(`bad value of ${keys.join(', ')}: see signal-worker/src/config.ts for what it may be`)

/** Throws ConfigError, which names every bad key. */
export function readConfig(env: unknown): Config {
  const parsed = v.safeParse(v.object(variables), env)
  if (!parsed.success) {
    const keys = new Set(parsed.issues.map((issue) => v.getDotPath(issue)?.split('.')[0] ?? 'environment'))
    throw badValue(...keys)
  }
  const { output } = parsed
  const { WEBHOOK_URL: url, WEBHOOK_SECRET: secrets } = output
  if (url !== undefined && secrets.length === 0) throw badValue('WEBHOOK_SECRET')
  return Object.freeze({
    creatorKeys: output.CREATOR_KEYS,
    creatorTokenKeys: [...output.CREATOR_JWT_SECRETS, ...output.CREATOR_JWT_KEYS.keys],
    roomsPerCreatorMax: output.ROOMS_PER_CREATOR_MAX,
    developmentCreatorKey: output.DEVELOPMENT_CREATOR_KEY ?? null,
    relayKeyHashes: output.RELAY_KEYS,
    operatorKeyHashes: output.OPERATOR_KEYS,
    allowedOrigins: output.ALLOWED_ORIGINS,
    webhook: url === undefined ? null : { url, secrets },
    iceServers: output.ICE_SERVERS,
    publicUrl: output.PUBLIC_URL ?? null,
    maxParticipantsDefault: output.MAX_PARTICIPANTS_DEFAULT,
  })
}
