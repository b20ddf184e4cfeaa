/**
 * Decides: when a room next wants a `timer` event.
 * Does not decide: what is due then (lifetime.ts and what it calls look at the same times).
 * Invariants: a pure function of the state, so that a woken room arms the same timer as the one that slept.
 */
import { limits } from '@video-room/shared/limits.ts'
import { earliest } from '@video-room/shared/machine/step.ts'
import { chainDeadlines } from './chain.ts'
import { relayDeadlines } from './relay-search.ts'
import type { Place, RoomState } from './state.ts'
import { trunkDeadlines } from './trunk-health.ts'

/** Until when a place without a socket is kept, or null when it has one. */
export const seatUntilMs = (place: Place): number | null =>
  place.presence.kind === 'present' ? null : place.presence.untilMs

export const tombstoneUntilMs = (state: RoomState): number | null =>
  state.endedAtMs === null ? null : state.endedAtMs + limits.roomTombstoneMs

const routeDeadlines = ({ routing }: RoomState): readonly (number | null)[] => [
  routing.askAtMs,
  routing.former?.untilMs ?? null,
  routing.directPausedUntilMs,
]

export function roomDeadline(state: RoomState): number | null {
  if (state.status === 'gone') return null
  const retryAtMs = state.unrecorded?.retryAtMs ?? null
  if (state.status === 'ended') return earliest(tombstoneUntilMs(state), retryAtMs)
  return earliest(
    state.expiresAtMs,
    state.sweepAtMs,
    state.hostAwaitedUntilMs,
    retryAtMs,
    ...relayDeadlines(state),
    ...routeDeadlines(state),
    ...chainDeadlines(state),
    ...trunkDeadlines(state),
    ...state.seats.map(seatUntilMs),
    ...state.knocks.map(seatUntilMs),
    ...state.knocks.map(({ asking }) => asking?.untilMs ?? null),
  )
}
