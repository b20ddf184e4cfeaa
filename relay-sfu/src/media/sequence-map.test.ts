import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { SequenceMap } from './sequence-map.ts'

const mapFrom = (source: number, outgoing: number): SequenceMap => {
  const map = new SequenceMap()
  map.start(source, outgoing)
  return map
}

describe('sequence map', () => {
  test('shifts a source to where the slot stands', () => {
    const map = mapFrom(500, 70_000)
    expect([500, 501, 503, 502].map((n) => map.map(n))).toEqual([70_000, 70_001, 70_003, 70_002])
  })

  test('packets from before the start have no number', () => {
    expect(mapFrom(500, 70_000).map(499)).toBe(-1)
  })

  test('a dropped packet leaves no gap, and late packets around it keep their places', () => {
    const map = mapFrom(500, 1_000)
    map.map(500)
    expect(map.drop(502)).toBe(true)
    expect(map.map(503)).toBe(1_002)
    expect(map.map(501)).toBe(1_001)
    expect(map.map(502)).toBe(-1)
  })

  test('a packet that comes to be dropped after later ones were mapped must be filled', () => {
    const map = mapFrom(500, 1_000)
    map.map(502)
    expect(map.drop(501)).toBe(false)
    expect(map.map(501)).toBe(1_001)
  })

  test('many probes in a row are dropped, oldest forgotten first', () => {
    const map = mapFrom(500, 1_000)
    map.map(500)
    for (let n = 0; n < 60; n += 1) {
      for (const probe of [1, 2, 3]) expect(map.drop(500 + n * 4 + probe)).toBe(true)
      expect(map.map(504 + n * 4)).toBe(1_001 + n)
    }
  })

  test('T1: without loss the outgoing numbers have neither gap nor duplicate, and lead back to their packets', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 60 }), fc.nat(100_000), (keep, outgoing) => {
        const map = mapFrom(65_530, outgoing)
        const sent: number[] = []
        for (const [at, kept] of keep.entries()) {
          if (kept) sent.push(map.map(65_530 + at))
          else expect(map.drop(65_530 + at)).toBe(true)
        }
        expect(sent).toEqual(sent.map((_, at) => outgoing + at))
        const kept = keep.flatMap((isKept, at) => (isKept ? [65_530 + at] : []))
        expect(sent.map((number) => map.reverse(number))).toEqual(kept)
      }),
    )
  })

  test('T1: in any order every packet gets one number of its own', () => {
    const arrivals = fc.shuffledSubarray(Array.from({ length: 40 }, (_, at) => at))
    fc.assert(
      fc.property(arrivals, fc.uniqueArray(fc.nat(39)), (order, probes) => {
        const map = mapFrom(0, 500)
        const numbers = new Map<number, number>()
        for (const source of order) {
          if (probes.includes(source) && map.drop(source)) continue
          const outgoing = map.map(source)
          expect(outgoing).toBeGreaterThanOrEqual(500)
          expect([...numbers.values()]).not.toContain(outgoing)
          numbers.set(source, outgoing)
        }
        const bySource = [...numbers].toSorted(([a], [b]) => a - b).map(([, outgoing]) => outgoing)
        expect(bySource).toEqual(bySource.toSorted((a, b) => a - b))
        for (const [source, outgoing] of numbers) expect(map.reverse(outgoing)).toBe(source)
      }),
    )
  })
})
