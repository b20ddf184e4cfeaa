import * as v from 'valibot'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { occupantIdSchema, relayIdSchema, type RelayId } from './ids.ts'
import type { Route, RouteRelay } from './route.ts'
import { homeOf, neighboursOf, originAt, pathBetween, relaysFrom } from './route-tree.ts'

const relayId = (name: string): RelayId => v.parse(relayIdSchema, `r_${name.padEnd(16, '0')}`)
const [a, b, c, d, e] = ['a', 'b', 'c', 'd', 'e'].map(relayId) as [
  RelayId,
  RelayId,
  RelayId,
  RelayId,
  RelayId,
]
const ada = v.parse(occupantIdSchema, `o_${'ada'.padEnd(16, '0')}`)
const bo = v.parse(occupantIdSchema, `o_${'bo'.padEnd(16, '0')}`)

const relay = (id: RelayId, parentId?: RelayId): RouteRelay => ({
  relayId: id,
  region: '',
  ...(parentId && { parentId }),
})
const routeOf = (relays: RouteRelay[], homes?: Record<string, RelayId>): Route => ({
  kind: 'relayed',
  epoch: 1,
  relays,
  ...(homes && { homes }),
})
const line = [relay(a), relay(b, a), relay(c, b)]

test('CH1 whoever is not named is at home at the first relay', () => {
  const route = routeOf(line, { [bo]: c })
  expect([homeOf(route, ada), homeOf(route, bo)]).toEqual([a, c])
  expect(homeOf(routeOf(line, { [bo]: d }), bo)).toBe(a)
  expect(homeOf({ kind: 'mesh', epoch: 1 }, bo)).toBeNull()
})

test('CH1 a route is read from where somebody is', () => {
  const ids = (route: Route, of = bo): readonly RelayId[] =>
    relaysFrom(route, of).map(({ relayId: id }) => id)
  expect(ids(routeOf(line, { [bo]: c }))).toEqual([c, b, a])
  expect(ids(routeOf(line, { [bo]: c }), ada)).toEqual([a, b, c])
  expect(ids(routeOf([relay(a), relay(b, a), relay(c, a)], { [bo]: c }))).toEqual([c, a, b])
  expect(ids({ kind: 'mesh', epoch: 1 })).toEqual([])
})

test('CH2 in a line, media comes over each trunk once, and says how many', () => {
  const route = routeOf(line, { [bo]: c })
  expect([a, b, c].map((id) => originAt(route, id, ada))).toEqual([
    { from: null, hops: 0 },
    { from: a, hops: 1 },
    { from: b, hops: 2 },
  ])
  expect(originAt(route, a, bo)).toEqual({ from: b, hops: 2 })
  expect(originAt(route, d, bo)).toBeNull()
})

test('R4 a ring gives everyone one way', () => {
  const ring = routeOf([relay(a, c), relay(b, a), relay(c, b)])
  expect(neighboursOf(ring, a)).toEqual([b, c])
  expect([b, c].map((id) => originAt(ring, id, ada))).toEqual([
    { from: a, hops: 1 },
    { from: a, hops: 1 },
  ])
})

test('CH4 nothing goes further than three trunks', () => {
  const long = routeOf([relay(a), relay(b, a), relay(c, b), relay(d, c), relay(e, d)])
  expect(pathBetween(long, a, d)).toEqual([a, b, c, d])
  expect(pathBetween(long, a, e)).toBeNull()
})

test('R5 in any graph nobody is sent what came from there: each relay has one origin, one hop nearer home', () => {
  const ids = [a, b, c, d]
  const graph = fc.tuple(...ids.map(() => fc.option(fc.constantFrom(...ids), { nil: undefined })))
  fc.assert(
    fc.property(graph, fc.constantFrom(...ids), (parents, home) => {
      const route = routeOf(
        ids.map((id, at) => relay(id, parents[at])),
        { [ada]: home },
      )
      for (const id of ids) {
        const origin = originAt(route, id, ada)
        if (origin === null) continue
        if (origin.from === null) expect(id).toBe(home)
        else {
          expect(originAt(route, origin.from, ada)?.hops).toBe(origin.hops - 1)
          expect(neighboursOf(route, id)).toContain(origin.from)
        }
      }
    }),
  )
})
