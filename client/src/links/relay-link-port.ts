/**
 * What a link to a relay offers to the session: media of everyone, over one connection (rules RL1-RL8). Its sides are not
 * alike: the occupant makes every offer and its answer, the relay only points slots at publications.
 */
import type { OccupantId } from '@video-room/shared/ids.ts'
import type { IceServer } from '@video-room/shared/protocol/http.ts'
import type { Want } from '@video-room/shared/protocol/relay-signal.ts'
import type { Source } from '@video-room/shared/source.ts'
import type { RelayTicket } from '@video-room/shared/ticket.ts'
import type { SlotCounts } from '../core/state.ts'
import type { MediaTrack } from '../core/view.ts'
import type { LinkLook } from './link.ts'

/** A slot that carries something. The same track may carry another publication later. */
export interface SlotTrack {
  readonly occupantId: OccupantId
  readonly source: Source
  readonly track: MediaTrack
}

/** What a relay link reports. Nothing is reported once `close` was called. */
export interface RelayLinkEvents {
  /** Bring this to the relay, in order, by way of the room (RL6, RL8). */
  readonly onSignal: (payload: string) => void
  /** ICE and DTLS are up. Media flows when the relay has the facts, too. */
  readonly onConnected: () => void
  /** All that the slots carry; replaces the earlier list. */
  readonly onTracks: (tracks: readonly SlotTrack[]) => void
  /** Who speaks, loudest first; replaces the earlier list. */
  readonly onSpeakers: (occupantIds: readonly OccupantId[]) => void
  /** An ICE restart needs a new ticket (RL5): bring it to `renew`. */
  readonly onTicketWanted: () => void
  /** It closed by itself and cannot come back. */
  readonly onClosed: () => void
}

export interface RelayLinkOptions {
  readonly ticket: RelayTicket
  readonly iceServers: readonly IceServer[]
  /** What is sent from the first packet on; null or absent: nothing yet. */
  readonly tracks: Readonly<Partial<Record<Source, MediaTrack | null>>>
  /** Received at once from the first offer on; generous, as an unused slot costs nothing visible. */
  readonly slots: SlotCounts
}

export interface RelayLink {
  /** Takes what the relay said. Garbage is ignored. */
  signal(payload: string): void
  /** Sends this track as `source` from now on, or nothing; never negotiates. Settles when the sender has it. */
  replaceTrack(source: Source, track: MediaTrack | null): Promise<void>
  /** This camera may be sent later: what can be made ready for it is, so that nothing is left to do then. */
  expect(camera: MediaTrack | null): void
  /** The relay may have missed the facts: they go to it again, as they are now (RL6). */
  repeatFacts(): void
  /** Names all that is wanted (RL8); goes to the relay each time, after the first facts. */
  want(wants: readonly Want[]): void
  /** Makes room for so many publications; never shrinks. Negotiates with itself and sends new facts. */
  ensureSlots(slots: SlotCounts): void
  /** Looks for a new way to the same relay, without interrupting what still flows: asks for a ticket first. */
  restart(): void
  /** The ticket that `onTicketWanted` asked for; with it the restart begins. */
  renew(ticket: RelayTicket): void
  /** Holds what its pictures may take to this share of what they take now, or lets go (null); never negotiates. */
  cap(share: number | null): Promise<void>
  /** One look at the link; null when it cannot be looked at any more. */
  sample(atMs: number): Promise<LinkLook | null>
  /** Ends the link; the tracks that were sent stay their owners'. Idempotent. */
  close(): void
}

export type OpenRelayLink = (options: RelayLinkOptions, events: RelayLinkEvents) => RelayLink
