/**
 * One end of a DTLS connection in werift, server or client, over a facade: there is no socket of its own, and it hears and says
 * only what dtls.ts and dtls-client.ts pass on. Its insides are looked at here and in the files of its two ends, and nowhere
 * else; the version is pinned, and dtls.test.ts notices when they change.
 */
import {
  keyLength,
  ProtectionProfileAeadAes128Gcm,
  ProtectionProfileAes128CmHmacSha1_80,
  saltLength,
  type DtlsSocket,
  type Transport,
} from 'werift'
import type { SrtpKeys } from '../media/boundary.ts'
import type { DtlsIdentity } from './dtls-identity.ts'
import {
  contentTypes,
  dtls12,
  writeMessage,
  writeRecord,
  type DtlsRecord,
  type HandshakeMessage,
} from './dtls-records.ts'

export interface WeriftEvents {
  /** One record, during a call or when werift repeats its flight by itself. */
  readonly onRecord: (record: Uint8Array) => void
  /** It could not digest what it was fed. */
  readonly onBroken: () => void
}

/** GCM costs half of what the other costs; the first that both have is taken. */
export const srtpProfileNumbers = [ProtectionProfileAeadAes128Gcm, ProtectionProfileAes128CmHmacSha1_80]

export const facadeFor = (events: WeriftEvents): Transport => ({
  type: 'udp',
  address: { address: '', family: 'IPv4', port: 0 },
  closed: false,
  onData: () => {},
  // Each is a record, whatever werift calls it.
  send: async (record) => events.onRecord(record),
  close: async () => {},
})

/** werift believes from then on that the handshake went on, and repeats nothing: else it would for half a minute. */
const flightsOver = 7

export class WeriftEnd {
  readonly #socket: DtlsSocket
  readonly #facade: Transport

  constructor(socket: DtlsSocket, facade: Transport, identity: DtlsIdentity, events: WeriftEvents) {
    this.#socket = socket
    this.#facade = facade
    socket.cipher.localCert = identity.parsed.localCert
    socket.cipher.localPrivateKey = identity.parsed.localPrivateKey
    socket.cipher.signatureHashAlgorithm = identity.signatureHash
    socket.onError.subscribe(() => events.onBroken())
  }

  get hasKeys(): boolean {
    return !!this.#socket.cipher.cipher
  }

  get masterSecret(): Uint8Array {
    return this.#socket.cipher.masterSecret
  }

  /** From the second ClientHello on (RFC 6347, section 4.2.6). */
  get transcript(): readonly HandshakeMessage[] {
    return this.#socket.dtls.sortedHandshakeCache.map((one) => ({
      type: one.msg_type,
      sequence: one.message_seq,
      body: one.fragment,
    }))
  }

  /** There is a common profile of SRTP, and the extended master secret (RFC 7627). */
  get isSuited(): boolean {
    return !!this.#socket.srtp.srtpProfile && this.#socket.dtls.remoteExtendedMasterSecret
  }

  feed(message: HandshakeMessage): void {
    const fragment = writeMessage(message)
    this.feedRecord(
      writeRecord({
        type: contentTypes.handshake,
        version: dtls12,
        epoch: 0,
        sequence: message.sequence,
        fragment,
      }),
    )
  }

  feedRecord(record: Uint8Array): void {
    this.#facade.onData(Buffer.from(record), ['', 0])
  }

  /** Null: not made with the keys of this handshake. */
  decrypt(record: DtlsRecord): Uint8Array | null {
    const { cipher } = this.#socket.cipher
    if (!cipher) return null
    try {
      return cipher.decrypt(this.#socket.sessionType, Buffer.from(record.fragment), {
        type: record.type,
        version: record.version,
        epoch: record.epoch,
        sequenceNumber: record.sequence,
      })
    } catch {
      return null
    }
  }

  /** A record under the keys of the handshake. No sequence number may be used twice (RFC 5288, section 3). */
  encrypt(type: number, sequence: number, plain: Uint8Array): Uint8Array {
    const header = { type, version: dtls12, epoch: 1, sequenceNumber: sequence }
    const fragment = this.#socket.cipher.cipher.encrypt(this.#socket.sessionType, Buffer.from(plain), header)
    return writeRecord({ type, version: dtls12, epoch: 1, sequence, fragment })
  }

  /** RFC 5764, section 4.2. Copies: a Buffer shares its memory with others, and all of it would travel with it. */
  srtpKeys(): SrtpKeys {
    const number = this.#socket.srtp.srtpProfile ?? ProtectionProfileAeadAes128Gcm
    const made = this.#socket.extractSessionKeys(keyLength(number), saltLength(number))
    return {
      profile: number === ProtectionProfileAeadAes128Gcm ? 'aead-aes-128-gcm' : 'aes128-cm-hmac-sha1-80',
      localKey: new Uint8Array(made.localKey),
      localSalt: new Uint8Array(made.localSalt),
      remoteKey: new Uint8Array(made.remoteKey),
      remoteSalt: new Uint8Array(made.remoteSalt),
    }
  }

  /** What the handshake needed is not needed again. */
  forgetHandshake(): void {
    this.#socket.dtls.handshakeCache = {}
  }

  stop(): void {
    this.#socket.dtls.flight = flightsOver
  }
}
