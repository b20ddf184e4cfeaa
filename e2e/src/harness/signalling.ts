/** A room seen from outside the product: plain HTTP and one raw socket, as a stranger would write them. */
import * as v from 'valibot'
import {
  createResponseSchema,
  errorResponseSchema,
  joinResponseSchema,
} from '@video-room/shared/protocol/http.ts'
import { decodeServerMessage } from '@video-room/shared/protocol/codec.ts'
import type { ServerMessage } from '@video-room/shared/protocol/messages.ts'
import { socketProtocol, tokenProtocolPrefix } from '@video-room/shared/protocol/version.ts'
import { eventually } from './wait.ts'

const jsonHeaders = { 'content-type': 'application/json' }

export async function createRoom(
  origin: string,
  creatorKey: string,
  settings: { readonly maxParticipants?: number } = {},
): Promise<v.InferOutput<typeof createResponseSchema>> {
  const response = await fetch(`${origin}/room/create`, {
    method: 'POST',
    headers: { ...jsonHeaders, authorization: `Bearer ${creatorKey}` },
    body: JSON.stringify(settings),
  })
  return v.parse(createResponseSchema, await response.json())
}

export interface JoinAnswer {
  readonly status: number
  /** The refusal's code, or null for a seat. */
  readonly refusal: string | null
  readonly resumeToken: string
  readonly occupantId: string
}

export async function joinRoom(origin: string, roomId: string, body: object = {}): Promise<JoinAnswer> {
  const response = await fetch(`${origin}/room/${roomId}/join`, {
    method: 'POST',
    headers: jsonHeaders,
    body: JSON.stringify(body),
  })
  const answer: unknown = await response.json()
  if (!response.ok) {
    const { error } = v.parse(errorResponseSchema, answer)
    return { status: response.status, refusal: error.code, resumeToken: '', occupantId: '' }
  }
  const { resumeToken, occupantId } = v.parse(joinResponseSchema, answer)
  return { status: response.status, refusal: null, resumeToken, occupantId }
}

export interface RawSocket {
  readonly received: readonly ServerMessage[]
  send(message: object): void
  /** The next message of this type, counted from the first not yet taken. */
  next<Type extends ServerMessage['type']>(type: Type): Promise<Extract<ServerMessage, { type: Type }>>
  /** The close code, once closed. */
  closed(): Promise<number>
  close(): void
}

export function openRawSocket(origin: string, roomId: string, resumeToken: string): RawSocket {
  const socket = new WebSocket(`${origin.replace(/^http/, 'ws')}/room/${roomId}/socket`, [
    socketProtocol,
    `${tokenProtocolPrefix}${resumeToken}`,
  ])
  const received: ServerMessage[] = []
  const taken = new Set<ServerMessage>()
  let closeCode: number | null = null
  socket.addEventListener('message', (event) => {
    const decoded = decodeServerMessage(event.data)
    if (decoded.ok) received.push(decoded.value)
  })
  socket.addEventListener('close', (event) => {
    closeCode = event.code
  })
  return {
    received,
    send: (message) => socket.send(JSON.stringify({ v: 1, ...message })),
    next: (type) =>
      eventually(`a ${type} message`, () => {
        for (const message of received) {
          if (taken.has(message) || !isOf(message, type)) continue
          taken.add(message)
          return message
        }
        return null
      }),
    closed: () => eventually('the socket is closed', () => closeCode),
    close: () => socket.close(),
  }
}

function isOf<Type extends ServerMessage['type']>(
  message: ServerMessage,
  type: Type,
): message is Extract<ServerMessage, { type: Type }> {
  return message.type === type
}
