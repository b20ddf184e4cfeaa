/**
 * Decides: which place a join asks for (a seat or the door), and what a granted join changes.
 * Does not decide: whether there is room for it (store/record.ts, the gate), nor what happens at the door (knocking.ts).
 * Invariants: at most one host seat (HT5); a token is accepted only by the place it was given to; one that was barred by none.
 */
import { cleanDisplayName } from '@video-room/shared/display-name.ts'
import type { OccupantId, SecretHash } from '@video-room/shared/ids.ts'
import { fail, ok, type Result } from '@video-room/shared/lang.ts'
import { limits } from '@video-room/shared/limits.ts'
import type { RoomEvent } from './event.ts'
import { freeSeats, mayKnock } from './knocking.ts'
import { joinHoldsUntilMs, newSeat, returned } from './place.ts'
import {
  hostSeatOf,
  isSeat,
  isVisible,
  knockOf,
  placeByToken,
  seatOf,
  withSeat,
  type Place,
  type RoomState,
  type Seat,
} from './state.ts'

export interface PlaceWish {
  /** The join brought the room's host token. It outranks a resume token that came with it. */
  readonly isHost: boolean
  /** No seat is free beside the host's: it is taken as it is, from whoever became host without the token. */
  readonly takesOver: boolean
  readonly resumeTokenHash: SecretHash | null
  /** For a seat that does not exist yet. */
  readonly freshOccupantId: OccupantId
}

export interface PlaceChoice {
  readonly kind: 'seat' | 'knock'
  readonly occupantId: OccupantId
  readonly isHost: boolean
  readonly provedHost: boolean
}

export type PlaceRefusal =
  | 'removed'
  | 'denied'
  | 'token_invalid'
  | 'room_locked'
  | 'room_full'
  | 'direct_full'
  | 'rate_limited'

/** The place a join is about: the host's seat, that of the resume token, a new one, or one at the door (HT3, HT5, KN1, LO1). */
export function choosePlace(
  state: RoomState,
  wish: PlaceWish,
  atMs: number,
): Result<PlaceChoice, PlaceRefusal> {
  const { isHost, resumeTokenHash, freshOccupantId: occupantId } = wish
  if (isHost) return ok(choiceOfHost(state, wish))
  if (resumeTokenHash !== null) {
    const barred = state.barred.find(({ tokenHash }) => tokenHash === resumeTokenHash)
    if (barred !== undefined) return fail(barred.reason)
    const place = placeByToken(state, resumeTokenHash)
    return place === undefined ? fail('token_invalid') : ok(choiceOf(place))
  }
  if (state.settings.isLocked) return fail('room_locked')
  // With fewer seats than a mesh carries the gate says so, in the words for that.
  if (freeSeats(state) <= 0 && isDirectFull(state)) return fail('direct_full')
  if (state.settings.admission === 'open') return ok({ kind: 'seat', occupantId, isHost, provedHost: false })
  const heard = mayKnock(state, atMs)
  return heard.ok ? ok({ kind: 'knock', occupantId, isHost, provedHost: false }) : heard
}

/** Are there seats left that a room which stays direct does not give (RP5)? */
const isDirectFull = ({ settings }: RoomState): boolean =>
  settings.route === 'direct' && settings.maxParticipants >= limits.meshOccupantsMax

/**
 * The host's seat, listed or new. Someone who became host by hand-over or promotion is not thrown out for it: the holder of
 * the token takes a seat beside them and the role from there (MD8).
 */
function choiceOfHost(
  state: RoomState,
  { takesOver, resumeTokenHash, freshOccupantId }: PlaceWish,
): PlaceChoice {
  const host = hostSeatOf(state)
  const base = { kind: 'seat', provedHost: true } as const
  if (host === undefined) return { ...base, occupantId: freshOccupantId, isHost: true }
  if (host.provedHost || takesOver) return { ...base, occupantId: host.occupantId, isHost: true }
  const own = resumeTokenHash === null ? undefined : placeByToken(state, resumeTokenHash)
  const seat = own !== undefined && isSeat(own) ? own : state.seats.find(({ provedHost }) => provedHost)
  return { ...base, occupantId: seat?.occupantId ?? freshOccupantId, isHost: seat?.isHost ?? false }
}

const choiceOf = (place: Place): PlaceChoice =>
  isSeat(place)
    ? { kind: 'seat', occupantId: place.occupantId, isHost: place.isHost, provedHost: false }
    : { kind: 'knock', occupantId: place.occupantId, isHost: false, provedHost: false }

/** May media start for who takes a seat now, or is the host still missing? (HT7) */
export const admissionOf = (state: RoomState, isHost: boolean): 'admitted' | 'waiting-for-host' => {
  const host = hostSeatOf(state)
  return isHost || (host !== undefined && isVisible(host)) ? 'admitted' : 'waiting-for-host'
}

/** When a seat beside the host's may be free again: the next grace that ends, or after a while, as anyone may leave. */
export function seatFreeInMs(state: RoomState, atMs: number): number {
  const waits = state.seats.flatMap(({ isHost, presence }) =>
    isHost || presence.kind === 'present' ? [] : [Math.max(0, presence.untilMs - atMs)],
  )
  return Math.min(limits.roomFullRetryMs, ...waits)
}

export function occupantJoined(
  state: RoomState,
  event: Extract<RoomEvent, { type: 'occupant-joined' }>,
): RoomState {
  const seat = seatOf(state, event.occupantId)
  const displayName = cleanDisplayName(event.displayName)
  if (seat !== undefined) {
    const provedHost = seat.provedHost || event.provedHost
    return withSeat(state, { ...returned(seat, displayName, event), provedHost })
  }
  // Who knocks comes in by `gate-answered`; a seat beside the knock would be one person twice.
  if (knockOf(state, event.occupantId) !== undefined) return state
  const fresh: Seat = {
    ...newSeat,
    occupantId: event.occupantId,
    // The gate grants one host; should it ever grant a second, the seat is a participant's.
    isHost: event.isHost && hostSeatOf(state) === undefined,
    provedHost: event.provedHost,
    displayName,
    tokenHash: event.resumeTokenHash,
    nextTokenHash: null,
    presence: { kind: 'reserved', untilMs: joinHoldsUntilMs(event.atMs) },
  }
  return { ...state, seats: [...state.seats, fresh] }
}
