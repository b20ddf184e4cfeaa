/**
 * Decides: where a relay has an occupant's media from: their own link, or the trunk that brings it (CH2).
 * Does not decide: which tree there is (the room), which slots take it (slot-plan.ts).
 * Invariants: follows from the snapshot and the links there are; the present route counts before the one that is prepared, and both before the former one.
 */
import type { LinkId, OccupantId, RelayId } from '@video-room/shared/ids.ts'
import type { Route } from '@video-room/shared/route.ts'
import { isInRoute, originAt, type Origin } from '@video-room/shared/route-tree.ts'
import type { Source } from '@video-room/shared/source.ts'
import { trunkMid } from '../media/trunk-profile.ts'
import type { LinkPublication } from './link-command.ts'
import type { RelayRoomState } from './room-state.ts'

type Room = Pick<RelayRoomState, 'relayId' | 'snapshot' | 'former' | 'links' | 'trunks'>

/** The present route, the one that is prepared, and the one that was left a moment ago: other relays may not know it yet. */
export function routesOf({ snapshot, former }: Pick<Room, 'snapshot' | 'former'>): readonly Route[] {
  if (snapshot === null) return []
  return [snapshot.route, snapshot.migration ?? null, former?.route ?? null].filter((route) => route !== null)
}

/** By the first route that this relay is part of; null: none says so, or it does not come here. */
function originOf(room: Room, occupantId: OccupantId): Origin | null {
  const route = routesOf(room).find((one) => isInRoute(one, room.relayId))
  return route === undefined ? null : originAt(route, room.relayId, occupantId)
}

/** Null: it is not here now. */
export function publicationIn(
  room: Room,
  origin: Origin | null,
  occupantId: OccupantId,
  source: Source,
): LinkPublication | null {
  const { from, hops } = origin ?? { from: null, hops: 0 }
  if (from === null) {
    const own = room.links.find((link) => link.occupantId === occupantId && link.failure === null)
    return own === undefined ? null : { linkId: own.linkId, source }
  }
  const trunk = trunkTo(room, from)
  return trunk === null ? null : { linkId: trunk, source, mid: trunkMid(occupantId, source, hops) }
}

/** Nothing can be pointed at one that the transport does not have yet. */
const trunkTo = ({ trunks }: Room, relayId: RelayId): LinkId | null =>
  trunks.find((trunk) => trunk.relayId === relayId && trunk.failure === null && trunk.hasBegun)?.linkId ??
  null

/**
 * For who watches here. Who stands by at a relay of no route is served from their links alone. What cannot come the present way comes
 * the one that is prepared: whoever has moved by it closed the link they had, and the room's word of that may be late.
 */
export function publicationOf(room: Room, occupantId: OccupantId, source: Source): LinkPublication | null {
  const origins = routesOf(room)
    .filter((route) => isInRoute(route, room.relayId))
    .map((route) => originAt(route, room.relayId, occupantId))
  for (const origin of origins) {
    const found = publicationIn(room, origin, occupantId, source)
    if (found !== null) return found
  }
  return origins.length === 0 ? publicationIn(room, null, occupantId, source) : null
}

/** Does anything of them come here? A slot may be kept for it before it does. */
export function isServed(room: Room, occupantId: OccupantId): boolean {
  const origin = originOf(room, occupantId)
  if (origin !== null && origin.from !== null) return true
  return room.links.some((link) => link.occupantId === occupantId)
}
