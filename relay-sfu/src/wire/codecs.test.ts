import { codecNames, type CodecName } from '@video-room/shared/sdp/facts.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isKeyFrame } from './codecs.ts'
import { fromHex } from './testing/hex.ts'

function isKey(codec: CodecName, hex: string): boolean {
  const bytes = fromHex(hex)
  return isKeyFrame(codec, bytes, 0, bytes.length)
}

describe('RFC 9628 4.2: VP9', () => {
  it.each([
    ['the start of a frame that is not predicted', '8c 9234 01', true],
    ['without picture id', '08 01', true],
    ['at the base spatial layer, picture id of 15 bits', 'ac 9234 00 01', true],
    ['at the base spatial layer, picture id of 7 bits, another temporal layer', 'ac 34 e1 01', true],
    ['at the base spatial layer, no picture id', '2c 10 01', true],
    ['of a higher spatial layer', 'ac 9234 02 01', false],
    ['of a predicted frame', 'cc 9234 01', false],
    ['a later packet of the frame', '84 9234 01', false],
    ['layers that are not there', 'ac 9234', false],
    ['one byte', '08', false],
  ])('%s', (_, hex, expected) => {
    expect(isKey('vp9', hex)).toBe(expected)
  })
})

describe('RFC 6184 5: H.264', () => {
  it.each([
    ['an IDR picture, whose parameter sets came or will come in another packet', '65 88', false],
    ['parameter sets', '67 42', true],
    ['another picture', '41 9a', false],
    ['STAP-A of SPS, PPS and IDR', '78 0002 6742 0001 68 0002 6588', true],
    ['STAP-A of PPS and IDR', '78 0001 68 0002 6588', false],
    ['STAP-A of other pictures', '78 0002 419a 0002 419a', false],
    ['STAP-A with a unit longer than the packet', '78 0003 6742', false],
    ['STAP-A with an empty unit', '78 0000 0002 6742', false],
    ['STAP-A with nothing', '78 00', false],
    ['FU-A that begins parameter sets', '7c 87 42', true],
    ['FU-A that begins an IDR picture', '7c 85 88', false],
    ['FU-A that goes on', '7c 07 42', false],
    ['FU-A that begins another picture', '5c 81 9a', false],
    ['one byte', '65', false],
  ])('%s', (_, hex, expected) => {
    expect(isKey('h264', hex)).toBe(expected)
  })
})

describe('AV1 4.4', () => {
  it.each([
    ['the first packet of a coded video sequence', '18 0a01', true],
    ['a sequence header, without the N bit, one element', '10 0a01', true],
    ['a sequence header, two elements', '20 02 0a01 3000', true],
    ['a sequence header, elements with sizes', '00 02 0a01 02 3000', true],
    ['a size of several bytes', '00 8200 0a01', true],
    ['a frame', '10 3001', false],
    ['a fragment that goes on, with an N bit that may not be', '98 0a01', false],
    ['a size that does not end', '00 ffffffffffffffffff 0a01', false],
    ['a size and nothing', '00 02', false],
    ['one byte', '18', false],
  ])('%s', (_, hex, expected) => {
    expect(isKey('av1', hex)).toBe(expected)
  })
})

describe('T1 first bytes of payloads that Chromium 156 sent', () => {
  it.each([
    ['vp9', 'flexible mode, key frame with its structure', '9fb85d1000f00087824983', true],
    ['vp9', 'flexible mode, predicted', 'ddb85e0286004092b83451', false],
    ['vp9', 'L3T3_KEY: base layer of a key frame', 'be8fad101000f000878349', true],
    ['vp9', 'L3T3_KEY: base layer of a key frame, three sizes', 'be8fb0105000f0008701e0', true],
    ['vp9', 'L3T3_KEY: second layer of that key frame', 'bc8fb0138702020003be02', false],
    ['vp9', 'L3T3_KEY: third layer of that key frame', 'bd8fb01587042400077e04', false],
    ['vp9', 'L3T3_KEY: base layer, predicted', 'fd8fae50028700000001de', false],
    ['av1', 'key frame: sequence header with the N bit', '280b0800000003bf7c3003', true],
    ['av1', 'a frame', '103030c040fdf8012ec340', false],
    ['h264', 'STAP-A of SPS and PPS, IDR', '78000f6742c00d8c8d41e26f3403c2211a80000468ce3c80', true],
    ['h264', 'FU-A: the IDR picture after them', '7c85b80004000004388c50', false],
    ['h264', 'FU-A: its end', '7c45d75d75d75d75d75d75', false],
    ['h264', 'another picture', '61e0004000be4043820138', false],
  ] as const)('%s, %s', (codec, _, hex, expected) => {
    expect(isKey(codec, hex)).toBe(expected)
  })
})

describe('others', () => {
  it('VP8 by its descriptor', () => {
    expect([isKey('vp8', '10 00'), isKey('vp8', '10 01'), isKey('vp8', '10')]).toEqual([true, false, false])
  })

  it('any packet of Opus will do', () => {
    expect([isKey('opus', 'fc'), isKey('opus', '')]).toEqual([true, false])
  })
})

it('any bytes, of any codec: never throws, reads nothing outside of the payload', () => {
  const around = fc.uint8Array({ maxLength: 9 })
  fc.assert(
    fc.property(
      fc.constantFrom(...codecNames),
      fc.uint8Array({ maxLength: 12 }),
      around,
      (codec, bytes, other) => {
        const inside = Uint8Array.of(...other, ...bytes, ...other)
        expect(isKeyFrame(codec, inside, other.length, bytes.length)).toBe(
          isKeyFrame(codec, bytes, 0, bytes.length),
        )
        expect(isKeyFrame(codec, bytes, 0, bytes.length + 1)).toBe(false)
      },
    ),
    { numRuns: 2_000 },
  )
})
