/**
 * Decides: who is host after a hand-over, and what becomes of a room whose host left (MD8, MD9).
 * Does not decide: who may hand over (messages.ts asks the permissions), how a room ends (lifetime.ts).
 * Invariants: never two hosts; before the first host has arrived a missing one is no matter.
 */
import type { OccupantId } from '@video-room/shared/ids.ts'
import { step, type Step } from '@video-room/shared/machine/step.ts'
import type { RoomEffect } from './effect.ts'
import { endRoom } from './ending.ts'
import { refuse } from './refusal.ts'
import { hostSeatOf, isVisible, seatOf, withSeat, type RoomState, type Seat } from './state.ts'

const takesPart = (seat: Seat): boolean => seat.presence.kind === 'present' && seat.readyOrder !== null

/** The sender and a participant swap roles. Both are in the room, so that its links never miss a host. */
export function handOver(
  state: RoomState,
  host: Seat,
  to: OccupantId,
  atMs: number,
): Step<RoomState, RoomEffect> {
  const heir = seatOf(state, to)
  if (heir === undefined || heir === host || !takesPart(heir)) {
    return refuse(state, host, atMs, 'no_such_occupant', 'hand-over')
  }
  // Given away by their own hand: it does not come back by a reload.
  return step(withSeat(withHost(state, heir), { ...host, isHost: false, provedHost: false }))
}

/** Who brought the host token takes the role from whoever has it without: when they take part, not before (MD8). */
export function withClaim(state: RoomState, seat: Seat): RoomState {
  const isDue = seat.provedHost && !seat.isHost && hostSeatOf(state)?.provedHost !== true
  return isDue ? withHost(state, seat) : state
}

const withHost = (state: RoomState, heir: Seat): RoomState => ({
  ...state,
  seats: state.seats.map((seat) =>
    seat.isHost === (seat.occupantId === heir.occupantId) ? seat : { ...seat, isHost: !seat.isHost },
  ),
})

/** Brings the room in line with the presence or absence of its host; asked after every event. */
export function settleHost(state: RoomState, atMs: number): Step<RoomState, RoomEffect> {
  if (state.status !== 'open') return step(state)
  const host = hostSeatOf(state)
  if (host !== undefined) return step(withHostListed(state, host))
  if (!state.hostHasArrived) return step(state)
  const { onHostLeave, hostGraceMs } = state.settings
  if (onHostLeave === 'end') return endRoom(state, atMs)
  const heir = onHostLeave === 'promote' ? heirOf(state) : undefined
  if (heir !== undefined) return step(withHostListed(withHost(state, heir), heir))
  const hostAwaitedUntilMs = state.hostAwaitedUntilMs ?? atMs + hostGraceMs
  if (atMs >= hostAwaitedUntilMs) return endRoom(state, atMs)
  return step(state.hostAwaitedUntilMs === null ? { ...state, hostAwaitedUntilMs } : state)
}

/** Seats stand in order of arrival: the first who takes part has been here longest. */
const heirOf = (state: RoomState): Seat | undefined =>
  state.seats.find(takesPart) ?? state.seats.find((seat) => seat.presence.kind === 'present')

function withHostListed(state: RoomState, host: Seat): RoomState {
  const hostHasArrived = state.hostHasArrived || isVisible(host)
  return hostHasArrived === state.hostHasArrived && state.hostAwaitedUntilMs === null
    ? state
    : { ...state, hostHasArrived, hostAwaitedUntilMs: null }
}
