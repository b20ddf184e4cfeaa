/** What goes into a relay's room core, and what it asks of its shell. Data only. */
import type { LinkId, Secret } from '@video-room/shared/ids.ts'
import type { RelayToRoom, RoomToRelay } from '@video-room/shared/protocol/relay-messages.ts'
import type { RelayTicket } from '@video-room/shared/ticket.ts'
import type { LinkCommand } from './link-command.ts'

/** Whose microphone it is: an occupant's link, or a section of a trunk. */
export interface LoudLink {
  readonly linkId: LinkId
  readonly mid?: string
}

export type RelayRoomEvent = {
  readonly atMs: number
  /** In [0, 1): for whatever the event needs it for. */
  readonly random: number
} &
  /** The room asks for this relay (again): its earlier secrets are worth nothing. */
  (
    | { readonly type: 'summoned'; readonly secret: Secret }
    | { readonly type: 'message-received'; readonly attempt: number; readonly message: RoomToRelay }
    | { readonly type: 'message-unreadable'; readonly attempt: number }
    | { readonly type: 'socket-lost'; readonly attempt: number; readonly code: number }
    /** DTLS is up, and the far end proved to hold the key of this certificate. */
    | { readonly type: 'link-secured'; readonly linkId: LinkId; readonly fingerprint: string }
    | { readonly type: 'link-lost'; readonly linkId: LinkId }
    /** Answers `measure-trunk`; milliseconds. */
    | { readonly type: 'trunk-measured'; readonly linkId: LinkId; readonly rttMs: number | null }
    /** Loudest first, over all rooms. */
    | { readonly type: 'speakers-changed'; readonly speakers: readonly LoudLink[] }
    /** The relay drains: the room should find another way. */
    | { readonly type: 'leave' }
    /** The relay ends now. */
    | { readonly type: 'stop' }
    | { readonly type: 'timer' }
  )

/** left: it moved on as we asked · ended: the room closed our socket for good · unreachable: for too long · stopped: we end. */
export type RoomEnd = 'left' | 'ended' | 'unreachable' | 'stopped'

export type RelayRoomEffect =
  | { readonly type: 'open-socket'; readonly attempt: number; readonly token: Secret }
  | { readonly type: 'close-socket'; readonly attempt: number }
  | { readonly type: 'send'; readonly attempt: number; readonly message: RelayToRoom }
  | { readonly type: 'open-link'; readonly linkId: LinkId; readonly isTrunk?: true }
  /** Opens a trunk from this end. */
  | { readonly type: 'dial-link'; readonly linkId: LinkId; readonly ticket: RelayTicket }
  | { readonly type: 'measure-trunk'; readonly linkId: LinkId }
  | { readonly type: 'close-link'; readonly linkId: LinkId }
  | { readonly type: 'command-link'; readonly linkId: LinkId; readonly command: LinkCommand }
  /** The last one: nothing of the room is left. */
  | { readonly type: 'forget-room'; readonly why: RoomEnd }
