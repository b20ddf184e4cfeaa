/**
 * Decides: which seat a join asks for, and what a granted join changes.
 * Does not decide: whether there is room for it (store/record.ts, the gate).
 * Invariants: at most one host seat (HT5); a token is accepted only by the seat it was given to.
 */
import { cleanDisplayName } from '@video-room/shared/display-name.ts'
import type { OccupantId, SecretHash } from '@video-room/shared/ids.ts'
import { fail, ok, type Result } from '@video-room/shared/lang.ts'
import { limits } from '@video-room/shared/limits.ts'
import type { RoomEvent } from './event.ts'
import { hostSeatOf, isVisible, seatByToken, seatOf, withSeat, type RoomState, type Seat } from './state.ts'

export interface SeatWish {
  /** The join brought the room's host token. It outranks a resume token that came with it. */
  readonly isHost: boolean
  readonly resumeTokenHash: SecretHash | null
  /** For a seat that does not exist yet. */
  readonly freshOccupantId: OccupantId
}

export interface SeatChoice {
  readonly occupantId: OccupantId
  readonly isHost: boolean
}

/** The seat a join is about: the host's, the one of the resume token, or a new one (HT3, HT5). */
export function chooseSeat(
  state: RoomState,
  wish: SeatWish,
): Result<SeatChoice, 'removed' | 'token_invalid'> {
  if (wish.isHost) {
    return ok({ occupantId: hostSeatOf(state)?.occupantId ?? wish.freshOccupantId, isHost: true })
  }
  if (wish.resumeTokenHash === null) return ok({ occupantId: wish.freshOccupantId, isHost: false })
  if (state.removedTokenHashes.includes(wish.resumeTokenHash)) return fail('removed')
  const seat = seatByToken(state, wish.resumeTokenHash)
  return seat === undefined ? fail('token_invalid') : ok({ occupantId: seat.occupantId, isHost: seat.isHost })
}

/** May media start for who joins now, or is the host still missing? (HT7) */
export const admissionOf = (state: RoomState, isHost: boolean): 'admitted' | 'waiting-for-host' => {
  const host = hostSeatOf(state)
  return isHost || (host !== undefined && isVisible(host)) ? 'admitted' : 'waiting-for-host'
}

/** Until when the gate and the room hold a seat for the socket of a join at `atMs` (HT4). */
export const joinHoldsUntilMs = (atMs: number): number => atMs + limits.joinToSocketMs

export function occupantJoined(
  state: RoomState,
  event: Extract<RoomEvent, { type: 'occupant-joined' }>,
): RoomState {
  const seat = seatOf(state, event.occupantId)
  const displayName = cleanDisplayName(event.displayName)
  if (seat !== undefined) return returned(state, seat, displayName, event)
  const fresh: Seat = {
    occupantId: event.occupantId,
    // The gate grants one host; should it ever grant a second, the seat is a participant's.
    isHost: event.isHost && hostSeatOf(state) === undefined,
    displayName,
    tokenHash: event.resumeTokenHash,
    nextTokenHash: null,
    instanceId: null,
    readyOrder: null,
    publications: [],
    presence: { kind: 'reserved', untilMs: joinHoldsUntilMs(event.atMs) },
  }
  return { ...state, seats: [...state.seats, fresh] }
}

function returned(
  state: RoomState,
  seat: Seat,
  displayName: string,
  event: Extract<RoomEvent, { type: 'occupant-joined' }>,
): RoomState {
  const { presence } = seat
  return withSeat(state, {
    ...seat,
    displayName: displayName === '' ? seat.displayName : displayName,
    nextTokenHash: event.resumeTokenHash,
    presence: presence.kind === 'present' ? presence : { ...presence, untilMs: joinHoldsUntilMs(event.atMs) },
  })
}
