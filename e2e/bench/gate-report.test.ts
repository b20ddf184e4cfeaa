import { expect, test } from 'vitest'
import { eachAtOnce } from './gate-contestants.ts'
import { gateReport } from './gate-report.ts'

const entry = {
  name: 'rooms',
  single: 'join',
  bulk: 'room',
  sample: { latenciesMs: [3, 1, 2], perSecond: [100, 300, 200] },
}

test('a report shows each contestant and whether the bound on connections holds', () => {
  const report = gateReport({ entries: [entry], redis: { rooms: 1_000, connections: 5, connectionsMax: 5 } })
  expect(report.data.rows[0]).toMatchObject({ p50Ms: 2, p99Ms: 3, perSecond: 200, count: 3 })
  expect(report.text).toContain('Redis connections of 1000 rooms: 5, at most 5: met')
  const many = gateReport({ entries: [], redis: { rooms: 1_000, connections: 6, connectionsMax: 5 } })
  expect(many.text).toContain('MISSED')
})

test('so many at once and no more, each once', async () => {
  const seen: number[] = []
  let underWay = 0
  let most = 0
  await eachAtOnce(20, 4, async (index) => {
    underWay += 1
    most = Math.max(most, underWay)
    await Promise.resolve()
    seen.push(index)
    underWay -= 1
  })
  expect(most).toBe(4)
  expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index))
})
