/** What a room asks of its shell. Data only; the shell runs them in order, after the state was kept. */
import type { CloseReason } from '@video-room/shared/errors.ts'
import type { OccupantId } from '@video-room/shared/ids.ts'
import type { ServerMessage } from '@video-room/shared/protocol/messages.ts'
import type { ConnectionId } from './state.ts'

export type RoomEffect =
  | { readonly type: 'send'; readonly connectionId: ConnectionId; readonly message: ServerMessage }
  /** `left` ends as agreed (1000). `silent` is no code of ours either: it looks like a lost network, so the far end retries (SK6). */
  | {
      readonly type: 'close'
      readonly connectionId: ConnectionId
      readonly reason: CloseReason | 'silent' | 'left'
    }
  /** For room info: the seat is kept until `graceEndsAtMs` (null = as long as the socket lives). */
  | {
      readonly type: 'record-presence'
      readonly occupantId: OccupantId
      readonly isPresent: boolean
      readonly graceEndsAtMs: number | null
    }
  | { readonly type: 'record-left'; readonly occupantId: OccupantId }
  | { readonly type: 'record-ended'; readonly endedAtMs: number }
  /** Look at every socket, and answer with `socket-silent` for those that are. */
  | { readonly type: 'look-for-silent' }
  /** The tombstone's time is over: no trace of the room is kept. */
  | { readonly type: 'delete-everything' }
