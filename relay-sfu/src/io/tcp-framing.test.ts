import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrameReader, writeFrame } from './tcp-framing.ts'

const packets = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 12 })

function readAll(
  reader: FrameReader,
  chunks: readonly Uint8Array[],
): { frames: Uint8Array[]; isGood: boolean } {
  const frames: Uint8Array[] = []
  const isGood = chunks.every((chunk) => reader.push(chunk, (packet) => frames.push(packet.slice())))
  return { frames, isGood }
}

describe('packets in a TCP stream (RFC 4571)', () => {
  it('come out as they went in, however the stream was cut', () => {
    fc.assert(
      fc.property(packets, fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (sent, cuts) => {
        const stream = Buffer.concat(sent.map((packet) => writeFrame(packet, packet.length)))
        const chunks: Uint8Array[] = []
        for (let at = 0, cut = 0; at < stream.length; cut += 1) {
          const size = cuts[cut % cuts.length]!
          chunks.push(stream.subarray(at, at + size))
          at += size
        }
        const { frames, isGood } = readAll(new FrameReader(40), chunks)
        expect(isGood).toBe(true)
        expect(frames.map((frame) => [...frame])).toEqual(sent.map((packet) => [...packet]))
      }),
    )
  })

  it.each([
    [[0, 41, 1]],
    [[0], [41]],
    [
      [0, 1, 7, 0],
      [41, 1, 2],
    ],
  ])('a frame that is too long ends the reading (%j)', (...chunks) => {
    const reader = new FrameReader(40)
    const bytes = chunks.map((chunk) => Uint8Array.from(chunk))
    const { isGood } = readAll(reader, [...bytes, Uint8Array.of(1)])
    expect(isGood).toBe(false)
    expect(reader.push(Uint8Array.of(0, 1, 5), () => expect.fail('read on'))).toBe(false)
  })

  it('takes any bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 100 })), (chunks) => {
        readAll(new FrameReader(40), chunks)
      }),
    )
  })
})
