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
    ['an IDR picture', '65 88', true],
    ['parameter sets', '67 42', true],
    ['another picture', '41 9a', false],
    ['STAP-A of SPS, PPS and IDR', '78 0002 6742 0001 68 0002 6588', true],
    ['STAP-A of PPS and IDR', '78 0001 68 0002 6588', true],
    ['STAP-A of other pictures', '78 0002 419a 0002 419a', false],
    ['STAP-A with a unit longer than the packet', '78 0003 6742', false],
    ['STAP-A with an empty unit', '78 0000 0002 6588', false],
    ['STAP-A with nothing', '78 00', false],
    ['FU-A that begins an IDR picture', '7c 85 88', true],
    ['FU-A that goes on with it', '7c 05 88', false],
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
