/**
 * Decides: which links the serving relay has: whose, of which generation, under which id (RL1–RL3).
 * Does not decide: which relay serves (relay.ts), nor what a ticket looks like (the shell mints it).
 * Invariants: an id is given once; a link keeps its id as long as its generation lasts.
 */
import { linkIdSchema, type LinkId, type OccupantId, type RelayId } from '@video-room/shared/ids.ts'
import type { ServedLink } from '@video-room/shared/protocol/relay-messages.ts'
import * as v from 'valibot'
import type { ServingRelay } from './relay-state.ts'
import { generationOf, linkable } from './start.ts'
import { seatOf, type RoomState, type Seat } from './state.ts'

/** What `start` says of a relay link, but for the ticket. */
export interface RelayLink {
  readonly relayId: RelayId
  readonly generation: number
  readonly linkId: LinkId
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
export function withLinkIds(state: RoomState): RoomState {
  const { serving } = state.relay
  if (serving === null) return state
  const fresh = admitted(state).filter(
    ({ occupantId }) =>
      serving.links[occupantId]?.generation !== currentGeneration(state, serving, occupantId),
  )
  const kept = Object.entries(serving.links).filter(([id]) =>
    state.seats.some((seat) => seat.occupantId === id),
  )
  if (fresh.length === 0 && kept.length === Object.keys(serving.links).length) return state
  const given = fresh.map(({ occupantId }, at) => [
    occupantId,
    {
      generation: currentGeneration(state, serving, occupantId),
      linkId: linkIdAt(serving.linkBase, serving.linkCount + at),
    },
  ])
  const links: ServingRelay['links'] = Object.fromEntries([...kept, ...given])
  const linkCount = serving.linkCount + fresh.length
  return { ...state, relay: { ...state.relay, serving: { ...serving, links, linkCount } } }
}

const currentGeneration = (state: RoomState, relay: ServingRelay, id: OccupantId): number =>
  generationOf(state, id, relay.relayId)

function listedLink(state: RoomState, id: OccupantId): RelayLink | null {
  const { serving } = state.relay
  const link = serving?.links[id]
  return serving === null || link === undefined ? null : { relayId: serving.relayId, ...link }
}

/** What `start` says to this occupant of a relay link. */
export const relayLinkOf = (state: RoomState, id: OccupantId): RelayLink | null =>
  linkable(state).some((seat) => seat.occupantId === id) ? listedLink(state, id) : null

/** What the first `start` will say, for the answer to a join; a page that returns may be another one, whose links are made anew (LK6). */
export function relayLinkAhead(state: RoomState, id: OccupantId): RelayLink | null {
  const isFirst = seatOf(state, id)?.instanceId === null
  return isFirst && admitted(state).some((seat) => seat.occupantId === id) ? listedLink(state, id) : null
}

/** Everything `relay-links` says. */
export const servedLinks = (state: RoomState): readonly ServedLink[] =>
  admitted(state).flatMap(({ occupantId }): readonly ServedLink[] => {
    const link = listedLink(state, occupantId)
    return link === null ? [] : [{ occupantId, linkId: link.linkId, generation: link.generation }]
  })
