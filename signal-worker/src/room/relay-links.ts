/**
 * Decides: which links the relays of a room have: whose, of which generation, under which id (RL1–RL3).
 * Does not decide: which relays there are (relay.ts), nor what a ticket looks like (the shell mints it).
 * Invariants: an id is given once; a link keeps its id as long as its generation lasts.
 */
import type { LinkId, OccupantId, RelayId } from '@video-room/shared/ids.ts'
import { entriesOf } from '@video-room/shared/lang.ts'
import type { ServedLink } from '@video-room/shared/protocol/relay-messages.ts'
import { homeOf } from '@video-room/shared/route-tree.ts'
import { linkIdAt } from './link-ids.ts'
import { relaysOf, withRelay, type ServingRelay } from './relay-state.ts'
import { generationOf, linkable, relayUse, withRaisedGeneration } from './start.ts'
import { seatOf, type RoomState, type Seat } from './state.ts'

/** What `start` says of a relay link, but for the ticket. */
export interface RelayLink {
  readonly relayId: RelayId
  readonly generation: number
  readonly linkId: LinkId
  readonly isStandby?: boolean
}

/**
 * Those whom the relay may let in: everyone who takes part, and whoever will with their `media-ready` (RL3): they may have
 * their ticket from the join already. What they send is worth nothing before they are in the snapshot.
 */
function admitted(state: RoomState): readonly Seat[] {
  const isHosted = linkable(state).length > 0
  return state.seats.filter((seat) => isHosted || seat.isHost)
}

/** Those of them who have a link to this relay. */
const servedBy = (state: RoomState, { relayId }: ServingRelay): readonly Seat[] =>
  admitted(state).filter(({ occupantId }) => relayUse(state, occupantId, relayId) !== null)

/** Gives every link that is new, or was remade, an id of its own; forgets those of seats that are gone. */
export const withLinkIds = (state: RoomState): RoomState =>
  relaysOf(state.relay).reduce((next, relay) => withLinkIdsOf(next, relay), state)

function withLinkIdsOf(before: RoomState, relay: ServingRelay): RoomState {
  const { relayId } = relay
  const kept = entriesOf(relay.links).filter(([id]) => seatOf(before, id) !== undefined)
  // At home elsewhere now: should they come back, it is with another link (LK4).
  const moved = kept.filter(([id]) => relayUse(before, id, relayId) === null)
  const state = moved.reduce((next, [id]) => withRaisedGeneration(next, id, relayId), before)
  const current = (id: OccupantId): number => generationOf(state, id, relayId)
  const fresh = servedBy(state, relay).filter(
    ({ occupantId }) => relay.links[occupantId]?.generation !== current(occupantId),
  )
  const staying = kept.filter((link) => !moved.includes(link))
  if (fresh.length === 0 && staying.length === entriesOf(relay.links).length) return state
  const given = fresh.map(({ occupantId }, at) => [
    occupantId,
    { generation: current(occupantId), linkId: linkIdAt(relay.linkBase, relay.linkCount + at) },
  ])
  const links: ServingRelay['links'] = Object.fromEntries([...staying, ...given])
  const linkCount = relay.linkCount + fresh.length
  return { ...state, relay: withRelay(state.relay, { ...relay, linkCount, links }) }
}

function listedLink(relay: ServingRelay, id: OccupantId): RelayLink | null {
  const link = relay.links[id]
  return link === undefined ? null : { relayId: relay.relayId, ...link }
}

/** What `start` says to this occupant of relay links: at most two, the present home or the standing one first (MG2). */
export function relayLinksOf(state: RoomState, id: OccupantId): readonly RelayLink[] {
  if (!linkable(state).some((seat) => seat.occupantId === id)) return []
  const present = homeOf(state.route, id)
  const links = relaysOf(state.relay).flatMap((relay): readonly RelayLink[] => {
    const link = listedLink(relay, id)
    const use = relayUse(state, id, relay.relayId)
    if (link === null || use === null) return []
    return [use === 'standby' ? { ...link, isStandby: true } : link]
  })
  const rank = ({ relayId, isStandby }: RelayLink): number =>
    relayId === present ? 0 : isStandby === true ? 2 : 1
  return links.toSorted((a, b) => rank(a) - rank(b)).slice(0, 2)
}

/**
 * What the first `start` will say, for the answer to a join: of a link that carries media. A page that returns may be another one,
 * whose links are made anew (LK6).
 */
export function relayLinkAhead(state: RoomState, id: OccupantId): RelayLink | null {
  const isFirst = seatOf(state, id)?.instanceId === null
  const relay = relaysOf(state.relay).find(({ relayId }) => relayUse(state, id, relayId) === 'media')
  if (!isFirst || relay === undefined) return null
  return admitted(state).some((seat) => seat.occupantId === id) ? listedLink(relay, id) : null
}

/** Everything `relay-links` says to this relay. */
export const servedLinks = (state: RoomState, relay: ServingRelay): readonly ServedLink[] =>
  servedBy(state, relay).flatMap(({ occupantId }): readonly ServedLink[] => {
    const link = listedLink(relay, occupantId)
    return link === null ? [] : [{ occupantId, linkId: link.linkId, generation: link.generation }]
  })
