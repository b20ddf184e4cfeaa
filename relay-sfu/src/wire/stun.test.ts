import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crc32 } from './crc32.ts'
import { verifyIntegrity, type HmacSha1 } from './stun-message.ts'
import { parseStunRequest, writeBindingError, writeBindingSuccess } from './stun.ts'
import { fromHex } from './testing/hex.ts'

const hmacSha1: HmacSha1 = (key, data) => createHmac('sha1', key).update(data).digest()
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)

/** RFC 5769, section 2. */
const password = ascii('VOkJxbRl1RmTxUk/WvJxBt')
const transaction = 'b7e7a701 bc34d686 fa87dfae'
const transactionId = fromHex(transaction)
const sample = {
  header: `00010058 2112a442 ${transaction}`,
  software: '80220010 5354554e 20746573 7420636c 69656e74',
  priority: '00240004 6e0001ff',
  controlled: '80290008 932ff9b1 51263b36',
  username: '00060009 6576746a 3a683676 59202020',
  integrity: '00080014 9aeaa70c bfd8cb56 781ef2b5 b2d3f249 c1b571a2',
  fingerprint: '80280004 e57a3bcf',
}
const sampleRequest = fromHex(Object.values(sample).join(''))

/** A request with these attributes and a length that fits. */
function request(...attributes: readonly string[]): Uint8Array {
  const body = fromHex(attributes.join(''))
  return Uint8Array.of(
    0,
    1,
    body.length >> 8,
    body.length & 0xff,
    ...fromHex(`2112a442 ${transaction}`),
    ...body,
  )
}

function written(write: (out: Uint8Array) => number): Uint8Array {
  const out = new Uint8Array(200).fill(0xcc)
  return out.slice(0, write(out))
}

describe('RFC 5769 2.1: the sample request', () => {
  it('is read', () => {
    expect(parseStunRequest(sampleRequest)).toEqual({
      transactionId,
      username: 'evtj:h6vY',
      useCandidate: false,
      priority: 0x6e0001ff,
      iceRole: 'controlled',
      integrityOffset: 76,
      unknownTypes: [],
    })
  })

  it('was made with the password, and with no other', () => {
    const parsed = parseStunRequest(sampleRequest)
    expect(parsed && verifyIntegrity(sampleRequest, parsed, password, hmacSha1)).toBe(true)
    expect(parsed && verifyIntegrity(sampleRequest, parsed, ascii('VOkJxbRl1RmTxUk/WvJxBu'), hmacSha1)).toBe(
      false,
    )
  })

  it('any changed bit of it is noticed, from the first to the last of the integrity', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 * 8 - 1 }), (bit) => {
        const changed = sampleRequest.slice()
        changed[bit >> 3]! ^= 1 << (bit & 7)
        const parsed = parseStunRequest(changed)
        expect(parsed !== null && verifyIntegrity(changed, parsed, password, hmacSha1)).toBe(false)
      }),
    )
  })
})

describe('a request', () => {
  it('without USERNAME is one, too: any STUN server answers it', () => {
    expect(parseStunRequest(request())).toEqual({
      transactionId,
      username: null,
      useCandidate: false,
      priority: null,
      iceRole: null,
      integrityOffset: null,
      unknownTypes: [],
    })
  })

  it('RFC 8445 7.1: nominates and says its role', () => {
    const bytes = request(sample.username, '00250000', '802a0008 0000000000000001', sample.integrity)
    expect(parseStunRequest(bytes)).toMatchObject({
      useCandidate: true,
      iceRole: 'controlling',
      integrityOffset: 52,
      unknownTypes: [],
    })
  })

  it('what stands after MESSAGE-INTEGRITY is not read', () => {
    const bytes = request(sample.integrity, sample.username, '00250000', '802a0008 0000000000000001')
    expect(parseStunRequest(bytes)).toMatchObject({
      username: null,
      useCandidate: false,
      iceRole: null,
      integrityOffset: 20,
      unknownTypes: [],
    })
  })

  it('of an attribute that comes twice the first counts', () => {
    const bytes = request('00060001 61000000', '00060001 62000000', '00240004 00000001', '00240004 00000002')
    expect(parseStunRequest(bytes)).toMatchObject({ username: 'a', priority: 1 })
  })

  it('the length is part of what is covered: a tail that is cut off does not matter, one that is forged neither', () => {
    const attributes = [
      sample.software,
      sample.priority,
      sample.controlled,
      sample.username,
      sample.integrity,
    ]
    for (const tail of ['', '80230000', '00250000']) {
      const bytes = request(...attributes, tail)
      const parsed = parseStunRequest(bytes)
      expect(parsed && verifyIntegrity(bytes, parsed, password, hmacSha1)).toBe(true)
      expect(parsed?.useCandidate).toBe(false)
    }
  })

  it('without MESSAGE-INTEGRITY is never verified', () => {
    const bytes = request(sample.username)
    const parsed = parseStunRequest(bytes)
    expect(parsed && verifyIntegrity(bytes, parsed, password, hmacSha1)).toBe(false)
  })
})

describe('what is refused', () => {
  it.each([
    ['a response', `0101 0000 2112a442 ${transaction}`],
    ['an indication', `0011 0000 2112a442 ${transaction}`],
    ['another method', `0003 0000 2112a442 ${transaction}`],
    ['another cookie', `0001 0000 2112a443 ${transaction}`],
    ['less than a header', '0001 0000 2112a442 0000'],
    ['a length longer than the datagram', `0001 0004 2112a442 ${transaction}`],
    ['a length shorter than the datagram', `0001 0000 2112a442 ${transaction} 00250000`],
    ['a length that is no multiple of four', `0001 0002 2112a442 ${transaction} 0025`],
    ['an attribute longer than the message', `0001 0004 2112a442 ${transaction} 00250001`],
    ['an integrity of 32 bytes', `0001 0024 2112a442 ${transaction} 00080020 ${'00'.repeat(32)}`],
    ['an integrity of 4 bytes', `0001 0008 2112a442 ${transaction} 00080004 00000000`],
    ['a priority of 8 bytes', `0001 000c 2112a442 ${transaction} 00240008 0000000000000000`],
    ['a role of 4 bytes', `0001 0008 2112a442 ${transaction} 802a0004 00000000`],
    ['a username of 600 bytes', `0001 025c 2112a442 ${transaction} 00060258 ${'61'.repeat(600)}`],
    ['a wrong fingerprint', `0001 0008 2112a442 ${transaction} 80280004 00000000`],
    ['a fingerprint that is not last', `0001 000c 2112a442 ${transaction} 80280004 00000000 00250000`],
  ])('%s', (_, hex) => {
    expect(parseStunRequest(fromHex(hex))).toBeNull()
  })

  it('a wrong fingerprint after MESSAGE-INTEGRITY', () => {
    expect(parseStunRequest(request(sample.integrity, '80280004 00000000'))).toBeNull()
  })
})

describe('answers', () => {
  const mappedOf = (address: string): Uint8Array =>
    written((out) => writeBindingSuccess(out, transactionId, address, 32_853, password, hmacSha1))

  it('RFC 5769 2.2: IPv4', () => {
    const bytes = mappedOf('192.0.2.1')
    expect(bytes.slice(0, 32)).toEqual(fromHex(`0101002c 2112a442 ${transaction} 00200008 0001a147 e112a643`))
    expect(bytes).toHaveLength(64)
    expect(mappedOf('::ffff:192.0.2.1')).toEqual(bytes)
  })

  it('RFC 5769 2.3: IPv6', () => {
    expect(mappedOf('2001:db8:1234:5678:11:2233:4455:6677').slice(0, 44)).toEqual(
      fromHex(`01010038 2112a442 ${transaction} 00200014 0002a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9`),
    )
  })

  it('RFC 8489 14.5, 14.7: carry an integrity and a fingerprint over what stands before them', () => {
    const bytes = mappedOf('192.0.2.1')
    const covered = bytes.slice(0, 32)
    covered[3] = 36
    expect(bytes.slice(32, 36)).toEqual(fromHex('00080014'))
    expect(bytes.slice(36, 56)).toEqual(Uint8Array.from(hmacSha1(password, covered)))
    expect(bytes.slice(56, 60)).toEqual(fromHex('80280004'))
    expect(new DataView(bytes.buffer).getUint32(60)).toBe((crc32(bytes, 56) ^ 0x5354554e) >>> 0)
  })

  it('without a key there is a fingerprint only', () => {
    const bytes = written((out) => writeBindingSuccess(out, transactionId, '192.0.2.1', 1, null, hmacSha1))
    expect(bytes).toHaveLength(40)
    expect(bytes.slice(32, 36)).toEqual(fromHex('80280004'))
  })

  it('to what is no address there is none', () => {
    expect(mappedOf('localhost')).toHaveLength(0)
  })

  it('RFC 8445 7.3.1.1: a role conflict', () => {
    const bytes = written((out) => writeBindingError(out, transactionId, 487, password, hmacSha1))
    expect(bytes.slice(20, 44)).toEqual(
      Uint8Array.of(0, 9, 0, 17, 0, 0, 4, 87, ...ascii('Role Conflict'), 0, 0, 0),
    )
    expect(bytes).toHaveLength(76)
  })

  it('RFC 8489 14.13: unknown attributes, padded to whole words', () => {
    const bytes = written((out) =>
      writeBindingError(out, transactionId, 420, password, hmacSha1, [0x70_01, 0x70_02, 0x70_03]),
    )
    expect(bytes.slice(20, 28)).toEqual(fromHex('00090015 00000414'))
    expect(bytes.slice(48, 60)).toEqual(fromHex('000a0006 70017002 70030000'))
    expect(bytes).toHaveLength(92)
  })

  it('RFC 8489 14.8: a bad request', () => {
    const bytes = written((out) => writeBindingError(out, transactionId, 400, null, hmacSha1))
    expect(bytes.slice(0, 40)).toEqual(
      Uint8Array.of(
        ...fromHex(`0111001c 2112a442 ${transaction} 0009000f 00000400`),
        ...ascii('Bad Request'),
        0,
      ),
    )
  })
})

it('FINGERPRINT of RFC 5769 2.1 is a CRC-32', () => {
  expect((crc32(sampleRequest, sampleRequest.length - 8) ^ 0x5354554e) >>> 0).toBe(0xe57a3bcf)
})

it('any bytes: never throws, and every part lies inside', () => {
  const anything = fc.uint8Array({ maxLength: 120 })
  const attributes = fc.array(
    fc.tuple(
      fc.constantFrom(0x0006, 0x0008, 0x0024, 0x0025, 0x8028, 0x8029, 0x802a, 0x1234),
      fc.uint8Array({ maxLength: 24 }),
    ),
    { maxLength: 6 },
  )
  const plausible = attributes.map((all) => {
    const body = all.flatMap(([type, data]) => [
      type >> 8,
      type & 0xff,
      0,
      data.length,
      ...data,
      ...Array.from({ length: -data.length & 3 }, () => 0),
    ])
    return Uint8Array.of(0, 1, 0, body.length, ...fromHex(`2112a442 ${transaction}`), ...body)
  })
  fc.assert(
    fc.property(fc.oneof(anything, plausible), (bytes) => {
      const parsed = parseStunRequest(bytes)
      if (parsed === null) return
      expect(parsed.transactionId).toEqual(bytes.slice(8, 20))
      if (parsed.integrityOffset !== null)
        expect(parsed.integrityOffset + 24).toBeLessThanOrEqual(bytes.length)
      expect(verifyIntegrity(bytes, parsed, password, hmacSha1)).toBe(false)
    }),
    { numRuns: 1_000 },
  )
})
