/**
 * The relay's network as its control thread sees it: links by the id of their tickets, from the first STUN request to the
 * last packet. ICE, DTLS and the media thread are behind it.
 */
import type { LinkId } from '@video-room/shared/ids.ts'
import type { RelayCandidate } from '@video-room/shared/ticket.ts'
import type { LinkCommand } from '../control/link-command.ts'
import type { MediaReport } from '../media/boundary.ts'

export interface TransportEvents {
  /** DTLS is up and the far end has proved to hold the key of the certificate with this fingerprint (RL6). */
  readonly onSecured: (linkId: LinkId, fingerprint: string) => void
  /** Nothing of the link is left. `silent`: nothing authentic came for too long; `closed`: the far end said goodbye. */
  readonly onLost: (linkId: LinkId, why: 'silent' | 'closed' | 'refused' | 'misbehaved') => void
  /** Loudest first, over all rooms of this relay. */
  readonly onSpeakers: (linkIds: readonly LinkId[]) => void
}

export interface TransportOptions {
  /** HMAC key of the tickets, 32 bytes (RL2). */
  readonly iceKey: Uint8Array
  /** 0: any free one. */
  readonly udpPort: number
  /** For ICE-TCP; null: none, 0: any free one. */
  readonly tcpPort: number | null
  /** Local addresses to bind, IPv4 or IPv6. */
  readonly bindAddresses: readonly string[]
  /** Addresses that tickets name in place of the bound ones (1:1 NAT); empty: the bound ones. */
  readonly publicAddresses: readonly string[]
}

export interface Transport {
  readonly candidates: readonly RelayCandidate[]
  /** Of the relay's certificate, as in `a=fingerprint:sha-256`. */
  readonly fingerprint: string
  /** Serves this link. A client that came before with a good ticket is taken over as it is. */
  open(linkId: LinkId): void
  /** Says goodbye (DTLS close_notify) and frees everything of it. Idempotent. */
  close(linkId: LinkId): void
  /** Ignored for a link that is not open. */
  command(linkId: LinkId, command: LinkCommand): void
  report(): Promise<MediaReport>
  stop(): Promise<void>
}
