import { describe, expect, test } from 'vitest'
import { Downlink } from './downlink.ts'
import { RateMeter } from './rate-meter.ts'
import { RoundTrip } from './round-trip.ts'

describe('downlink', () => {
  test('nothing bounds it while nothing is wrong', () => {
    const downlink = new Downlink()
    downlink.noteLoss(0.05, 1_000_000, 0)
    expect(downlink.budgetBps(0)).toBe(Infinity)
  })

  test('loss above a tenth makes it smaller than what was sent', () => {
    const downlink = new Downlink()
    downlink.noteLoss(0.2, 1_000_000, 0)
    expect(downlink.budgetBps(0)).toBe(900_000)
    downlink.noteLoss(0.2, 900_000, 1_000)
    expect(downlink.budgetBps(0)).toBe(810_000)
  })

  test('it grows again only after calm, and is free in the end', () => {
    const downlink = new Downlink()
    downlink.noteLoss(0.2, 1_000_000, 0)
    downlink.noteLoss(0, 500_000, 1_000)
    downlink.noteLoss(0, 500_000, 2_000)
    expect(downlink.budgetBps(2_000)).toBe(900_000)
    downlink.noteLoss(0, 500_000, 4_000)
    expect(downlink.budgetBps(4_000)).toBeCloseTo(972_000)
    for (let nowMs = 5_000; nowMs < 15_000; nowMs += 1_000) downlink.noteLoss(0, 500_000, nowMs)
    expect(downlink.budgetBps(15_000)).toBe(Infinity)
  })

  test('audio goes on however bad it is', () => {
    const downlink = new Downlink()
    for (let nowMs = 0; nowMs < 20_000; nowMs += 1_000) downlink.noteLoss(0.9, 150_000, nowMs)
    expect(downlink.budgetBps(20_000)).toBe(100_000)
  })

  test('an estimate of the viewer holds while it is renewed', () => {
    const downlink = new Downlink()
    downlink.noteRemb(300_000, 350_000, 0)
    expect(downlink.budgetBps(4_999)).toBe(300_000)
    expect(downlink.budgetBps(5_000)).toBe(Infinity)
  })

  test('an estimate that only follows what little is sent is no bound', () => {
    const downlink = new Downlink()
    downlink.noteRemb(235_000, 150_000, 0)
    expect(downlink.budgetBps(0)).toBe(Infinity)
  })

  test('a bound that was met is not tried again at once', () => {
    const downlink = new Downlink()
    downlink.noteRemb(850_000, 1_000_000, 0)
    const budgets = [1_000, 14_000, 15_000].map((nowMs) => {
      downlink.noteRemb(900_000, 400_000, nowMs)
      return downlink.budgetBps(nowMs)
    })
    expect(budgets).toEqual([900_000, 900_000, Infinity])
  })
})

describe('rate meter', () => {
  test('measures what flows and falls to nothing with it', () => {
    const meter = new RateMeter()
    for (let nowMs = 0; nowMs < 3_000; nowMs += 10) {
      meter.bitrateBps(nowMs)
      meter.add(1_250)
    }
    expect(meter.bitrateBps(3_000)).toBeCloseTo(1_000_000, -4)
    expect(meter.bitrateBps(3_600)).toBeLessThan(600_000)
    expect(meter.bitrateBps(4_200)).toBe(0)
  })
})

describe('round trip', () => {
  test('is assumed, then measured, then smoothed', () => {
    const trip = new RoundTrip()
    expect([trip.measuredMs, trip.assumedMs]).toEqual([null, 100])
    trip.note(40)
    trip.note(80)
    expect(trip.assumedMs).toBe(45)
  })

  test('what cannot be is not believed', () => {
    const trip = new RoundTrip()
    for (const sampleMs of [-1, Number.NaN, 5_000]) trip.note(sampleMs)
    expect(trip.measuredMs).toBe(null)
  })
})
