import { expect, test } from 'vitest'
import type { Join } from './contestant.ts'
import { joinReport } from './join-report.ts'
import { percentile, summarise } from './statistics.ts'

const join = (firstFrameMs: number, messages: number): Join => ({
  firstFrameMs,
  joinerMessages: messages,
  waiterMessages: messages - 1,
  marks: { described: firstFrameMs / 2 },
})

test('a percentile is a value of the sample, by nearest rank', () => {
  expect(percentile([5, 1, 4, 2, 3], 0.5)).toBe(3)
  expect(percentile([5, 1, 4, 2, 3], 0.95)).toBe(5)
  expect(percentile([], 0.5)).toBeNaN()
  expect(summarise([10, 20])).toEqual({ count: 2, p50: 10, p95: 20, min: 10, max: 20 })
})

test('a report says of every target whether it was met, with the figure', () => {
  const slow = joinReport([
    { name: 'ours', joins: [join(500, 11), join(510, 9)] },
    { name: 'floor', joins: [join(200, 12)] },
  ])
  expect(slow.text.match(/MISSED/g)).toHaveLength(3)
  const quick = joinReport([
    { name: 'ours', joins: [join(190, 10)] },
    { name: 'floor', joins: [join(200, 12)] },
  ])
  expect(quick.text).not.toContain('MISSED')
  expect(quick.text).toContain('190 against 200 ms')
})
