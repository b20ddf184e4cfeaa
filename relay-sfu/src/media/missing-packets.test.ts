import { describe, expect, test } from 'vitest'
import { MissingPackets } from './missing-packets.ts'

const rttMs = 100

describe('missing packets', () => {
  test('a gap is asked for once it cannot be mere reordering, then once a round trip', () => {
    const missing = new MissingPackets()
    missing.addBetween(10, 13, 0)
    expect(missing.nextMs).toBe(8)
    missing.collect(4, rttMs)
    expect(missing.asked).toEqual([])
    missing.collect(8, rttMs)
    expect(missing.asked).toEqual([11, 12])
    missing.collect(100, rttMs)
    expect(missing.asked).toEqual([])
    expect(missing.nextMs).toBe(8 + 125)
    missing.collect(133, rttMs)
    expect(missing.asked).toEqual([11, 12])
  })

  test('what came is not asked for again, and the answer to a single request measures the way', () => {
    const missing = new MissingPackets()
    missing.addBetween(10, 13, 0)
    expect(missing.remove(11, 5)).toBe(-1)
    missing.collect(8, rttMs)
    expect(missing.asked).toEqual([12])
    expect(missing.remove(12, 70)).toBe(62)
    expect(missing.remove(12, 71)).toBe(-1)
    expect(missing.nextMs).toBe(Infinity)
  })

  test('after a second hope is given up', () => {
    const missing = new MissingPackets()
    missing.addBetween(10, 12, 0)
    let requests = 0
    let givenUp = 0
    for (let nowMs = 0; nowMs <= 1_100; nowMs += 5) {
      givenUp += missing.collect(nowMs, rttMs)
      requests += missing.asked.length
    }
    expect(requests).toBe(8)
    expect(givenUp).toBe(1)
    expect(missing.count).toBe(0)
  })

  test('on a short way ten requests are enough', () => {
    const missing = new MissingPackets()
    missing.addBetween(10, 12, 0)
    let requests = 0
    let givenUpMs = 0
    for (let nowMs = 0; nowMs <= 1_100; nowMs += 1) {
      if (missing.collect(nowMs, 1) > 0) givenUpMs = nowMs
      requests += missing.asked.length
    }
    expect(requests).toBe(10)
    expect(givenUpMs).toBeLessThan(300)
  })

  test('an outage is not asked for packet by packet', () => {
    const missing = new MissingPackets()
    expect(missing.addBetween(0, 200, 0)).toBe(true)
    expect(missing.addBetween(200, 400, 0)).toBe(false)
    expect(missing.count).toBe(0)
  })
})
