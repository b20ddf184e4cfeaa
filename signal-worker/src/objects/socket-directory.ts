/**
 * The sockets of an object by connection. It lives in the platform's own tables (tags and attachments), so it is
 * still right after a sleep.
 */
import { closeCodes, type CloseReason } from '@video-room/shared/errors.ts'
import { limits } from '@video-room/shared/limits.ts'
import * as v from 'valibot'
import { whereaboutsSchema, type Whereabouts } from '../relays/whereabouts.ts'
import { connectionIdSchema, type ConnectionId } from '../room/connection-id.ts'

const attachmentSchema = v.object({
  connectionId: connectionIdSchema,
  openedAtMs: v.number(),
  /** Who is at the far end, and so which messages are understood. Sockets older than this field are occupants'. */
  kind: v.optional(v.picklist(['occupant', 'relay']), 'occupant'),
  /** Of a relay at the registry. */
  whereabouts: v.optional(v.nullable(whereaboutsSchema), null),
})
export type Attachment = Readonly<v.InferOutput<typeof attachmentSchema>>
type FreshAttachment = Readonly<v.InferInput<typeof attachmentSchema>> & Pick<Attachment, 'connectionId'>

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

  accept(socket: WebSocket, attachment: FreshAttachment): void {
    this.#ctx.acceptWebSocket(socket, [attachment.connectionId])
    socket.serializeAttachment(attachment)
  }

  /** Null for a socket that was not accepted here. */
  attachmentOf(socket: WebSocket): Attachment | null {
    const attachment = v.safeParse(attachmentSchema, socket.deserializeAttachment())
    return attachment.success ? attachment.output : null
  }

  whereaboutsOf(connectionId: ConnectionId): Whereabouts | null {
    const [socket] = this.#ctx.getWebSockets(connectionId)
    return socket === undefined ? null : (this.attachmentOf(socket)?.whereabouts ?? null)
  }

  heard(connectionId: ConnectionId, atMs: number): void {
    this.#heardAtMs.set(connectionId, atMs)
  }

  forget(connectionId: ConnectionId): void {
    this.#heardAtMs.delete(connectionId)
  }

  /** False: there is no open socket. */
  send(connectionId: ConnectionId, text: string): boolean {
    const open = this.#ctx
      .getWebSockets(connectionId)
      .filter((socket) => socket.readyState === WebSocket.OPEN)
    for (const socket of open) socket.send(text)
    return open.length > 0
  }

  close(connectionId: ConnectionId, reason: CloseReason | 'silent' | 'left'): void {
    this.forget(connectionId)
    for (const socket of this.#ctx.getWebSockets(connectionId)) closeSocket(socket, codeOf(reason), reason)
  }

  /** Those who sent nothing, not even a ping, for too long (PR3). */
  silentAt(atMs: number): readonly ConnectionId[] {
    return this.#ctx.getWebSockets().flatMap((socket) => {
      const attachment = this.attachmentOf(socket)
      if (attachment === null) return []
      const { connectionId, openedAtMs } = attachment
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
