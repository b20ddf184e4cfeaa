/**
 * Decides: what a room remembers between two events, and its shape in storage.
 * Does not decide: how it changes (reduce.ts), nor what others may see of it (snapshot-of.ts).
 * Invariants: at most one host seat; seats stand in order of arrival; a token is kept only as its hash; plain JSON.
 */
import * as v from 'valibot'
import { instanceIdSchema, occupantIdSchema, secretHashSchema } from '@video-room/shared/ids.ts'
import { firstRoute, routeSchema } from '@video-room/shared/route.ts'
import { roomSettingsSchema, type RoomSettings } from '@video-room/shared/room-info.ts'
import { mutedBySchema } from '@video-room/shared/snapshot.ts'
import { sourceSchema } from '@video-room/shared/source.ts'
import type { OccupantId, SecretHash } from '@video-room/shared/ids.ts'

/** Raised when storage of an older build could be misread; an unknown version is refused, never guessed at. */
export const roomStateVersion = 1

const timeSchema = v.pipe(v.number(), v.safeInteger())
const countSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

/** Names one socket for as long as it lives. Drawn by the shell. */
export const connectionIdSchema = v.pipe(
  v.string(),
  v.regex(/^c_[A-Za-z0-9_-]{16}$/),
  v.brand('ConnectionId'),
)
export type ConnectionId = v.InferOutput<typeof connectionIdSchema>

const seatPublicationSchema = v.object({
  source: sourceSchema,
  mutedBy: mutedBySchema,
  /** The revision that told everyone of the host's mute; null unless `mutedBy` is `host` (MD4). */
  hostMutedAtRevision: v.nullable(countSchema),
})
export type SeatPublication = Readonly<v.InferOutput<typeof seatPublicationSchema>>

/** reserved: joined, no socket yet · present: has a socket · away: lost it, the seat is kept (PR1). */
const presenceSchema = v.variant('kind', [
  v.object({ kind: v.literal('reserved'), untilMs: timeSchema }),
  v.object({
    kind: v.literal('present'),
    connectionId: connectionIdSchema,
    /** Has this socket said `media-ready`? (SK4) */
    isReady: v.boolean(),
    /** Malformed or forbidden messages of this socket (VR4). */
    violations: countSchema,
  }),
  v.object({ kind: v.literal('away'), untilMs: timeSchema }),
])

const seatSchema = v.object({
  occupantId: occupantIdSchema,
  isHost: v.boolean(),
  displayName: v.string(),
  tokenHash: secretHashSchema,
  /** Handed out by a later join; takes the place of `tokenHash` when it opens a socket (HT5). */
  nextTokenHash: v.nullable(secretHashSchema),
  instanceId: v.nullable(instanceIdSchema),
  /** The how-manieth `media-ready` of the room this seat's first one was; null before it (ST3). */
  readyOrder: v.nullable(countSchema),
  publications: v.pipe(v.array(seatPublicationSchema), v.readonly()),
  presence: presenceSchema,
})
export type Seat = Readonly<v.InferOutput<typeof seatSchema>>

export const roomStateSchema = v.object({
  version: v.literal(roomStateVersion),
  /** open → ended (a tombstone that still answers) → gone (nothing is kept). */
  status: v.picklist(['open', 'ended', 'gone']),
  settings: roomSettingsSchema,
  expiresAtMs: timeSchema,
  endedAtMs: v.nullable(timeSchema),
  revision: countSchema,
  route: routeSchema,
  seats: v.pipe(v.array(seatSchema), v.readonly()),
  /** Pairs whose link was remade (start.ts); a pair that is not listed is at generation 1. */
  generations: v.record(v.string(), countSchema),
  readyCount: countSchema,
  /** Oldest first, at most `limits.removedTokensMax`. */
  removedTokenHashes: v.pipe(v.array(secretHashSchema), v.readonly()),
  /** When to look for silent sockets next; null while nobody is present (PR3). */
  sweepAtMs: v.nullable(timeSchema),
})
export type RoomState = Readonly<v.InferOutput<typeof roomStateSchema>>

export function initialRoom(room: {
  readonly settings: RoomSettings
  readonly expiresAtMs: number
}): RoomState {
  return {
    version: roomStateVersion,
    status: 'open',
    settings: room.settings,
    expiresAtMs: room.expiresAtMs,
    endedAtMs: null,
    revision: 0,
    route: firstRoute,
    seats: [],
    generations: {},
    readyCount: 0,
    removedTokenHashes: [],
    sweepAtMs: null,
  }
}

export const seatOf = (state: RoomState, id: OccupantId): Seat | undefined =>
  state.seats.find((seat) => seat.occupantId === id)

export const hostSeatOf = (state: RoomState): Seat | undefined => state.seats.find((seat) => seat.isHost)

/** The seat a resume token opens, the current one as well as the one not yet used. */
export const seatByToken = (state: RoomState, hash: SecretHash): Seat | undefined =>
  state.seats.find((seat) => seat.tokenHash === hash || seat.nextTokenHash === hash)

export const connectionOf = (seat: Seat): ConnectionId | null =>
  seat.presence.kind === 'present' ? seat.presence.connectionId : null

export const seatByConnection = (state: RoomState, connectionId: ConnectionId): Seat | undefined =>
  state.seats.find((seat) => connectionOf(seat) === connectionId)

/** Is this occupant in the snapshot? Not before its first socket (SN1). */
export const isVisible = (seat: Seat): boolean => seat.presence.kind !== 'reserved'

export const withSeat = (state: RoomState, seat: Seat): RoomState => ({
  ...state,
  seats: state.seats.map((other) => (other.occupantId === seat.occupantId ? seat : other)),
})
