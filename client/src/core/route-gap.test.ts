import { limits } from '@video-room/shared/limits.ts'
import { expect, test } from 'vitest'
import type { RouteGap } from './view.ts'
import { host, linkTo, occupant, relay, relayedBy, self, Walk } from './testing/session-walk.ts'

const relayed = { ...relayedBy(relay), epoch: 2 }
const gap: RouteGap = { epoch: 2, gapMs: 84.4, steadyMs: 41 }

const moved = (): Walk => {
  const walk = new Walk().enter(occupant(self), occupant(host)).start(linkTo(host)).connected(host)
  return walk.migrate(relayed).commit(relayed)
}
const measure = (walk: Walk, more: Partial<RouteGap> = {}): Walk =>
  walk.take({ type: 'gap-measured', gap: { ...gap, ...more } })
const said = (walk: Walk): readonly unknown[] => walk.sent.filter(({ type }) => type === 'route-gap')
const news = (walk: Walk): readonly unknown[] => walk.announced.filter(({ type }) => type === 'route-gap')

test('FX3 is told to room and page, in whole milliseconds, once for each route', () => {
  const walk = measure(moved())
  const told = { type: 'route-gap', epoch: 2, gapMs: 84, steadyMs: 41 }
  expect([said(walk), news(walk)]).toEqual([[told], [told]])
  measure(walk, { gapMs: 90 })
  expect([said(walk), news(walk)]).toEqual([[], []])
})

test('FX3 is said of no other route than the present one, and of none after the end', () => {
  for (const epoch of [1, 3]) expect(said(measure(moved(), { epoch }))).toEqual([])
  const left = moved().take({ type: 'leave' })
  expect([said(measure(left)), news(left)]).toEqual([[], []])
})

test.each([
  [90_000, limits.gapMaxMs],
  [-1, 0],
  [Number.NaN, limits.gapMaxMs],
  [Number.POSITIVE_INFINITY, limits.gapMaxMs],
])('FX3 what no wire would carry is brought within bounds: %s', (gapMs, told) => {
  expect(said(measure(moved(), { gapMs, steadyMs: null }))).toEqual([
    { type: 'route-gap', epoch: 2, gapMs: told, steadyMs: null },
  ])
})

test('FX3 a room that is out of reach hears nothing, then or later; the page does', () => {
  const walk = moved().lose()
  measure(walk)
  expect([said(walk), news(walk)]).toEqual([[], [{ type: 'route-gap', epoch: 2, gapMs: 84, steadyMs: 41 }]])
})
