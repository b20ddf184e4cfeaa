/** Completes what the room says of a relay link with a fresh ticket (RL2, RL4). Synchronous, so that messages keep their order. */
import type { LinkId } from '@video-room/shared/ids.ts'
import { assert } from '@video-room/shared/lang.ts'
import { limits } from '@video-room/shared/limits.ts'
import type { RelayAssignment, ServerMessage } from '@video-room/shared/protocol/messages.ts'
import type { RoomToRelay } from '@video-room/shared/protocol/relay-messages.ts'
import type { RelayTicket } from '@video-room/shared/ticket.ts'
import type { RoomEffect, Ticketless } from '../room/effect.ts'
import type { RelayLink } from '../room/relay-links.ts'
import { relayOf, type KnownRelay } from '../room/relay-state.ts'
import { wayTo, type OnThread } from '../room/relay-thread.ts'
import type { RoomState } from '../room/state.ts'
import { mintCredentials } from '../secrets.ts'

/** `state` is the one in which the link is current. */
export function withTicket(state: RoomState, link: RelayLink, atMs: number): RelayAssignment {
  const relay = relayOf(state.relay, link.relayId)
  assert(relay !== null, 'a link is of a relay of the room')
  return { ...link, ticket: ticketOf(relay, link.linkId, atMs) }
}

type Issuer = Pick<KnownRelay, 'iceKey' | 'fingerprint'> & OnThread

export function ticketOf(
  { iceKey, fingerprint, ...relay }: Issuer,
  linkId: LinkId,
  atMs: number,
): RelayTicket {
  const credentials = mintCredentials({ iceKey, linkId, expiresAtMs: atMs + limits.ticketMs })
  return { ...credentials, fingerprint, candidates: wayTo(relay) }
}

/** The end that dials gets a ticket of the other (CH3). */
export function withTrunkTickets(
  state: RoomState,
  { links, trunks }: Extract<RoomEffect, { type: 'send-relay-links' }>,
  atMs: number,
): RoomToRelay {
  const ticketed = trunks.map(({ isDialled, ...trunk }) => {
    const other = relayOf(state.relay, trunk.relayId)
    return isDialled && other !== null ? { ...trunk, ticket: ticketOf(other, trunk.linkId, atMs) } : trunk
  })
  return { type: 'relay-links', links: [...links], trunks: ticketed }
}

export function completed(state: RoomState, message: Ticketless, atMs: number): ServerMessage {
  if (message.type === 'start') {
    const [relay, nextRelay] = message.relays.map((link) => withTicket(state, link, atMs))
    return {
      type: 'start',
      links: [...message.links],
      relay,
      ...(nextRelay === undefined ? {} : { nextRelay }),
    }
  }
  const { relayId, generation, ticket } = withTicket(state, message.link, atMs)
  return { type: 'ticket', relayId, generation, ticket }
}
