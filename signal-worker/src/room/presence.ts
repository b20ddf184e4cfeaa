/**
 * Decides: whose socket is whose, and how long a place outlives it (SK3, SK5, PR1–PR4, KN6).
 * Does not decide: who gets a seat (admission.ts, and the gate in store/).
 * Invariants: a place has at most one socket, the newest; what an older socket says or does no longer counts.
 */
import { limits } from '@video-room/shared/limits.ts'
import type { OccupantId, SecretHash } from '@video-room/shared/ids.ts'
import { step, type Step } from '@video-room/shared/machine/step.ts'
import type { RoomEffect } from './effect.ts'
import { withoutGenerationsOf } from './start.ts'
import type { ConnectionId } from './connection-id.ts'
import {
  connectionOf,
  isSeat,
  isVisible,
  placeByToken,
  withPlace,
  type Place,
  type RoomState,
  type Seat,
} from './state.ts'

/** Opens the place of this token, or closes the socket: the far end learns why (SK3). */
export function openSocket(
  state: RoomState,
  connectionId: ConnectionId,
  tokenHash: SecretHash,
): Step<RoomState, RoomEffect> {
  const place = placeByToken(state, tokenHash)
  if (place === undefined) return step(state, { type: 'close', connectionId, reason: 'unauthorised' })
  const older = connectionOf(place)
  const opened: Place = {
    ...place,
    tokenHash,
    // The other token stops working when the newer one is used; an older one that returns leaves the newer unused.
    nextTokenHash: place.nextTokenHash === tokenHash ? null : place.nextTokenHash,
    presence: { kind: 'present', connectionId, isReady: false, violations: 0 },
  }
  const taken: readonly RoomEffect[] =
    older === null ? [] : [{ type: 'close', connectionId: older, reason: 'taken_over' }]
  const isArrival = isSeat(opened) && !isVisible(place)
  return step(isArrival ? arrived(state, opened) : withPlace(state, opened), ...taken)
}

/** First socket of a seat: it goes to the end of the list, where a patch puts an arrival (SN2). */
const arrived = (state: RoomState, seat: Seat): RoomState => ({
  ...state,
  seats: [...state.seats.filter((other) => other.occupantId !== seat.occupantId), seat],
})

/** The socket is gone; the place waits (PR1, KN6). */
export function away(state: RoomState, place: Place, atMs: number): RoomState {
  const graceMs = isSeat(place) ? limits.graceMs : limits.knockGraceMs
  return withPlace(state, { ...place, presence: { kind: 'away', untilMs: atMs + graceMs } })
}

/** The seats leave the room with all that hangs on them (PR2, PR4). */
export function withoutSeats(state: RoomState, leaving: readonly Seat[]): RoomState {
  if (leaving.length === 0) return state
  const ids = new Set<OccupantId>(leaving.map((seat) => seat.occupantId))
  return {
    ...state,
    seats: state.seats.filter((seat) => !ids.has(seat.occupantId)),
    generations: withoutGenerationsOf(state.generations, ids),
  }
}
