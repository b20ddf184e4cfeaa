/** The session and the local media as the interface uses them. `RoomSession` and `LocalMedia` fit; tests bring fakes. */
import type { Secret } from '@video-room/shared/ids.ts'
import type { RouteWish } from '@video-room/shared/route.ts'
import type { RoomName } from '@video-room/shared/room-name.ts'
import type { LocalMediaPort } from '../media/view.ts'
import type { RoomSession } from '../room-session.ts'

export type SessionPort = Pick<
  RoomSession,
  | 'view'
  | 'on'
  | 'join'
  | 'leave'
  | 'setMicrophone'
  | 'setCamera'
  | 'shareScreen'
  | 'muteOccupant'
  | 'muteAll'
  | 'askUnmute'
  | 'answerUnmute'
  | 'admit'
  | 'deny'
  | 'showKnockPicture'
  | 'changeSettings'
  | 'handOver'
  | 'removeOccupant'
  | 'endRoom'
  | 'setWatched'
  | 'tellRouteGap'
  | 'close'
>

export interface MediaPort extends LocalMediaPort {
  readonly canShareScreen: boolean
  onLevel(listener: (level: number) => void): () => void
  takeStill(): Promise<string | null>
}

export interface SessionWish {
  readonly signal: string
  readonly roomId: RoomName
  readonly hostToken: Secret | null
  readonly displayName: string
  readonly route: RouteWish
  readonly media: MediaPort
}
