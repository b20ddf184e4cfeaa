import { limits } from '@video-room/shared/limits.ts'
import { expect, it } from 'vitest'
import { Rejections } from './rejections.ts'

it('counts every rejection and tells of them at most once in a while', () => {
  const told: unknown[] = []
  const rejections = new Rejections((counts) => told.push(counts))
  rejections.count('malformed', 0)
  for (let n = 0; n < 100; n += 1) rejections.count('malformed', 1)
  rejections.count('not_allowed', limits.rejectionLogMs - 1)
  expect(told).toEqual([{ malformed: 1 }])
  rejections.count('malformed', limits.rejectionLogMs)
  expect(told).toEqual([{ malformed: 1 }, { malformed: 101, not_allowed: 1 }])
})
