import { describe, expect, test } from 'vitest'
import { RepairTimes } from './repair-times.ts'

describe('repair times', () => {
  test('a packet is sent again once in most of a round trip', () => {
    const times = new RepairTimes()
    expect([0, 10, 37, 38, 70].map((nowMs) => times.mayRepeat(7, nowMs, 50))).toEqual([
      true,
      false,
      false,
      true,
      false,
    ])
    expect(times.mayRepeat(8, 0, 50)).toBe(true)
  })
})
