/** A room seen from outside the product: plain HTTP and one raw socket, as a stranger would write them. */
import { createHash } from 'node:crypto'
import { parseAddress } from '@video-room/shared/emoji/address.ts'
import {
  createResponseSchema,
  errorResponseSchema,
  joinResponseSchema,
} from '@video-room/shared/protocol/http.ts'
import { decodeServerMessage } from '@video-room/shared/protocol/codec.ts'
import type { ServerMessage } from '@video-room/shared/protocol/messages.ts'
import { socketProtocol, tokenProtocolPrefix } from '@video-room/shared/protocol/version.ts'
import { roomInfoSchema, type RoomInfo, type RoomSettings } from '@video-room/shared/room-info.ts'
import type { Publication } from '@video-room/shared/snapshot.ts'
import * as v from 'valibot'
import { eventually } from './wait.ts'

const jsonHeaders = { 'content-type': 'application/json' }

/** Throws the code of a refusal. */
export async function createRoom(
  origin: string,
  creatorKey: string,
  settings: Partial<RoomSettings> = {},
): Promise<v.InferOutput<typeof createResponseSchema>> {
  const response = await fetch(`${origin}/room/create`, {
    method: 'POST',
    headers: { ...jsonHeaders, authorization: `Bearer ${creatorKey}` },
    body: JSON.stringify(settings),
  })
  const answer: unknown = await response.json()
  if (!response.ok) throw new Error(`no room: ${v.parse(errorResponseSchema, answer).error.code}`)
  return v.parse(createResponseSchema, answer)
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

/** What a link names: the emoji of the room. */
export const addressIn = (link: string): string =>
  new URLSearchParams(new URL(link).hash.slice(1)).get('room') ?? ''

/** The UUID of the room that a link names, as PROTOCOL.md (AD1) tells a stranger to find it. */
export function roomIdIn(link: string): string {
  const address = parseAddress(addressIn(link))
  if (address === null) throw new Error(`no address in ${link}`)
  const bytes = createHash('sha256').update(`video-room address ${address.code}`).digest().subarray(0, 16)
  // RFC 9562, section 5.8: version 8 and variant 10.
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** `GET /room/:id/info`: the brief's dictionary. */
export async function roomInfo(origin: string, roomId: string): Promise<RoomInfo> {
  return v.parse(roomInfoSchema, await (await fetch(`${origin}/room/${roomId}/info`)).json())
}

/** `POST /room/:id/control` with this proof; the status of the answer. */
export async function controlRoom(
  origin: string,
  roomId: string,
  creatorKey: string,
  request: object,
): Promise<number> {
  const { status } = await fetch(`${origin}/room/${roomId}/control`, {
    method: 'POST',
    headers: { ...jsonHeaders, authorization: `Bearer ${creatorKey}` },
    body: JSON.stringify(request),
  })
  return status
}

/** Someone without a page: a seat, and its socket that has said what it offers. */
export async function sitRaw(
  origin: string,
  roomId: string,
  publications: readonly Publication[] = [],
  body: object = {},
): Promise<RawSocket & JoinAnswer> {
  const seat = await joinRoom(origin, roomId, body)
  if (seat.refusal !== null) throw new Error(`no seat: ${seat.refusal}`)
  const socket = openRawSocket(origin, roomId, seat.resumeToken)
  await socket.next('welcome')
  socket.send({ type: 'media-ready', instanceId: 'i_0123456789abcdef', publications })
  return { ...seat, ...socket }
}
