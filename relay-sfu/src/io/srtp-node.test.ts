import { createSecretKey } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  ProtectionProfileAeadAes128Gcm,
  ProtectionProfileAes128CmHmacSha1_80,
  RtpHeader,
  SrtcpSession,
  SrtpSession,
} from 'werift'
import type { SrtpKeys, SrtpProfile } from '../media/boundary.ts'
import { srtpFailures, srtpOverheadBytes, type SrtpLink } from '../media/ports.ts'
import { CounterModeCipher, GcmCipher } from './srtp-ciphers.ts'
import { deriveSessionKeys } from './srtp-keys.ts'
import { makeNodeSrtp } from './srtp-node.ts'

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex')

const profiles: readonly SrtpProfile[] = ['aead-aes-128-gcm', 'aes128-cm-hmac-sha1-80']

const keysOf = (profile: SrtpProfile): SrtpKeys => {
  const saltBytes = profile === 'aead-aes-128-gcm' ? 12 : 14
  return {
    profile,
    localKey: Buffer.alloc(16, 1),
    localSalt: Buffer.alloc(saltBytes, 2),
    remoteKey: Buffer.alloc(16, 3),
    remoteSalt: Buffer.alloc(saltBytes, 4),
  }
}
const turned = (keys: SrtpKeys): SrtpKeys => ({
  profile: keys.profile,
  localKey: keys.remoteKey,
  localSalt: keys.remoteSalt,
  remoteKey: keys.localKey,
  remoteSalt: keys.localSalt,
})

interface PacketOptions {
  readonly ssrc?: number
  readonly sequence?: number
  readonly payloadBytes?: number
}

function rtp({ ssrc = 7, sequence = 100, payloadBytes = 100 }: PacketOptions = {}): Buffer {
  const packet = Buffer.alloc(12 + payloadBytes, 0x5a)
  packet.writeUInt16BE(0x80_60, 0)
  packet.writeUInt16BE(sequence, 2)
  packet.writeUInt32BE(1_000, 4)
  packet.writeUInt32BE(ssrc, 8)
  return packet
}

const report = (ssrc = 7): Buffer => hex(`80c90001 ${ssrc.toString(16).padStart(8, '0')}`)

/** What comes out of a method that works in place. */
function run(method: (bytes: Uint8Array, length: number) => number, packet: Uint8Array): Buffer | number {
  const bytes = Buffer.alloc(packet.length + srtpOverheadBytes)
  bytes.set(packet)
  const length = method(bytes, packet.length)
  return length < 0 ? length : Buffer.from(bytes.subarray(0, length))
}

const protectRtp = (link: SrtpLink, packet: Uint8Array): Buffer =>
  run((bytes, length) => link.protectRtp(bytes, length), packet) as Buffer
const unprotectRtp = (link: SrtpLink, packet: Uint8Array): Buffer | number =>
  run((bytes, length) => link.unprotectRtp(bytes, length), packet)
const protectRtcp = (link: SrtpLink, packet: Uint8Array): Buffer =>
  run((bytes, length) => link.protectRtcp(bytes, length), packet) as Buffer
const unprotectRtcp = (link: SrtpLink, packet: Uint8Array): Buffer | number =>
  run((bytes, length) => link.unprotectRtcp(bytes, length), packet)

describe('the vectors of the RFCs', () => {
  it('RFC 3711, appendix B.3: key derivation', () => {
    const key = hex('E1F97A0D3E018BE0D64FA32C06DE4139')
    const salt = hex('0EC675AD498AFEEBB6960B3AABE6')
    const keys = deriveSessionKeys('aes128-cm-hmac-sha1-80', key, salt, 'rtp')
    expect(keys.encryption.export()).toEqual(hex('C61E7A93744F39EE10734AFE3FF7A087'))
    expect(keys.salt).toEqual(hex('30CBBC08863D8C85D49DB34A9AE1'))
    expect(keys.authentication?.export()).toEqual(hex('CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4'))
  })

  it('RFC 3711, appendix B.2: the key stream of AES-CM', () => {
    const cipher = new CounterModeCipher({
      encryption: createSecretKey(hex('2B7E151628AED2A6ABF7158809CF4F3C')),
      authentication: createSecretKey(Buffer.alloc(20)),
      salt: hex('F0F1F2F3F4F5F6F7F8F9FAFBFCFD'),
    })
    const bytes = Buffer.alloc(12 + 48 + 10)
    cipher.sealRtp(bytes, 12, 60, 0, 0)
    expect(bytes.subarray(12, 60)).toEqual(
      hex(
        'E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB 41E95B3BB0A2E8DD477901E4FCA894C0',
      ),
    )
  })

  const gcm = new GcmCipher({
    encryption: createSecretKey(hex('000102030405060708090a0b0c0d0e0f')),
    authentication: null,
    salt: hex('517569642070726f2071756f'),
  })

  it('RFC 7714, section 16.1.1: a packet under AEAD_AES_128_GCM', () => {
    const plain = hex(`8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976
      69736120 696e2070 61727465 73207472 6573`)
    const bytes = Buffer.concat([plain, Buffer.alloc(16)])
    gcm.sealRtp(bytes, 12, plain.length, 0x55_01_a0_b2, 0xf1_7b)
    expect(bytes).toEqual(
      hex(`8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5
      0d294e6f 42a5f47a 51c7d19b 36de3adf 8833899d 7f27beb1 6a9152cf 765ee439 0cce`),
    )
    expect(gcm.openRtp(bytes, 12, plain.length, 0x55_01_a0_b2, 0xf1_7b)).toBe(true)
    expect(bytes.subarray(0, plain.length)).toEqual(plain)
  })

  it('RFC 7714, section 17.1: a report under AEAD_AES_128_GCM', () => {
    const plain = hex(`81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61
      deadbeef deadbeef deadbeef deadbeef deadbeef`)
    const bytes = Buffer.concat([plain, Buffer.alloc(20)])
    gcm.sealRtcp(bytes, plain.length, 0x4d_61_72_73, 0x5_d4)
    expect(bytes).toEqual(
      hex(`81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 730d6fda
      4ce09b46 86303ded 0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4`),
    )
  })
})

describe.each(profiles)('%s', (profile) => {
  const keys = keysOf(profile)
  const ends = (): [SrtpLink, SrtpLink] => [makeNodeSrtp(keys), makeNodeSrtp(turned(keys))]

  it('opens what the other end sealed, over the wrap of sequence numbers and out of order', () => {
    const [near, far] = ends()
    const sequences = [65_533, 65_534, 0, 65_535, 2, 1, 3]
    for (const sequence of sequences) {
      const packet = rtp({ sequence })
      const sealed = protectRtp(near, packet)
      expect(sealed.subarray(12, 60)).not.toEqual(packet.subarray(12, 60))
      expect(unprotectRtp(far, sealed)).toEqual(packet)
    }
  })

  it('seals and opens the same wherever in memory a packet stands, and however long it is', () => {
    for (const payloadBytes of [0, 1, 15, 16, 17, 1_187]) {
      const packet = rtp({ payloadBytes })
      const [there, ...elsewhere] = [0, 1, 2, 3].map((offset) => {
        const bytes = new Uint8Array(offset + packet.length + srtpOverheadBytes).subarray(offset)
        bytes.set(packet)
        const sealed = makeNodeSrtp(keysOf(profile)).protectRtp(bytes, packet.length)
        const copy = Buffer.from(bytes.subarray(0, sealed))
        const opened = makeNodeSrtp(turned(keysOf(profile))).unprotectRtp(bytes, sealed)
        expect(Buffer.from(bytes.subarray(0, opened))).toEqual(packet)
        return copy
      })
      for (const copy of elsewhere) expect(copy).toEqual(there)
    }
  })

  it('opens reports', () => {
    const [near, far] = ends()
    for (let count = 0; count < 3; count += 1) {
      expect(unprotectRtcp(far, protectRtcp(near, report()))).toEqual(report())
    }
  })

  it('werift opens what we seal, and we open what werift seals', () => {
    const number =
      profile === 'aead-aes-128-gcm' ? ProtectionProfileAeadAes128Gcm : ProtectionProfileAes128CmHmacSha1_80
    const buffers = {
      localMasterKey: Buffer.from(keys.remoteKey),
      localMasterSalt: Buffer.from(keys.remoteSalt),
      remoteMasterKey: Buffer.from(keys.localKey),
      remoteMasterSalt: Buffer.from(keys.localSalt),
    }
    const far = new SrtpSession({ profile: number, keys: buffers })
    const farReports = new SrtcpSession({ profile: number, keys: buffers })
    const near = makeNodeSrtp(keys)
    for (const sequence of [65_535, 0, 1]) {
      const packet = rtp({ sequence })
      expect(far.decrypt(protectRtp(near, packet))).toEqual(packet)
      const sealed = far.encrypt(packet.subarray(12), RtpHeader.deSerialize(packet))
      expect(unprotectRtp(near, sealed)).toEqual(packet)
    }
    const long = Buffer.concat([report(), Buffer.alloc(60, 9)])
    expect(farReports.decrypt(protectRtcp(near, long))).toEqual(long)
    expect(unprotectRtcp(near, farReports.encrypt(long))).toEqual(long)
  })

  it('refuses a packet that was seen before', () => {
    const [near, far] = ends()
    const sealed = protectRtp(near, rtp())
    const sealedReport = protectRtcp(near, report())
    unprotectRtp(far, sealed)
    unprotectRtcp(far, sealedReport)
    expect(unprotectRtp(far, sealed)).toBe(srtpFailures.replay)
    expect(unprotectRtcp(far, sealedReport)).toBe(srtpFailures.replay)
  })

  it('takes as many SSRCs as it is told, and refuses one more', () => {
    const near = makeNodeSrtp(keys, 300)
    const far = makeNodeSrtp(turned(keys), 300)
    for (let ssrc = 1; ssrc <= 300; ssrc += 1) {
      expect(unprotectRtp(far, protectRtp(near, rtp({ ssrc })))).toEqual(rtp({ ssrc }))
    }
    expect(protectRtp(near, rtp({ ssrc: 301 }))).toBe(srtpFailures.replay)
    expect(unprotectRtp(far, protectRtp(makeNodeSrtp(keys), rtp({ ssrc: 301 })))).toBe(srtpFailures.replay)
  })

  it('never seals two packets under one index', () => {
    const [near] = ends()
    protectRtp(near, rtp())
    expect(run((bytes, length) => near.protectRtp(bytes, length), rtp())).toBe(srtpFailures.replay)
  })

  it('refuses every packet of which one bit was changed', () => {
    const [near, far] = ends()
    const sealed = protectRtp(near, rtp({ payloadBytes: 20 }))
    const sealedReport = protectRtcp(near, report())
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const changed = Buffer.from(sealed)
      changed[bit >>> 3]! ^= 1 << (bit & 7)
      expect(unprotectRtp(far, changed)).toBeLessThan(0)
    }
    for (let bit = 0; bit < sealedReport.length * 8; bit += 1) {
      const changed = Buffer.from(sealedReport)
      changed[bit >>> 3]! ^= 1 << (bit & 7)
      expect(unprotectRtcp(far, changed)).toBeLessThan(0)
    }
    expect(unprotectRtp(far, sealed)).toHaveLength(32)
    expect(unprotectRtcp(far, sealedReport)).toHaveLength(8)
  })

  it('forged sequence numbers move no roll-over counter', () => {
    const [near, far] = ends()
    unprotectRtp(far, protectRtp(near, rtp({ sequence: 10 })))
    for (const sequence of [30_000, 60_000, 20_000, 50_000, 10_000, 65_535]) {
      const forged = Buffer.concat([rtp({ sequence }), Buffer.alloc(16)])
      expect(unprotectRtp(far, forged)).toBeLessThan(0)
    }
    expect(unprotectRtp(far, protectRtp(near, rtp({ sequence: 11 })))).toEqual(rtp({ sequence: 11 }))
  })

  it('a packet of another SSRC is not authentic, and forged SSRCs fill no table', () => {
    const [near, far] = ends()
    const sealed = protectRtp(near, rtp({ ssrc: 7 }))
    for (let ssrc = 1_000; ssrc < 3_000; ssrc += 1) {
      sealed.writeUInt32BE(ssrc, 8)
      expect(unprotectRtp(far, sealed)).toBe(srtpFailures.badTag)
    }
    sealed.writeUInt32BE(7, 8)
    expect(unprotectRtp(far, sealed)).toEqual(rtp({ ssrc: 7 }))
  })

  it('takes any bytes of any length', () => {
    const [, far] = ends()
    for (let length = 0; length < 80; length += 1) {
      for (const fill of [0, 0x80, 0x90, 0xbf, 0xff]) {
        const packet = Buffer.alloc(length, fill)
        expect(unprotectRtp(far, packet)).toBeLessThan(0)
        expect(unprotectRtcp(far, packet)).toBeLessThan(0)
      }
    }
  })

  it('has no room for a tag: says so and changes nothing', () => {
    const [near] = ends()
    const packet = rtp()
    expect(near.protectRtp(packet, packet.length)).toBe(srtpFailures.malformed)
    expect(packet).toEqual(rtp())
  })
})
