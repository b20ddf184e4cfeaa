/**
 * One DTLS handshake of one link, as its server (RFC 5764, RFC 6347): what werift gets to hear of it, and whether the far
 * end is believed. werift sees whole messages, in order, each once, and none after the handshake. So its known faults are
 * out of the far end's reach: it verifies neither CertificateVerify nor Finished, begins anew at a late ClientHello, obeys
 * plaintext alerts, throws at truncated records, and mixes up pieces.
 */
import type { X509Certificate } from 'node:crypto'
import { relayLimits } from '../limits.ts'
import type { SrtpKeys } from '../media/boundary.ts'
import { readUint16 } from '../wire/bytes.ts'
import type { DtlsIdentity } from './dtls-identity.ts'
import {
  contentTypes,
  dtls12,
  handshakeTypes,
  HandshakeSorter,
  recordsOf,
  writeRecord,
  type DtlsRecord,
  type HandshakeMessage,
} from './dtls-records.ts'
import { certificateOf, verifyClient } from './dtls-verify.ts'
import { WeriftServer } from './dtls-werift.ts'

/** What the client says, by message_seq (RFC 6347, section 4.2.4). Finished follows, encrypted. */
const clientMessages = [
  handshakeTypes.clientHello,
  handshakeTypes.clientHello,
  handshakeTypes.certificate,
  handshakeTypes.clientKeyExchange,
  handshakeTypes.certificateVerify,
] as const
const finishedSequence = clientMessages.length

const alerts = { closeNotify: 0, handshakeFailure: 40, decryptError: 51 } as const
const alertLevels = { warning: 1, fatal: 2 } as const

/** Finished may overtake what it follows, and be sent again meanwhile. */
const heldRecordsMax = 4
/** A first ClientHello that is of no use (or forged) costs a new start; this many are enough for anybody. */
const startsMax = 8
/** Flight 4 fits into one datagram: one packet that can be lost in place of five. Bytes that any path of today carries. */
const flightDatagramBytes = 1_200
/** werift numbers our own Finished below 100; what we encrypt after it must never have the same number (RFC 5288, section 3). */
const closeSequence = 1_000

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
  #lastFlight: readonly Uint8Array[] = []
  #starts = 0
  #repeats = 0

  constructor(identity: DtlsIdentity, events: DtlsEvents) {
    this.#identity = identity
    this.#events = events
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
      const alert = Uint8Array.of(alertLevels.warning, alerts.closeNotify)
      this.#events.send(this.#server.encrypt(contentTypes.alert, closeSequence, alert))
    }
    this.#end()
  }

  #receiveHandshake(record: DtlsRecord): void {
    if (record.epoch === 0) {
      if (this.#state !== 'handshake') return
      const { isRepeat } = this.#sorter.add(record.fragment)
      if (isRepeat) this.#repeatFlight()
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
    this.#sendFlight(made)
  }

  #isSuited(hello: HandshakeMessage): boolean {
    return readUint16(hello.body, 0) <= dtls12 && this.#server.isHelloTaken
  }

  #startAnew(): void {
    this.#starts += 1
    if (this.#starts >= startsMax) return this.#fail('unsuited', alerts.handshakeFailure)
    this.#sendPlainAlert(alerts.handshakeFailure)
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
    this.#sendFlight(this.#making ?? [])
    this.#making = null
    this.#server.forgetHandshake()
    this.#certificate = null
    this.#events.onSecured(fingerprint, this.#server.srtpKeys())
  }

  /** Flight 6 was lost: the client says its Finished again (RFC 6347, section 4.2.4). */
  #receiveRepeatedFinished(record: DtlsRecord): void {
    if (this.#server.decrypt(record)?.[0] === handshakeTypes.finished) this.#repeatFlight()
  }

  #receiveAlert(record: DtlsRecord): void {
    const plain = this.#server.decrypt(record)
    if (plain?.length !== 2) return
    if (plain[0] !== alertLevels.fatal && plain[1] !== alerts.closeNotify) return
    this.#end()
    this.#events.onClosed()
  }

  #sendFlight(messages: readonly Uint8Array[]): void {
    this.#lastFlight = packed(messages)
    this.#repeats = 0
    for (const datagram of this.#lastFlight) this.#events.send(datagram)
  }

  #repeatFlight(): void {
    if (this.#repeats >= relayLimits.handshakeRepeatsMax) return
    this.#repeats += 1
    for (const datagram of this.#lastFlight) this.#events.send(datagram)
  }

  #sendPlainAlert(description: number): void {
    const fragment = Uint8Array.of(alertLevels.fatal, description)
    this.#events.send(
      writeRecord({ type: contentTypes.alert, version: dtls12, epoch: 0, sequence: closeSequence, fragment }),
    )
  }

  #fail(why: DtlsFailure, alert: number): void {
    if (this.#state === 'over') return
    this.#sendPlainAlert(alert)
    this.#end()
    this.#events.onFailed(why)
  }

  #end(): void {
    this.#state = 'over'
    this.#held = []
    this.#lastFlight = []
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

/** Records side by side in as few datagrams as fit. */
function packed(records: readonly Uint8Array[]): readonly Uint8Array[] {
  const datagrams: Uint8Array[] = []
  for (const record of records) {
    const last = datagrams.at(-1)
    if (last && last.length + record.length <= flightDatagramBytes) {
      datagrams[datagrams.length - 1] = Buffer.concat([last, record])
    } else datagrams.push(record)
  }
  return datagrams
}
