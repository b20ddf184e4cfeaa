/**
 * Decides: whether a received source may be shown and heard now (rules PB2, MD2; M5), and over which link.
 * Does not decide: where the track comes from (the driver holds the handles).
 * Invariants: nothing that the room calls muted, or does not know, is ever played, whatever arrives on a link.
 */
import { isRelayId, type EndpointId, type OccupantId } from '@video-room/shared/ids.ts'
import { entriesOf } from '@video-room/shared/lang.ts'
import { occupantOf, publicationOf } from '@video-room/shared/snapshot.ts'
import type { Source } from '@video-room/shared/source.ts'
import type { LinkState, SessionState } from './state.ts'

/** The links that media of this occupant may come over: those that are wanted first, then those that they replace. */
export const linksToward = (
  state: SessionState,
  id: OccupantId,
): readonly (readonly [EndpointId, LinkState])[] =>
  entriesOf(state.links)
    .filter(([other]) => other === id || isRelayId(other))
    .toSorted(([, a], [, b]) => Number(a.drainUntilMs !== null) - Number(b.drainUntilMs !== null))

/** Where to look for a track of this occupant, best first: the first that has one is shown and heard, and no other. */
export const carriersOf = (state: SessionState, id: OccupantId): readonly EndpointId[] =>
  linksToward(state, id).flatMap(([other, { health }]) => (health.connected ? [other] : []))

/** May the receiver play this source of this other occupant? */
export function isPlayable(state: SessionState, id: OccupantId, source: Source): boolean {
  if (state.phase !== 'live' || state.snapshot === null) return false
  const publication = publicationOf(occupantOf(state.snapshot, id), source)
  if (publication === undefined || publication.mutedBy !== null) return false
  return carriersOf(state, id).length > 0
}
