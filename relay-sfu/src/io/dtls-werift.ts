/**
 * werift's DtlsServer over a facade: there is no socket of its own, and it hears and says only what dtls.ts passes on. Its
 * insides are looked at here and nowhere else; the version is pinned, and dtls.test.ts notices when they change.
 */
import {
  DtlsServer,
  keyLength,
  ProtectionProfileAeadAes128Gcm,
  ProtectionProfileAes128CmHmacSha1_80,
  saltLength,
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

export class WeriftServer {
  readonly #server: DtlsServer
  readonly #facade: Transport

  constructor(identity: DtlsIdentity, events: WeriftEvents) {
    this.#facade = {
      type: 'udp',
      address: { address: '', family: 'IPv4', port: 0 },
      closed: false,
      onData: () => {},
      send: async (record) => events.onRecord(record),
      close: async () => {},
    }
    this.#server = new DtlsServer({
      transport: this.#facade,
      certificateRequest: true,
      extendedMasterSecret: true,
      // GCM costs half of what the other costs; the first that both have is taken.
      srtpProfiles: [ProtectionProfileAeadAes128Gcm, ProtectionProfileAes128CmHmacSha1_80],
    })
    this.#server.cipher.localCert = identity.parsed.localCert
    this.#server.cipher.localPrivateKey = identity.parsed.localPrivateKey
    this.#server.cipher.signatureHashAlgorithm = identity.signatureHash
    this.#server.onError.subscribe(() => events.onBroken())
  }

  /** It took the first ClientHello: there is a common profile of SRTP, and the extended master secret (RFC 7627). */
  get isHelloTaken(): boolean {
    const { dtls, srtp } = this.#server
    return !!dtls.cookie && !!srtp.srtpProfile && dtls.remoteExtendedMasterSecret
  }

  /** The second ClientHello had the right cookie. */
  get isCookieTaken(): boolean {
    return this.#server.dtls.flight === 4
  }

  get hasKeys(): boolean {
    return !!this.#server.cipher.cipher
  }

  get masterSecret(): Uint8Array {
    return this.#server.cipher.masterSecret
  }

  /** From the second ClientHello on (RFC 6347, section 4.2.6). */
  get transcript(): readonly HandshakeMessage[] {
    return this.#server.dtls.sortedHandshakeCache.map((one) => ({
      type: one.msg_type,
      sequence: one.message_seq,
      body: one.fragment,
    }))
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

  /** Calls back when Finished was fed and answered, in a later turn. */
  onceConnected(callback: () => void): void {
    this.#server.onConnect.once(callback)
  }

  /** Null: not made with the keys of this handshake. */
  decrypt(record: DtlsRecord): Uint8Array | null {
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

  /** A record under the keys of the handshake. No sequence number may be used twice (RFC 5288, section 3). */
  encrypt(type: number, sequence: number, plain: Uint8Array): Uint8Array {
    const header = { type, version: dtls12, epoch: 1, sequenceNumber: sequence }
    const fragment = this.#server.cipher.cipher.encrypt(this.#server.sessionType, Buffer.from(plain), header)
    return writeRecord({ type, version: dtls12, epoch: 1, sequence, fragment })
  }

  /** RFC 5764, section 4.2. Copies: a Buffer shares its memory with others, and all of it would travel with it. */
  srtpKeys(): SrtpKeys {
    const number = this.#server.srtp.srtpProfile ?? ProtectionProfileAeadAes128Gcm
    const made = this.#server.extractSessionKeys(keyLength(number), saltLength(number))
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
    this.#server.dtls.handshakeCache = {}
  }

  /** werift repeats flight 4 for half a minute unless it believes that the handshake went on. */
  stop(): void {
    this.#server.dtls.flight = 6
  }
}
