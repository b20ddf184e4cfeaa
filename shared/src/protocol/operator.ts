/**
 * Decides: what an operator is told of the relays of a deployment (PROTOCOL.md, OP rules).
 * Does not decide: who is an operator, nor what is known (signal-worker/src/relays).
 * Invariants: no address, key or fingerprint stands here. Apart from http.ts, so that no page of a room loads it.
 */
import * as v from 'valibot'
import { relayIdSchema } from '../ids.ts'
import { limits } from '../limits.ts'
import { relayRttSchema } from './path-report.ts'

const countSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

/** One relay, as it last said itself. */
export const relayStandingSchema = v.object({
  relayId: relayIdSchema,
  region: v.pipe(v.string(), v.maxLength(limits.regionMaxLength)),
  isDraining: v.boolean(),
  links: countSchema,
  rooms: countSchema,
  /** Links to other relays, one for each room that both carry. */
  trunks: countSchema,
  /** Links it will serve at once. */
  capacity: countSchema,
  /** Of all its cores, 0 to 1. */
  cpu: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  /** Since its last word, milliseconds. */
  heardAgoMs: countSchema,
  /** To each other relay that it probes; milliseconds, null: no answer. */
  rttMs: v.record(relayIdSchema, relayRttSchema.entries.rttMs),
})
export type RelayStanding = v.InferOutput<typeof relayStandingSchema>

/** `GET /relays`, with `Authorization: Bearer <operator key>`. */
export const relaysResponseSchema = v.object({
  relays: v.pipe(v.array(relayStandingSchema), v.maxLength(limits.relaysMax)),
})
export type RelaysResponse = v.InferOutput<typeof relaysResponseSchema>
