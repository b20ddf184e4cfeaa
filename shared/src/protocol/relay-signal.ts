/**
 * Decides: what an occupant and a relay say to each other, by way of the room (payloads of `signal`, rules RL6-RL8).
 * Does not decide: what they do with it.
 * Invariants: `parse…` never throws and answers null for whatever is not known; every list is whole and replaces the earlier one.
 */
import * as v from 'valibot'
import { occupantIdSchema } from '../ids.ts'
import { limits } from '../limits.ts'
import { offerFactsSchema } from '../sdp/facts.ts'
import { sources, sourceSchema } from '../source.ts'

const publicationsMax = sources.length * limits.maxParticipantsCeiling

/** What an occupant wants to receive; what is not named is not wanted. */
export const wantSchema = v.object({
  occupantId: occupantIdSchema,
  source: sourceSchema,
  /** Device pixels that the picture is shown in across; 0 for sound. */
  widthPx: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(limits.shownWidthMaxPx)),
})
export type Want = v.InferOutput<typeof wantSchema>

const toRelaySchema = v.union([
  /** Of the newest offer of this link; media is accepted once they fit what DTLS proved (RL6). */
  v.object({ facts: offerFactsSchema }),
  v.object({ wants: v.pipe(v.array(wantSchema), v.maxLength(publicationsMax)) }),
])
export type ToRelay = v.InferOutput<typeof toRelaySchema>

/** Slot `mid` carries this publication from now on (RL7). */
export const slotFillSchema = v.object({
  mid: v.pipe(v.string(), v.minLength(1), v.maxLength(16)),
  occupantId: occupantIdSchema,
  source: sourceSchema,
})
export type SlotFill = v.InferOutput<typeof slotFillSchema>

const fromRelaySchema = v.union([
  v.object({ slots: v.pipe(v.array(slotFillSchema), v.maxLength(limits.relaySectionsMax)) }),
  /** Who speaks, loudest first (RFC 6464). */
  v.object({ speakers: v.pipe(v.array(occupantIdSchema), v.maxLength(limits.maxParticipantsCeiling + 1)) }),
])
export type FromRelay = v.InferOutput<typeof fromRelaySchema>

function parse<Output>(schema: v.GenericSchema<unknown, Output>, payload: string): Output | null {
  try {
    const parsed = v.safeParse(schema, JSON.parse(payload))
    return parsed.success ? parsed.output : null
  } catch {
    return null
  }
}

export const parseToRelay = (payload: string): ToRelay | null => parse(toRelaySchema, payload)
export const parseFromRelay = (payload: string): FromRelay | null => parse(fromRelaySchema, payload)
export const encodeToRelay = (signal: ToRelay): string => JSON.stringify(signal)
export const encodeFromRelay = (signal: FromRelay): string => JSON.stringify(signal)
