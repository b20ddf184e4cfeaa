import { describe, expect, test } from 'vitest'
import { PublisherClock } from './publisher-clock.ts'

describe('the publisher’s clock', () => {
  test('is read by the report that took the shortest way', () => {
    const clock = new PublisherClock()
    clock.note(1_000, 5_080)
    clock.note(2_000, 6_030)
    clock.note(3_000, 7_200)
    expect(clock.relayMs(3_000)).toBe(7_030)
  })

  test('a burst of reports, as a trunk brings, makes nobody forget the fastest one', () => {
    const clock = new PublisherClock()
    clock.note(1_000, 5_010)
    for (let at = 0; at < 200; at += 1) clock.note(2_000, 6_050)
    expect(clock.relayMs(2_000)).toBe(6_010)
  })

  test('a clock that was set back is followed once its old reports are forgotten', () => {
    const clock = new PublisherClock()
    clock.note(100_000, 100_010)
    for (let at = 0; at < 32; at += 1) clock.note(1_000 * at, 200_000 + 1_000 * at)
    expect(clock.relayMs(31_000)).toBe(231_000)
  })
})
