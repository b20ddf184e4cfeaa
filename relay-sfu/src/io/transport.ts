/**
 * The relay's network as its control thread sees it: links by the id of their tickets, from the first STUN request to the
 * last packet. ICE, DTLS and the media thread are behind it.
 */
import type { LinkId } from '@video-room/shared/ids.ts'
import type { ThreadCandidate } from '@video-room/shared/relay-threads.ts'
import type { RelayCandidate, RelayTicket } from '@video-room/shared/ticket.ts'
import type { LinkCommand } from '../control/link-command.ts'
import type { Measured } from '../control/relay-distances.ts'
import type { MediaReport } from '../media/boundary.ts'

export interface TransportEvents {
  /** DTLS is up and the far end has proved to hold the key of the certificate with this fingerprint (RL6). */
  readonly onSecured: (linkId: LinkId, fingerprint: string) => void
  /** Nothing of the link is left. `silent`: nothing authentic came for too long; `closed`: the far end said goodbye. */
  readonly onLost: (linkId: LinkId, why: 'silent' | 'closed' | 'refused' | 'misbehaved') => void
  /** Loudest first, over all rooms on this media thread. */
  readonly onSpeakers: (speakers: readonly LinkSpeaker[], thread: number) => void
}

/** Whose microphone it is: the link, and on a trunk the section. */
export interface LinkSpeaker {
  readonly linkId: LinkId
  readonly mid?: string
}

export interface TransportOptions {
  /** HMAC key of the tickets, 32 bytes (RL2). */
  readonly iceKey: Uint8Array
  /** Media threads, each with ports of its own (RG8). Absent: one. */
  readonly threads?: number
  /** Of thread 0; the others have those that follow. 0: any free one for each. */
  readonly udpPort: number
  /** For ICE-TCP, the same; null: none. */
  readonly tcpPort: number | null
  /** Local addresses to bind, IPv4 or IPv6. */
  readonly bindAddresses: readonly string[]
  /** Addresses that tickets name in place of the bound ones (1:1 NAT); empty: the bound ones. */
  readonly publicAddresses: readonly string[]
}

/** What a link is, and where. */
export interface LinkPlace {
  /** Another relay dials it. */
  readonly isTrunk?: true
  /** The media thread of its room: it comes at that one's ports or not at all, and meets links of the same thread alone. Absent: 0. */
  readonly thread?: number
}

export interface Transport {
  readonly candidates: readonly ThreadCandidate[]
  /** Of the relay's certificate, as in `a=fingerprint:sha-256`. */
  readonly fingerprint: string
  /** Serves this link. Who came before with a good ticket is taken over as they are; at another thread's port, has to come again. */
  open(linkId: LinkId, place?: LinkPlace): void
  /**
   * Opens a trunk as its dialling end, with the other relay's ticket. `onSecured` says whose certificate was proved there. Ignored
   * while the link is open; lost as `refused` when too many are dialled at once, or at no address that is reached from here. `thread`: as
   * of `open`.
   */
  dial(linkId: LinkId, ticket: RelayTicket, thread?: number): void
  /** Of a dialled link: milliseconds, the median of the last few seconds. Null: not dialled, or nothing was answered yet. */
  roundTripMs(linkId: LinkId): number | null
  /** The round trip from thread 0 to another relay, without opening anything: milliseconds; null: no answer within a second. */
  probe(candidates: readonly RelayCandidate[]): Promise<Measured>
  /** Says goodbye (DTLS close_notify) and frees everything of it. Idempotent. */
  close(linkId: LinkId): void
  /** Ignored for a link that is not open. */
  command(linkId: LinkId, command: LinkCommand): void
  /** Of all media threads together. */
  report(): Promise<MediaReport>
  stop(): Promise<void>
}
