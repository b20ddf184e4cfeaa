/** Completes what the room says of a relay link with a fresh ticket (RL2, RL4). Synchronous, so that messages keep their order. */
import { assert } from '@video-room/shared/lang.ts'
import { limits } from '@video-room/shared/limits.ts'
import type { RelayAssignment, ServerMessage } from '@video-room/shared/protocol/messages.ts'
import type { Ticketless } from '../room/effect.ts'
import type { RelayLink } from '../room/relay-links.ts'
import { relayOf } from '../room/relay-state.ts'
import type { RoomState } from '../room/state.ts'
import { mintCredentials } from '../secrets.ts'

/** `state` is the one in which the link is current. */
export function withTicket(state: RoomState, link: RelayLink, atMs: number): RelayAssignment {
  const relay = relayOf(state.relay, link.relayId)
  assert(relay !== null, 'a link is of a relay of the room')
  const { iceKey, fingerprint, candidates } = relay
  const { linkId } = link
  const credentials = mintCredentials({ iceKey, linkId, expiresAtMs: atMs + limits.ticketMs })
  return { ...link, ticket: { ...credentials, fingerprint, candidates } }
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
