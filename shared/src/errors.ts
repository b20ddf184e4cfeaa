/**
 * Decides: every failure a client can be told, with its HTTP status or its WebSocket close code.
 * Does not decide: the words people read (client/src/components/words.ts).
 * Invariants: one list; a code never changes its meaning.
 */
import { entriesOf } from './lang.ts'

/** Code → HTTP status (RFC 9110). The body of a refusal is `{ error: { code, retryAfterMs? } }`. */
export const httpStatusOf = {
  bad_request: 400,
  unsupported_version: 400,
  creator_proof_required: 401,
  /** None, or one that the deployment does not know (OP1). */
  operator_key_required: 401,
  creator_proof_invalid: 403,
  creator_quota: 429,
  origin_not_allowed: 403,
  not_allowed: 403,
  removed: 403,
  denied: 403,
  token_invalid: 403,
  room_not_found: 404,
  not_found: 404,
  relay_not_found: 404,
  method_not_allowed: 405,
  room_full: 409,
  /** A room that stays direct has as many people as a mesh carries. */
  direct_full: 409,
  room_locked: 409,
  /** It drains already, or an operator was quicker. */
  relay_draining: 409,
  room_ended: 410,
  body_too_large: 413,
  unsupported_media_type: 415,
  idempotency_mismatch: 422,
  upgrade_required: 426,
  rate_limited: 429,
  internal: 500,
  room_store_unavailable: 503,
} as const
export type HttpErrorCode = keyof typeof httpStatusOf

/** Refusals that pass by themselves: the client may offer "try again" and the answer carries `Retry-After`. */
export const retryable: ReadonlySet<HttpErrorCode> = new Set([
  'room_full',
  'direct_full',
  'room_locked',
  'creator_quota',
  'rate_limited',
  'room_store_unavailable',
])

/** What an `error` message may say about one message of the same socket; the socket stays open. */
export const messageErrorCodes = [
  'malformed',
  'unsupported_version',
  'not_allowed',
  'no_such_occupant',
  'no_such_publication',
  'not_ready',
  'room_full',
  'room_locked',
  'room_store_unavailable',
  'rate_limited',
] as const
export type MessageErrorCode = (typeof messageErrorCodes)[number]

/** Why the room closed a socket. 4000–4999 are the application's (RFC 6455, section 7.4.2). */
export const closeCodes = {
  /** Too many malformed or forbidden messages. */
  violations: 4400,
  /** No join before the socket, or a token that is unknown, foreign or expired. */
  unauthorised: 4401,
  /** The host removed this occupant. */
  removed: 4403,
  /** The host did not let this person in. */
  denied: 4404,
  /** The same seat opened a newer socket (second tab, or a reload that overtook the old page). */
  taken_over: 4409,
  /** The host ended the room, or its time was up. */
  room_ended: 4410,
  /** A message exceeded `limits.messageMaxBytes`. */
  message_too_large: 4413,
  /** The room lost its footing (a bug); coming back is worth a try. */
  internal: 4500,
} as const
export type CloseReason = keyof typeof closeCodes

/** The reason for a close code, or null when the code is not ours: then the network failed, and a retry is due. */
export function closeReasonOf(code: number): CloseReason | null {
  for (const [reason, value] of entriesOf(closeCodes)) {
    if (value === code) return reason
  }
  return null
}
