/** The session and the local media as the interface uses them. `RoomSession` and `LocalMedia` fit; tests bring fakes. */
import type { OccupantId, RoomId, Secret } from '@video-room/shared/ids.ts'
import type { Source } from '@video-room/shared/source.ts'
import type { SessionAnnouncement } from '../core/effect.ts'
import type { LinkSample, SessionView } from '../core/view.ts'
import type { LocalMediaPort } from '../media/view.ts'

export type Announcement<Type extends SessionAnnouncement['type']> = Extract<
  SessionAnnouncement,
  { readonly type: Type }
>

export type SessionListeners = {
  readonly [Type in SessionAnnouncement['type']]: (announcement: Announcement<Type>) => void
} & {
  readonly changed: (view: SessionView) => void
  readonly sampled: (samples: readonly LinkSample[]) => void
}

export interface SessionPort {
  readonly view: SessionView
  on<Type extends keyof SessionListeners>(type: Type, listener: SessionListeners[Type]): () => void
  join(options?: { readonly displayName?: string }): Promise<unknown>
  leave(): unknown
  setMicrophone(on: boolean): unknown
  setCamera(on: boolean): unknown
  shareScreen(on: boolean): unknown
  muteOccupant(occupantId: OccupantId, source: Source): unknown
  removeOccupant(occupantId: OccupantId): unknown
  endRoom(): unknown
  close(): unknown
}

export interface MediaPort extends LocalMediaPort {
  readonly canShareScreen: boolean
  onLevel(listener: (level: number) => void): () => void
}

export interface SessionWish {
  readonly signal: string
  readonly roomId: RoomId
  readonly hostToken: Secret | null
  readonly displayName: string
  readonly media: MediaPort
}
