/** What a frame on a room's socket means to the room, by who is at the far end: a message, or one that never became any. */
import { limits } from '@video-room/shared/limits.ts'
import { decodeClientMessage } from '@video-room/shared/protocol/codec.ts'
import { decodeRelayToRoom } from '@video-room/shared/protocol/relay-codec.ts'
import type { ConnectionId } from '../room/connection-id.ts'
import type { RoomEvent } from '../room/event.ts'
import type { MessageRates } from './message-rates.ts'
import type { Attachment } from './socket-directory.ts'

const rateOf = {
  occupant: { burst: limits.messageBurst, perSecond: limits.messagesPerSecond },
  relay: { burst: limits.relayMessageBurst, perSecond: limits.relayMessagesPerSecond },
} as const

interface Frame {
  readonly from: Attachment
  readonly data: string | ArrayBuffer
  readonly atMs: number
}

export function eventOf({ from, data, atMs }: Frame, rates: MessageRates): RoomEvent {
  const { kind, connectionId } = from
  const on = { atMs, connectionId }
  if (!rates.admits(connectionId, rateOf[kind], atMs)) return bad(on, 'rate_limited')
  // The codec measures text; a binary frame is malformed at any size, but a large one says more about its sender.
  if (typeof data !== 'string' && data.byteLength > limits.messageMaxBytes) return bad(on, 'too_large')
  if (kind === 'relay') {
    const said = decodeRelayToRoom(data)
    return said.ok ? { ...on, type: 'relay-message', message: said.value } : bad(on, said.code)
  }
  const said = decodeClientMessage(data)
  return said.ok ? { ...on, type: 'message', message: said.value } : bad(on, said.code)
}

type BadMessage = Extract<RoomEvent, { type: 'bad-message' }>

const bad = (
  on: { readonly atMs: number; readonly connectionId: ConnectionId },
  code: BadMessage['code'],
): RoomEvent => ({ ...on, type: 'bad-message', code })
