/**
 * Decides: what opens a relay link: where the relay is, and the ICE credentials that only their holder can use (RL2).
 * Does not decide: who gets one (signal-worker/src/room), nor how it is signed and checked (the worker's secrets.ts, the
 * relay's control/).
 * Invariants: a ticket holds nothing about the room or the person; its secret part is `icePwd`.
 */
import * as v from 'valibot'
import { limits } from './limits.ts'

/** RFC 8839, section 5.1: one address of the relay. `tcp` is a passive candidate (RFC 6544). */
export const relayCandidateSchema = v.object({
  protocol: v.picklist(['udp', 'tcp']),
  address: v.pipe(v.string(), v.maxLength(64), v.regex(/^[0-9A-Fa-f.:]+$/)),
  port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)),
})
export type RelayCandidate = v.InferOutput<typeof relayCandidateSchema>

/** SHA-256 of a certificate as in `a=fingerprint` (RFC 8122): 32 pairs of upper-case hex digits with colons between. */
export const fingerprintSchema = v.pipe(v.string(), v.regex(/^[0-9A-F]{2}(:[0-9A-F]{2}){31}$/))

export const relayTicketSchema = v.object({
  /** base64 of version (1 byte), expiry (4, seconds since 1970), link id (6), nonce (4): exactly 20 characters. */
  iceUfrag: v.pipe(v.string(), v.regex(/^[A-Za-z0-9+/]{20}$/)),
  /** Unpadded base64 of HMAC-SHA256(the relay's ICE key, iceUfrag): 43 characters. */
  icePwd: v.pipe(v.string(), v.regex(/^[A-Za-z0-9+/]{43}$/)),
  fingerprint: fingerprintSchema,
  candidates: v.pipe(v.array(relayCandidateSchema), v.minLength(1), v.maxLength(limits.relayCandidatesMax)),
})
export type RelayTicket = v.InferOutput<typeof relayTicketSchema>
