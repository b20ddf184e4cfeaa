/**
 * Decides: what the room's list, signals and the transport's news do to the links of a room (RL1, RL6, LK5).
 * Does not decide: what follows from it for the transport and for the others (settle.ts).
 * Invariants: a signal of another generation, or of someone without a link here, changes nothing; what was proved and what was
 * described may come in any order; where the two differ the link has failed, also when it was admitted before.
 */
import type { LinkId, OccupantId } from '@video-room/shared/ids.ts'
import type { RoomToRelay, ServedLink } from '@video-room/shared/protocol/relay-messages.ts'
import { parseToRelay, type Want } from '@video-room/shared/protocol/relay-signal.ts'
import { homeOf, isInRoute } from '@video-room/shared/route-tree.ts'
import { isSameData } from '@video-room/shared/same.ts'
import { relayLimits } from '../limits.ts'
import {
  isAdmitted,
  mapLinks,
  newLink,
  unheard,
  type LinkFailure,
  type RelayRoomState,
  type RoomLink,
} from './room-state.ts'

type Signal = Extract<RoomToRelay, { type: 'signal' }>

/** What the transport may go on with after a new list: the same link, not a remade one. */
const isServed = (link: RoomLink, served: ServedLink): boolean =>
  link.linkId === served.linkId &&
  link.generation === served.generation &&
  link.occupantId === served.occupantId

/** The list replaces the earlier one. A link that is remade starts afresh: its occupant says everything again. */
export function takeLinks(
  state: RelayRoomState,
  served: readonly ServedLink[],
  atMs: number,
): RelayRoomState {
  const once = new Map(served.map((one) => [one.linkId, one]))
  const links = [...once.values()].map((one) => {
    const link = state.links.find((known) => isServed(known, one))
    return link === undefined ? newLink(one) : { ...link, leavesAtMs: null }
  })
  const moved = state.links.flatMap((link): readonly RoomLink[] => {
    const isListed = links.some(
      ({ linkId, occupantId }) => linkId === link.linkId || occupantId === link.occupantId,
    )
    if (isListed || !isElsewhere(state, link)) return []
    return [{ ...link, leavesAtMs: link.leavesAtMs ?? atMs + relayLimits.movedLinkMs }]
  })
  return { ...state, links: [...links, ...moved] }
}

/** Admitted here, and at home at another relay, of a tree that this one is in or has just left: nobody sent them away. */
function isElsewhere(state: RelayRoomState, link: RoomLink): boolean {
  const { snapshot, former, relayId } = state
  if (snapshot === null || !isAdmitted(state, link)) return false
  const isPart = [snapshot.route, former?.route].some((route) => route && isInRoute(route, relayId))
  return isPart && homeOf(snapshot.route, link.occupantId) !== relayId
}

const failed = (link: RoomLink, failure: LinkFailure): RoomLink => ({
  ...link,
  failure,
  facts: null,
  provedFingerprint: null,
  upByMs: null,
  placements: [],
})

/** RL6: no media for a certificate that is not the described one. */
function checked(link: RoomLink): RoomLink {
  const { facts, provedFingerprint } = link
  const differs = facts !== null && provedFingerprint !== null && facts.fingerprint !== provedFingerprint
  return differs ? failed(link, 'refused') : link
}

export function takeSignal(state: RelayRoomState, { from, generation, payload }: Signal): RelayRoomState {
  if (!isCurrent(state, from, generation)) return state
  const said = parseToRelay(payload)
  if (said === null) return state
  return mapLinks(state, (link) => {
    if (link.occupantId !== from || link.failure !== null) return link
    if ('wants' in said) return takeWants(link, said.wants)
    // Not the first: sections may have been added, or a socket was new (RL6).
    const isAgain = link.facts !== null
    return checked({ ...(isAgain ? unheard(link) : link), facts: said.facts })
  })
}

/** The same again: the occupant has a new socket, and what was said on the old one may be lost. */
function takeWants(link: RoomLink, wants: readonly Want[]): RoomLink {
  const isRepeated = isSameData(wants, link.wants)
  return { ...(isRepeated ? unheard(link) : link), wants }
}

const isCurrent = (state: RelayRoomState, from: OccupantId, generation: number): boolean =>
  state.links.some((link) => link.occupantId === from && link.generation === generation)

export const linkSecured = (state: RelayRoomState, linkId: LinkId, fingerprint: string): RelayRoomState =>
  mapLinks(state, (link) =>
    link.linkId === linkId && link.failure === null
      ? checked({ ...link, provedFingerprint: fingerprint })
      : link,
  )

export const linkLost = (state: RelayRoomState, linkId: LinkId): RelayRoomState =>
  mapLinks(state, (link) => (link.linkId === linkId && link.failure === null ? failed(link, 'lost') : link))

/** Links whose time to come up is over. */
export function giveUpLate(state: RelayRoomState, atMs: number): RelayRoomState {
  const staying = state.links.filter(({ leavesAtMs }) => leavesAtMs === null || atMs < leavesAtMs)
  const present = staying.length === state.links.length ? state : { ...state, links: staying }
  return mapLinks(present, (link) =>
    link.upByMs !== null && atMs >= link.upByMs ? failed(link, 'late') : link,
  )
}
