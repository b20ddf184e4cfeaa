import { limits } from '@video-room/shared/limits.ts'
import { expect, it } from 'vitest'
import { RequestLimit } from './request-limit.ts'

it('an address may burst, then keep to its rate', () => {
  const limit = new RequestLimit()
  for (let n = 0; n < limits.requestBurst; n += 1) expect(limit.admits('a', 0)).toBe(true)
  expect(limit.admits('a', 0)).toBe(false)
  expect(limit.admits('b', 0)).toBe(true)
  expect(limit.admits('a', 1_000 / limits.requestsPerSecond)).toBe(true)
})

it('the table of addresses is bounded, and who was seen last stays', () => {
  const limit = new RequestLimit()
  for (let n = 0; n < limits.requestBurst; n += 1) limit.admits('busy', 0)
  for (let n = 0; n < 2 * limits.requestSourcesMax; n += 1) {
    limit.admits(`address ${n}`, 0)
    if (n % 100 === 0) expect(limit.admits('busy', 0)).toBe(false)
  }
  expect(limit.size).toBe(limits.requestSourcesMax)
})
