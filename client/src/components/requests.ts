/** What the parts of the interface ask of `<video-room>`. Parts decide nothing: readonly properties in, requests out. */
import type { OccupantId } from '@video-room/shared/ids.ts'
import type { SettingsChange } from '@video-room/shared/room-info.ts'
import type { Source } from '@video-room/shared/source.ts'
import type { DeviceKind } from '../media/view.ts'

export type Panel = 'people' | 'devices' | 'share'

/** What only a host asks; what hurts is confirmed first. */
export type HostRequest =
  | { readonly type: 'admit'; readonly occupantIds: readonly OccupantId[] }
  | { readonly type: 'deny'; readonly occupantId: OccupantId }
  | { readonly type: 'change-settings'; readonly settings: SettingsChange }
  | { readonly type: 'mute-occupant'; readonly occupantId: OccupantId; readonly source: Source }
  | { readonly type: 'mute-all'; readonly source: Source }
  | { readonly type: 'ask-unmute'; readonly occupantId: OccupantId; readonly source: Source }
  | { readonly type: 'hand-over'; readonly occupantId: OccupantId; readonly displayName: string }
  | { readonly type: 'remove-occupant'; readonly occupantId: OccupantId; readonly displayName: string }
  | { readonly type: 'end-room' }

export type RoomRequest =
  | HostRequest
  | { readonly type: 'join'; readonly displayName: string }
  | { readonly type: 'rejoin' }
  | { readonly type: 'leave' }
  | { readonly type: 'set-source'; readonly source: Source; readonly on: boolean }
  | { readonly type: 'select-device'; readonly kind: DeviceKind; readonly deviceId: string | null }
  | { readonly type: 'toggle-panel'; readonly panel: Panel }
  | { readonly type: 'close-panel' }
  | { readonly type: 'copy-link' }
  | { readonly type: 'show-picture'; readonly isShown: boolean }
  | { readonly type: 'answer-unmute'; readonly source: Source; readonly yes: boolean }
  | { readonly type: 'confirm' }
  | { readonly type: 'close-dialog' }
  /** A tile came into view, or is out of it: its picture need not be sent here (M8). */
  | {
      readonly type: 'watch'
      readonly occupantId: OccupantId
      readonly source: Source
      readonly isWatched: boolean
      /** How wide its picture is shown, device pixels. */
      readonly widthPx: number
    }
  | { readonly type: 'sound-blocked' }
  | { readonly type: 'allow-sound' }
  | { readonly type: 'dismiss-toast'; readonly id: number }

export const requestEvent = 'vr-request'
export type RoomRequestEvent = CustomEvent<RoomRequest>
