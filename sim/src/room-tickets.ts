/** A room's relay links in the simulation: what the registry says of a relay, and tickets that name their link and nothing else. */
import type { LinkId, Secret, SecretHash } from '@video-room/shared/ids.ts'
import { assert } from '@video-room/shared/lang.ts'
import type { RelayAssignment, ServerMessage } from '@video-room/shared/protocol/messages.ts'
import type { RoomToRelay } from '@video-room/shared/protocol/relay-messages.ts'
import type { RelayTicket } from '@video-room/shared/ticket.ts'
import type { RoomEffect, Ticketless } from '@video-room/signal-worker/room/effect.ts'
import type { RelayLink } from '@video-room/signal-worker/room/relay-links.ts'
import { relayOf, type KnownRelay } from '@video-room/signal-worker/room/relay-state.ts'
import type { RoomState } from '@video-room/signal-worker/room/state.ts'
import type { Random } from './random.ts'
import type { SimRelay } from './sim-relay.ts'

const candidates: RelayTicket['candidates'] = [{ protocol: 'udp', address: '192.0.2.1', port: 3_478 }]

const anyLinkId = (random: Random): LinkId =>
  Array.from({ length: 12 }, () => random.between(0, 15).toString(16)).join('') as LinkId

export function knownRelay(relay: SimRelay, tokenHash: SecretHash, random: Random): KnownRelay {
  return {
    relayId: relay.relayId,
    region: 'somewhere',
    candidates,
    fingerprint: relay.fingerprint,
    iceKey: random.text(43) as Secret,
    tokenHash,
    linkBase: anyLinkId(random),
  }
}

/** Letters that an ice-ufrag may have (RFC 8839, section 5.4). */
const iceText = (random: Random, length: number): string => random.text(length).replaceAll(/[-_]/g, '+')

function ticketOf(
  { fingerprint }: Pick<KnownRelay, 'fingerprint'>,
  linkId: LinkId,
  random: Random,
): RelayTicket {
  const iceUfrag = `${linkId}${iceText(random, 8)}`
  return { iceUfrag, icePwd: iceText(random, 43), fingerprint, candidates }
}

/** The end that dials gets a ticket of the other (CH3). */
export function withTrunkTickets(
  state: RoomState,
  { links, trunks }: Extract<RoomEffect, { type: 'send-relay-links' }>,
  random: Random,
): RoomToRelay {
  const ticketed = trunks.map(({ isDialled, ...trunk }) => {
    const other = relayOf(state.relay, trunk.relayId)
    assert(other !== null, 'CH3: a trunk is of two relays of the room')
    return isDialled ? { ...trunk, ticket: ticketOf(other, trunk.linkId, random) } : trunk
  })
  return { type: 'relay-links', links: [...links], trunks: ticketed }
}

/** Of links that no room asks the relays for (CH5). */
export const probing = (relays: readonly SimRelay[], random: Random): ServerMessage => ({
  type: 'probe-relays',
  relays: relays.map((relay) => ({
    relayId: relay.relayId,
    ticket: ticketOf(relay, anyLinkId(random), random),
  })),
})

/** What the shell of a room does in the worker, with a ticket whose first characters are the link's id. */
export function completed(state: RoomState, message: Ticketless, random: Random): ServerMessage {
  const withTicket = (link: RelayLink): RelayAssignment => {
    const relay = relayOf(state.relay, link.relayId)
    assert(relay !== null, 'RL1: a ticket is of a relay of the room')
    return { ...link, ticket: ticketOf(relay, link.linkId, random) }
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
