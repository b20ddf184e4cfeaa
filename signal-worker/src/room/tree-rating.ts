/**
 * Decides: how good a tree of relays is: the longest way between two people over it, and who is best at home where (CH5).
 * Does not decide: which trees there are, and what a gain is worth (relay-tree.ts).
 * Invariants: a pure function of what was measured; a part that was not measured makes a way endless.
 */
import type { OccupantId, RelayId } from '@video-room/shared/ids.ts'
import { homeIn, trunksBetween, withoutIdleRelays, type RelayTree, type TreeShape } from './tree-shape.ts'

export interface TreeFacts {
  /** Round trips of each to the relays they have measured, milliseconds. */
  readonly occupants: readonly {
    readonly occupantId: OccupantId
    readonly rtts: Readonly<Record<RelayId, number>>
  }[]
  /** Relays that may be had. */
  readonly relays: readonly RelayId[]
  /** The round trip between two relays; null: not measured. */
  readonly between: (a: RelayId, b: RelayId) => number | null
  readonly present: RelayTree
}

export interface RatedTree {
  readonly tree: RelayTree
  readonly ms: number
}

/** Milliseconds; rows and columns are relays, in the order of the shape. */
type Table = readonly (readonly number[])[]

/** Between any two relays of this shape, over its trunks. */
const waysOf = (shape: TreeShape, { between }: TreeFacts): Table =>
  shape.relays.map((from) =>
    shape.relays.map((to) =>
      trunksBetween(shape, from, to).reduce(
        (sum, [child, parent]) => sum + (between(child, parent) ?? Infinity),
        0,
      ),
    ),
  )

/** From each occupant to each relay of this shape. */
const legsOf = ({ relays }: TreeShape, { occupants }: TreeFacts): Table =>
  occupants.map(({ rtts }) => relays.map((id) => rtts[id] ?? Infinity))

/** The longest round trip between two occupants over this tree; Infinity where a part was not measured. */
export function longestMs(tree: RelayTree, facts: TreeFacts): number {
  const homes = facts.occupants.map(({ occupantId }) => {
    const home = homeIn(tree, occupantId)
    return home === undefined ? -1 : tree.relays.indexOf(home)
  })
  return homes.includes(-1) ? Infinity : longestOf(homes, legsOf(tree, facts), waysOf(tree, facts))
}

/** Looked at hundreds of times for a room: no more than one pass over the people, and one over pairs of relays. */
function longestOf(homes: readonly number[], legs: Table, ways: Table): number {
  // Only the two furthest of each relay can be at an end of the longest way. −1: nobody.
  const furthest = ways.map(() => -1)
  let longest = 0
  for (const [at, home] of homes.entries()) {
    const ms = legs[at]?.[home] ?? Infinity
    const first = furthest[home] ?? -1
    if (first >= 0) longest = Math.max(longest, first + ms)
    furthest[home] = Math.max(first, ms)
  }
  for (const [one, row] of ways.entries()) {
    for (let other = 0; other < one; other += 1) {
      const [a, b] = [furthest[one] ?? -1, furthest[other] ?? -1]
      if (a >= 0 && b >= 0) longest = Math.max(longest, a + (row[other] ?? Infinity) + b)
    }
  }
  return longest
}

/** Everyone at the nearest of these; then whoever makes the longest way shorter elsewhere goes there. */
export function rate(shape: TreeShape, facts: TreeFacts): RatedTree {
  const [legs, ways] = [legsOf(shape, facts), waysOf(shape, facts)]
  const homes = nearestHomes(shape, facts)
  let ms = longestOf(homes, legs, ways)
  for (let isBetter = true; isBetter;) {
    isBetter = false
    for (const at of homes.keys()) {
      for (const other of shape.relays.keys()) {
        const before = homes[at] ?? 0
        homes[at] = other
        const triedMs = longestOf(homes, legs, ways)
        if (triedMs < ms) [ms, isBetter] = [triedMs, true]
        else homes[at] = before
      }
    }
  }
  const tree = { ...shape, homes: namedHomes(homes, shape, facts) }
  // A relay that nobody is at home at, and that joins nothing, only adds a way round.
  const members = facts.occupants.map(({ occupantId }) => occupantId)
  const isUsed = withoutIdleRelays(tree, members).relays.length === shape.relays.length
  return { tree, ms: isUsed ? ms : Infinity }
}

/** Of equals the present one, else the first. */
const nearestHomes = ({ relays }: TreeShape, { occupants, present }: TreeFacts): number[] =>
  occupants.map(({ occupantId, rtts }) => {
    const rank = (id: RelayId): number => rtts[id] ?? Infinity
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
