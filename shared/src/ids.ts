/**
 * Decides: how the things of a room are named on the wire and in code.
 * Does not decide: where ids come from (the shell draws them; see `newUuid` callers).
 * Invariants: a branded id was checked once, at the edge, and is never re-checked inside.
 */
import * as v from 'valibot'

/** A UUID in lower case (RFC 9562, section 4), random (v4) or derived from an idempotency key (v8). */
export const roomIdSchema = v.pipe(
  v.string(),
  v.maxLength(36),
  v.toLowerCase(),
  v.regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[48][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
  v.brand('RoomId'),
)
export type RoomId = v.InferOutput<typeof roomIdSchema>

/** Names one occupant for as long as the seat lasts; the same across reloads and network changes. */
export const occupantIdSchema = v.pipe(v.string(), v.regex(/^o_[A-Za-z0-9_-]{16}$/), v.brand('OccupantId'))
export type OccupantId = v.InferOutput<typeof occupantIdSchema>

/** Names one life of a relay process; another one after a restart. */
export const relayIdSchema = v.pipe(v.string(), v.regex(/^r_[A-Za-z0-9_-]{16}$/), v.brand('RelayId'))
export type RelayId = v.InferOutput<typeof relayIdSchema>

/** Anything with a socket to the room. */
export const endpointIdSchema = v.union([occupantIdSchema, relayIdSchema])
export type EndpointId = OccupantId | RelayId

/** Both kinds of endpoint travel in the same fields; their first letter tells them apart. */
export const isRelayId = (id: EndpointId): id is RelayId => id.startsWith('r_')

/** Names one relay link in its tickets, on every relay and over all ICE restarts: 48 bits as lower-case hex (RL2). */
export const linkIdSchema = v.pipe(v.string(), v.regex(/^[0-9a-f]{12}$/), v.brand('LinkId'))
export type LinkId = v.InferOutput<typeof linkIdSchema>

/**
 * Names one life of a client core (one page load). A resumed socket with the same instance keeps its links;
 * a new instance means that the links of the old one are gone.
 */
export const instanceIdSchema = v.pipe(v.string(), v.regex(/^i_[A-Za-z0-9_-]{16}$/), v.brand('InstanceId'))
export type InstanceId = v.InferOutput<typeof instanceIdSchema>

/** A secret handed to exactly one holder: 43 characters of base64url, 256 random bits. Never logged. */
export const secretSchema = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/), v.brand('Secret'))
export type Secret = v.InferOutput<typeof secretSchema>

/** SHA-256 of a secret, base64url without padding: what storage keeps in the secret's place. */
export const secretHashSchema = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/), v.brand('SecretHash'))
export type SecretHash = v.InferOutput<typeof secretHashSchema>

/** What a log line may show of an id: enough to follow one room, too little to enter it. */
export const loggable = (id: RoomId | OccupantId | RelayId): string => `${id.slice(0, 6)}…`
