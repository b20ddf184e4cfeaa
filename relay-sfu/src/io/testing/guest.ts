/** Someone with a ticket, honest or not, on a real socket: ICE by hand, DTLS by werift, SRTP by our own. */
import { randomBytes } from 'node:crypto'
import type { RelayCandidate } from '@video-room/shared/ticket.ts'
import type { SrtpProfile } from '../../media/boundary.ts'
import type { SrtpLink } from '../../media/ports.ts'
import type { DtlsIdentity } from '../dtls-identity.ts'
import { makeNodeSrtp } from '../srtp-node.ts'
import { TestDtlsClient } from './dtls-client.ts'
import { readStunReply, stunRequest, type StunReply, type StunRequestOptions } from './stun-request.ts'
import type { TestTicket } from './tickets.ts'
import { openWire, within, type TestWire } from './wire.ts'

export interface GuestOptions {
  readonly identity: Pick<DtlsIdentity, 'certPem' | 'keyPem' | 'signatureHash'>
  readonly profiles?: readonly SrtpProfile[]
  /** Its own ufrag; another browser with the same ticket has another one. */
  readonly ufrag?: string
}

const answerMs = 5_000

export class Guest {
  readonly ticket: TestTicket
  readonly ufrag: string
  readonly dtls: TestDtlsClient
  /** How many answers to STUN came, wanted or not. */
  stunReplies = 0
  /** Media that could be opened. */
  readonly media: Buffer[] = []
  srtp: SrtpLink | null = null
  isClosedByRelay = false
  #wire: TestWire
  readonly #relay: RelayCandidate
  readonly #waiting = new Map<string, (bytes: Uint8Array) => void>()
  #onMedia = (): void => {}

  private constructor(wire: TestWire, relay: RelayCandidate, ticket: TestTicket, options: GuestOptions) {
    this.#wire = wire
    this.#relay = relay
    this.ticket = ticket
    this.ufrag = options.ufrag ?? randomBytes(3).toString('base64')
    this.dtls = new TestDtlsClient(
      options.identity,
      (datagram) => this.#wire.send(datagram),
      options.profiles,
    )
    this.dtls.werift.onClose.subscribe(() => {
      this.isClosedByRelay = true
    })
  }

  static async open(relay: RelayCandidate, ticket: TestTicket, options: GuestOptions): Promise<Guest> {
    let guest: Guest | null = null
    const wire = await openWire(relay, (bytes) => guest?.receive(bytes))
    guest = new Guest(wire, relay, ticket, options)
    return guest
  }

  get wire(): TestWire {
    return this.#wire
  }

  /** Another socket from now on, as after a change of network. */
  async move(): Promise<void> {
    this.#wire.close()
    this.#wire = await openWire(this.#relay, (bytes) => this.receive(bytes))
  }

  /** A connectivity check, as the holder of the ticket makes it unless told otherwise. */
  request(options: StunRequestOptions = {}): Buffer {
    const username = `${this.ticket.ufrag}:${this.ufrag}`
    return stunRequest({ username, password: this.ticket.password, ...options })
  }

  /** Sends a check and waits for its answer. */
  async check(options: StunRequestOptions = {}): Promise<StunReply> {
    const request = this.request(options)
    const reply = new Promise<Uint8Array>((resolve) => {
      this.#waiting.set(request.toString('hex', 8, 20), resolve)
    })
    this.#wire.send(request)
    return readStunReply(
      await within(answerMs, 'answer to STUN', reply),
      options.password === undefined ? this.ticket.password : options.password,
    )
  }

  /** Checks once, then the handshake. */
  async connect(): Promise<this> {
    await this.check({ useCandidate: true })
    return this.handshake()
  }

  async handshake(): Promise<this> {
    this.dtls.connect()
    await within(answerMs, 'DTLS', this.dtls.connected)
    this.srtp = makeNodeSrtp(this.dtls.keys())
    return this
  }

  sendRtp(packet: Uint8Array): Buffer {
    const bytes = Buffer.alloc(packet.length + 20)
    bytes.set(packet)
    const length = this.srtp?.protectRtp(bytes, packet.length) ?? 0
    const sealed = bytes.subarray(0, length)
    this.#wire.send(sealed)
    return sealed
  }

  async mediaCount(count: number): Promise<void> {
    const arrived = new Promise<void>((resolve) => {
      this.#onMedia = () => {
        if (this.media.length >= count) resolve()
      }
      this.#onMedia()
    })
    await within(answerMs, 'media', arrived)
  }

  receive(bytes: Uint8Array): void {
    const first = bytes[0] ?? 255
    if (first < 4) {
      this.stunReplies += 1
      this.#waiting.get(Buffer.from(bytes).toString('hex', 8, 20))?.(bytes.slice())
    } else if (first < 64) this.dtls.receive(bytes)
    else {
      const copy = Buffer.from(bytes)
      const length = this.srtp?.unprotectRtp(copy, copy.length) ?? -1
      if (length > 0) this.media.push(copy.subarray(0, length))
      this.#onMedia()
    }
  }

  close(): void {
    this.dtls.stop()
    this.#wire.close()
  }
}
