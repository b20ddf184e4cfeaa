/** The client's end of a DTLS handshake for tests: werift's DtlsClient, honest or not, over whatever carries datagrams. */
import {
  DtlsClient,
  keyLength,
  ProtectionProfileAeadAes128Gcm,
  ProtectionProfileAes128CmHmacSha1_80,
  saltLength,
  type Transport,
} from 'werift'
import type { SrtpKeys, SrtpProfile } from '../../media/boundary.ts'
import type { DtlsIdentity } from '../dtls-identity.ts'

const profileNumbers = {
  'aead-aes-128-gcm': ProtectionProfileAeadAes128Gcm,
  'aes128-cm-hmac-sha1-80': ProtectionProfileAes128CmHmacSha1_80,
} as const

export class TestDtlsClient {
  readonly werift: DtlsClient
  readonly connected: Promise<void>
  readonly #facade: Transport

  constructor(
    identity: Pick<DtlsIdentity, 'certPem' | 'keyPem' | 'signatureHash'>,
    send: (datagram: Uint8Array) => void,
    profiles: readonly SrtpProfile[] = ['aead-aes-128-gcm', 'aes128-cm-hmac-sha1-80'],
  ) {
    const facade: Transport = {
      type: 'udp',
      address: { address: '', family: 'IPv4', port: 0 },
      closed: false,
      onData: () => {},
      send: async (datagram) => send(datagram),
      close: async () => {},
    }
    this.#facade = facade
    this.werift = new DtlsClient({
      cert: identity.certPem,
      key: identity.keyPem,
      signatureHash: identity.signatureHash,
      transport: facade,
      extendedMasterSecret: true,
      srtpProfiles: profiles.map((profile) => profileNumbers[profile]),
    })
    this.werift.onError.subscribe(() => {})
    this.connected = new Promise((resolve) => this.werift.onConnect.once(() => resolve()))
  }

  /** Begins; what comes of it shows in `connected`. */
  connect(): void {
    // After its first flights nobody waits for: a handshake that is refused ends in silence.
    this.werift.connect().catch(() => {})
  }

  receive(datagram: Uint8Array): void {
    this.#facade.onData(Buffer.from(datagram), ['', 0])
  }

  /** Sends no more: werift repeats its flights for half a minute otherwise. */
  stop(): void {
    this.#facade.send = async () => {}
    this.werift.dtls.flight = 7
  }

  /** Of the client: local is what it encrypts with. */
  keys(): SrtpKeys {
    const number = this.werift.srtp.srtpProfile ?? ProtectionProfileAeadAes128Gcm
    const profile = number === ProtectionProfileAeadAes128Gcm ? 'aead-aes-128-gcm' : 'aes128-cm-hmac-sha1-80'
    return { profile, ...this.werift.extractSessionKeys(keyLength(number), saltLength(number)) }
  }

  /** A record under the keys of the handshake, as close_notify and a late ClientHello would be. */
  encrypted(type: number, fragment: Uint8Array, sequence: number): Uint8Array {
    const plain = { type, version: 0xfe_fd, epoch: 1, sequenceNumber: sequence }
    const sealed = this.werift.cipher.cipher.encrypt(this.werift.sessionType, Buffer.from(fragment), plain)
    const header = Buffer.alloc(13)
    header.writeUInt8(type, 0)
    header.writeUInt16BE(0xfe_fd, 1)
    header.writeUInt16BE(1, 3)
    header.writeUIntBE(sequence, 5, 6)
    header.writeUInt16BE(sealed.length, 11)
    return Buffer.concat([header, sealed])
  }
}
