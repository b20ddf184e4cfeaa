/**
 * Decides: which links there are and what for, which end offers, and which attempt counts (ST, LK, MG6).
 * Does not decide: how a link is made, nor when one has failed (the two ends do); what a relay's link is called (relay-links.ts).
 * Invariants: exactly one end of a pair is the initiator; the generation of a pair never goes back while both are in.
 */
import { isRelayId, type EndpointId, type OccupantId, type RelayId } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import type { LinkAssignment } from '@video-room/shared/protocol/messages.ts'
import type { Route } from '@video-room/shared/route.ts'
import { homeOf, isInRoute } from '@video-room/shared/route-tree.ts'
import { relayOf, relaysOf } from './relay-state.ts'
import type { RoomState, Seat } from './state.ts'

/** `|` cannot stand in an id, so a key names exactly one pair. */
const pairKey = (a: EndpointId, b: EndpointId): string => (a < b ? `${a}|${b}` : `${b}|${a}`)

type ReadySeat = Seat & { readonly readyOrder: number }
const wasReady = (seat: Seat): seat is ReadySeat => seat.readyOrder !== null

/** Those who take part in links: everyone who said `media-ready`, once the host is among them (ST2, ST4). */
export function linkable(state: RoomState): readonly ReadySeat[] {
  const ready = state.seats.filter(wasReady)
  return ready.some((seat) => seat.isHost) ? ready : []
}

/** More than a mesh is for: only a relay serves them all (RP1). */
export const isCrowd = (state: RoomState): boolean => linkable(state).length > limits.meshOccupantsMax

export const generationOf = (state: RoomState, a: EndpointId, b: EndpointId): number =>
  state.generations[pairKey(a, b)] ?? firstGenerationOf(state, a, b)

/** Of two relays the later one counts, whichever is named first. */
function firstGenerationOf({ relay }: RoomState, a: EndpointId, b: EndpointId): number {
  const relays = [a, b].filter(isRelayId)
  return Math.max(1, ...relays.map((id) => relayOf(relay, id)?.firstGeneration ?? relay.firstGeneration))
}

/** What the links of a kind are for now (MG1, MG6); null: they should not be. */
export type LinkUse = 'media' | 'standby' | null

/** The present one, and the one that is prepared. */
export const routesOf = ({ route, routing }: RoomState): readonly Route[] =>
  routing.migration === null ? [route] : [route, routing.migration.route]

/** … and the one before, over whose trunks media goes on for a moment. */
export const trunkedRoutesOf = (state: RoomState): readonly Route[] => {
  const { former } = state.routing
  return former === null ? routesOf(state) : [...routesOf(state), former.route]
}

function meshUse(state: RoomState): LinkUse {
  if (routesOf(state).some(({ kind }) => kind === 'mesh')) return 'media'
  const { routing, settings } = state
  const isFew = linkable(state).length <= limits.meshReturnOccupantsMax
  return settings.route === 'auto' && isFew && routing.directPausedUntilMs === null ? 'standby' : null
}

/** What this occupant's link to this relay is for: their home carries, a relay that is in no tree stands by for everyone. */
export function relayUse(state: RoomState, occupantId: OccupantId, id: RelayId): LinkUse {
  const routes = routesOf(state)
  if (routes.some((route) => homeOf(route, occupantId) === id)) return 'media'
  const { serving, next } = state.relay
  const isSpare = [serving, next].some((relay) => relay?.relayId === id)
  return isSpare && !routes.some((route) => isInRoute(route, id)) ? 'standby' : null
}

/**
 * Do these two get a direct link? Not where a relay hides their addresses by somebody's wish; where the room's setting was changed
 * to that, those who have one go on until the relay stands (RT2), and so it is where one too many for a mesh came (ST5).
 */
function mayBeDirect(state: RoomState, a: ReadySeat, b: ReadySeat): boolean {
  if (state.settings.route === 'direct') return true
  if ([a, b].some(({ routeWish }) => routeWish === 'relay')) return false
  const from = Math.min(state.routing.hiddenFrom ?? Infinity, state.routing.crowdedFrom ?? Infinity)
  return [a, b].every(({ readyOrder }) => readyOrder < from)
}

/** The links of this occupant to others, with what they are for. */
export function meshLinksOf(
  state: RoomState,
  id: OccupantId,
): readonly { readonly other: ReadySeat; readonly use: LinkUse }[] {
  const members = linkable(state)
  const self = members.find((seat) => seat.occupantId === id)
  const use = meshUse(state)
  if (self === undefined || use === null) return []
  return members
    .filter((other) => other !== self && mayBeDirect(state, self, other))
    .map((other) => ({ other, use }))
}

export function areLinked(state: RoomState, id: OccupantId, other: EndpointId): boolean {
  if (!isRelayId(other)) return meshLinksOf(state, id).some((link) => link.other.occupantId === other)
  return relayUse(state, id, other) !== null && linkable(state).some((seat) => seat.occupantId === id)
}

/** Does media go, or is it about to go, over this link? */
export const isForMedia = (state: RoomState, id: OccupantId, other: EndpointId): boolean =>
  (isRelayId(other) ? relayUse(state, id, other) : meshUse(state)) === 'media'

/** Everything `start` says to this occupant of others. Later `media-ready` offers, so that the one who waits is all set (ST3). */
export function linksOf(state: RoomState, id: OccupantId): readonly LinkAssignment[] {
  const self = linkable(state).find((seat) => seat.occupantId === id)
  if (self === undefined) return []
  return meshLinksOf(state, id).map(({ other, use }) => ({
    occupantId: other.occupantId,
    initiator: self.readyOrder > other.readyOrder,
    generation: generationOf(state, id, other.occupantId),
    ...(use === 'standby' ? { isStandby: true } : {}),
  }))
}

/** Can a host and someone else see each other? */
export const isConversation = (state: RoomState): boolean =>
  linkable(state).length > 1 && (state.route.kind === 'mesh' || state.route.relays.length > 0)

export const withRaisedGeneration = (state: RoomState, a: EndpointId, b: EndpointId): RoomState => ({
  ...state,
  generations: { ...state.generations, [pairKey(a, b)]: generationOf(state, a, b) + 1 },
})

/** A reload: whatever links this occupant had are gone at its end (LK6). */
export function withRaisedGenerations(state: RoomState, id: OccupantId): RoomState {
  const others: readonly EndpointId[] = [
    ...meshLinksOf(state, id).map(({ other }) => other.occupantId),
    ...(linkable(state).some((seat) => seat.occupantId === id) ? relaysOf(state.relay) : []).map(
      ({ relayId }) => relayId,
    ),
  ]
  return others.reduce((next, other) => withRaisedGeneration(next, id, other), state)
}

const meshPairs = (state: RoomState): readonly (readonly [OccupantId, OccupantId])[] =>
  linkable(state).flatMap(({ occupantId: a }) =>
    meshLinksOf(state, a).flatMap(({ other: { occupantId: b } }) => (a < b ? [[a, b] as const] : [])),
  )

/** Direct links that are listed no more are closed; should they come back, they are new attempts (LK4). */
export function withUnlistedRaised(before: RoomState, after: RoomState): RoomState {
  if (before === after) return after
  const isThere = (id: OccupantId): boolean => linkable(after).some((seat) => seat.occupantId === id)
  const listed = new Set(meshPairs(after).map(([a, b]) => pairKey(a, b)))
  return meshPairs(before)
    .filter(([a, b]) => isThere(a) && isThere(b) && !listed.has(pairKey(a, b)))
    .reduce((next, [a, b]) => withRaisedGeneration(next, a, b), after)
}

const names = (key: string, id: EndpointId): boolean => key.split('|').some((end) => end === id)

/** All that the table holds of this endpoint. */
export const generationsOf = (generations: RoomState['generations'], id: EndpointId): readonly number[] =>
  Object.entries(generations).flatMap(([key, generation]) => (names(key, id) ? [generation] : []))

export function withoutGenerationsOf(
  generations: RoomState['generations'],
  ids: ReadonlySet<EndpointId>,
): RoomState['generations'] {
  return Object.fromEntries(
    Object.entries(generations).filter(([key]) => ![...ids].some((id) => names(key, id))),
  )
}
