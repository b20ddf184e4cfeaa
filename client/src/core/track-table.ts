/**
 * Decides: whether a received source may be shown and heard now (rules PB2, MD2; M5), and over which link (MG1).
 * Does not decide: where the track comes from (the driver holds the handles).
 * Invariants: nothing that the room calls muted, or does not know, is ever played, whatever arrives on a link; what stands by
 * brings nothing.
 */
import { isRelayId, type EndpointId, type OccupantId } from '@video-room/shared/ids.ts'
import { entriesOf } from '@video-room/shared/lang.ts'
import { occupantOf, publicationOf } from '@video-room/shared/snapshot.ts'
import type { Source } from '@video-room/shared/source.ts'
import { isOfRoute } from './link-plan.ts'
import type { LinkState, SessionState } from './state.ts'

type Self = Pick<SessionState, 'snapshot' | 'seat'>

/** The present route, then what gives way to it, then what is only prepared. */
function rankOf({ snapshot, seat }: Self, id: EndpointId, { use }: LinkState): number {
  const self = seat?.occupantId ?? null
  if (snapshot === null || isOfRoute(snapshot.route, id, self)) return use === 'left' ? 1 : 0
  return snapshot.migration && isOfRoute(snapshot.migration, id, self) ? 2 : 1
}

/** The links that media of this occupant may come over, best first; one that is silent comes after all that are not. */
export const linksToward = (
  { links, snapshot, seat }: SessionState,
  id: OccupantId,
): readonly (readonly [EndpointId, LinkState])[] =>
  entriesOf(links)
    .filter(([other, { carries }]) => carries && (other === id || isRelayId(other)))
    .toSorted(
      ([a, one], [b, other]) =>
        Number(one.health.silent) - Number(other.health.silent) ||
        rankOf({ snapshot, seat }, a, one) - rankOf({ snapshot, seat }, b, other),
    )

/**
 * Where to look for a track of this occupant, best first. The first that has one is what is shown and heard; of pictures the others
 * stay open too, so that the next one can be made ready and the old one stays until it is.
 */
export const carriersOf = (state: SessionState, id: OccupantId): readonly EndpointId[] =>
  linksToward(state, id).flatMap(([other, { health }]) => (health.connected ? [other] : []))

/** Of those, the ones of the route that is prepared and not of the present one. */
export function nextCarriersOf(state: SessionState, id: OccupantId): readonly EndpointId[] {
  const { route, migration } = state.snapshot ?? {}
  if (route === undefined || !migration) return []
  const self = state.seat?.occupantId ?? null
  return carriersOf(state, id).filter(
    (other) => isOfRoute(migration, other, self) && !isOfRoute(route, other, self),
  )
}

/** Links of the route that is prepared; null: none is. */
export function linksOfNext({ links, snapshot, seat }: SessionState): readonly EndpointId[] | null {
  const next = snapshot?.migration
  if (!next) return null
  return entriesOf(links).flatMap(([id]) => (isOfRoute(next, id, seat?.occupantId ?? null) ? [id] : []))
}

/** May the receiver play this source of this other occupant? */
export function isPlayable(state: SessionState, id: OccupantId, source: Source): boolean {
  if (state.phase !== 'live' || state.snapshot === null) return false
  const publication = publicationOf(occupantOf(state.snapshot, id), source)
  if (publication === undefined || publication.mutedBy !== null) return false
  return carriersOf(state, id).length > 0
}
