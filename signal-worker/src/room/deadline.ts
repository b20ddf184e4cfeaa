/**
 * Decides: when a room next wants a `timer` event.
 * Does not decide: what is due then (presence.ts and lifetime.ts look at the same times).
 * Invariants: a pure function of the state, so that a woken room arms the same timer as the one that slept.
 */
import { limits } from '@video-room/shared/limits.ts'
import { earliest } from '@video-room/shared/machine/step.ts'
import type { RoomState, Seat } from './state.ts'

/** Until when a seat without a socket is kept, or null when it has one. */
export const seatUntilMs = (seat: Seat): number | null =>
  seat.presence.kind === 'present' ? null : seat.presence.untilMs

export const tombstoneUntilMs = (state: RoomState): number | null =>
  state.endedAtMs === null ? null : state.endedAtMs + limits.roomTombstoneMs

export function roomDeadline(state: RoomState): number | null {
  if (state.status === 'gone') return null
  if (state.status === 'ended') return tombstoneUntilMs(state)
  return earliest(state.expiresAtMs, state.sweepAtMs, ...state.seats.map(seatUntilMs))
}
