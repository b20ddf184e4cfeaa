/**
 * Decides: what a room remembers between two events, and its shape in storage.
 * Does not decide: how it changes (reduce.ts), what others may see of it (snapshot-of.ts), older shapes (stored-state.ts).
 * Invariants: at most one host seat; seats and knocks stand in order of arrival, and no id is in both; a token is kept
 * only as its hash; plain JSON.
 */
import * as v from 'valibot'
import { instanceIdSchema, occupantIdSchema, secretHashSchema } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import { firstRoute, routeSchema, routeWishSchema } from '@video-room/shared/route.ts'
import { roomSettingsSchema, type RoomSettings } from '@video-room/shared/room-info.ts'
import { mutedBySchema } from '@video-room/shared/snapshot.ts'
import { sources, sourceSchema } from '@video-room/shared/source.ts'
import type { EndpointId, OccupantId, SecretHash } from '@video-room/shared/ids.ts'
import { chainSchema, initialChain, type Chain } from './chain-state.ts'
import { connectionIdSchema, type ConnectionId } from './connection-id.ts'
import { noRelay, relayStateSchema } from './relay-state.ts'
import { initialRouting, routingSchema, type Routing } from './routing-state.ts'

/** Raised when storage of an older build could be misread; an unknown version is refused, never guessed at. */
export const roomStateVersion = 3

const timeSchema = v.pipe(v.number(), v.safeInteger())
const countSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

const seatPublicationSchema = v.object({
  source: sourceSchema,
  mutedBy: mutedBySchema,
  /** The revision that told everyone of the host's mute; null unless `mutedBy` is `host` (MD4). */
  hostMutedAtRevision: v.nullable(countSchema),
})
export type SeatPublication = Readonly<v.InferOutput<typeof seatPublicationSchema>>

/** reserved: joined, no socket yet · present: has a socket · away: lost it, the place is kept (PR1, KN6). */
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

/** What someone in the room and someone at its door have in common. */
const placeEntries = {
  occupantId: occupantIdSchema,
  displayName: v.string(),
  tokenHash: secretHashSchema,
  /** Handed out by a later join; takes the place of `tokenHash` when it opens a socket (HT5). */
  nextTokenHash: v.nullable(secretHashSchema),
  presence: presenceSchema,
}

const sourceListSchema = v.pipe(v.array(sourceSchema), v.maxLength(sources.length), v.readonly())

const seatSchema = v.object({
  ...placeEntries,
  isHost: v.boolean(),
  /** Came with the room's host token: nobody takes the host's role from them but by their own hand (MD8). */
  provedHost: v.boolean(),
  instanceId: v.nullable(instanceIdSchema),
  /** How their media may flow (RT2). */
  routeWish: routeWishSchema,
  /** The how-manieth `media-ready` of the room this seat's first one was; null before it (ST3). */
  readyOrder: v.nullable(countSchema),
  publications: v.pipe(v.array(seatPublicationSchema), v.readonly()),
  /** The host asked for these; each lets its owner un-mute once where that is not theirs to do (MD7, MD10). */
  unmuteAsked: sourceListSchema,
  /** Taken back while muted: offering them anew does not un-mute where that is not theirs to do (MD7). */
  silenced: sourceListSchema,
})
export type Seat = Readonly<v.InferOutput<typeof seatSchema>>

const bucketSchema = v.nullable(v.object({ tokens: v.number(), filledAtMs: timeSchema }))

/** Someone at the door (KN1). */
const knockSchema = v.object({
  ...placeEntries,
  /** How many more pictures they may show now (KN8); null before the first, absent in rooms older than this field. */
  pictureBucket: v.optional(bucketSchema, null),
  /** The gate is being asked for a seat; null when it is not. */
  asking: v.nullable(
    v.object({
      /** No answer by then counts as none. */
      untilMs: timeSchema,
      /** Whom a refusal is told; null when nobody asked by name (KN5). */
      askedBy: v.nullable(connectionIdSchema),
    }),
  ),
})
export type Knock = Readonly<v.InferOutput<typeof knockSchema>>

/** Whoever holds a token of this room and may have a socket. */
export type Place = Seat | Knock

/** What the gate keeps of a room beside settings and seats; the room can write it anew when the gate lost it. */
const gateFactsSchema = v.object({ hostTokenHash: secretHashSchema, lifetimeMs: countSchema })

export const roomStateSchema = v.object({
  version: v.literal(roomStateVersion),
  /** open → ended (a tombstone that still answers) → gone (nothing is kept). */
  status: v.picklist(['open', 'ended', 'gone']),
  settings: roomSettingsSchema,
  expiresAtMs: timeSchema,
  endedAtMs: v.nullable(timeSchema),
  revision: countSchema,
  route: routeSchema,
  relay: relayStateSchema,
  /** Absent in rooms older than this field. */
  routing: v.optional(routingSchema, initialRouting),
  chain: v.optional(chainSchema, initialChain),
  seats: v.pipe(v.array(seatSchema), v.readonly()),
  /** Pairs whose link was remade (start.ts); a pair that is not listed is at generation 1. */
  generations: v.record(v.string(), countSchema),
  readyCount: countSchema,
  knocks: v.pipe(v.array(knockSchema), v.maxLength(limits.knocksMax), v.readonly()),
  /** Who may not come back, and why. Oldest first, at most `limits.removedTokensMax` (MD5, KN3). */
  barred: v.pipe(
    v.array(v.object({ tokenHash: secretHashSchema, reason: v.picklist(['removed', 'denied']) })),
    v.readonly(),
  ),
  /** How many more knocks may be heard now (KN7); null before the first. */
  knockBucket: bucketSchema,
  /** Before that, a missing host is one who is still to come (MD9). */
  hostHasArrived: v.boolean(),
  /** Until when the room waits for a host who left, before it ends; null when nothing of the kind is due (MD9). */
  hostAwaitedUntilMs: v.nullable(timeSchema),
  /** Have a host and a participant ever been linked? */
  hasStarted: v.boolean(),
  /** Who made the room (RC2); null in rooms older than this field. */
  creatorId: v.nullable(v.string()),
  /** Seats beside the host's that the room's creator may give (C4): a host changes seats within it. */
  seatsMax: v.optional(countSchema, limits.maxParticipantsCeiling),
  /** Null in rooms older than this field. */
  gate: v.nullable(gateFactsSchema),
  /** The gate is behind or out of reach; when to tell it everything anew. Null while it is up to date. */
  unrecorded: v.nullable(v.object({ failures: countSchema, failedAtMs: timeSchema, retryAtMs: timeSchema })),
  /** When to look for silent sockets next; null while nobody is present (PR3). */
  sweepAtMs: v.nullable(timeSchema),
})
export type RoomState = Readonly<v.InferOutput<typeof roomStateSchema>>

export function initialRoom(room: {
  readonly settings: RoomSettings
  readonly expiresAtMs: number
  readonly creatorId: string | null
  /** Absent: as many as any room may have. */
  readonly seatsMax?: number
  readonly gate: RoomState['gate']
}): RoomState {
  return {
    version: roomStateVersion,
    status: 'open',
    settings: room.settings,
    expiresAtMs: room.expiresAtMs,
    endedAtMs: null,
    revision: 0,
    route: firstRoute,
    relay: noRelay,
    routing: initialRouting,
    chain: initialChain,
    seats: [],
    generations: {},
    readyCount: 0,
    knocks: [],
    barred: [],
    knockBucket: null,
    hostHasArrived: false,
    hostAwaitedUntilMs: null,
    hasStarted: false,
    creatorId: room.creatorId,
    seatsMax: room.seatsMax ?? limits.maxParticipantsCeiling,
    gate: room.gate,
    unrecorded: null,
    sweepAtMs: null,
  }
}

export const seatOf = (state: RoomState, id: EndpointId): Seat | undefined =>
  state.seats.find((seat) => seat.occupantId === id)

export const hostSeatOf = (state: RoomState): Seat | undefined => state.seats.find((seat) => seat.isHost)

export const knockOf = (state: RoomState, id: OccupantId): Knock | undefined =>
  state.knocks.find((knock) => knock.occupantId === id)

export const isSeat = (place: Place): place is Seat => 'isHost' in place

const holds = (hash: SecretHash) => (place: Place) => place.tokenHash === hash || place.nextTokenHash === hash

/** The seat or the knock a resume token opens, by its current token as well as by the one not yet used. */
export const placeByToken = (state: RoomState, hash: SecretHash): Place | undefined =>
  state.seats.find(holds(hash)) ?? state.knocks.find(holds(hash))

export const connectionOf = (place: Place): ConnectionId | null =>
  place.presence.kind === 'present' ? place.presence.connectionId : null

const uses = (connectionId: ConnectionId) => (place: Place) => connectionOf(place) === connectionId

export const placeByConnection = (state: RoomState, connectionId: ConnectionId): Place | undefined =>
  state.seats.find(uses(connectionId)) ?? state.knocks.find(uses(connectionId))

/** Is this occupant in the snapshot, or this knock in the host's list? Not before its first socket (SN1). */
export const isVisible = (place: Place): boolean => place.presence.kind !== 'reserved'

export const withRouting = (state: RoomState, change: Partial<Routing>): RoomState => ({
  ...state,
  routing: { ...state.routing, ...change },
})

export const withChain = (state: RoomState, change: Partial<Chain>): RoomState => ({
  ...state,
  chain: { ...state.chain, ...change },
})

export const withSeat = (state: RoomState, seat: Seat): RoomState => ({
  ...state,
  seats: state.seats.map((other) => (other.occupantId === seat.occupantId ? seat : other)),
})

export const withKnock = (state: RoomState, knock: Knock): RoomState => ({
  ...state,
  knocks: state.knocks.map((other) => (other.occupantId === knock.occupantId ? knock : other)),
})

export const withPlace = (state: RoomState, place: Place): RoomState =>
  isSeat(place) ? withSeat(state, place) : withKnock(state, place)
