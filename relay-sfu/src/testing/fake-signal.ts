/** A signalling worker for tests, on a real port: the registry and any room, as far as a relay sees them. */
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { RoomId, Secret } from '@video-room/shared/ids.ts'
import {
  decodeRelayToRegistry,
  decodeRelayToRoom,
  encodeRegistryToRelay,
  encodeRoomToRelay,
} from '@video-room/shared/protocol/relay-codec.ts'
import type {
  RegistryToRelay,
  RelayToRegistry,
  RelayToRoom,
  RoomToRelay,
} from '@video-room/shared/protocol/relay-messages.ts'
import { relayProtocol, tokenProtocolPrefix } from '@video-room/shared/protocol/version.ts'
import { WebSocketServer, type WebSocket } from 'ws'

/** One socket of a relay, with what it said so far. */
export class FarSocket<Message> {
  readonly path: string
  readonly token: string
  readonly heard: Message[] = []
  /** Told of each, in the turn in which it came. */
  onHeard: (message: Message) => void = () => {}
  /** Null while it is open. */
  closeCode: number | null = null
  readonly #socket: WebSocket

  constructor(socket: WebSocket, request: IncomingMessage, decode: (text: string) => Message | null) {
    this.#socket = socket
    this.path = request.url ?? ''
    const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(/,\s*/)
    this.token =
      protocols.find((one) => one.startsWith(tokenProtocolPrefix))?.slice(tokenProtocolPrefix.length) ?? ''
    socket.on('message', (data) => {
      // oxlint-disable-next-line typescript/no-base-to-string -- the default binaryType gives Buffers
      const text = data.toString()
      if (text === 'ping') return socket.send('pong')
      const message = decode(text)
      if (message === null) throw new Error('a relay said what no relay says')
      this.heard.push(message)
      this.onHeard(message)
    })
    socket.on('close', (code) => (this.closeCode = code))
  }

  say(text: string): void {
    this.#socket.send(text)
  }

  close(code: number): void {
    this.#socket.close(code)
  }

  /** As a network does that goes away. */
  cut(): void {
    this.#socket.terminate()
  }
}

export class FakeSignal {
  readonly registry: FarSocket<RelayToRegistry>[] = []
  readonly rooms: FarSocket<RelayToRoom>[] = []
  /** Closes every new registry socket at once with this. */
  turnAwayWith: number | null = null
  readonly #server: WebSocketServer

  private constructor(server: WebSocketServer) {
    this.#server = server
    server.on('connection', (socket, request) => this.#accept(socket, request))
  }

  static async start(port = 0): Promise<FakeSignal> {
    const server = new WebSocketServer({ host: '127.0.0.1', port, handleProtocols: () => relayProtocol })
    await once(server, 'listening')
    return new FakeSignal(server)
  }

  get port(): number {
    const address = this.#server.address()
    if (typeof address !== 'object' || address === null) throw new Error('not listening')
    return address.port
  }

  summon(roomId: RoomId, secret: Secret): void {
    this.tellRegistered({ type: 'summon', roomId, secret })
  }

  tellRegistered(message: RegistryToRelay): void {
    this.registry.at(-1)?.say(encodeRegistryToRelay(message))
  }

  tellRoom(message: RoomToRelay, socket = this.rooms.at(-1)): void {
    socket?.say(encodeRoomToRelay(message))
  }

  async stop(): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  #accept(socket: WebSocket, request: IncomingMessage): void {
    if (request.url === '/relay/socket') {
      const far = new FarSocket(socket, request, (text) => {
        const decoded = decodeRelayToRegistry(text)
        return decoded.ok ? decoded.value : null
      })
      this.registry.push(far)
      if (this.turnAwayWith !== null) return socket.close(this.turnAwayWith)
      socket.once('message', () => far.say(encodeRegistryToRelay({ type: 'registered' })))
      return
    }
    this.rooms.push(
      new FarSocket(socket, request, (text) => {
        const decoded = decodeRelayToRoom(text)
        return decoded.ok ? decoded.value : null
      }),
    )
  }
}
