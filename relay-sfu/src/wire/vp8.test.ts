import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHex } from './testing/hex.ts'
import { rewriteVp8, Vp8Descriptor } from './vp8.ts'

function parse(hex: string): Vp8Descriptor | null {
  const bytes = fromHex(hex)
  const descriptor = new Vp8Descriptor()
  return descriptor.set(bytes, 0, bytes.length) ? descriptor : null
}

describe('RFC 7741 4.2: the payload descriptor', () => {
  it('in its shortest form', () => {
    expect(parse('10 00')).toMatchObject({
      isPartitionStart: true,
      partitionIndex: 0,
      isDiscardable: false,
      pictureIdOffset: -1,
      pictureIdBits: 0,
      tl0PictureIndexOffset: -1,
      temporalLayer: -1,
      keyIndex: -1,
      dataOffset: 1,
      isKeyFrame: true,
    })
  })

  it('with everything, the picture id in 15 bits', () => {
    expect(parse('b3 f0 9234 56 a7 01')).toMatchObject({
      isPartitionStart: true,
      partitionIndex: 3,
      isDiscardable: true,
      pictureIdOffset: 2,
      pictureIdBits: 15,
      pictureId: 0x1234,
      tl0PictureIndexOffset: 4,
      tl0PictureIndex: 0x56,
      temporalLayer: 2,
      isLayerSync: true,
      keyIndex: 7,
      dataOffset: 6,
      isKeyFrame: false,
    })
  })

  it('with a picture id in 7 bits and a temporal layer only', () => {
    expect(parse('90 a0 34 40 01')).toMatchObject({
      pictureIdBits: 7,
      pictureId: 0x34,
      tl0PictureIndexOffset: -1,
      temporalLayer: 1,
      isLayerSync: false,
      keyIndex: -1,
      dataOffset: 4,
    })
  })

  it('with a key index only', () => {
    expect(parse('80 10 05 01')).toMatchObject({ temporalLayer: -1, keyIndex: 5, dataOffset: 3 })
  })

  it.each([
    ['nothing', '90 00 00', 2],
    ['a picture id', '90 80 34 00', 3],
    ['TL0PICIDX', '90 40 56 00', 3],
    ['both', '90 c0 9234 56 00', 5],
  ])('with %s and no layers, data begins right after', (_, hex, dataOffset) => {
    expect(parse(hex)).toMatchObject({ dataOffset, temporalLayer: -1, keyIndex: -1, isKeyFrame: true })
  })

  it('nothing of the packet before is left', () => {
    const descriptor = new Vp8Descriptor()
    descriptor.set(fromHex('b3 f0 9234 56 a7 01'), 0, 7)
    descriptor.set(fromHex('10 00'), 0, 2)
    expect({ ...descriptor }).toEqual({ ...parse('10 00') })
  })

  it.each([
    ['nothing', ''],
    ['a descriptor only', '10'],
    ['an extension only', '90 00'],
    ['half a picture id', '90 80 92'],
    ['a picture id and no data', '90 80 9234'],
    ['no TL0PICIDX', '90 c0 9234'],
    ['no layers', '90 e0 9234 56'],
    ['no data', '90 f0 9234 56 a7'],
  ])('%s is refused', (_, hex) => {
    expect(parse(hex)).toBeNull()
  })
})

describe('RFC 7741 4.3: key frames', () => {
  it.each([
    ['the first packet of one', '10 00', true],
    ['the first packet of another frame', '10 01', false],
    ['a later packet of the first partition', '00 00', false],
    ['the first packet of a later partition', '11 00', false],
  ])('%s', (_, hex, isKeyFrame) => {
    expect(parse(hex)?.isKeyFrame).toBe(isKeyFrame)
  })
})

describe('other running numbers', () => {
  const rewritten = (hex: string, pictureId: number, tl0PictureIndex: number): Uint8Array => {
    const bytes = fromHex(hex)
    const descriptor = new Vp8Descriptor()
    expect(descriptor.set(bytes, 0, bytes.length)).toBe(true)
    rewriteVp8(bytes, descriptor, pictureId, tl0PictureIndex)
    return bytes
  }

  it('stand where the old ones stood, in as many bits', () => {
    expect(rewritten('b3 f0 9234 56 a7 01', 0x7fff, 0xff)).toEqual(fromHex('b3 f0 ffff ff a7 01'))
    expect(rewritten('b3 f0 9234 56 a7 01', 0x8001, 0x101)).toEqual(fromHex('b3 f0 8001 01 a7 01'))
    expect(rewritten('90 a0 34 40 01', 0x1ff, 9)).toEqual(fromHex('90 a0 7f 40 01'))
  })

  it('a packet without them stays as it is', () => {
    expect(rewritten('10 00', 1, 2)).toEqual(fromHex('10 00'))
  })

  it('are read as they were written, and nothing else changes', () => {
    const flags = fc.integer({ min: 0, max: 255 })
    fc.assert(
      fc.property(
        flags,
        fc.uint8Array({ minLength: 8, maxLength: 20 }),
        flags,
        flags,
        (extension, rest, id, tl0) => {
          const bytes = Uint8Array.of(0x90, extension, ...rest)
          const before = new Vp8Descriptor()
          expect(before.set(bytes, 0, bytes.length)).toBe(true)
          rewriteVp8(bytes, before, id, tl0)
          const after = new Vp8Descriptor()
          expect(after.set(bytes, 0, bytes.length)).toBe(true)
          expect({ ...after }).toEqual({
            ...before,
            pictureId: before.pictureIdBits === 15 ? id : before.pictureIdBits === 7 ? id & 0x7f : 0,
            tl0PictureIndex: before.tl0PictureIndexOffset === -1 ? 0 : tl0,
          })
        },
      ),
    )
  })
})

it('any bytes: never throws, reads nothing outside of the payload', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), fc.uint8Array({ maxLength: 9 }), (bytes, around) => {
      const descriptor = new Vp8Descriptor()
      const inside = new Vp8Descriptor()
      const isGood = descriptor.set(bytes, 0, bytes.length)
      expect(inside.set(Uint8Array.of(...around, ...bytes, ...around), around.length, bytes.length)).toBe(
        isGood,
      )
      if (!isGood) return
      expect(inside.dataOffset - around.length).toBe(descriptor.dataOffset)
      expect(inside).toMatchObject({ pictureId: descriptor.pictureId, isKeyFrame: descriptor.isKeyFrame })
      expect(descriptor.dataOffset).toBeLessThan(bytes.length)
    }),
    { numRuns: 1_000 },
  )
})
