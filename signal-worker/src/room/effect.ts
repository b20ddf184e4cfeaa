/** What a room asks of its shell. Data only; the shell runs them in order, after the state was kept. */
import type { CloseReason } from '@video-room/shared/errors.ts'
import type { OccupantId, RelayId, SecretHash } from '@video-room/shared/ids.ts'
import type { LinkAssignment, ServerMessage } from '@video-room/shared/protocol/messages.ts'
import type { RoomToRelay, ServedLink } from '@video-room/shared/protocol/relay-messages.ts'
import type { RoomSettings } from '@video-room/shared/room-info.ts'
import type { Route, RouteReason } from '@video-room/shared/route.ts'
import type { ConnectionId } from './connection-id.ts'
import type { RelayLink } from './relay-links.ts'
import type { TrunkLink } from './trunk-links.ts'

export type RoomEffect =
  | { readonly type: 'send'; readonly connectionId: ConnectionId; readonly message: ServerMessage }
  | { readonly type: 'send-relay'; readonly connectionId: ConnectionId; readonly message: RoomToRelay }
  /** Mint a ticket for the link and send the message with it. */
  | { readonly type: 'send-ticketed'; readonly connectionId: ConnectionId; readonly message: Ticketless }
  /** Its links and trunks; a trunk that it dials goes out with a fresh ticket. */
  | {
      readonly type: 'send-relay-links'
      readonly connectionId: ConnectionId
      readonly links: readonly ServedLink[]
      readonly trunks: readonly TrunkLink[]
    }
  /** Ask the registry for a relay, and answer with `relay-summoned` or `relay-unavailable`. */
  | {
      readonly type: 'summon-relay'
      readonly purpose: RelayPurpose
      readonly exclude: readonly RelayId[]
      /** This one or none: what a branch is for. */
      readonly only?: RelayId
    }
  /** Ask the registry which relays there are, and answer with `relays-surveyed`. */
  | { readonly type: 'survey-relays' }
  /** Let an occupant measure these relays of the last survey, each with a ticket of its own (CH5). */
  | {
      readonly type: 'probe-relays'
      readonly connectionId: ConnectionId
      readonly relayIds: readonly RelayId[]
    }
  /** `left` ends as agreed (1000). `silent` is no code of ours either: it looks like a lost network, so the far end retries (SK6). */
  | {
      readonly type: 'close'
      readonly connectionId: ConnectionId
      readonly reason: CloseReason | 'silent' | 'left'
    }
  /** Take a participant's seat for this knock, and answer with `gate-answered`. */
  | { readonly type: 'ask-gate'; readonly occupantId: OccupantId }
  | RecordEffect
  /** The gate is behind: tell it everything, and answer with `gate-told` or `gate-failed`. */
  | { readonly type: 'record-all' }
  /** For whoever follows the room from outside (webhooks, the log). */
  | { readonly type: 'notify'; readonly notice: RoomNotice }
  /** For the operator's numbers. No answer comes. */
  | { readonly type: 'count-route'; readonly words: readonly RouteWord[] }
  /** Look at every socket, and answer with `socket-silent` for those that are. */
  | { readonly type: 'look-for-silent' }
  /** The tombstone's time is over: no trace of the room is kept. */
  | { readonly type: 'delete-everything' }

/** route: to carry the room's media, or to stand by for it · branch: to be one more relay of a tree. */
export type RelayPurpose = 'route' | 'branch'

/** A message that lacks only its ticket: minting takes a key, a clock and chance. */
export type Ticketless =
  | {
      readonly type: 'start'
      readonly links: readonly LinkAssignment[]
      /** One or two: `relay`, then `nextRelay` (MG2). */
      readonly relays: readonly RelayLink[]
    }
  | { readonly type: 'ticket'; readonly link: RelayLink }

/** One change that the gate must learn; answered with `gate-failed` when it could not. */
export type RecordEffect =
  /** The seat is kept until `graceEndsAtMs` (null = as long as the socket lives). */
  | {
      readonly type: 'record-presence'
      readonly occupantId: OccupantId
      readonly isPresent: boolean
      readonly graceEndsAtMs: number | null
    }
  | { readonly type: 'record-left'; readonly occupantId: OccupantId }
  /** Sent away for good, with the seat they had; null for who was at the door. */
  | {
      readonly type: 'record-barred'
      readonly reason: 'removed' | 'denied'
      readonly occupantId: OccupantId | null
      readonly tokenHashes: readonly SecretHash[]
    }
  | { readonly type: 'record-settings'; readonly settings: RoomSettings }
  | { readonly type: 'record-hand-over'; readonly from: OccupantId; readonly to: OccupantId }
  | { readonly type: 'record-promotion'; readonly occupantId: OccupantId }
  | { readonly type: 'record-ended'; readonly endedAtMs: number }

/** What may be told outside: ids, roles, times and counts; no names. */
export type RoomNotice = {
  readonly atMs: number
  /** Occupants with a socket, after what happened. */
  readonly occupancyCount: number
} & (
  | { readonly type: 'room.created' | 'room.started' | 'room.ended' }
  | {
      readonly type: 'occupant.joined' | 'occupant.left'
      readonly occupantId: OccupantId
      readonly isHost: boolean
    }
)

/** From which kind of route to which. */
export interface Direction {
  readonly from: Route['kind']
  readonly to: Route['kind']
}

/** `none`: the room found its way without trouble, as the first relay came or a tree was completed. */
export interface Move extends Direction {
  readonly reason: RouteReason | 'none'
}

/** waiting: relayed, and no relay could be had. */
export type CallRoute = 'mesh' | 'relayed' | 'chain' | 'waiting'

export type RouteWord =
  /** `tookMs` from preparing to committing; null: nothing was prepared. */
  | (Move & { readonly type: 'moved'; readonly tookMs: number | null })
  /** late: not everybody came to see it in time. needless: it was wanted no more, or its relay went. */
  | (Move & { readonly type: 'move-failed'; readonly why: 'late' | 'needless' })
  /** What one occupant's page saw of a move. */
  | (Direction & { readonly type: 'gap'; readonly gapMs: number; readonly steadyMs: number | null })
  /** How the call flows now; null: there is none any more. */
  | { readonly type: 'call'; readonly route: CallRoute | null }
