/**
 * One DTLS handshake of one link, as its server (RFC 5764, RFC 6347): what werift gets to hear of it, and whether the far
 * end is believed. werift sees whole messages, in order, each once, and none after the handshake. So its known faults are
 * out of the far end's reach: it verifies neither CertificateVerify nor Finished, begins anew at a late ClientHello, obeys
 * plaintext alerts, throws at truncated records, and mixes up pieces.
 */
import type { X509Certificate } from 'node:crypto'
import type { SrtpKeys } from '../media/boundary.ts'
import { readUint16 } from '../wire/bytes.ts'
import { alerts, closeNotify, closeSequence, endsConnection, plainAlert } from './dtls-alerts.ts'
import { LastFlight } from './dtls-flight.ts'
import type { DtlsIdentity } from './dtls-identity.ts'
import {
  contentTypes,
  dtls12,
  handshakeTypes,
  HandshakeSorter,
  recordsOf,
  type DtlsRecord,
  type HandshakeMessage,
} from './dtls-records.ts'
import { certificateOf, verifyClient } from './dtls-verify.ts'
import { WeriftServer } from './dtls-werift-server.ts'

/** What the client says, by message_seq (RFC 6347, section 4.2.4). Finished follows, encrypted. */
const clientMessages = [
  handshakeTypes.clientHello,
  handshakeTypes.clientHello,
  handshakeTypes.certificate,
  handshakeTypes.clientKeyExchange,
  handshakeTypes.certificateVerify,
] as const
const finishedSequence = clientMessages.length

/** Finished may overtake what it follows, and be sent again meanwhile. */
const heldRecordsMax = 4
/** A first ClientHello that is of no use (or forged) costs a new start; this many are enough for anybody. */
const startsMax = 8

export type DtlsFailure = 'unsuited' | 'no-certificate' | 'bad-signature' | 'bad-finished' | 'broken'

export interface DtlsEvents {
  readonly send: (datagram: Uint8Array) => void
  /** The far end holds the key of the certificate with this fingerprint. Once. */
  readonly onSecured: (fingerprint: string, keys: SrtpKeys) => void
  readonly onFailed: (why: DtlsFailure) => void
  /** The far end said goodbye, encrypted. */
  readonly onClosed: () => void
}

export class DtlsSession {
  readonly #identity: DtlsIdentity
  readonly #events: DtlsEvents
  #state: 'handshake' | 'proved' | 'secured' | 'over' = 'handshake'
  #server: WeriftServer
  #sorter = new HandshakeSorter()
  #certificate: X509Certificate | null = null
  #held: DtlsRecord[] = []
  /** The flight that is being made; null: what werift sends goes out as it comes. */
  #making: Uint8Array[] | null = null
  readonly #lastFlight: LastFlight
  #starts = 0

  constructor(identity: DtlsIdentity, events: DtlsEvents) {
    this.#identity = identity
    this.#events = events
    this.#lastFlight = new LastFlight(events.send)
    this.#server = this.#makeServer()
  }

  get isSecured(): boolean {
    return this.#state === 'secured'
  }

  receive(datagram: Uint8Array): void {
    for (const record of recordsOf(datagram)) {
      if (this.#state === 'over') return
      if (record.type === contentTypes.handshake) this.#receiveHandshake(record)
      // An alert that is not encrypted may come from anybody.
      if (record.type === contentTypes.alert && record.epoch === 1) this.#receiveAlert(record)
    }
  }

  /** Says goodbye (RFC 5246, section 7.2.1) and ends. Idempotent. */
  close(): void {
    if (this.#state === 'secured') {
      this.#events.send(this.#server.encrypt(contentTypes.alert, closeSequence, closeNotify))
    }
    this.#end()
  }

  #receiveHandshake(record: DtlsRecord): void {
    if (record.epoch === 0) {
      if (this.#state !== 'handshake') return
      const { isRepeat } = this.#sorter.add(record.fragment)
      if (isRepeat) this.#lastFlight.repeat()
      this.#goOn()
      return
    }
    if (record.epoch !== 1) return
    if (this.#state === 'secured') this.#receiveRepeatedFinished(record)
    // `bytes` belongs to the caller, so a held record is a copy.
    else if (this.#state === 'handshake' && this.#held.length < heldRecordsMax) {
      this.#held.push(...recordsOf(record.bytes.slice()))
      this.#goOn()
    }
  }

  /** Hands on whatever is due. */
  #goOn(): void {
    for (
      let message = this.#sorter.peek();
      message !== null && this.#state === 'handshake';
      message = this.#sorter.peek()
    ) {
      if (message.type !== clientMessages[message.sequence]) {
        this.#sorter.discard()
        return
      }
      this.#hand(message)
    }
    if (this.#state === 'handshake' && this.#sorter.expected === finishedSequence) this.#finish()
  }

  #hand(message: HandshakeMessage): void {
    if (message.type === handshakeTypes.clientHello) {
      this.#handHello(message)
      return
    }
    if (message.type === handshakeTypes.certificate) {
      this.#certificate = certificateOf(message)
      if (this.#certificate === null) return this.#fail('no-certificate', alerts.handshakeFailure)
    }
    this.#server.feed(message)
    this.#sorter.advance()
    // Without keys nothing can go on: the key exchange was no point on our curve.
    if (message.type === handshakeTypes.clientKeyExchange && !this.#server.hasKeys) {
      this.#fail('broken', alerts.handshakeFailure)
    }
  }

  #handHello(message: HandshakeMessage): void {
    this.#making = []
    this.#server.feed(message)
    const made = this.#making
    this.#making = null
    if (message.sequence === 0) {
      if (!this.#isSuited(message)) return this.#startAnew()
    } else if (!this.#server.isCookieTaken) {
      // A cookie that is not ours: the true ClientHello may still come.
      return this.#sorter.discard()
    }
    this.#sorter.advance()
    this.#lastFlight.say(made)
  }

  #isSuited(hello: HandshakeMessage): boolean {
    return readUint16(hello.body, 0) <= dtls12 && this.#server.isHelloTaken
  }

  #startAnew(): void {
    this.#starts += 1
    if (this.#starts >= startsMax) return this.#fail('unsuited', alerts.handshakeFailure)
    this.#events.send(plainAlert(alerts.handshakeFailure))
    this.#sorter = new HandshakeSorter()
    this.#server = this.#makeServer()
  }

  /** All but Finished is there: believe the client or not, before werift answers. */
  #finish(): void {
    for (const record of this.#held.splice(0)) {
      const plain = this.#server.decrypt(record)
      if (plain === null) continue
      const sorter = new HandshakeSorter(finishedSequence)
      sorter.add(plain)
      const message = sorter.peek()
      if (message?.type !== handshakeTypes.finished || this.#certificate === null) continue
      this.#judge(record, message, this.#certificate)
      return
    }
  }

  #judge(record: DtlsRecord, finished: HandshakeMessage, certificate: X509Certificate): void {
    const verdict = verifyClient({
      transcript: this.#server.transcript,
      certificate,
      masterSecret: this.#server.masterSecret,
      clientVerifyData: finished.body,
    })
    if (!verdict.isProved) return this.#fail(verdict.why, alerts.decryptError)
    this.#state = 'proved'
    this.#making = []
    this.#server.onceConnected(() => this.#secure(verdict.fingerprint))
    this.#server.feedRecord(record.bytes)
  }

  #secure(fingerprint: string): void {
    if (this.#state !== 'proved') return
    this.#state = 'secured'
    this.#lastFlight.say(this.#making ?? [])
    this.#making = null
    this.#server.forgetHandshake()
    this.#certificate = null
    this.#events.onSecured(fingerprint, this.#server.srtpKeys())
  }

  /** Flight 6 was lost: the client says its Finished again (RFC 6347, section 4.2.4). */
  #receiveRepeatedFinished(record: DtlsRecord): void {
    if (this.#server.decrypt(record)?.[0] === handshakeTypes.finished) this.#lastFlight.repeat()
  }

  #receiveAlert(record: DtlsRecord): void {
    if (!endsConnection(this.#server.decrypt(record))) return
    this.#end()
    this.#events.onClosed()
  }

  #fail(why: DtlsFailure, alert: number): void {
    if (this.#state === 'over') return
    this.#events.send(plainAlert(alert))
    this.#end()
    this.#events.onFailed(why)
  }

  #end(): void {
    this.#state = 'over'
    this.#held = []
    this.#lastFlight.forget()
    this.#server.stop()
  }

  #makeServer(): WeriftServer {
    const server: WeriftServer = new WeriftServer(this.#identity, {
      onRecord: (record) => {
        if (this.#making !== null) this.#making.push(record)
        else if (this.#state !== 'over' && server === this.#server) this.#events.send(record)
      },
      // Of a first ClientHello `#isSuited` tells; whatever else it cannot digest ends the handshake.
      onBroken: () => {
        const isOurs = server === this.#server && this.#sorter.expected > 0
        if (isOurs && this.#state !== 'secured') this.#fail('broken', alerts.handshakeFailure)
      },
    })
    return server
  }
}
