import { describe, expect, test } from 'vitest'
import { arrivals, ReceptionStats } from './reception-stats.ts'

const clockRateHz = 90_000
const received = (numbers: readonly number[]): ReceptionStats => {
  const stats = new ReceptionStats(clockRateHz)
  for (const number of numbers) stats.note(number & 0xff_ff, 0, 0)
  return stats
}

describe('reception statistics', () => {
  test('numbers are counted on over the wrap', () => {
    const stats = received([65_534, 65_535, 0, 1])
    expect(stats.highest).toBe(0x1_00_00 + 65_537)
    expect(stats.reportedHighest).toBe(65_537)
    expect(stats.cumulativeLost).toBe(0)
  })

  test('loss is what was expected and did not come (RFC 3550, appendix A.3)', () => {
    const stats = received([1, 2, 4])
    expect(stats.cumulativeLost).toBe(1)
    expect(stats.takeFractionLost()).toBe(64)
    expect(stats.takeFractionLost()).toBe(0)
  })

  test('a packet is new once, and too old after two thousand others', () => {
    const stats = received([10])
    expect(stats.note(10, 0, 0)).toBe(arrivals.duplicate)
    expect(stats.note(12, 0, 0)).toBe(arrivals.fresh)
    expect(stats.note(11, 0, 0)).toBe(arrivals.fresh)
    expect(stats.extendedSequence).toBe(0x1_00_00 + 11)
    stats.note(2_500, 0, 0)
    expect(stats.noteRepair(13)).toBe(arrivals.tooOld)
  })

  test('a retransmission fills its hole once and is no statistic', () => {
    const stats = received([1, 3])
    expect(stats.noteRepair(2)).toBe(arrivals.fresh)
    expect(stats.noteRepair(2)).toBe(arrivals.duplicate)
    expect(stats.receivedPackets).toBe(2)
    expect(stats.cumulativeLost).toBe(1)
  })

  test('one odd number is noise, two in a row are a source that began anew', () => {
    const stats = received([1, 2])
    expect(stats.note(30_000, 0, 0)).toBe(arrivals.strange)
    expect(stats.note(3, 0, 0)).toBe(arrivals.fresh)
    expect(stats.note(30_000, 0, 0)).toBe(arrivals.strange)
    expect(stats.note(30_001, 0, 0)).toBe(arrivals.restarted)
    expect(stats.extendedSequence & 0xff_ff).toBe(30_001)
    expect(stats.extendedSequence).toBeGreaterThan(0x1_00_00 + 2_000_000 / 2)
    expect(stats.cumulativeLost).toBe(0)
  })

  test('the first packet of another SSRC begins anew, whatever its number', () => {
    for (const number of [3, 5, 30_000]) {
      const stats = received([1, 2, 4])
      stats.beginAnew()
      expect(stats.noteRepair(3)).toBe(arrivals.tooOld)
      expect(stats.note(number, 0, 0)).toBe(arrivals.restarted)
      expect(stats.note(number + 1, 0, 0)).toBe(arrivals.fresh)
      expect(stats.cumulativeLost).toBe(0)
    }
  })

  test('jitter follows the spread of arrivals (RFC 3550, appendix A.8), over wrapping timestamps', () => {
    const stats = new ReceptionStats(clockRateHz)
    let timestamp = 0xff_ff_ff_00
    for (let at = 0; at < 100; at += 1) {
      stats.note(at, timestamp, at * 20 + (at % 2) * 4)
      timestamp = (timestamp + 1_800) >>> 0
    }
    // Every arrival is 4 ms off the one before: the estimate comes near 360 ticks.
    expect(stats.jitter).toBeGreaterThan(340)
    expect(stats.jitter).toBeLessThanOrEqual(360)
  })
})
