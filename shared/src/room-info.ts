/**
 * Decides: the shape of room info, the record the gate reads and writes (the brief's dictionary plus settings).
 * Does not decide: who gets a seat (signal-worker/src/store), nor anything about media.
 * Invariants: `occupancyCount` equals the entries with `isPresent`; it is derived, never counted up and down.
 */
import * as v from 'valibot'
import { occupantIdSchema, type OccupantId } from './ids.ts'
import { entriesOf } from './lang.ts'
import { limits } from './limits.ts'
import { routeWishSchema } from './route.ts'

const maxParticipantsSchema = v.pipe(
  v.number(),
  v.integer(),
  v.minValue(0),
  v.maxValue(limits.maxParticipantsCeiling),
)

/** open: who asks gets a seat · knock: the host is asked first (KN1). */
const admissionModeSchema = v.picklist(['open', 'knock'])

/** What happens when no host is left: wait for one, end the room, or make the longest present participant host (MD9). */
const onHostLeaveSchema = v.picklist(['wait', 'end', 'promote'])

const hostGraceSchema = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(limits.hostGraceMaxMs))

export const roomSettingsSchema = v.object({
  /** Seats beside the host's. */
  maxParticipants: v.optional(maxParticipantsSchema, limits.maxParticipantsDefault),
  /** May someone enter without camera and microphone? (J2) */
  allowNoMedia: v.optional(v.boolean(), true),
  admission: v.optional(admissionModeSchema, 'open'),
  /** May those who knock show the host a small picture? Each decides for themselves (KN8). */
  knockPicture: v.optional(v.boolean(), false),
  /** Nobody new enters, nobody may knock; who has a seat keeps it (LO1). */
  isLocked: v.optional(v.boolean(), false),
  /** May participants un-mute themselves? (MD7) */
  mayUnmute: v.optional(v.boolean(), true),
  onHostLeave: v.optional(onHostLeaveSchema, 'wait'),
  /** How long a room whose host left waits for one before it ends; milliseconds, only with `onHostLeave: wait`. */
  hostGraceMs: v.optional(hostGraceSchema, limits.hostGraceDefaultMs),
  /** How media may flow in this room (RT2); what occupants wish counts where this is `auto`. */
  route: v.optional(routeWishSchema, 'auto'),
})
export type RoomSettings = v.InferOutput<typeof roomSettingsSchema>

export const defaultSettings: RoomSettings = v.parse(roomSettingsSchema, {})

/** What the host may change while the room lives; a field that is not there stays. */
export const settingsChangeSchema = v.object({
  maxParticipants: v.optional(maxParticipantsSchema),
  admission: v.optional(admissionModeSchema),
  knockPicture: v.optional(v.boolean()),
  isLocked: v.optional(v.boolean()),
  mayUnmute: v.optional(v.boolean()),
  onHostLeave: v.optional(onHostLeaveSchema),
  hostGraceMs: v.optional(hostGraceSchema),
  route: v.optional(routeWishSchema),
})
export type SettingsChange = v.InferOutput<typeof settingsChangeSchema>

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
