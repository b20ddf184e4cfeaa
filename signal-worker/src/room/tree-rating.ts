/**
 * Decides: how good a tree of relays is: the longest and the worst way between two people over it, and who is best at home where (CH5).
 * Does not decide: which trees there are, and what a gain is worth (relay-tree.ts).
 * Invariants: a pure function of what was measured; a part that was not measured makes a way endless, and may lose anything.
 */
import type { OccupantId, RelayId } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import {
  homeIn,
  trunksBetween,
  withoutIdleRelays,
  type RelayTree,
  type TreeShape,
  type Trunk,
} from './tree-shape.ts'

/** One way, from a person to a relay or between two relays. */
export interface Leg {
  readonly rttMs: number
  /** Of what is sent, 0 to 1: so much is lost at least and at most, as far as it was measured. */
  readonly leastLoss: number
  readonly mostLoss: number
}

export interface TreeFacts {
  /** The ways of each to the relays they have measured. */
  readonly occupants: readonly {
    readonly occupantId: OccupantId
    readonly legs: Readonly<Record<RelayId, Leg>>
  }[]
  /** Relays that may be had. */
  readonly relays: readonly RelayId[]
  /** How busy a relay is, 0 to 1. */
  readonly load: (id: RelayId) => number
  /** The way between two relays; null: not measured. */
  readonly between: (a: RelayId, b: RelayId) => Leg | null
  readonly present: RelayTree
}

/** What two people have at worst. */
export interface RatedTree {
  readonly tree: RelayTree
  readonly ms: number
  readonly leastLoss: number
  readonly mostLoss: number
}

/** What of a way counts; what it makes of the parts of a way may be added. */
type Measure = (leg: Leg | null) => number

const byTime: Measure = (leg) => leg?.rttMs ?? Infinity
/** What passes two parts is the product of what passes each. */
const added = (loss: number): number => -Math.log(1 - loss)
const byMostLoss: Measure = (leg) => added(leg?.mostLoss ?? 1)
/** What loses as little as another way, and is much longer, is no better. */
const byMostLossAndTime: Measure = (leg) => byMostLoss(leg) + byTime(leg) / limits.chainLossWorthMs
const byLeastLoss: Measure = (leg) => added(leg?.leastLoss ?? 0)
const lossOf = (sum: number): number => 1 - Math.exp(-sum)

/** Rows and columns are relays, in the order of the shape; or rows are people. */
type Table = readonly (readonly number[])[]

interface Tables {
  readonly legs: Table
  readonly ways: Table
}

/** The trunks between any two relays of a shape. */
const roadsOf = (shape: TreeShape): readonly (readonly (readonly Trunk[])[])[] =>
  shape.relays.map((from) => shape.relays.map((to) => trunksBetween(shape, from, to)))

type Roads = ReturnType<typeof roadsOf>

function tablesOf(
  { relays }: TreeShape,
  roads: Roads,
  { occupants, between }: TreeFacts,
  measure: Measure,
): Tables {
  const over = (trunks: readonly Trunk[]): number =>
    trunks.reduce((sum, [child, parent]) => sum + measure(between(child, parent)), 0)
  return {
    legs: occupants.map(({ legs }) => relays.map((id) => measure(legs[id] ?? null))),
    ways: roads.map((row) => row.map(over)),
  }
}

/** Looked at hundreds of times for a room: no more than one pass over the people, and one over pairs of relays. */
function worstOf(homes: readonly number[], { legs, ways }: Tables): number {
  // Only the two furthest of each relay can be at an end of the worst way. −1: nobody.
  const furthest = ways.map(() => -1)
  let worst = 0
  for (const [at, home] of homes.entries()) {
    const own = legs[at]?.[home] ?? Infinity
    const first = furthest[home] ?? -1
    if (first >= 0) worst = Math.max(worst, first + own)
    furthest[home] = Math.max(first, own)
  }
  for (const [one, row] of ways.entries()) {
    for (let other = 0; other < one; other += 1) {
      const [a, b] = [furthest[one] ?? -1, furthest[other] ?? -1]
      if (a >= 0 && b >= 0) worst = Math.max(worst, a + (row[other] ?? Infinity) + b)
    }
  }
  return worst
}

/** A tree as it is. */
export function rated(tree: RelayTree, facts: TreeFacts, roads: Roads = roadsOf(tree)): RatedTree {
  const homes = facts.occupants.map(({ occupantId }) => {
    const home = homeIn(tree, occupantId)
    return home === undefined ? 0 : tree.relays.indexOf(home)
  })
  const worst = (measure: Measure): number => worstOf(homes, tablesOf(tree, roads, facts, measure))
  return {
    tree,
    ms: tree.relays.length === 0 ? Infinity : worst(byTime),
    leastLoss: lossOf(worst(byLeastLoss)),
    mostLoss: lossOf(worst(byMostLoss)),
  }
}

/** Everyone at the relay that is best for them; then whoever makes the worst way better elsewhere goes there. Null: it is of no use. */
export function bestOf(shape: TreeShape, facts: TreeFacts, aim: 'time' | 'loss'): RatedTree | null {
  const roads = roadsOf(shape)
  const tables = tablesOf(shape, roads, facts, aim === 'time' ? byTime : byMostLossAndTime)
  const homes = nearestHomes(shape, facts, tables)
  let least = worstOf(homes, tables)
  for (let isBetter = true; isBetter;) {
    isBetter = false
    for (const at of homes.keys()) {
      for (const other of shape.relays.keys()) {
        const before = homes[at] ?? 0
        homes[at] = other
        const tried = worstOf(homes, tables)
        if (tried < least) [least, isBetter] = [tried, true]
        else homes[at] = before
      }
    }
  }
  const tree = { ...shape, homes: namedHomes(homes, shape, facts) }
  // A relay that nobody is at home at, and that joins nothing, only adds a way round.
  const members = facts.occupants.map(({ occupantId }) => occupantId)
  const isUsed = withoutIdleRelays(tree, members).relays.length === shape.relays.length
  if (!isUsed || least === Infinity) return null
  const found = rated(tree, facts, roads)
  return found.ms === Infinity ? null : found
}

/** Of equals the present one, else the first. */
const nearestHomes = ({ relays }: TreeShape, { occupants, present }: TreeFacts, { legs }: Tables): number[] =>
  occupants.map(({ occupantId }, at) => {
    const rank = (id: RelayId): number => legs[at]?.[relays.indexOf(id)] ?? Infinity
    const home = homeIn(present, occupantId)
    const [nearest] = relays.toSorted((a, b) => rank(a) - rank(b) || Number(b === home) - Number(a === home))
    return nearest === undefined ? 0 : relays.indexOf(nearest)
  })

function namedHomes(
  homes: readonly number[],
  { relays }: TreeShape,
  { occupants }: TreeFacts,
): RelayTree['homes'] {
  const named: Record<OccupantId, RelayId> = {}
  for (const [at, { occupantId }] of occupants.entries()) {
    const home = relays[homes[at] ?? 0]
    if (home !== undefined && home !== relays[0]) named[occupantId] = home
  }
  return named
}
