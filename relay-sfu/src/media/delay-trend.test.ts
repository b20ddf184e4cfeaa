import { describe, expect, test } from 'vitest'
import { DelayTrend, trends, type Trend } from './delay-trend.ts'
import { seededRandom } from './testing/random.ts'

/** A packet every 10 ms, as late as `delayMs` says. Answers what was thought at the end of each window. */
function watched(forMs: number, delayMs: (sentMs: number) => number): Trend[] {
  const trend = new DelayTrend()
  const seen: Trend[] = []
  for (let sentMs = 0; sentMs < forMs; sentMs += 10) {
    if (trend.add(sentMs, sentMs + 1_000_000 + delayMs(sentMs))) seen.push(trend.trend)
  }
  return seen
}

const after = (ms: number, perSecondMs: number) => (sentMs: number) =>
  (Math.max(0, sentMs - ms) * perSecondMs) / 1_000

describe('the trend of delays', () => {
  test('a way that stays as it is is calm, however much packets differ, whatever the clocks say', () => {
    const random = seededRandom(1)
    const jitter = watched(60_000, () => 20 * random())
    expect(new Set(jitter)).toEqual(new Set([trends.calm]))
    // A hundred parts in a million.
    expect(new Set(watched(60_000, (sentMs) => sentMs / 10_000))).toEqual(new Set([trends.calm]))
    expect(new Set(watched(60_000, (sentMs) => -sentMs / 10_000))).toEqual(new Set([trends.calm]))
  })

  test.each([50, 200, 1_000])('a queue that grows by %i ms each second is seen within one', (perSecondMs) => {
    const seen = watched(4_000, after(2_000, perSecondMs))
    const first = seen.indexOf(trends.overuse)
    expect(first).toBeGreaterThan(17)
    expect(first).toBeLessThan(30)
  })

  test('a queue that drains is no overuse', () => {
    const seen = watched(4_000, (sentMs) => 400 - after(2_000, 200)(sentMs))
    expect(seen).toContain(trends.settling)
    expect(seen).not.toContain(trends.overuse)
  })

  test('a frame that stands in the queue for a while is none either', () => {
    // Twice a second something comes that takes 90 ms to pass.
    const seen = watched(20_000, (sentMs) => Math.max(0, 90 - (sentMs % 500)))
    expect(seen).not.toContain(trends.overuse)
  })

  test('a way that becomes a little longer is still calm in the end, one much longer is told once', () => {
    expect(watched(6_000, (sentMs) => (sentMs < 2_000 ? 0 : 20))).not.toContain(trends.overuse)
    const seen = watched(10_000, (sentMs) => (sentMs < 2_000 ? 0 : 80))
    expect(seen.filter((trend) => trend === trends.overuse)).toHaveLength(1)
    expect(seen.at(-1)).toBe(trends.calm)
  })

  test('a queue that stands is told again while less makes it shorter', () => {
    // A full one from the third second on, which drains slowly after half of one.
    const seen = watched(9_000, (sentMs) => (sentMs < 2_000 ? 0 : 500 - after(2_500, 40)(sentMs)))
    expect(seen.filter((trend) => trend === trends.overuse).length).toBeGreaterThan(2)
  })

  test('another clock is no queue', () => {
    const seen = watched(6_000, (sentMs) => (sentMs < 3_000 ? 0 : 1_000_000))
    expect(new Set(seen)).toEqual(new Set([trends.calm]))
  })
})
