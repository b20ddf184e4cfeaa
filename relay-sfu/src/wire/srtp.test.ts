import { createCipheriv, createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { writeUint32 } from './bytes.ts'
import {
  readSrtcpIndex,
  rollOverCounterOf,
  srtpHeaderLength,
  srtpLabel,
  SrtpStreams,
  srtpProfiles,
  writeCounterIv,
  writeGcmIv,
  writeKeyDerivationIv,
  writeSrtcpIndex,
} from './srtp.ts'
import { fromHex } from './testing/hex.ts'

const concat = (...parts: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]))

function counterMode(key: Uint8Array, iv: Uint8Array, plain: Uint8Array): Uint8Array {
  return Uint8Array.from(createCipheriv('aes-128-ctr', key, iv).update(plain))
}

function gcm(key: Uint8Array, iv: Uint8Array, aad: Uint8Array, plain: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-128-gcm', key, iv).setAAD(aad)
  return concat(cipher.update(plain), cipher.final(), cipher.getAuthTag())
}

function derive(masterKey: Uint8Array, masterSalt: Uint8Array, label: number, length: number): Uint8Array {
  const iv = new Uint8Array(16)
  writeKeyDerivationIv(iv, masterSalt, label)
  return counterMode(masterKey, iv, new Uint8Array(length))
}

const master = fromHex('E1F97A0D3E018BE0D64FA32C06DE4139')
const masterSalt = fromHex('0EC675AD498AFEEBB6960B3AABE6')

describe('AES128_CM_HMAC_SHA1_80', () => {
  it('RFC 3711 B.3: session keys', () => {
    expect(derive(master, masterSalt, srtpLabel.rtpEncryption, 16)).toEqual(
      fromHex('C61E7A93744F39EE10734AFE3FF7A087'),
    )
    expect(derive(master, masterSalt, srtpLabel.rtpSalt, 14)).toEqual(fromHex('30CBBC08863D8C85D49DB34A9AE1'))
    expect(derive(master, masterSalt, srtpLabel.rtpAuthentication, 20)).toEqual(
      fromHex('CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4'),
    )
  })

  it('RFC 3711 B.2: the keystream', () => {
    const iv = new Uint8Array(16).fill(0xcc)
    writeCounterIv(iv, fromHex('F0F1F2F3F4F5F6F7F8F9FAFBFCFD'), 0, 0)
    expect(counterMode(fromHex('2B7E151628AED2A6ABF7158809CF4F3C'), iv, new Uint8Array(32))).toEqual(
      fromHex('E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB'),
    )
  })

  it('a packet as libsrtp makes it', () => {
    const packet = fromHex(`800f1234 decafbad cafebabe ${'ab'.repeat(16)}`)
    const iv = new Uint8Array(16)
    writeCounterIv(iv, derive(master, masterSalt, srtpLabel.rtpSalt, 14), 0xcafebabe, 0x1234)
    const encrypted = concat(
      packet.slice(0, 12),
      counterMode(derive(master, masterSalt, srtpLabel.rtpEncryption, 16), iv, packet.slice(12)),
    )
    const counter = new Uint8Array(4)
    writeUint32(counter, 0, rollOverCounterOf(0x1234))
    const tag = createHmac('sha1', derive(master, masterSalt, srtpLabel.rtpAuthentication, 20))
      .update(encrypted)
      .update(counter)
      .digest()
      .subarray(0, srtpProfiles['aes128-cm-hmac-sha1-80'].tagBytes)
    expect(concat(encrypted, tag)).toEqual(
      fromHex(`800f1234 decafbad cafebabe 4e55dc4c e79978d8 8ca4d215 949d2402 b78d6acc 99ea179b 8dbb`),
    )
  })

  it('RFC 3711 4.1.1: SSRC and all 48 bits of the index go into the counter block', () => {
    const iv = new Uint8Array(16)
    writeCounterIv(iv, new Uint8Array(14), 0x01020304, 0xa1a2a3a4b1b2)
    expect(iv).toEqual(fromHex('00000000 01020304 a1a2a3a4b1b2 0000'))
  })
})

describe('AEAD_AES_128_GCM', () => {
  const key = fromHex('000102030405060708090a0b0c0d0e0f')
  const salt = fromHex('517569642070726f2071756f')

  it('RFC 7714 16.1.1: a packet', () => {
    const header = fromHex('8040f17b 8041f8d3 5501a0b2')
    const plain = new TextEncoder().encode('Gallia est omnis divisa in partes tres')
    const iv = new Uint8Array(12)
    writeGcmIv(iv, salt, 0x5501a0b2, 0xf17b)
    expect(iv).toEqual(fromHex('51753c6580c2726f20718414'))
    expect(gcm(key, iv, header, plain)).toEqual(
      fromHex(`f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a 51c7d19b
        36de3adf 8833899d 7f27beb1 6a9152cf 765ee439 0cce`),
    )
  })

  it('RFC 7714 17.1: a report', () => {
    const header = fromHex('81c8000d 4d617273')
    const plain = fromHex(`4e545031 4e545032 52545020 0000042a 0000e930 4c756e61
      deadbeef deadbeef deadbeef deadbeef deadbeef`)
    const trailer = new Uint8Array(4)
    expect(writeSrtcpIndex(trailer, 0, 0x5d4)).toBe(4)
    const iv = new Uint8Array(12)
    writeGcmIv(iv, salt, 0x4d617273, 0x5d4)
    expect(iv).toEqual(fromHex('517524055203726f207170bb'))
    expect(gcm(key, iv, concat(header, trailer), plain)).toEqual(
      fromHex(`63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 730d6fda
        4ce09b46 86303ded 0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade`),
    )
  })

  it('RFC 7714 11: session keys from a salt of 12 bytes', () => {
    const twelve = masterSalt.slice(0, 12)
    expect(derive(master, twelve, srtpLabel.rtpSalt, 12)).toEqual(
      derive(master, concat(twelve, new Uint8Array(2)), srtpLabel.rtpSalt, 12),
    )
  })
})

describe('framing', () => {
  it('the header ends where the payload begins', () => {
    expect(srtpHeaderLength(fromHex(`8060 ${'00'.repeat(26)}`), 28, 16)).toBe(12)
    expect(
      srtpHeaderLength(fromHex(`9160 ${'00'.repeat(14)} bede0001 00000000 aa ${'00'.repeat(16)}`), 41, 16),
    ).toBe(24)
  })

  it.each([
    ['without a tag', `8060 ${'00'.repeat(25)}`],
    ['of another version', `4060 ${'00'.repeat(40)}`],
    ['whose CSRCs are not there', `8f60 ${'00'.repeat(40)}`],
    ['whose extensions reach into the tag', `9060 ${'00'.repeat(10)} bede0003 ${'00'.repeat(24)}`],
    ['whose extensions are not there', `9060 ${'00'.repeat(10)} bedeffff ${'00'.repeat(24)}`],
  ])('a packet %s is refused', (_, hex) => {
    const bytes = fromHex(hex)
    expect(srtpHeaderLength(bytes, bytes.length, 16)).toBe(-1)
  })

  it('RFC 3711 3.4: the E bit must be set', () => {
    expect(readSrtcpIndex(fromHex('ffffffff'), 0)).toBe(0x7fffffff)
    expect(readSrtcpIndex(fromHex('80000000'), 0)).toBe(0)
    expect(readSrtcpIndex(fromHex('00000001'), 0)).toBe(-1)
  })
})

describe('indices', () => {
  /** Asks, and accepts what is fresh. */
  const take = (streams: SrtpStreams, sequenceNumber: number, ssrc = 1): number => {
    const index = streams.indexOf(ssrc, sequenceNumber)
    if (index !== -1) streams.accept(ssrc, index)
    return index
  }

  it('RFC 3711 3.3.1: the roll-over counter grows with each wrap, and a late packet has the one before', () => {
    const streams = new SrtpStreams(8)
    expect(
      [65_534, 1, 65_535, 0, 30_000, 60_000, 10].map((sequenceNumber) => take(streams, sequenceNumber)),
    ).toEqual([65_534, 65_537, 65_535, 65_536, 95_536, 125_536, 131_082])
  })

  it('a packet is taken once', () => {
    const streams = new SrtpStreams(8)
    expect(take(streams, 5)).toBe(5)
    expect(take(streams, 5)).toBe(-1)
    expect(take(streams, 5, 2)).toBe(5)
  })

  it('asking changes nothing: a forger who is never authenticated cannot move the counter', () => {
    const streams = new SrtpStreams(8)
    take(streams, 100)
    for (const sequenceNumber of [30_000, 60_000, 20_000, 50_000]) streams.indexOf(1, sequenceNumber)
    expect(take(streams, 101)).toBe(101)
  })

  it('asking about an unknown SSRC keeps nothing of it', () => {
    const streams = new SrtpStreams(2)
    for (let ssrc = 0; ssrc < 100; ssrc += 1) expect(streams.indexOf(ssrc, 9)).toBe(9)
    expect(take(streams, 9, 0xffffffff)).toBe(9)
    expect(take(streams, 9, 0xffffffff)).toBe(-1)
  })

  it('one SSRC too many is refused; those known go on', () => {
    const streams = new SrtpStreams(2)
    expect([take(streams, 1, 10), take(streams, 1, 11), take(streams, 1, 12), take(streams, 2, 10)]).toEqual([
      1, 1, -1, 2,
    ])
  })

  it('a packet from before the first roll-over is refused', () => {
    const streams = new SrtpStreams(8)
    expect(take(streams, 0)).toBe(0)
    expect(take(streams, 65_535)).toBe(-1)
  })

  it('SRTCP: an explicit index is taken once', () => {
    const streams = new SrtpStreams(8)
    expect(streams.isFresh(1, 7)).toBe(true)
    streams.accept(1, 7)
    expect(streams.isFresh(1, 7)).toBe(false)
    expect(streams.isFresh(1, 8)).toBe(true)
  })

  it('any loss and reordering within 500 packets, over wraps: every packet gets its own index, and only once', () => {
    const moves = fc.array(fc.tuple(fc.integer({ min: 0, max: 400 }), fc.boolean()), {
      minLength: 1,
      maxLength: 300,
    })
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 65_535 }), moves, (first, all) => {
        const streams = new SrtpStreams(1)
        const taken = new Set([first])
        take(streams, first)
        let head = first
        for (const [distance, isForward] of all) {
          const index = isForward ? head + distance : Math.max(first, head - distance)
          expect(take(streams, index & 0xffff)).toBe(taken.has(index) ? -1 : index)
          taken.add(index)
          head = Math.max(head, index)
        }
      }),
    )
  })
})
