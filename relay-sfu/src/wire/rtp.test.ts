import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RtpView, writeRtpHeader } from './rtp.ts'
import { fromHex } from './testing/hex.ts'

function viewOf(hex: string): RtpView | null {
  const bytes = fromHex(hex)
  const view = new RtpView()
  return view.set(bytes, bytes.length) ? view : null
}

const fixed = '80e0 1234 00000064 deadbeef'
const extended = '90e0 1234 00000064 deadbeef'

describe('the fixed header', () => {
  it('RFC 3550 5.1: is read field by field', () => {
    const view = viewOf(`${fixed} 0102030405`)
    expect(view).toMatchObject({
      marker: true,
      payloadType: 96,
      sequenceNumber: 0x1234,
      timestamp: 100,
      ssrc: 0xdeadbeef,
      csrcCount: 0,
      headerLength: 12,
      payloadOffset: 12,
      payloadLength: 5,
      paddingLength: 0,
    })
  })

  it('reads what it writes', () => {
    const uint = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 })
    fc.assert(
      fc.property(fc.boolean(), uint(7), uint(16), uint(32), uint(32), (...fields) => {
        const out = new Uint8Array(20)
        const view = new RtpView()
        expect(writeRtpHeader(out, ...fields)).toBe(12)
        expect(view.set(out, out.length)).toBe(true)
        const { marker, payloadType, sequenceNumber, timestamp, ssrc } = view
        expect([marker, payloadType, sequenceNumber, timestamp, ssrc]).toEqual(fields)
      }),
    )
  })

  it('CSRCs lie between the header and the payload', () => {
    expect(viewOf('8260 0001 00000000 00000001 0000000a 0000000b ff')).toMatchObject({
      csrcCount: 2,
      headerLength: 20,
      payloadLength: 1,
    })
  })

  it.each([
    ['another version', '40e0 1234 00000064 deadbeef'],
    ['eleven bytes', '80e0 1234 00000064 deadbe'],
    ['CSRCs that are not there', '8f60 0001 00000000 00000001 0000000a'],
    ['an extension header that is not there', '9060 0001 00000000 00000001 beef'],
    ['an extension block longer than the packet', '9060 0001 00000000 00000001 bede0002 10000000'],
  ])('%s is refused', (_, hex) => {
    expect(viewOf(hex)).toBeNull()
  })

  it('a length beyond the array is refused', () => {
    expect(new RtpView().set(fromHex(fixed), 13)).toBe(false)
  })
})

describe('padding', () => {
  it('is not payload', () => {
    expect(viewOf('a060 0001 00000000 00000001 aabb 000003')).toMatchObject({
      payloadLength: 2,
      paddingLength: 3,
    })
  })

  it('may be all there is: a probe', () => {
    expect(viewOf('a060 0001 00000000 00000001 000003')).toMatchObject({
      payloadLength: 0,
      paddingLength: 3,
    })
  })

  it.each([
    ['of zero bytes', 'a060 0001 00000000 00000001 aa00'],
    ['longer than the payload', 'a060 0001 00000000 00000001 aa03'],
    ['of a packet that ends with its header', 'a060 0001 00000000 00000001'],
  ])('%s is refused', (_, hex) => {
    expect(viewOf(hex)).toBeNull()
  })
})

describe('header extensions', () => {
  it('RFC 8285 4.2: one-byte elements are found, with padding between them', () => {
    // The example of the RFC: ids 1 (1 byte), 2 (2 bytes), padding, 3 (4 bytes).
    const view = viewOf(`${extended} bede0003 10 aa 21 bbbb 00 00 33 cccccccc ee`)
    expect([1, 2, 3, 4].map((id) => view?.extensionOffset(id))).toEqual([17, 19, 24, -1])
    expect([1, 2, 3, 4].map((id) => view?.extensionLength(id))).toEqual([1, 2, 4, -1])
    expect(view).toMatchObject({ headerLength: 28, payloadLength: 1 })
  })

  it('RFC 8285 4.2: a one-byte element has up to 16 bytes', () => {
    const view = viewOf(`${extended} bede0005 1f ${'aa'.repeat(16)} 20 bb 00`)
    expect([view?.extensionLength(1), view?.extensionOffset(2)]).toEqual([16, 34])
  })

  it('RFC 8285 4.3: two-byte elements may be empty or long', () => {
    const view = viewOf(`${extended} 10000003 01 00 02 01 bb 00 ff 04 cccccccc`)
    expect([1, 2, 255, 4].map((id) => view?.extensionLength(id))).toEqual([0, 1, 4, -1])
    expect(view?.extensionOffset(255)).toBe(24)
  })

  it.each([
    ['id 15', `${extended} bede0002 f0 aa 10 bb 00000000`],
    ['id 0 with a length', `${extended} bede0002 01 aa 10 bb 00000000`],
  ])('RFC 8285 4.2: %s ends the block', (_, hex) => {
    const view = viewOf(hex)
    expect(view).not.toBeNull()
    expect(view?.extensionOffset(1)).toBe(-1)
    expect(view?.extensionOffset(15)).toBe(-1)
  })

  it('of two elements with one id the first counts', () => {
    expect(viewOf(`${extended} bede0001 10 aa 10 bb`)?.extensionOffset(1)).toBe(17)
  })

  it('a block of another profile is passed over', () => {
    const view = viewOf(`${extended} abcd0001 10aa10bb ff`)
    expect(view).toMatchObject({ headerLength: 20, payloadLength: 1 })
    expect(view?.extensionOffset(1)).toBe(-1)
  })

  it.each([
    ['one-byte', `${extended} bede0001 1f aabbcc`],
    ['two-byte', `${extended} 10000001 01 ff aabb`],
    ['two-byte without its length', `${extended} 10000001 000000 01`],
  ])('a %s element that leaves the block is refused', (_, hex) => {
    expect(viewOf(`${hex} ${'00'.repeat(300)}`)).toBeNull()
  })

  it('nothing of the packet before is left in the view', () => {
    const view = new RtpView()
    const first = fromHex(`${extended} bede0001 10aa10bb ff`)
    const second = fromHex(`${fixed} ff10aa10bb`)
    view.set(first, first.length)
    view.set(second, second.length)
    expect(view.extensionOffset(1)).toBe(-1)
  })
})

it('any bytes: never throws, reads nothing after the length, parts fill the packet', () => {
  const anything = fc.uint8Array({ maxLength: 120 })
  const plausible = fc
    .tuple(fc.integer({ min: 0x80, max: 0xbf }), anything)
    .map(([first, rest]) => Uint8Array.of(first, ...rest))
  fc.assert(
    fc.property(fc.oneof(anything, plausible), fc.uint8Array({ maxLength: 40 }), (bytes, after) => {
      const view = new RtpView()
      const longer = new RtpView()
      const isRtp = view.set(bytes, bytes.length)
      expect(longer.set(Uint8Array.of(...bytes, ...after), bytes.length)).toBe(isRtp)
      if (!isRtp) return
      expect({ ...longer, bytes }).toEqual({ ...view })
      expect(view.headerLength + view.payloadLength + view.paddingLength).toBe(bytes.length)
      for (let id = 0; id < 256; id += 1) {
        const offset = view.extensionOffset(id)
        if (offset !== -1) expect(offset + view.extensionLength(id)).toBeLessThanOrEqual(view.headerLength)
      }
    }),
    { numRuns: 500 },
  )
})
