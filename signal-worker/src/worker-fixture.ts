/** Drives the worker from a test as strangers would: by its routes and its sockets. Every wait has a deadline. */
import { exports } from 'cloudflare:workers'
import { instanceIdSchema, occupantIdSchema } from '@video-room/shared/ids.ts'
import {
  decodeServerMessage,
  encodeClientMessage,
  type DecodeError,
} from '@video-room/shared/protocol/codec.ts'
import {
  createResponseSchema,
  errorResponseSchema,
  joinResponseSchema,
} from '@video-room/shared/protocol/http.ts'
import type { Result } from '@video-room/shared/lang.ts'
import type { CreateResponse, JoinResponse } from '@video-room/shared/protocol/http.ts'
import type { ClientMessage, ServerMessage } from '@video-room/shared/protocol/messages.ts'
import { socketProtocol, tokenProtocolPrefix } from '@video-room/shared/protocol/version.ts'
import * as v from 'valibot'

export const origin = 'https://rooms.example'
/** Stands in vitest.workers.config.ts. */
export const creatorKey = 'creator-key-of-these-tests'

const waitMs = 15_000

let callers = 0
/** Every request comes from another address (RFC 3849), so that no test depends on the rate of the others. */
const fromSomewhere = () => ({ 'CF-Connecting-IP': `2001:db8::${(callers += 1).toString(16)}` })

export interface Call {
  readonly body?: unknown
  /** Instead of `body`: sent as it is. */
  readonly text?: string
  readonly headers?: Readonly<Record<string, string>>
  /** What the edge says of the request. */
  readonly cf?: Readonly<Record<string, string>>
}

export async function call(method: string, path: string, { body, text, headers = {}, cf = {} }: Call = {}) {
  const content = text ?? (body === undefined ? undefined : JSON.stringify(body))
  const response = await exports.default.fetch(`${origin}${path}`, {
    method,
    cf,
    headers: {
      ...fromSomewhere(),
      ...(content === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(content === undefined ? {} : { body: content }),
  })
  const raw = await response.text()
  const json: unknown = raw === '' ? null : JSON.parse(raw)
  return { status: response.status, headers: response.headers, json }
}

/** The status and code of a refusal; fails when the answer is not a well-formed one. */
export async function refusalOf(answer: ReturnType<typeof call>): Promise<readonly [number, string]> {
  const { status, json } = await answer
  return [status, v.parse(errorResponseSchema, json).error.code]
}

export const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })

export async function createRoom(body: object = {}, headers: Readonly<Record<string, string>> = {}) {
  const { status, json } = await call('POST', '/room/create', {
    body,
    headers: { ...bearer(creatorKey), ...headers },
  })
  if (status !== 201) throw new Error(`create answered ${status}`)
  return v.parse(createResponseSchema, json)
}

export async function join(roomId: string, body: object = {}): Promise<JoinResponse> {
  const { status, json } = await call('POST', `/room/${roomId}/join`, { body })
  if (status !== 200) throw new Error(`join answered ${status} ${JSON.stringify(json)}`)
  return v.parse(joinResponseSchema, json)
}

export interface Closed {
  readonly code: number
  readonly reason: string
}

/** How the far end of a socket speaks and is understood. */
export interface Words<Heard, Said> {
  readonly decode: (data: unknown) => Result<Heard, DecodeError>
  readonly encode: (message: Said) => string
}

/** One end of a socket: what it heard and has not been asked for yet, in order. */
export class Probe<Heard extends { readonly type: string }, Said> {
  readonly protocol: string | null
  readonly closed: Promise<Closed>
  readonly #socket: WebSocket
  readonly #words: Words<Heard, Said>
  readonly #heard: Heard[] = []
  #wake: () => void = () => undefined
  #pong: () => void = () => undefined
  #closedWith: Closed | null = null

  constructor(response: Response, words: Words<Heard, Said>) {
    this.#words = words
    const socket = response.webSocket
    if (socket === null) throw new Error(`no socket but ${response.status}`)
    this.protocol = response.headers.get('Sec-WebSocket-Protocol')
    this.#socket = socket
    socket.addEventListener('message', ({ data }) => {
      if (data === 'pong') return this.#pong()
      const decoded = words.decode(data)
      if (!decoded.ok) throw new Error(`the far end sent what is no message: ${decoded.code}`)
      this.#heard.push(decoded.value)
      this.#wake()
    })
    this.closed = within(
      new Promise<Closed>((resolve) => {
        socket.addEventListener('close', ({ code, reason }) => {
          this.#closedWith = { code, reason }
          resolve({ code, reason })
          this.#wake()
        })
      }),
      'the socket to close',
    )
    // Only some tests wait for the end; for the others it is no failure that it does not come.
    this.closed.catch(() => undefined)
    socket.accept()
  }

  send(message: Said): this {
    return this.sendRaw(this.#words.encode(message))
  }

  sendRaw(data: string | ArrayBuffer): this {
    this.#socket.send(data)
    return this
  }

  /** Sends a ping and waits for its answer. */
  async ping(): Promise<void> {
    const answered = new Promise<void>((resolve) => (this.#pong = resolve))
    this.sendRaw('ping')
    await within(answered, 'pong')
  }

  close(): void {
    this.#socket.close(1000, 'done')
  }

  /** The next message of this type, whatever came before it. */
  async next<Type extends Heard['type']>(type: Type): Promise<Extract<Heard, { type: Type }>> {
    const wanted = (message: Heard): message is Extract<Heard, { type: Type }> => message.type === type
    for (;;) {
      for (let next = this.#heard.shift(); next !== undefined; next = this.#heard.shift()) {
        if (wanted(next)) return next
      }
      if (this.#closedWith !== null) throw new Error(`closed with ${this.#closedWith.code} before ${type}`)
      await within(new Promise<void>((resolve) => (this.#wake = resolve)), type)
    }
  }

  /** Everything heard and not asked for, up to the message that `isLast`; that one is left out. */
  async upTo(isLast: (message: Heard) => boolean): Promise<readonly Heard[]> {
    const heard: Heard[] = []
    for (;;) {
      for (let next = this.#heard.shift(); next !== undefined; next = this.#heard.shift()) {
        if (isLast(next)) return heard
        heard.push(next)
      }
      await within(new Promise<void>((resolve) => (this.#wake = resolve)), 'the last of several messages')
    }
  }
}

/** An occupant's end of a room's socket. */
export class SocketProbe extends Probe<ServerMessage, ClientMessage> {
  constructor(response: Response) {
    super(response, { decode: decodeServerMessage, encode: encodeClientMessage })
  }

  /** Everything heard and not asked for, up to the answer to a message that is always answered and changes nothing. */
  async drain(): Promise<readonly ServerMessage[]> {
    this.send({
      type: 'signal',
      to: v.parse(occupantIdSchema, 'o_nobody__________'),
      generation: 1,
      payload: '',
    })
    return this.upTo((message) => message.type === 'error' && message.about === 'signal')
  }
}

async function within<Value>(promise: Promise<Value>, what: string): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | null = null
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${waitMs} ms for ${what}`)), waitMs)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

export function upgrade(roomId: string, protocols: readonly string[], headers = {}): Promise<Response> {
  return upgradeAt(`/room/${roomId}/socket`, protocols, headers)
}

/** `cf`: what the edge says of the request. */
export async function upgradeAt(
  path: string,
  protocols: readonly string[],
  headers = {},
  cf = {},
): Promise<Response> {
  return exports.default.fetch(`${origin}${path}`, {
    cf,
    headers: {
      Upgrade: 'websocket',
      ...fromSomewhere(),
      ...(protocols.length === 0 ? {} : { 'Sec-WebSocket-Protocol': protocols.join(', ') }),
      ...headers,
    },
  })
}

export const connect = async (roomId: string, token: string): Promise<SocketProbe> =>
  new SocketProbe(await upgrade(roomId, [socketProtocol, `${tokenProtocolPrefix}${token}`]))

const instanceIdOf = (name: string) => v.parse(instanceIdSchema, `i_${name.padEnd(16, '_')}`)

export const mediaReady = (name: string): ClientMessage => ({
  type: 'media-ready',
  instanceId: instanceIdOf(name),
  publications: [
    { source: 'microphone', mutedBy: null },
    { source: 'camera', mutedBy: null },
  ],
})

export interface Entered extends JoinResponse {
  readonly socket: SocketProbe
}

/** Join, socket, welcome and `media-ready`. */
export async function enter(room: CreateResponse, name: string, isHost = name === 'host'): Promise<Entered> {
  const joined = await join(room.roomId, {
    displayName: name,
    ...(isHost ? { hostToken: room.hostToken } : {}),
  })
  const socket = await connect(room.roomId, joined.resumeToken)
  await socket.next('welcome')
  socket.send(mediaReady(isHost ? 'host' : 'guest'))
  return { ...joined, socket }
}

/** A room with host and guest in it, both told of their link. */
export async function meeting(settings: object = {}) {
  const room = await createRoom(settings)
  const host = await enter(room, 'host')
  await host.socket.next('start')
  const guest = await enter(room, 'guest')
  await guest.socket.next('start')
  await host.socket.next('start')
  return { room, host, guest }
}
