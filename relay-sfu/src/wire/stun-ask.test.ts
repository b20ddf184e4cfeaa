import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  parseStunAnswer,
  writeConnectivityCheck,
  writePlainRequest,
  type ConnectivityCheck,
} from './stun-ask.ts'
import { verifyIntegrity, type HmacSha1 } from './stun-message.ts'
import { parseStunRequest, writeBindingError, writeBindingSuccess } from './stun.ts'
import { fromHex } from './testing/hex.ts'

const hmacSha1: HmacSha1 = (key, data) => createHmac('sha1', key).update(data).digest()
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)

/** RFC 5769, section 2. */
const key = ascii('VOkJxbRl1RmTxUk/WvJxBt')
const transaction = 'b7e7a701 bc34d686 fa87dfae'
const transactionId = fromHex(transaction)
const check: ConnectivityCheck = {
  username: 'evtj:h6vY',
  key,
  priority: 0x6e_00_01_ff,
  tieBreaker: fromHex('932ff9b151263b36'),
  useCandidate: false,
}

function written(write: (out: Uint8Array) => number): Uint8Array {
  const out = new Uint8Array(300).fill(0xcc)
  return out.slice(0, write(out))
}

const asked = (one: ConnectivityCheck): Uint8Array =>
  written((out) => writeConnectivityCheck(out, transactionId, one, hmacSha1))

describe('what is asked', () => {
  it('RFC 8445 7.1: a check says who, how good, and in which role', () => {
    const bytes = asked(check)
    expect(bytes.slice(0, 56)).toEqual(
      fromHex(`00010044 2112a442 ${transaction} 00060009 6576746a 3a683676 59000000 00240004 6e0001ff
        802a0008 932ff9b1 51263b36`),
    )
    expect(parseStunRequest(bytes)).toEqual({
      transactionId,
      username: 'evtj:h6vY',
      useCandidate: false,
      priority: 0x6e_00_01_ff,
      iceRole: 'controlling',
      integrityOffset: 56,
      unknownTypes: [],
    })
  })

  it('is made with the password, and has a fingerprint', () => {
    const bytes = asked({ ...check, useCandidate: true })
    const parsed = parseStunRequest(bytes)
    expect(parsed?.useCandidate).toBe(true)
    expect(parsed && verifyIntegrity(bytes, parsed, key, hmacSha1)).toBe(true)
    bytes[bytes.length - 1]! ^= 1
    expect(parseStunRequest(bytes)).toBeNull()
  })

  it('is as long as said, whatever the length of the name', () => {
    for (let length = 1; length < 9; length += 1) {
      const username = 'a'.repeat(length)
      const bytes = asked({ ...check, username, useCandidate: true })
      expect(bytes.length).toBeLessThanOrEqual(length + 84)
      expect(parseStunRequest(bytes)).toMatchObject({ username, useCandidate: true })
    }
  })

  it('plain STUN proves nothing and asks for nothing', () => {
    const bytes = written((out) => writePlainRequest(out, transactionId))
    expect(bytes).toHaveLength(28)
    expect(parseStunRequest(bytes)).toMatchObject({ username: null, integrityOffset: null, iceRole: null })
  })
})

describe('RFC 5769 2.2: the sample answer', () => {
  const sample = fromHex(
    `0101003c 2112a442 ${transaction} 8022000b 74657374 20766563 746f7220 00200008 0001a147 e112a643
     00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7 80280004 c07d4c96`,
  )

  it('is read', () => {
    expect(parseStunAnswer(sample)).toEqual({ transactionId, isSuccess: true, integrityOffset: 48 })
  })

  it('was made with the password, and any changed bit of it is noticed', () => {
    const isGenuine = (bytes: Uint8Array): boolean => {
      const answer = parseStunAnswer(bytes)
      return answer !== null && answer.isSuccess && verifyIntegrity(bytes, answer, key, hmacSha1)
    }
    expect(isGenuine(sample)).toBe(true)
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 72 * 8 - 1 }), (bit) => {
        const changed = sample.slice()
        changed[bit >> 3]! ^= 1 << (bit & 7)
        expect(isGenuine(changed)).toBe(false)
      }),
    )
  })
})

describe('what is answered', () => {
  it('by ourselves is read', () => {
    const success = written((out) => writeBindingSuccess(out, transactionId, '2001:db8::1', 7, key, hmacSha1))
    expect(parseStunAnswer(success)).toEqual({ transactionId, isSuccess: true, integrityOffset: 44 })
    const plain = written((out) => writeBindingSuccess(out, transactionId, '192.0.2.1', 7, null, hmacSha1))
    expect(parseStunAnswer(plain)).toEqual({ transactionId, isSuccess: true, integrityOffset: null })
    const error = written((out) => writeBindingError(out, transactionId, 420, key, hmacSha1, [0x70_01]))
    expect(parseStunAnswer(error)).toMatchObject({ isSuccess: false })
  })

  it.each([
    ['a request', `0001 0000 2112a442 ${transaction}`],
    ['an indication', `0011 0000 2112a442 ${transaction}`],
    ['another cookie', `0101 0000 2112a443 ${transaction}`],
    ['less than a header', '0101 0000 2112a442 0000'],
    ['a length longer than the datagram', `0101 0004 2112a442 ${transaction}`],
    ['an attribute longer than the message', `0101 0004 2112a442 ${transaction} 00200001`],
    ['an integrity of 4 bytes', `0101 0008 2112a442 ${transaction} 00080004 00000000`],
    ['a wrong fingerprint', `0101 0008 2112a442 ${transaction} 80280004 00000000`],
    ['RFC 8489 6.3.3: what must be understood and is not', `0101 0004 2112a442 ${transaction} 70010000`],
  ])('%s is none', (_, hex) => {
    expect(parseStunAnswer(fromHex(hex))).toBeNull()
  })

  it('what stands after MESSAGE-INTEGRITY is not read, but a fingerprint there must be right', () => {
    const integrity = `00080014 ${'00'.repeat(20)}`
    const head = `2112a442 ${transaction}`
    expect(parseStunAnswer(fromHex(`0101 001c ${head} ${integrity} 70010000`))).toMatchObject({
      integrityOffset: 20,
    })
    expect(parseStunAnswer(fromHex(`0101 0020 ${head} ${integrity} 80280004 00000000`))).toBeNull()
  })
})
