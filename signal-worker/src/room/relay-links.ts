/**
 * Decides: which links the relays of a room have: whose, of which generation, under which id (RL1–RL3).
 * Does not decide: which relays there are (relay.ts), nor what a ticket looks like (the shell mints it).
 * Invariants: an id is given once; a link keeps its id as long as its generation lasts.
 */
import { linkIdSchema, type LinkId, type OccupantId, type RelayId } from '@video-room/shared/ids.ts'
import type { ServedLink } from '@video-room/shared/protocol/relay-messages.ts'
import * as v from 'valibot'
import { relaysOf, withRelay, type ServingRelay } from './relay-state.ts'
import { generationOf, linkable, relayUse } from './start.ts'
import { seatOf, type RoomState, type Seat } from './state.ts'

/** What `start` says of a relay link, but for the ticket. */
export interface RelayLink {
  readonly relayId: RelayId
  readonly generation: number
  readonly linkId: LinkId
  readonly isStandby?: boolean
}

const linkIds = 2 ** 48

/** The `count`th id after `base`, of 48 bits. */
export const linkIdAt = (base: LinkId, count: number): LinkId =>
  v.parse(linkIdSchema, ((Number.parseInt(base, 16) + count) % linkIds).toString(16).padStart(12, '0'))

/**
 * Those whom the relay may let in: everyone who takes part, and whoever will with their `media-ready` (RL3): they may have
 * their ticket from the join already. What they send is worth nothing before they are in the snapshot.
 */
function admitted(state: RoomState): readonly Seat[] {
  const isHosted = linkable(state).length > 0
  return state.seats.filter((seat) => isHosted || seat.isHost)
}

/** Gives every link that is new, or was remade, an id of its own; forgets those of seats that are gone. */
export const withLinkIds = (state: RoomState): RoomState =>
  relaysOf(state.relay).reduce((next, relay) => withLinkIdsOf(next, relay), state)

function withLinkIdsOf(state: RoomState, relay: ServingRelay): RoomState {
  const current = (id: OccupantId): number => generationOf(state, id, relay.relayId)
  const fresh = admitted(state).filter(
    ({ occupantId }) => relay.links[occupantId]?.generation !== current(occupantId),
  )
  const kept = Object.entries(relay.links).filter(([id]) =>
    state.seats.some((seat) => seat.occupantId === id),
  )
  if (fresh.length === 0 && kept.length === Object.keys(relay.links).length) return state
  const given = fresh.map(({ occupantId }, at) => [
    occupantId,
    { generation: current(occupantId), linkId: linkIdAt(relay.linkBase, relay.linkCount + at) },
  ])
  const links: ServingRelay['links'] = Object.fromEntries([...kept, ...given])
  const linkCount = relay.linkCount + fresh.length
  return { ...state, relay: withRelay(state.relay, { ...relay, linkCount, links }) }
}

function listedLink(relay: ServingRelay, id: OccupantId): RelayLink | null {
  const link = relay.links[id]
  return link === undefined ? null : { relayId: relay.relayId, ...link }
}

/** What `start` says to this occupant of relay links: at most two, the present or standing one first (MG2). */
export function relayLinksOf(state: RoomState, id: OccupantId): readonly RelayLink[] {
  if (!linkable(state).some((seat) => seat.occupantId === id)) return []
  return relaysOf(state.relay).flatMap((relay) => {
    const link = listedLink(relay, id)
    if (link === null) return []
    return [relayUse(state, relay.relayId) === 'standby' ? { ...link, isStandby: true } : link]
  })
}

/**
 * What the first `start` will say, for the answer to a join: of a link that carries media. A page that returns may be another one,
 * whose links are made anew (LK6).
 */
export function relayLinkAhead(state: RoomState, id: OccupantId): RelayLink | null {
  const isFirst = seatOf(state, id)?.instanceId === null
  const relay = relaysOf(state.relay).find(({ relayId }) => relayUse(state, relayId) === 'media')
  if (!isFirst || relay === undefined) return null
  return admitted(state).some((seat) => seat.occupantId === id) ? listedLink(relay, id) : null
}

/** Everything `relay-links` says to this relay. */
export const servedLinks = (state: RoomState, relay: ServingRelay): readonly ServedLink[] =>
  admitted(state).flatMap(({ occupantId }): readonly ServedLink[] => {
    const link = listedLink(relay, occupantId)
    return link === null ? [] : [{ occupantId, linkId: link.linkId, generation: link.generation }]
  })
