/**
 * Decides: the shape of room info, the record the gate reads and writes (the brief's dictionary plus settings).
 * Does not decide: who gets a seat (signal-worker/src/store), nor anything about media.
 * Invariants: `occupancyCount` equals the entries with `isPresent`; it is derived, never counted up and down.
 */
import * as v from 'valibot'
import { occupantIdSchema, type OccupantId } from './ids.ts'
import { entriesOf } from './lang.ts'
import { limits } from './limits.ts'

export const roomSettingsSchema = v.object({
  /** Seats beside the host's. */
  maxParticipants: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(limits.maxParticipantsCeiling)),
    limits.maxParticipantsDefault,
  ),
  /** May someone enter without camera and microphone? (J2) */
  allowNoMedia: v.optional(v.boolean(), true),
})
export type RoomSettings = v.InferOutput<typeof roomSettingsSchema>

export const roomInfoOccupantSchema = v.object({ isHost: v.boolean(), isPresent: v.boolean() })

/** `GET /room/:id/info` answers exactly this. */
export const roomInfoSchema = v.object({
  occupancyCount: v.pipe(v.number(), v.integer(), v.minValue(0)),
  occupants: v.record(occupantIdSchema, roomInfoOccupantSchema),
})
export type RoomInfo = v.InferOutput<typeof roomInfoSchema>

type SeatFacts = { readonly isHost: boolean; readonly isPresent: boolean }

export function roomInfoOf(seats: Readonly<Record<OccupantId, SeatFacts>>): RoomInfo {
  const occupants: Record<OccupantId, SeatFacts> = {}
  let occupancyCount = 0
  for (const [id, seat] of entriesOf(seats)) {
    occupants[id] = { isHost: seat.isHost, isPresent: seat.isPresent }
    if (seat.isPresent) occupancyCount += 1
  }
  return { occupancyCount, occupants }
}
