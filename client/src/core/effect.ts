/**
 * Decides: everything a session can ask of the outside, and what it announces.
 * Does not decide: how it is done (room-session.ts in a browser, the simulation in its own world).
 * Invariants: effects are data; whatever answers them comes back as an event with the same attempt or generation.
 */
import type { MessageErrorCode } from '@video-room/shared/errors.ts'
import type { EndpointId, OccupantId, RelayId, Secret } from '@video-room/shared/ids.ts'
import type { IceServer, JoinRequest } from '@video-room/shared/protocol/http.ts'
import type { ClientMessage } from '@video-room/shared/protocol/messages.ts'
import type { Want } from '@video-room/shared/protocol/relay-signal.ts'
import type { RoomSettings } from '@video-room/shared/room-info.ts'
import type { Route } from '@video-room/shared/route.ts'
import type { MutedBy } from '@video-room/shared/snapshot.ts'
import type { Source } from '@video-room/shared/source.ts'
import type { RelayTicket } from '@video-room/shared/ticket.ts'
import type { SlotCounts } from './state.ts'
import type { EndReason, RouteGap, SessionStatus } from './view.ts'

/** What a session tells whoever listens. `not_connected`: the wish was dropped because the room is out of reach. */
export type SessionAnnouncement =
  | { readonly type: 'state-changed'; readonly status: SessionStatus; readonly previous: SessionStatus }
  | { readonly type: 'joined'; readonly occupantId: OccupantId; readonly isHost: boolean }
  /** Someone came while you were here; who was here before you stands in the view. */
  | { readonly type: 'occupant-joined'; readonly occupantId: OccupantId; readonly displayName: string }
  | { readonly type: 'occupant-left'; readonly occupantId: OccupantId; readonly displayName: string }
  | {
      readonly type: 'mute-changed'
      readonly occupantId: OccupantId
      readonly source: Source
      readonly mutedBy: MutedBy
    }
  /** Someone came to the door; to the host only. */
  | { readonly type: 'knock'; readonly occupantId: OccupantId; readonly displayName: string }
  /** The host asks you to un-mute; answer with `answerUnmute`. */
  | { readonly type: 'unmute-asked'; readonly source: Source }
  | {
      readonly type: 'settings-changed'
      readonly settings: RoomSettings
      readonly previous: RoomSettings
    }
  /** Another occupant is the host now; null: there is none for the moment. */
  | {
      readonly type: 'host-changed'
      readonly occupantId: OccupantId | null
      readonly previous: OccupantId | null
      readonly isSelf: boolean
    }
  /** Media flows another way now; `route.reasons` says why (RT1, MG4). */
  | { readonly type: 'route-changed'; readonly route: Route; readonly previous: Route }
  /** How long a picture stood still around that, a few seconds later (FX3). */
  | ({ readonly type: 'route-gap' } & RouteGap)
  | { readonly type: 'ended'; readonly reason: EndReason }
  | {
      readonly type: 'error'
      readonly code: MessageErrorCode | 'not_connected'
      readonly about: string | null
    }

export type SessionEffect =
  | { readonly type: 'http-join'; readonly attempt: number; readonly request: JoinRequest }
  | { readonly type: 'cancel-join'; readonly attempt: number }
  | { readonly type: 'open-socket'; readonly attempt: number; readonly resumeToken: Secret }
  | { readonly type: 'close-socket'; readonly attempt: number }
  /** Ask the room for a sign of life at once. */
  | { readonly type: 'probe-socket'; readonly attempt: number }
  | { readonly type: 'send'; readonly attempt: number; readonly message: ClientMessage }
  | {
      readonly type: 'open-link'
      readonly occupantId: OccupantId
      readonly generation: number
      readonly initiator: boolean
      readonly iceServers: readonly IceServer[]
      /** False: it stands by, without own tracks (MG6). */
      readonly carries: boolean
    }
  | {
      readonly type: 'open-relay-link'
      readonly relayId: RelayId
      readonly generation: number
      readonly ticket: RelayTicket
      readonly iceServers: readonly IceServer[]
      readonly slots: SlotCounts
      readonly carries: boolean
    }
  | { readonly type: 'close-link'; readonly endpointId: EndpointId; readonly generation: number }
  /** Sends own media over this link from now on, or none; without negotiation. */
  | {
      readonly type: 'carry-link'
      readonly endpointId: EndpointId
      readonly generation: number
      readonly carries: boolean
    }
  /** Holds what this link's pictures may take to a share of what they take now; null lets go. */
  | {
      readonly type: 'cap-link'
      readonly endpointId: EndpointId
      readonly generation: number
      readonly share: number | null
    }
  | {
      readonly type: 'link-signal'
      readonly endpointId: EndpointId
      readonly generation: number
      readonly payload: string
    }
  | { readonly type: 'restart-link'; readonly endpointId: EndpointId; readonly generation: number }
  /** The ticket that a relay link asked for (RL5). */
  | {
      readonly type: 'renew-relay-link'
      readonly relayId: RelayId
      readonly generation: number
      readonly ticket: RelayTicket
    }
  /** The relay may have missed the facts: say them again (RL6). */
  | { readonly type: 'repeat-facts'; readonly relayId: RelayId; readonly generation: number }
  /** All that is wanted of the relay now (RL8). */
  | {
      readonly type: 'want'
      readonly relayId: RelayId
      readonly generation: number
      readonly wants: readonly Want[]
    }
  | {
      readonly type: 'ensure-slots'
      readonly relayId: RelayId
      readonly generation: number
      readonly slots: SlotCounts
    }
  /** Measure how far these relays are and answer with `relays-probed` (CH5). */
  | {
      readonly type: 'probe-relays'
      readonly attempt: number
      readonly relays: readonly { readonly relayId: RelayId; readonly ticket: RelayTicket }[]
      readonly iceServers: readonly IceServer[]
    }
  /** Take one reading of these links (null: of every one) and answer with `links-sampled`. */
  | { readonly type: 'sample-links'; readonly only: readonly EndpointId[] | null }
  | { readonly type: 'set-capture'; readonly source: Source; readonly on: boolean }
  | { readonly type: 'save-resume-token'; readonly resumeToken: Secret }
  | { readonly type: 'forget-resume-token' }
  | { readonly type: 'emit'; readonly announcement: SessionAnnouncement }
