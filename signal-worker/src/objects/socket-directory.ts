/**
 * The sockets of a room by connection. It lives in the platform's own tables (tags and attachments), so it is
 * still right after a sleep.
 */
import { closeCodes, type CloseReason } from '@video-room/shared/errors.ts'
import { limits } from '@video-room/shared/limits.ts'
import { encodeServerMessage } from '@video-room/shared/protocol/codec.ts'
import type { OccupantId } from '@video-room/shared/ids.ts'
import type { ServerMessage } from '@video-room/shared/protocol/messages.ts'
import * as v from 'valibot'
import { connectionIdSchema, type ConnectionId } from '../room/state.ts'

const attachmentSchema = v.object({ connectionId: connectionIdSchema, openedAtMs: v.number() })

/** 1000 = done as agreed; 1001 is not ours, so the far end takes it for a lost network and retries (SK6). */
const codeOf = (reason: CloseReason | 'silent' | 'left'): number =>
  reason === 'left' ? 1000 : reason === 'silent' ? 1001 : closeCodes[reason]

export class SocketDirectory {
  readonly #ctx: DurableObjectState
  /** When a socket last said something other than `ping`. Lost in a sleep, but then nothing was said since. */
  readonly #heardAtMs = new Map<ConnectionId, number>()

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'))
  }

  accept(socket: WebSocket, occupantId: OccupantId, connectionId: ConnectionId, openedAtMs: number): void {
    this.#ctx.acceptWebSocket(socket, [occupantId, connectionId])
    socket.serializeAttachment({ connectionId, openedAtMs })
  }

  /** Null for a socket that this room did not accept. */
  connectionOf(socket: WebSocket): ConnectionId | null {
    const attachment = v.safeParse(attachmentSchema, socket.deserializeAttachment())
    return attachment.success ? attachment.output.connectionId : null
  }

  heard(connectionId: ConnectionId, atMs: number): void {
    this.#heardAtMs.set(connectionId, atMs)
  }

  forget(connectionId: ConnectionId): void {
    this.#heardAtMs.delete(connectionId)
  }

  send(connectionId: ConnectionId, message: ServerMessage): void {
    const text = encodeServerMessage(message)
    for (const socket of this.#ctx.getWebSockets(connectionId)) {
      if (socket.readyState === WebSocket.OPEN) socket.send(text)
    }
  }

  close(connectionId: ConnectionId, reason: CloseReason | 'silent' | 'left'): void {
    this.forget(connectionId)
    for (const socket of this.#ctx.getWebSockets(connectionId)) closeSocket(socket, codeOf(reason), reason)
  }

  /** Those who sent nothing, not even a ping, for too long (PR3). */
  silentAt(atMs: number): readonly ConnectionId[] {
    return this.#ctx.getWebSockets().flatMap((socket) => {
      const attachment = v.safeParse(attachmentSchema, socket.deserializeAttachment())
      if (!attachment.success) return []
      const { connectionId, openedAtMs } = attachment.output
      const pingedAtMs = this.#ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? 0
      const heardAtMs = Math.max(openedAtMs, pingedAtMs, this.#heardAtMs.get(connectionId) ?? 0)
      return atMs - heardAtMs > limits.heartbeatMissedMs ? [connectionId] : []
    })
  }
}

/** Closing what is closing already is no failure. */
export function closeSocket(socket: WebSocket, code: number, reason: string): void {
  if (socket.readyState === WebSocket.CLOSED) return
  try {
    socket.close(code, reason)
  } catch {
    // The far end closed in the same moment; there is nothing left to close.
  }
}
