import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { addressOfPicture, knockPictureSchema } from './knock-picture.ts'
import { limits } from './limits.ts'
import { smallJpeg } from './testing/small-jpeg.ts'

const passes = (text: unknown): boolean => v.is(knockPictureSchema, text)
const bytes = Buffer.from(smallJpeg, 'base64')
const text = (content: Uint8Array | string): string => Buffer.from(content).toString('base64')

/** The small picture, claiming other sides. */
function claiming(widthPx: number, heightPx: number): string {
  const changed = Buffer.from(bytes)
  const frame = changed.indexOf(Buffer.from([0xff, 0xc0]))
  changed.writeUInt16BE(heightPx, frame + 5)
  changed.writeUInt16BE(widthPx, frame + 7)
  return text(changed)
}

const padded = (size: number): string => text(Buffer.concat([bytes, Buffer.alloc(size - bytes.length)]))

describe('KN8 a picture at the door', () => {
  it('is a small JPEG, and its address holds nothing but it', () => {
    expect(passes(smallJpeg)).toBe(true)
    expect(addressOfPicture(smallJpeg)).toBe(`data:image/jpeg;base64,${smallJpeg}`)
  })

  it('may be so large, and not a pixel or a byte more', () => {
    const side = limits.knockPictureSidePx
    expect(passes(claiming(side, side))).toBe(true)
    const most = (limits.knockPictureMaxLength / 4) * 3
    expect(passes(padded(most))).toBe(true)
    expect(passes(padded(most + 1))).toBe(false)
  })

  it.each([
    ['a width of 97', claiming(97, 1)],
    ['a height of 65,535', claiming(1, 65_535)],
    ['no width', claiming(0, 8)],
    ['a height that is told later', claiming(8, 0)],
    ['nothing', ''],
    ['SVG', text('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')],
    ['HTML', text('<script>alert(1)</script>')],
    ['GIF', text('GIF89a\u0001\0\u0001\0')],
    ['PNG', text(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]))],
    ['WebP', text('RIFF\0\0\0\0WEBPVP8 ')],
    ['a JPEG that ends before its size', text(bytes.subarray(0, 30))],
    [
      'a segment of length 0, over and over',
      text(Buffer.from('ffd8ffe00000ffe00000ffe00000ffe00000', 'hex')),
    ],
    ['a data URL', `data:image/jpeg;base64,${smallJpeg}`],
    ['base64url', smallJpeg.replaceAll('/', '_')],
    ['a line break', `${smallJpeg.slice(0, 76)}\n${smallJpeg.slice(76)}`],
    ['a quote', `${smallJpeg}"`],
    ['a number', 7],
    ['an object', { picture: smallJpeg }],
  ])('is not %s', (_what, picture) => expect(passes(picture)).toBe(false))

  it('reads base64 as everyone does: what it takes for small is small', () => {
    const segment = fc.uint8Array({ maxLength: 40 }).map((content) => {
      const head = Buffer.from([0xff, 0xe1, 0, 0])
      head.writeUInt16BE(content.length + 2, 2)
      return Buffer.concat([head, content])
    })
    const side = fc.integer({ min: 1, max: 200 })
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 6 }), side, side, (segments, widthPx, heightPx) => {
        const picture = Buffer.from(claiming(widthPx, heightPx), 'base64')
        const whole = Buffer.concat([picture.subarray(0, 2), ...segments, picture.subarray(2)])
        expect(passes(text(whole))).toBe(Math.max(widthPx, heightPx) <= limits.knockPictureSidePx)
      }),
    )
  })

  it('answers any text with a verdict, never with a throw', () => {
    fc.assert(
      fc.property(fc.oneof(fc.base64String(), fc.string({ unit: 'binary' })), (any) => {
        expect(passes(any)).toBe(false)
      }),
    )
  })
})
