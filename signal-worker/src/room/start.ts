/**
 * Decides: which links there are, which end offers, and which attempt counts (ST, LK).
 * Does not decide: how a link is made, nor when one has failed (the two ends do).
 * Invariants: exactly one end of a pair is the initiator; the generation of a pair never goes back while both are in.
 */
import type { EndpointId, OccupantId } from '@video-room/shared/ids.ts'
import type { LinkAssignment } from '@video-room/shared/protocol/messages.ts'
import type { RoomState, Seat } from './state.ts'

/** `|` cannot stand in an id, so a key names exactly one pair. */
const pairKey = (a: EndpointId, b: EndpointId): string => (a < b ? `${a}|${b}` : `${b}|${a}`)

const wasReady = (seat: Seat): seat is Seat & { readonly readyOrder: number } => seat.readyOrder !== null

/** Those who take part in links: everyone who said `media-ready`, once the host is among them (ST2, ST4). */
function linkable(state: RoomState): readonly (Seat & { readonly readyOrder: number })[] {
  const ready = state.seats.filter(wasReady)
  return ready.some((seat) => seat.isHost) ? ready : []
}

export const generationOf = (state: RoomState, a: EndpointId, b: EndpointId): number =>
  state.generations[pairKey(a, b)] ?? 1

export function areLinked(state: RoomState, a: EndpointId, b: EndpointId): boolean {
  const ids: readonly EndpointId[] = linkable(state).map((seat) => seat.occupantId)
  return a !== b && ids.includes(a) && ids.includes(b)
}

/** Everything `start` says to this occupant. Later `media-ready` offers, so that the one who waits is all set (ST3). */
export function linksOf(state: RoomState, id: OccupantId): readonly LinkAssignment[] {
  const members = linkable(state)
  const self = members.find((seat) => seat.occupantId === id)
  if (self === undefined) return []
  return members
    .filter((other) => other !== self)
    .map((other) => ({
      occupantId: other.occupantId,
      initiator: self.readyOrder > other.readyOrder,
      generation: generationOf(state, id, other.occupantId),
    }))
}

export const withRaisedGeneration = (state: RoomState, a: EndpointId, b: EndpointId): RoomState => ({
  ...state,
  generations: { ...state.generations, [pairKey(a, b)]: generationOf(state, a, b) + 1 },
})

/** A reload: whatever links this occupant had are gone at its end (LK6). */
export function withRaisedGenerations(state: RoomState, id: OccupantId): RoomState {
  return linksOf(state, id).reduce((next, link) => withRaisedGeneration(next, id, link.occupantId), state)
}

export function withoutGenerationsOf(
  generations: RoomState['generations'],
  ids: ReadonlySet<OccupantId>,
): RoomState['generations'] {
  const gone = new Set<string>(ids)
  return Object.fromEntries(
    Object.entries(generations).filter(([key]) => !key.split('|').some((id) => gone.has(id))),
  )
}
