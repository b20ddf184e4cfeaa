/**
 * Decides: what everyone in the room may know of its state (SN1).
 * Does not decide: when it is told (announce.ts).
 * Invariants: no token hash, no connection, no seat that never had a socket.
 */
import type { OccupantView, Snapshot } from '@video-room/shared/snapshot.ts'
import { isVisible, type RoomState, type Seat } from './state.ts'
import { cutRelaysOf } from './trunk-health.ts'

const viewOf = (seat: Seat): OccupantView => ({
  occupantId: seat.occupantId,
  displayName: seat.displayName,
  isHost: seat.isHost,
  isPresent: seat.presence.kind === 'present',
  publications: seat.publications.map(({ source, mutedBy }) => ({ source, mutedBy })),
})

export function snapshotOf(state: RoomState): Snapshot {
  const cutRelays = cutRelaysOf(state)
  return {
    revision: state.revision,
    route: state.route,
    migration: state.routing.migration?.route ?? null,
    ...(cutRelays.length === 0 ? {} : { cutRelays: [...cutRelays] }),
    settings: state.settings,
    occupants: state.seats.filter(isVisible).map(viewOf),
  }
}
