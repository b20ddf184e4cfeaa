import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { PacketHistory } from './packet-history.ts'

const payload = (fill: number, length: number): Uint8Array => new Uint8Array(length).fill(fill)

const found = (history: PacketHistory): Uint8Array =>
  history.bytes.slice(history.offset, history.offset + history.length)

describe('packet history', () => {
  test('T2: a packet is found again with all that a slot needs to rebuild it', () => {
    const history = new PacketHistory()
    history.store(70_000, 4_000_000_000, true, payload(7, 90), 0)
    history.store(70_001, 5, false, payload(8, 0), 0)
    expect(history.find(70_000)).toBe(true)
    expect(found(history)).toEqual(payload(7, 90))
    expect([history.timestamp, history.marker]).toEqual([4_000_000_000, true])
    expect(history.find(70_001)).toBe(true)
    expect([history.length, history.marker]).toEqual([0, false])
    expect(history.find(70_002)).toBe(false)
    expect(history.find(70_000 - 512)).toBe(false)
  })

  test('memory grows until a second of the layer is kept, and stays then', () => {
    const history = new PacketHistory()
    // 1.7 Mbit/s in packets of 1,100 bytes: 193 a second.
    const store = (from: number, to: number): void => {
      for (let at = from; at < to; at += 1) history.store(at, at, false, payload(at & 0xff, 1_100), at * 5.18)
    }
    store(0, 2_000)
    const size = history.bytes.length
    expect(size).toBe(256 * 1024)
    expect(history.find(1_999 - 193)).toBe(true)
    store(2_000, 10_000)
    expect(history.bytes.length).toBe(size)
  })

  test('a quiet layer takes little', () => {
    const history = new PacketHistory()
    for (let at = 0; at < 5_000; at += 1) history.store(at, at, false, payload(1, 80), at * 20)
    expect(history.bytes.length).toBe(16 * 1024)
    expect(history.find(4_900)).toBe(true)
  })

  test('what was written over before the ring grew is not found after', () => {
    const history = new PacketHistory()
    // Slow enough to go round once, then fast enough to grow.
    for (let at = 0; at < 20; at += 1) history.store(at, at, false, payload(at, 1_000), at * 100)
    for (let at = 20; at < 60; at += 1) history.store(at, at, false, payload(at, 1_000), 2_000)
    expect(history.bytes.length).toBeGreaterThan(16 * 1024)
    for (let at = 0; at < 60; at += 1) {
      if (history.find(at)) expect(found(history).every((byte) => byte === at)).toBe(true)
    }
    expect(history.find(59)).toBe(true)
  })

  test('what is found is never mixed with what came later', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ length: fc.nat(1_400), skip: fc.nat(3) }), { minLength: 100, maxLength: 300 }),
        fc.nat(20),
        (packets, paceMs) => {
          const history = new PacketHistory()
          const stored = new Map<number, Uint8Array>()
          let sequence = 0xff_ff_ff_f0
          for (const [at, { length, skip }] of packets.entries()) {
            sequence += 1 + skip
            stored.set(sequence, payload(at & 0xff, length))
            history.store(sequence, at, false, payload(at & 0xff, length), at * paceMs)
            expect(history.find(sequence)).toBe(true)
          }
          for (const [number, bytes] of stored) {
            if (!history.find(number)) continue
            const isSame =
              history.length === bytes.length && found(history).every((byte) => byte === bytes[0])
            expect(isSame).toBe(true)
          }
        },
      ),
      { numRuns: 20 },
    )
  })

  test('the first key frame is kept whole, whenever it comes', () => {
    const history = new PacketHistory()
    for (let sequence = 0; sequence < 60; sequence += 1) {
      history.store(sequence, 0, false, payload(sequence, 1_000), 50_000 + sequence)
    }
    for (let sequence = 0; sequence < 60; sequence += 1) {
      expect(history.find(sequence)).toBe(true)
      expect(found(history)).toEqual(payload(sequence, 1_000))
    }
  })
})
