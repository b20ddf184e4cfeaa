/**
 * Decides: which links there are, which end offers, and which attempt counts (ST, LK).
 * Does not decide: how a link is made, nor when one has failed (the two ends do); what a relay's link is called (relay-links.ts).
 * Invariants: exactly one end of a pair is the initiator; the generation of a pair never goes back while both are in.
 */
import type { EndpointId, OccupantId } from '@video-room/shared/ids.ts'
import type { LinkAssignment } from '@video-room/shared/protocol/messages.ts'
import type { RoomState, Seat } from './state.ts'

/** `|` cannot stand in an id, so a key names exactly one pair. */
const pairKey = (a: EndpointId, b: EndpointId): string => (a < b ? `${a}|${b}` : `${b}|${a}`)

const wasReady = (seat: Seat): seat is Seat & { readonly readyOrder: number } => seat.readyOrder !== null

/** Those who take part in links: everyone who said `media-ready`, once the host is among them (ST2, ST4). */
export function linkable(state: RoomState): readonly (Seat & { readonly readyOrder: number })[] {
  const ready = state.seats.filter(wasReady)
  return ready.some((seat) => seat.isHost) ? ready : []
}

const isRelay = (id: EndpointId): boolean => id.startsWith('r_')

export const generationOf = (state: RoomState, a: EndpointId, b: EndpointId): number =>
  state.generations[pairKey(a, b)] ?? (isRelay(a) || isRelay(b) ? state.relay.firstGeneration : 1)

/** The far ends of everything that `start` names to this occupant: all the others, or the relay (RT2). */
function farEndsOf(state: RoomState, id: OccupantId): readonly EndpointId[] {
  const members = linkable(state).map((seat) => seat.occupantId)
  if (!members.includes(id)) return []
  if (state.route.kind === 'mesh') return members.filter((other) => other !== id)
  return state.route.relays.slice(0, 1).map(({ relayId }) => relayId)
}

export const areLinked = (state: RoomState, id: OccupantId, other: EndpointId): boolean =>
  farEndsOf(state, id).includes(other)

/** Everything `start` says to this occupant of others. Later `media-ready` offers, so that the one who waits is all set (ST3). */
export function linksOf(state: RoomState, id: OccupantId): readonly LinkAssignment[] {
  const members = linkable(state)
  const self = members.find((seat) => seat.occupantId === id)
  if (self === undefined || state.route.kind !== 'mesh') return []
  return members
    .filter((other) => other !== self)
    .map((other) => ({
      occupantId: other.occupantId,
      initiator: self.readyOrder > other.readyOrder,
      generation: generationOf(state, id, other.occupantId),
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
export const withRaisedGenerations = (state: RoomState, id: OccupantId): RoomState =>
  farEndsOf(state, id).reduce((next, other) => withRaisedGeneration(next, id, other), state)

/** The links of a mesh that is left are gone; should it come back, they are new attempts (LK4). */
export function withMeshRaised(state: RoomState): RoomState {
  const ids = linkable(state).map((seat) => seat.occupantId)
  const pairs = ids.flatMap((id, at) => ids.slice(at + 1).map((other) => [id, other] as const))
  return pairs.reduce((next, [a, b]) => withRaisedGeneration(next, a, b), state)
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
