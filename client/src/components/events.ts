/**
 * The events of `<video-room>`. All bubble and cross shadow roots (`composed`), so that a page can listen anywhere above.
 */
import type { MessageErrorCode } from '@video-room/shared/errors.ts'
import type { OccupantId } from '@video-room/shared/ids.ts'
import type { RoomSettings } from '@video-room/shared/room-info.ts'
import type { Route, RouteReason } from '@video-room/shared/route.ts'
import type { MutedBy } from '@video-room/shared/snapshot.ts'
import type { Source } from '@video-room/shared/source.ts'
import type { EndReason, Refusal, RouteGap, SessionStatus } from '../core/view.ts'
import type { MediaProblem } from '../media/view.ts'

export interface VideoRoomEventDetails {
  'vr-state-changed': { readonly status: SessionStatus; readonly previous: SessionStatus }
  'vr-joined': { readonly occupantId: OccupantId; readonly isHost: boolean }
  'vr-left': { readonly reason: EndReason }
  'vr-occupant-joined': { readonly occupantId: OccupantId; readonly displayName: string }
  'vr-occupant-left': { readonly occupantId: OccupantId; readonly displayName: string }
  'vr-mute-changed': { readonly occupantId: OccupantId; readonly source: Source; readonly mutedBy: MutedBy }
  /** Someone came to the door; to the host only. Answer by `session.admit` or `session.deny`, or let the person do it. */
  'vr-knock': { readonly occupantId: OccupantId; readonly displayName: string }
  'vr-unmute-asked': { readonly source: Source }
  'vr-settings-changed': { readonly settings: RoomSettings; readonly previous: RoomSettings }
  'vr-host-changed': { readonly occupantId: OccupantId | null; readonly isSelf: boolean }
  /** Media takes another way now. `regions`: of its relays, in their order; empty when direct, or while no relay could be had. */
  'vr-route-changed': {
    readonly kind: Route['kind']
    readonly regions: readonly string[]
    /** Why, in the order of weight. */
    readonly reasons: readonly RouteReason[]
    readonly epoch: number
    readonly previous: Route['kind'] | null
  }
  /** How long a picture stood still at most around that, 3 s later; not where none was in sight. `steadyMs`: in the seconds before. */
  'vr-route-gap': RouteGap
  /** A refused join, a refused action, or a device that gave nothing. */
  'vr-error':
    | { readonly kind: 'refusal'; readonly code: Refusal['code']; readonly retryAfterMs: number | null }
    | {
        readonly kind: 'action'
        readonly code: MessageErrorCode | 'not_connected'
        readonly about: string | null
      }
    | { readonly kind: 'media'; readonly code: MediaProblem; readonly source: Source }
}

export type VideoRoomEventType = keyof VideoRoomEventDetails

declare global {
  interface HTMLElementEventMap {
    'vr-state-changed': CustomEvent<VideoRoomEventDetails['vr-state-changed']>
    'vr-joined': CustomEvent<VideoRoomEventDetails['vr-joined']>
    'vr-left': CustomEvent<VideoRoomEventDetails['vr-left']>
    'vr-occupant-joined': CustomEvent<VideoRoomEventDetails['vr-occupant-joined']>
    'vr-occupant-left': CustomEvent<VideoRoomEventDetails['vr-occupant-left']>
    'vr-mute-changed': CustomEvent<VideoRoomEventDetails['vr-mute-changed']>
    'vr-knock': CustomEvent<VideoRoomEventDetails['vr-knock']>
    'vr-unmute-asked': CustomEvent<VideoRoomEventDetails['vr-unmute-asked']>
    'vr-settings-changed': CustomEvent<VideoRoomEventDetails['vr-settings-changed']>
    'vr-host-changed': CustomEvent<VideoRoomEventDetails['vr-host-changed']>
    'vr-route-changed': CustomEvent<VideoRoomEventDetails['vr-route-changed']>
    'vr-route-gap': CustomEvent<VideoRoomEventDetails['vr-route-gap']>
    'vr-error': CustomEvent<VideoRoomEventDetails['vr-error']>
  }
}

export function emit<Type extends VideoRoomEventType>(
  target: HTMLElement,
  type: Type,
  detail: VideoRoomEventDetails[Type],
): void {
  target.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }))
}
