/**
 * One DTLS handshake of one link, as its server (RFC 5764, RFC 6347): werift's DtlsServer behind a facade that has no socket
 * of its own. werift sees only what passed here: whole messages, in order, each once, and none after the handshake. So its
 * known faults (it verifies neither CertificateVerify nor Finished, begins anew at a late ClientHello, obeys plaintext
 * alerts, throws at truncated records, mixes up pieces) are out of the far end's reach.
 */
import type { X509Certificate } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import {
  DtlsServer,
  keyLength,
  ProtectionProfileAeadAes128Gcm,
  ProtectionProfileAes128CmHmacSha1_80,
  saltLength,
  type Transport,
} from 'werift'
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
  writeMessage,
  writeRecord,
  type DtlsRecord,
  type HandshakeMessage,
} from './dtls-records.ts'
import { certificateOf, verifyClient } from './dtls-verify.ts'

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
  #server: DtlsServer
  #facade: Transport
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
    ;[this.#server, this.#facade] = this.#makeServer()
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
    if (this.#state === 'secured') this.#sendEncryptedAlert(alertLevels.warning, alerts.closeNotify)
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
    this.#feed(message)
    this.#sorter.advance()
    // Without keys nothing can go on: the key exchange was no point on our curve.
    if (message.type === handshakeTypes.clientKeyExchange && !this.#server.cipher.cipher) {
      this.#fail('broken', alerts.handshakeFailure)
    }
  }

  #handHello(message: HandshakeMessage): void {
    this.#making = []
    this.#feed(message)
    const made = this.#making
    this.#making = null
    const { dtls } = this.#server
    if (message.sequence === 0) {
      if (!this.#isSuited(message)) return this.#startAnew()
    } else if (dtls.flight !== 4) {
      // A cookie that is not ours: the true ClientHello may still come.
      return this.#sorter.discard()
    }
    this.#sorter.advance()
    this.#sendFlight(made)
  }

  /** DTLS 1.2, a profile of SRTP that we have, and the extended master secret (RFC 7627): all current browsers do. */
  #isSuited(hello: HandshakeMessage): boolean {
    const { dtls, srtp } = this.#server
    const isVersion = readUint16(hello.body, 0) <= dtls12
    return isVersion && !!dtls.cookie && !!srtp.srtpProfile && dtls.remoteExtendedMasterSecret
  }

  #startAnew(): void {
    this.#starts += 1
    if (this.#starts >= startsMax) return this.#fail('unsuited', alerts.handshakeFailure)
    this.#sendPlainAlert(alerts.handshakeFailure)
    this.#sorter = new HandshakeSorter()
    ;[this.#server, this.#facade] = this.#makeServer()
  }

  /** All but Finished is there: believe the client or not, before werift answers. */
  #finish(): void {
    for (const record of this.#held.splice(0)) {
      const plain = this.#decrypt(record)
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
    const { dtls, cipher } = this.#server
    const transcript = dtls.sortedHandshakeCache.map((one) => ({
      type: one.msg_type,
      sequence: one.message_seq,
      body: one.fragment,
    }))
    const verdict = verifyClient({
      transcript,
      certificate,
      masterSecret: cipher.masterSecret,
      clientVerifyData: finished.body,
    })
    if (!verdict.isProved) return this.#fail(verdict.why, alerts.decryptError)
    this.#state = 'proved'
    this.#making = []
    this.#server.onConnect.once(() => this.#secure(verdict.fingerprint))
    this.#facade.onData(Buffer.from(record.bytes), ['', 0])
  }

  #secure(fingerprint: string): void {
    if (this.#state !== 'proved') return
    this.#state = 'secured'
    this.#sendFlight(this.#making ?? [])
    this.#making = null
    const { srtp, dtls } = this.#server
    const profile = srtp.srtpProfile ?? ProtectionProfileAeadAes128Gcm
    const made = this.#server.extractSessionKeys(keyLength(profile), saltLength(profile))
    // What the handshake needed is not needed again.
    dtls.handshakeCache = {}
    this.#certificate = null
    this.#events.onSecured(fingerprint, {
      profile: profile === ProtectionProfileAeadAes128Gcm ? 'aead-aes-128-gcm' : 'aes128-cm-hmac-sha1-80',
      // Copies: a Buffer shares its memory with others, and all of it would travel to the media thread.
      localKey: new Uint8Array(made.localKey),
      localSalt: new Uint8Array(made.localSalt),
      remoteKey: new Uint8Array(made.remoteKey),
      remoteSalt: new Uint8Array(made.remoteSalt),
    })
  }

  /** Flight 6 was lost: the client says its Finished again (RFC 6347, section 4.2.4). */
  #receiveRepeatedFinished(record: DtlsRecord): void {
    if (this.#decrypt(record)?.[0] === handshakeTypes.finished) this.#repeatFlight()
  }

  #receiveAlert(record: DtlsRecord): void {
    const plain = this.#decrypt(record)
    if (plain?.length !== 2) return
    if (plain[0] !== alertLevels.fatal && plain[1] !== alerts.closeNotify) return
    this.#end()
    this.#events.onClosed()
  }

  #decrypt(record: DtlsRecord): Uint8Array | null {
    const { cipher } = this.#server.cipher
    if (!cipher) return null
    try {
      return cipher.decrypt(this.#server.sessionType, Buffer.from(record.fragment), {
        type: record.type,
        version: record.version,
        epoch: record.epoch,
        sequenceNumber: record.sequence,
      })
    } catch {
      return null
    }
  }

  #feed(message: HandshakeMessage): void {
    const record = writeRecord({
      type: contentTypes.handshake,
      version: dtls12,
      epoch: 0,
      sequence: message.sequence,
      fragment: writeMessage(message),
    })
    this.#facade.onData(Buffer.from(record.buffer), ['', 0])
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

  #sendEncryptedAlert(level: number, description: number): void {
    const header = { type: contentTypes.alert, version: dtls12, epoch: 1, sequenceNumber: closeSequence }
    const { cipher } = this.#server.cipher
    const fragment = cipher.encrypt(this.#server.sessionType, Buffer.of(level, description), header)
    this.#events.send(
      writeRecord({ type: header.type, version: dtls12, epoch: 1, sequence: closeSequence, fragment }),
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
    // werift repeats flight 4 for half a minute unless it believes that the handshake went on.
    this.#server.dtls.flight = 6
  }

  #makeServer(): [DtlsServer, Transport] {
    const facade: Transport = {
      type: 'udp',
      address: noAddress,
      closed: false,
      onData: () => {},
      send: async (datagram) => {
        if (this.#making !== null) this.#making.push(datagram)
        else if (this.#state !== 'over' && facade === this.#facade) this.#events.send(datagram)
      },
      close: async () => {},
    }
    const server = new DtlsServer({
      transport: facade,
      certificateRequest: true,
      extendedMasterSecret: true,
      // GCM costs half of what the other costs; the first that both have is taken.
      srtpProfiles: [ProtectionProfileAeadAes128Gcm, ProtectionProfileAes128CmHmacSha1_80],
    })
    const { parsed, signatureHash } = this.#identity
    server.cipher.localCert = parsed.localCert
    server.cipher.localPrivateKey = parsed.localPrivateKey
    server.cipher.signatureHashAlgorithm = signatureHash
    server.onError.subscribe(() => {
      // Of a first ClientHello `#isSuited` tells; whatever else werift cannot digest ends the handshake.
      if (this.#server === server && this.#sorter.expected > 0 && this.#state !== 'secured') {
        this.#fail('broken', alerts.handshakeFailure)
      }
    })
    return [server, facade]
  }
}

const noAddress: AddressInfo = { address: '', family: 'IPv4', port: 0 }

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
