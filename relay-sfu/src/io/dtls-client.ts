/**
 * One DTLS handshake of one trunk, as its client (RFC 5764, RFC 6347). The far end is a relay like this one, so it is dtls.ts that
 * answers. werift makes our messages and the keys; it hears of the far end whole messages, in order, each once, and of its
 * first flight only when its signature was found good: werift verifies none, nor Finished, which it does not hear of.
 */
import type { X509Certificate } from 'node:crypto'
import { relayLimits } from '../limits.ts'
import { readUint16, readUint8 } from '../wire/bytes.ts'
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
import { certificateOf, isFinished, isKeyExchangeSigned } from './dtls-verify.ts'
import { WeriftClient } from './dtls-werift-client.ts'
import type { DtlsEvents, DtlsFailure } from './dtls.ts'

/** What a relay says, by message_seq. It asks for a cookie always, and for a certificate. Finished follows, encrypted. */
const serverMessages = [
  handshakeTypes.helloVerifyRequest,
  handshakeTypes.serverHello,
  handshakeTypes.certificate,
  handshakeTypes.serverKeyExchange,
  handshakeTypes.certificateRequest,
  handshakeTypes.serverHelloDone,
] as const
const finishedSequence = serverMessages.length

export class DtlsClientSession {
  readonly #events: DtlsEvents
  readonly #client: WeriftClient
  readonly #lastFlight: LastFlight
  readonly #sorter = new HandshakeSorter()
  #state: 'handshake' | 'secured' | 'over' = 'handshake'
  /** The far end's first flight, as far as it came. */
  #heard: HandshakeMessage[] = []
  #certificate: X509Certificate | null = null
  /** The flight that is being made; null: what werift repeats by itself is not sent. */
  #making: Uint8Array[] | null = null
  #repeatMs: number = relayLimits.dialFlightMs
  #repeatTimer: NodeJS.Timeout | null = null

  constructor(identity: DtlsIdentity, events: DtlsEvents) {
    this.#events = events
    this.#lastFlight = new LastFlight(events.send)
    this.#client = new WeriftClient(identity, {
      onRecord: (record) => this.#take(record),
      onBroken: () => {
        if (this.#state === 'handshake') this.#fail('broken')
      },
    })
  }

  get isSecured(): boolean {
    return this.#state === 'secured'
  }

  /** Says hello. Flights are repeated until the caller closes. */
  begin(): void {
    this.#say(this.#made(() => this.#client.begin()))
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
      this.#events.send(this.#client.encrypt(contentTypes.alert, closeSequence, closeNotify))
    }
    this.#end()
  }

  /** What comes after the handshake, a HelloRequest say, is passed over. */
  #receiveHandshake(record: DtlsRecord): void {
    if (this.#state !== 'handshake') return
    if (record.epoch === 1) return this.#receiveFinished(record)
    if (record.epoch !== 0) return
    // A repeated flight is not answered: ours is repeated by the clock.
    this.#sorter.add(record.fragment)
    for (let message = this.#sorter.peek(); message !== null; message = this.#sorter.peek()) {
      const isDue = message.type === serverMessages[message.sequence]
      if (!isDue || !this.#hear(message)) {
        // The true one may still come.
        this.#sorter.discard()
        break
      }
      this.#sorter.advance()
    }
    if (this.#sorter.expected === finishedSequence && this.#certificate === null) this.#judge()
  }

  /** False: it cannot be what the far end said. */
  #hear(message: HandshakeMessage): boolean {
    if (message.type !== handshakeTypes.helloVerifyRequest) {
      this.#heard.push(message)
      return true
    }
    const cookieBytes = readUint8(message.body, 2)
    if (cookieBytes === 0 || message.body.length !== 3 + cookieBytes) return false
    // RFC 6347, section 4.2.1: the hello once more, with the cookie in it.
    this.#say(this.#made(() => this.#client.feed(message)))
    return true
  }

  /** The far end has said all but Finished: who it is, before werift hears of it. */
  #judge(): void {
    const [serverHello, certificateMessage, keyExchange] = this.#heard
    const clientHello = this.#client.transcript.find(({ type }) => type === handshakeTypes.clientHello)
    if (!clientHello || !serverHello || !certificateMessage || !keyExchange) return
    if (readUint16(serverHello.body, 0) !== dtls12) return this.#fail('unsuited')
    const certificate = certificateOf(certificateMessage)
    if (certificate === null) return this.#fail('no-certificate')
    if (!isKeyExchangeSigned({ clientHello, serverHello, keyExchange, certificate })) {
      return this.#fail('bad-signature')
    }
    this.#certificate = certificate
    this.#making = []
    for (const message of this.#heard.splice(0)) this.#client.feed(message)
  }

  /** werift makes our second flight in later turns; the last record of it is Finished, which is encrypted. */
  #take(record: Uint8Array): void {
    if (this.#making === null) return
    this.#making.push(record)
    if (recordsOf(record)[0]?.epoch !== 1) return
    const made = this.#making
    this.#making = null
    if (this.#state !== 'handshake') return
    if (this.#client.isSuited) this.#say(made)
    else this.#fail('unsuited')
  }

  #made(make: () => void): readonly Uint8Array[] {
    const made: Uint8Array[] = []
    this.#making = made
    make()
    this.#making = null
    return made
  }

  #receiveFinished(record: DtlsRecord): void {
    const plain = this.#client.decrypt(record)
    if (plain === null || this.#certificate === null) return
    const sorter = new HandshakeSorter(finishedSequence)
    sorter.add(plain)
    const message = sorter.peek()
    if (message?.type !== handshakeTypes.finished) return
    const { masterSecret, transcript } = this.#client
    if (!isFinished('server', masterSecret, transcript, message.body)) {
      return this.#fail('bad-finished', alerts.decryptError)
    }
    this.#secure(this.#certificate)
  }

  #secure(certificate: X509Certificate): void {
    this.#state = 'secured'
    this.#hush()
    this.#client.forgetHandshake()
    this.#certificate = null
    this.#events.onSecured(certificate.fingerprint256, this.#client.srtpKeys())
  }

  #receiveAlert(record: DtlsRecord): void {
    if (!endsConnection(this.#client.decrypt(record))) return
    this.#end()
    this.#events.onClosed()
  }

  /** RFC 6347, section 4.2.4, but sooner: the round trip between two relays is known to be short. */
  #say(records: readonly Uint8Array[]): void {
    this.#repeatMs = relayLimits.dialFlightMs
    // First, in case the answer comes during the call.
    this.#repeatLater()
    this.#lastFlight.say(records)
  }

  #repeatLater(): void {
    if (this.#repeatTimer !== null) clearTimeout(this.#repeatTimer)
    this.#repeatTimer = setTimeout(() => {
      this.#lastFlight.repeat()
      this.#repeatMs = Math.min(2 * this.#repeatMs, relayLimits.dialFlightMaxMs)
      this.#repeatLater()
    }, this.#repeatMs)
  }

  #fail(why: DtlsFailure, alert: number = alerts.handshakeFailure): void {
    this.#events.send(plainAlert(alert))
    this.#end()
    this.#events.onFailed(why)
  }

  #end(): void {
    this.#state = 'over'
    this.#heard = []
    this.#hush()
  }

  #hush(): void {
    if (this.#repeatTimer !== null) clearTimeout(this.#repeatTimer)
    this.#repeatTimer = null
    this.#lastFlight.forget()
    this.#client.stop()
  }
}
