import { occupantIdSchema, relayIdSchema, type OccupantId, type RelayId } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import type { Route } from '@video-room/shared/route.ts'
import { pathBetween } from '@video-room/shared/route-tree.ts'
import fc from 'fast-check'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { treeOfRoute } from './chain-tree.ts'
import {
  homeIn,
  hopsOf,
  isSameShape,
  joinedAround,
  parentIn,
  trunksBetween,
  withoutIdleRelays,
  type RelayTree,
} from './tree-shape.ts'

const relayAt = (at: number): RelayId => v.parse(relayIdSchema, `r_${String(at).padEnd(16, 'x')}`)
const occupantAt = (at: number): OccupantId => v.parse(occupantIdSchema, `o_${String(at).padEnd(16, 'x')}`)

const ids = [0, 1, 2, 3].map(relayAt)
const people = [0, 1, 2, 3, 4].map(occupantAt)

/** Any tree of up to four relays, each joined to one that stands before it, and anybody at home anywhere. */
const trees: fc.Arbitrary<RelayTree> = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.array(fc.nat(), { minLength: 8, maxLength: 8 }))
  .map(([size, chances]) => {
    const relays = ids.slice(0, size)
    const parents: Record<RelayId, RelayId> = {}
    for (const [at, id] of relays.entries()) {
      const parent = relays[(chances[at] ?? 0) % Math.max(1, at)]
      if (at > 0 && parent !== undefined && parent !== relays[0]) parents[id] = parent
    }
    const homes: Record<OccupantId, RelayId> = {}
    for (const [at, id] of people.entries()) {
      const home = relays[(chances[3 + at] ?? 0) % size]
      if (home !== undefined && home !== relays[0]) homes[id] = home
    }
    return { relays, parents, homes }
  })

const routeOf = (tree: RelayTree): Route => ({
  kind: 'relayed',
  epoch: 1,
  homes: tree.homes,
  relays: tree.relays.map((relayId) => {
    const parentId = parentIn(tree, relayId)
    return { relayId, region: '', ...(parentId === undefined ? {} : { parentId }) }
  }),
})

test('CH2 the trunks between two relays are those that media takes by the route', () => {
  fc.assert(
    fc.property(trees, (tree) => {
      const route = routeOf(tree)
      expect(treeOfRoute(route)).toEqual(tree)
      for (const from of tree.relays) {
        for (const to of tree.relays) {
          const path = pathBetween(route, from, to) ?? []
          expect(path.at(-1)).toBe(to)
          const nameOf = (a: string, b: string): string => (a < b ? `${a} ${b}` : `${b} ${a}`)
          const steps = path.slice(1).map((id, at) => nameOf(path[at] ?? '', id))
          const trunks = trunksBetween(tree, from, to).map(([child, parent]) => nameOf(child, parent))
          expect(trunks.toSorted()).toEqual(steps.toSorted())
        }
      }
    }),
  )
})

test('CH6 around any relay, and without any others, everyone who is left is joined, by the trunks that are left', () => {
  fc.assert(
    fc.property(trees, fc.nat(), fc.nat(), (tree, rootAt, goneAt) => {
      const gone = tree.relays[goneAt % tree.relays.length]
      const left = tree.relays.filter((id) => id !== gone)
      const root = left[rootAt % Math.max(1, left.length)]
      if (root === undefined) return
      const joined = joinedAround(tree, root, left)
      expect(joined.relays[0]).toBe(root)
      expect(joined.relays.toSorted()).toEqual(left.toSorted())
      const isTrunk = (shape: typeof joined, a: RelayId, b: RelayId): boolean =>
        parentIn(shape, a) === b || parentIn(shape, b) === a
      for (const a of left) {
        expect(a === root || trunksBetween(joined, a, root).length > 0).toBe(true)
        for (const b of left) if (isTrunk(tree, a, b)) expect(isTrunk(joined, a, b)).toBe(true)
      }
    }),
  )
})

test('CH4 no tree of four relays has a way of more than three trunks', () => {
  fc.assert(
    fc.property(trees, (tree) => {
      expect(hopsOf(tree)).toBeLessThanOrEqual(limits.routeHopsMax)
    }),
  )
})

test('R8 nobody is moved, no relay is left that does nothing, and what is left is not touched again', () => {
  fc.assert(
    fc.property(trees, fc.subarray(people), (tree, members) => {
      const left = withoutIdleRelays(tree, members)
      for (const id of members) expect(homeIn(left, id)).toBe(homeIn(tree, id))
      for (const relayId of left.relays) {
        const isHome = members.some((id) => homeIn(left, id) === relayId)
        const joins = left.relays.filter(
          (other) => parentIn(left, other) === relayId || parentIn(left, relayId) === other,
        )
        expect(isHome || joins.length > 1 || left.relays.length === 1).toBe(true)
      }
      const again = withoutIdleRelays(left, members)
      expect(isSameShape(again, left)).toBe(true)
      expect(again.homes).toEqual(left.homes)
    }),
  )
})
