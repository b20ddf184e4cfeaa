import { expect, test } from 'vitest'
import { soundGaps } from './silences.ts'
import type { Level } from './sound-meter.ts'

/** A level every 2 ms. */
const row = (...parts: readonly (readonly [number, number])[]): readonly Level[] =>
  parts
    .flatMap(([count, level]) => Array.from({ length: count }, () => level))
    .map((level, at) => ({ atMs: at * 2, level }))

test('silence is what is below a quarter of the usual level, and the longest counts', () => {
  const levels = row([100, 0.2], [5, 0.01], [50, 0.15], [10, 0], [100, 0.2])
  expect(soundGaps(levels)).toMatchObject({ longestSilenceMs: 20, longestDoublingMs: 0, usualLevel: 0.2 })
})

test('a voice heard twice is louder by half: told within 8 levels', () => {
  const { longestDoublingMs, longestSilenceMs } = soundGaps(
    row([200, 0.2], [40, 0.2 * Math.SQRT2], [200, 0.2]),
  )
  expect(longestDoublingMs).toBeGreaterThan(70)
  expect(longestDoublingMs).toBeLessThan(90)
  expect(longestSilenceMs).toBe(0)
})

test('one loud level alone is no second voice', () => {
  expect(soundGaps(row([200, 0.2], [1, 0.35], [200, 0.2])).longestDoublingMs).toBe(0)
})

test('nothing heard is no silence of nothing', () => {
  expect(soundGaps(row([100, 0])).longestSilenceMs).toBeNaN()
  expect(soundGaps([]).longestSilenceMs).toBeNaN()
})

test('a silence at the end lasts as long as was listened', () => {
  expect(soundGaps(row([100, 0.2], [50, 0])).longestSilenceMs).toBe(98)
})
