/** The headless entry: a room session without any user interface. `define.ts` is the one with elements. */
export { RoomSession } from './room-session.ts'
export type { JoinResult, RoomSessionOptions, SessionEvents } from './room-session.ts'
export { createRoom } from './signal/room-http.ts'
export type { CreateRoomResult, CreateRoomWish } from './signal/room-http.ts'
export { LocalMedia } from './media/local-media.ts'
export type {
  CaptureState,
  CaptureStatus,
  DeviceKind,
  DeviceOption,
  LocalMediaPort,
  LocalMediaView,
  MediaProblem,
} from './media/view.ts'
export { browserPlatform } from './platform.ts'
export type { Platform, SocketLike, StorageLike } from './platform.ts'
export type { SessionAnnouncement } from './core/effect.ts'
export type {
  ConnectionSample,
  EndReason,
  KnockState,
  LinkSample,
  LinkStatus,
  MediaTrack,
  OccupantState,
  ReceivedSource,
  Refusal,
  RouteEntry,
  RouteGap,
  SessionStatus,
  SessionView,
  SourceView,
} from './core/view.ts'
export type { PreferredCodec } from './links/codecs.ts'
export type { Link, LinkEvents, LinkLook, LinkOptions, OpenLink } from './links/link.ts'
export type { Route, RouteReason, RouteWish } from '@video-room/shared/route.ts'
export type { MutedBy } from '@video-room/shared/snapshot.ts'
export { roomNameOf } from '@video-room/shared/room-name.ts'
export type { RoomName } from '@video-room/shared/room-name.ts'
export type { Knock } from '@video-room/shared/protocol/messages.ts'
export type { RoomSettings, SettingsChange } from '@video-room/shared/room-info.ts'
export type { OccupantId, RoomId, Secret } from '@video-room/shared/ids.ts'
export type { Source } from '@video-room/shared/source.ts'
