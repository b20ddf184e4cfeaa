import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  extendSequence,
  extendTimestamp,
  firstExtended,
  sequenceDistance,
  sequenceNumberOf,
  timestampDistance,
  timestampOf,
} from './sequence.ts'

describe('sequence numbers', () => {
  it('RFC 3550 A.1: the distance is the shorter way round', () => {
    expect(sequenceDistance(65_535, 0)).toBe(1)
    expect(sequenceDistance(0, 65_535)).toBe(-1)
    expect(sequenceDistance(10, 10)).toBe(0)
    expect(sequenceDistance(0, 32_767)).toBe(32_767)
    expect(sequenceDistance(0, 32_768)).toBe(-32_768)
  })

  it('widening follows a walk of any steps below half a cycle, both ways', () => {
    const steps = fc.array(fc.integer({ min: -32_767, max: 32_767 }), { maxLength: 50 })
    fc.assert(
      fc.property(fc.integer({ min: 2 ** 31, max: 2 ** 45 }), steps, (start, walk) => {
        let extended = start
        let expected = start
        for (const step of walk) {
          expected += step
          extended = extendSequence(extended, sequenceNumberOf(expected))
        }
        expect(extended).toBe(expected)
      }),
    )
  })

  it('packets before the first one are not negative', () => {
    expect(extendSequence(firstExtended(0), 65_535)).toBe(65_535)
    expect(sequenceNumberOf(firstExtended(0))).toBe(0)
  })
})

describe('timestamps', () => {
  it('the distance is the shorter way round', () => {
    expect(timestampDistance(0xffffffff, 0)).toBe(1)
    expect(timestampDistance(0, 0xffffffff)).toBe(-1)
  })

  it('widening follows a walk of any steps below half a cycle', () => {
    const steps = fc.array(fc.integer({ min: -(2 ** 31) + 1, max: 2 ** 31 - 1 }), { maxLength: 50 })
    fc.assert(
      fc.property(fc.integer({ min: 2 ** 40, max: 2 ** 45 }), steps, (start, walk) => {
        let extended = start
        let expected = start
        for (const step of walk) {
          expected += step
          extended = extendTimestamp(extended, timestampOf(expected))
        }
        expect(extended).toBe(expected)
      }),
    )
  })
})
