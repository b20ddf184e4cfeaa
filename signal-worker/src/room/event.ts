/** What can happen to a room. Each event carries its time and everything random or hashed that it needs. */
import type { MessageErrorCode } from '@video-room/shared/errors.ts'
import type { OccupantId, Secret, SecretHash } from '@video-room/shared/ids.ts'
import type { ControlRequest } from '@video-room/shared/protocol/http.ts'
import type { ClientMessage } from '@video-room/shared/protocol/messages.ts'
import type { RelayToRoom } from '@video-room/shared/protocol/relay-messages.ts'
import type { ConnectionId } from './connection-id.ts'
import type { ChainRelay } from './chain-state.ts'
import type { RelayPurpose } from './effect.ts'
import type { KnownRelay } from './relay-state.ts'

export type RoomEvent = { readonly atMs: number } &
  /** The room was made just now. */
  (
    | { readonly type: 'created' }
    | {
        /** The gate let someone in. A listed `occupantId` returns to its seat, any other takes a new one. */
        readonly type: 'occupant-joined'
        readonly occupantId: OccupantId
        readonly isHost: boolean
        /** They brought the host token, whether or not the host's seat is theirs yet (MD8). */
        readonly provedHost: boolean
        /** As typed; empty keeps the name of a seat that is returned to. */
        readonly displayName: string
        readonly resumeTokenHash: SecretHash
      }
    | {
        /** Someone asks to be let in. A listed `occupantId` returns to its knock. */
        readonly type: 'knocked'
        readonly occupantId: OccupantId
        readonly displayName: string
        readonly resumeTokenHash: SecretHash
      }
    /** What became of an `ask-gate`. */
    | { readonly type: 'gate-answered'; readonly occupantId: OccupantId; readonly outcome: GateOutcome }
    /** The gate could not be told something, or could not be asked. `random` in [0, 1) spreads the next try. */
    | { readonly type: 'gate-failed'; readonly random: number }
    /** The gate has learned everything that was so when it was told. */
    | { readonly type: 'gate-told' }
    /** From outside, by the room's creator, already proved (RC1). */
    | { readonly type: 'controlled'; readonly request: ControlRequest }
    | {
        readonly type: 'socket-opened'
        readonly connectionId: ConnectionId
        readonly tokenHash: SecretHash
      }
    | { readonly type: 'message'; readonly connectionId: ConnectionId; readonly message: ClientMessage }
    /** The registry named a relay and told it to come; `tokenHash` is that of the secret it was given (RG3). */
    | { readonly type: 'relay-summoned'; readonly relay: KnownRelay; readonly purpose: RelayPurpose }
    /** The registry has none, or could not be asked. `random` in [0, 1) spreads the next try. */
    | { readonly type: 'relay-unavailable'; readonly random: number; readonly purpose: RelayPurpose }
    /** All relays that the registry knows now, and how far they are from each other (CH5). */
    | { readonly type: 'relays-surveyed'; readonly relays: readonly ChainRelay[] }
    | {
        readonly type: 'relay-connected'
        readonly connectionId: ConnectionId
        readonly tokenHash: SecretHash
        /** For its next socket. Goes into the welcome and nowhere else. */
        readonly resumeToken: Secret
        readonly resumeTokenHash: SecretHash
        /** Which of its media threads this room is on (RG8). Absent: 0. */
        readonly thread?: number
      }
    | { readonly type: 'relay-message'; readonly connectionId: ConnectionId; readonly message: RelayToRoom }
    | {
        /** A frame that never became a message: refused by the codec or by the rate limit. */
        readonly type: 'bad-message'
        readonly connectionId: ConnectionId
        readonly code: BadMessageCode
      }
    | { readonly type: 'socket-closed'; readonly connectionId: ConnectionId }
    /** The sweep found a socket that sent nothing for `limits.heartbeatMissedMs` (PR3). */
    | { readonly type: 'socket-silent'; readonly connectionId: ConnectionId }
    /** Time passed; nothing else happened. */
    | { readonly type: 'timer' }
    /** The host's `DELETE`, already proved. */
    | { readonly type: 'ended' }
  )

export type BadMessageCode =
  | Extract<MessageErrorCode, 'malformed' | 'unsupported_version' | 'rate_limited'>
  | 'too_large'

export type GateOutcome =
  | 'admitted'
  | Extract<MessageErrorCode, 'room_full' | 'room_locked' | 'room_store_unavailable'>
