/**
 * Decides: everything that can happen to a session.
 * Does not decide: what follows (reduce.ts).
 * Invariants: each event carries its time (milliseconds of one monotonic clock) and the random share it may need.
 */
import type { HttpErrorCode } from '@video-room/shared/errors.ts'
import type { EndpointId, OccupantId, Secret } from '@video-room/shared/ids.ts'
import type { KnockPicture } from '@video-room/shared/knock-picture.ts'
import type { JoinResponse } from '@video-room/shared/protocol/http.ts'
import type { ClientMessage, ServerMessage } from '@video-room/shared/protocol/messages.ts'
import type { RelayRtt } from '@video-room/shared/protocol/path-report.ts'
import type { Source } from '@video-room/shared/source.ts'
import type { CaptureStatus } from '../media/view.ts'
import type { ReceivedSource, RouteGap } from './view.ts'

/** What a `POST join` came to; `unreachable` = no answer, or one that nobody can read. */
export type JoinAnswer =
  | { readonly ok: true; readonly response: JoinResponse }
  | { readonly ok: false; readonly code: HttpErrorCode | 'unreachable'; readonly retryAfterMs: number | null }

/** The powers of a host, each as the message that uses it. */
export type HostMessage = Extract<
  ClientMessage,
  {
    type:
      | 'admit'
      | 'deny'
      | 'change-settings'
      | 'mute-occupant'
      | 'mute-all'
      | 'ask-unmute'
      | 'hand-over'
      | 'remove-occupant'
      | 'end-room'
  }
>

interface Timed {
  readonly atMs: number
}
/** `random` lies in [0, 1) and spreads the next try (backoff). */
interface Chancy extends Timed {
  readonly random: number
}
interface OfAttempt {
  readonly attempt: number
}
interface OfLink extends Timed {
  readonly endpointId: EndpointId
  readonly generation: number
}

export type SessionEvent =
  | (Timed & { readonly type: 'join'; readonly displayName: string; readonly resumeToken: Secret | null })
  | (Timed & { readonly type: 'leave' })
  | (Chancy & OfAttempt & { readonly type: 'join-answered'; readonly answer: JoinAnswer })
  | (Chancy & OfAttempt & { readonly type: 'message-received'; readonly message: ServerMessage })
  /** `code` of RFC 6455 section 7.4; 1006 when the network gave none. */
  | (Chancy & OfAttempt & { readonly type: 'socket-lost'; readonly code: number })
  | (Chancy & { readonly type: 'timer' })
  /** The network came back, or the machine woke up. */
  | (Timed & { readonly type: 'online' })
  | (Timed & {
      readonly type: 'captures-changed'
      readonly captures: Readonly<Record<Source, CaptureStatus>>
    })
  | (Timed & { readonly type: 'capture-wished'; readonly source: Source; readonly on: boolean })
  /** What only the room can do, and only for its host. */
  | (Timed & { readonly type: 'host-wished'; readonly message: HostMessage })
  /** Show the host this picture at the door, or none any more (KN8). */
  | (Timed & { readonly type: 'knock-picture-wished'; readonly picture: KnockPicture | null })
  /** This person's answer to the host's question (MD10). */
  | (Timed & { readonly type: 'unmute-answered'; readonly source: Source; readonly yes: boolean })
  | (OfLink & { readonly type: 'link-connected' })
  /** The link closed without being asked to. */
  | (OfLink & { readonly type: 'link-closed' })
  /** The link wants this brought to its other end. */
  | (OfLink & { readonly type: 'link-signalled'; readonly payload: string })
  /** A relay link needs a new ticket for its ICE restart (RL5). */
  | (OfLink & { readonly type: 'ticket-wanted' })
  /** How wide a picture is shown here, device pixels; 0 = nobody looks at it (M8). */
  | (Timed & {
      readonly type: 'shown'
      readonly occupantId: OccupantId
      readonly source: Source
      readonly widthPx: number
    })
  /** Whoever draws the pictures has measured how long they stood still (FX3). */
  | (Timed & { readonly type: 'gap-measured'; readonly gap: RouteGap })
  | (Timed & { readonly type: 'links-sampled'; readonly readings: readonly LinkReading[] })
  /** How far the relays are that were asked about. */
  | (Timed & OfAttempt & { readonly type: 'relays-probed'; readonly rtts: readonly RelayRtt[] })

/** The facts of a sample by which a link is judged. */
export interface LinkReading {
  readonly endpointId: EndpointId
  readonly generation: number
  /** Everything received so far. */
  readonly receivedBytes: number
  /** Answers to ICE's own checks: signs of life that a browser does not count as bytes. */
  readonly answeredChecks: number
  readonly receivedPackets: number
  readonly lostPackets: number
  readonly rttMs: number | null
  readonly jitterMs: number | null
  /** What has come of each source so far. */
  readonly received: readonly ReceivedSource[]
  readonly isUplinkLimited: boolean
  /** Another link could send the same beside it. */
  readonly hasUplinkRoom: boolean
}
