/**
 * One signalling socket, to the registry or to a room: text out and in, and a heartbeat that notices when the far end is gone
 * (VR6). The only file that knows the `ws` package.
 */
import type { Secret } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import { relayProtocol, tokenProtocolPrefix } from '@video-room/shared/protocol/version.ts'
import { WebSocket } from 'ws'
import { relayLimits } from '../limits.ts'

/** RFC 6455 section 7.4.1. */
const normalClosure = 1000
const abnormalClosure = 1006

export interface SignalSocketEvents {
  readonly onOpen: () => void
  readonly onText: (text: string) => void
  /** Once, and never after `close`. 1006 when the network, or what cannot be read, ended it. */
  readonly onLost: (code: number) => void
}

export class SignalSocket {
  readonly #socket: WebSocket
  readonly #events: SignalSocketEvents
  #isDone = false
  #heartbeat: NodeJS.Timeout | null = null

  /** `token`: a secret of the room, or the relay's own key for the registry. */
  constructor(address: string, token: Secret | string, events: SignalSocketEvents) {
    this.#events = events
    this.#socket = new WebSocket(address, [relayProtocol, `${tokenProtocolPrefix}${token}`], {
      maxPayload: limits.roomMessageMaxBytes,
      // Messages are small, and a compressor costs 300 kB for each socket.
      perMessageDeflate: false,
      followRedirects: false,
    })
    this.#socket.on('open', () => {
      if (this.#isDone) return
      this.#pingLater()
      events.onOpen()
    })
    this.#socket.on('message', (data: Buffer, isBinary: boolean) => this.#received(data, isBinary))
    this.#socket.on('close', (code: number) => this.#lost(code))
    // `close` follows with 1006; the error's words may name addresses and are nobody's business.
    this.#socket.on('error', () => undefined)
  }

  send(text: string): void {
    if (this.#isDone || this.#socket.readyState !== WebSocket.OPEN) return
    this.#socket.send(text)
    if (this.#socket.bufferedAmount > relayLimits.signalBufferMaxBytes) this.#giveUp()
  }

  /** Ends it; nothing is reported any more. What was sent before still goes out. */
  close(): void {
    if (this.#isDone) return
    this.#finish()
    this.#socket.close(normalClosure)
  }

  #received(data: Buffer, isBinary: boolean): void {
    if (this.#isDone) return
    this.#pingLater()
    if (isBinary) return this.#giveUp()
    const text = data.toString('utf8')
    if (text !== 'pong') this.#events.onText(text)
  }

  #after(ms: number, act: () => void): void {
    clearTimeout(this.#heartbeat ?? undefined)
    this.#heartbeat = setTimeout(act, ms)
  }

  #pingLater(): void {
    this.#after(limits.heartbeatMs, () => {
      this.send('ping')
      if (!this.#isDone) this.#after(limits.pongTimeoutMs, () => this.#giveUp())
    })
  }

  /** The far end is not there, or not what it should be: a polite goodbye could wait for ever. */
  #giveUp(): void {
    if (this.#isDone) return
    this.#finish()
    this.#socket.terminate()
    this.#events.onLost(abnormalClosure)
  }

  #lost(code: number): void {
    if (this.#isDone) return
    this.#finish()
    this.#events.onLost(code)
  }

  #finish(): void {
    this.#isDone = true
    clearTimeout(this.#heartbeat ?? undefined)
  }
}
