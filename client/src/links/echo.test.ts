import { describe, expect, test } from 'vitest'
import { Echo } from './echo.ts'

describe('signs of life that are repeated', () => {
  test('LK7 FX1 the quickest of the last answers is how long the way takes', () => {
    const echo = new Echo()
    expect(echo.rttMs).toBeNull()
    for (const [at, tookMs] of [20, 90, 45, 60, 70, 80].entries()) {
      echo.hear(echo.say(at * 1_000), at * 1_000 + tookMs)
    }
    // The first is forgotten.
    expect(echo.rttMs).toBe(45)
  })

  test('LK7 an answer that comes twice, late or unasked says nothing', () => {
    const echo = new Echo()
    echo.hear(0, 5)
    const first = echo.say(1_000)
    const second = echo.say(2_000)
    echo.hear(first, 2_001)
    expect(echo.rttMs).toBeNull()
    echo.hear(second, 2_030)
    echo.hear(second, 2_031)
    echo.hear(second, 1_000)
    expect(echo.rttMs).toBe(30)
  })

  test('LK7 numbers go round', () => {
    const echo = new Echo()
    const counts = Array.from({ length: 1_000_001 }, () => echo.say(0))
    expect([counts[0], counts.at(-2), counts.at(-1)]).toEqual([1, 0, 1])
    expect(Math.max(...counts.slice(-5))).toBeLessThan(1_000_000)
  })
})
