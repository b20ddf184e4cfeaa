/** A room's relay links in the simulation: what the registry says of a relay, and tickets that name their link and nothing else. */
import type { LinkId, Secret, SecretHash } from '@video-room/shared/ids.ts'
import { assert } from '@video-room/shared/lang.ts'
import type { RelayAssignment, ServerMessage } from '@video-room/shared/protocol/messages.ts'
import type { Ticketless } from '@video-room/signal-worker/room/effect.ts'
import type { RelayLink } from '@video-room/signal-worker/room/relay-links.ts'
import { relayOf, type KnownRelay } from '@video-room/signal-worker/room/relay-state.ts'
import type { RoomState } from '@video-room/signal-worker/room/state.ts'
import type { Random } from './random.ts'
import type { SimRelay } from './sim-relay.ts'

const fingerprint = Array.from({ length: 32 }, () => 'EE').join(':')

export function knownRelay(relay: SimRelay, tokenHash: SecretHash, random: Random): KnownRelay {
  const hex = Array.from({ length: 12 }, () => random.between(0, 15).toString(16)).join('')
  return {
    relayId: relay.relayId,
    region: 'somewhere',
    candidates: [{ protocol: 'udp', address: '192.0.2.1', port: 3_478 }],
    fingerprint,
    iceKey: random.text(43) as Secret,
    tokenHash,
    linkBase: hex as LinkId,
  }
}

/** Letters that an ice-ufrag may have (RFC 8839, section 5.4). */
const iceText = (random: Random, length: number): string => random.text(length).replaceAll(/[-_]/g, '+')

/** What the shell of a room does in the worker, with a ticket whose first characters are the link's id. */
export function completed(state: RoomState, message: Ticketless, random: Random): ServerMessage {
  const withTicket = (link: RelayLink): RelayAssignment => {
    const relay = relayOf(state.relay, link.relayId)
    assert(relay !== null, 'RL1: a ticket is of a relay of the room')
    const iceUfrag = `${link.linkId}${iceText(random, 8)}`
    const candidates = [...relay.candidates]
    return { ...link, ticket: { iceUfrag, icePwd: iceText(random, 43), fingerprint, candidates } }
  }
  if (message.type === 'ticket') {
    const { relayId, generation, ticket } = withTicket(message.link)
    return { type: 'ticket', relayId, generation, ticket }
  }
  const [relay, nextRelay] = message.relays.map(withTicket)
  return {
    type: 'start',
    links: [...message.links],
    ...(relay === undefined ? {} : { relay }),
    ...(nextRelay === undefined ? {} : { nextRelay }),
  }
}
