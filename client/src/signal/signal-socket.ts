/** One socket to a room: checked messages in and out, and a heartbeat that notices when the far end is gone (VR6, SK2). */
import { closeReasonOf } from '@video-room/shared/errors.ts'
import type { Secret } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import { decodeServerMessage, encodeClientMessage } from '@video-room/shared/protocol/codec.ts'
import type { ClientMessage, ServerMessage } from '@video-room/shared/protocol/messages.ts'
import { socketProtocol, tokenProtocolPrefix } from '@video-room/shared/protocol/version.ts'
import { abnormalClosure } from '../core/connection.ts'
import type { Platform, SocketLike } from '../platform.ts'

/** RFC 6455 section 7.4.1: closed on purpose, all is well. */
const normalClosure = 1000
const openState = 1

export interface SocketEvents {
  readonly onMessage: (message: ServerMessage) => void
  /** Once, and never after `close`. 1006 when the network, or a message that cannot be read, ended it. */
  readonly onLost: (code: number) => void
}

export class SignalSocket {
  readonly #socket: SocketLike
  readonly #platform: Pick<Platform, 'after'>
  readonly #events: SocketEvents
  readonly #waiting: ClientMessage[] = []
  #isOpen = false
  #isDone = false
  #cancelPing: () => void = () => {}
  #cancelPong: (() => void) | null = null

  constructor(
    platform: Pick<Platform, 'after' | 'openSocket'>,
    address: string,
    resumeToken: Secret,
    events: SocketEvents,
  ) {
    this.#platform = platform
    this.#events = events
    // The token travels as a subprotocol: headers are not open to a page, and addresses get logged.
    this.#socket = platform.openSocket(address, [socketProtocol, `${tokenProtocolPrefix}${resumeToken}`])
    this.#socket.addEventListener('open', () => {
      if (this.#isDone) return
      this.#isOpen = true
      for (const message of this.#waiting.splice(0)) this.send(message)
      this.#pingLater()
    })
    this.#socket.addEventListener('message', ({ data }) => this.#received(data))
    // An `error` event tells nothing to a page; `close` follows it with a code.
    this.#socket.addEventListener('close', ({ code }) => this.#lost(code))
  }

  /** Before the socket is open a message waits for it; a session says at most one thing that early. */
  send(message: ClientMessage): void {
    if (this.#isDone) return
    if (this.#isOpen) this.#say(encodeClientMessage(message))
    else this.#waiting.push(message)
  }

  /** Between the far end's close and its event nothing can be said, and browsers would complain on the console. */
  #say(text: string): void {
    if (this.#socket.readyState === openState) this.#socket.send(text)
  }

  /** Asks for a sign of life now; without one within `limits.pongTimeoutMs` the socket counts as lost. */
  probe(): void {
    if (!this.#isOpen || this.#isDone || this.#cancelPong !== null) return
    this.#cancelPing()
    this.#say('ping')
    this.#cancelPong = this.#platform.after(limits.pongTimeoutMs, () => this.#giveUp())
  }

  /** Ends it; nothing is reported any more. What was sent before still goes out. */
  close(): void {
    if (this.#isDone) return
    this.#finish()
    this.#socket.close(normalClosure)
  }

  #pingLater(): void {
    this.#cancelPing()
    this.#cancelPing = this.#platform.after(limits.heartbeatMs, () => this.probe())
  }

  #received(data: unknown): void {
    if (this.#isDone) return
    this.#cancelPong?.()
    this.#cancelPong = null
    this.#pingLater()
    if (data === 'pong') return
    const decoded = decodeServerMessage(data)
    // A room that cannot be understood is asked anew: its first message is the whole truth (SN2).
    if (decoded.ok) this.#events.onMessage(decoded.value)
    else this.#giveUp()
  }

  #giveUp(): void {
    this.close()
    this.#events.onLost(abnormalClosure)
  }

  #lost(code: number): void {
    if (this.#isDone) return
    this.#finish()
    this.#events.onLost(closeReasonOf(code) === null ? abnormalClosure : code)
  }

  #finish(): void {
    this.#isDone = true
    this.#cancelPing()
    this.#cancelPong?.()
    this.#cancelPong = null
  }
}
