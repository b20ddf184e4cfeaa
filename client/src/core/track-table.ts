/**
 * Decides: whether a received source may be shown and heard now (rules PB2, MD2; M5).
 * Does not decide: where the track comes from (the driver holds the handles).
 * Invariants: nothing that the room calls muted, or does not know, is ever played, whatever arrives on the link.
 */
import type { OccupantId } from '@video-room/shared/ids.ts'
import { occupantOf, publicationOf } from '@video-room/shared/snapshot.ts'
import type { Source } from '@video-room/shared/source.ts'
import type { SessionState } from './state.ts'

/** May the receiver play this source of this other occupant? */
export function isPlayable(state: SessionState, id: OccupantId, source: Source): boolean {
  if (state.phase !== 'live' || state.snapshot === null) return false
  const publication = publicationOf(occupantOf(state.snapshot, id), source)
  if (publication === undefined || publication.mutedBy !== null) return false
  return state.links[id]?.health.connected === true
}
