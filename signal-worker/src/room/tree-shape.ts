/**
 * Decides: what a tree of relays is, and what is left of one where a part goes (CH1, CH6, R8).
 * Does not decide: which tree is better (relay-tree.ts), nor which relays are there (chain-tree.ts).
 * Invariants: the first relay is the middle; every other one has one way to it; a relay at which nobody is at home is in a tree only
 * where it joins others.
 */
import type { OccupantId, RelayId } from '@video-room/shared/ids.ts'
import { entriesOf } from '@video-room/shared/lang.ts'

/** Which relays, and how they are joined: whoever `parents` does not name is joined to the first. */
export interface TreeShape {
  readonly relays: readonly RelayId[]
  readonly parents: Readonly<Record<RelayId, RelayId>>
}

/** Whoever `homes` does not name is at home at the first relay. */
export interface RelayTree extends TreeShape {
  readonly homes: Readonly<Record<OccupantId, RelayId>>
}

export const noTree: RelayTree = { relays: [], parents: {}, homes: {} }

export const homeIn = (tree: RelayTree, id: OccupantId): RelayId | undefined =>
  tree.homes[id] ?? tree.relays[0]

/** Undefined: it is the first. */
export const parentIn = ({ relays, parents }: TreeShape, id: RelayId): RelayId | undefined =>
  id === relays[0] ? undefined : (parents[id] ?? relays[0])

const neighboursIn = (tree: TreeShape, id: RelayId): readonly RelayId[] =>
  tree.relays.filter((other) => parentIn(tree, other) === id || parentIn(tree, id) === other)

/** From this relay to the first, both included. */
function wayUp(tree: TreeShape, id: RelayId): readonly RelayId[] {
  const way = [id]
  for (
    let next = parentIn(tree, id);
    next !== undefined && !way.includes(next);
    next = parentIn(tree, next)
  ) {
    way.push(next)
  }
  return way
}

export type Trunk = readonly [child: RelayId, parent: RelayId]

/** The trunks that media goes over from one relay to another. */
export function trunksBetween(tree: TreeShape, from: RelayId, to: RelayId): readonly Trunk[] {
  const [one, other] = [wayUp(tree, from), wayUp(tree, to)]
  // What both have in common lies behind the relay where they meet.
  const own = (way: readonly RelayId[], far: readonly RelayId[]): readonly Trunk[] =>
    way.flatMap((id, at): readonly Trunk[] => {
      const parent = way[at + 1]
      return parent === undefined || far.includes(id) ? [] : [[id, parent]]
    })
  return [...own(one, other), ...own(other, one)]
}

/** The same trunks around another middle. Those of `relays` that have no way to it any more are joined to it. */
export function joinedAround(tree: TreeShape, root: RelayId, relays: readonly RelayId[]): TreeShape {
  const parents: Record<RelayId, RelayId> = {}
  const reached = [root]
  // The nearest to the former middle first, so that whoever has to be joined anew brings along whoever is behind it.
  const depth = (id: RelayId): number => wayUp(tree, id).length
  const open = relays.filter((id) => id !== root).toSorted((a, b) => depth(a) - depth(b))
  while (open.length > 0) {
    const at = open.findIndex((id) => reached.some((other) => neighboursIn(tree, id).includes(other)))
    const [id] = open.splice(Math.max(0, at), 1)
    if (id === undefined) break
    const parent = reached.find((other) => neighboursIn(tree, id).includes(other)) ?? root
    if (parent !== root) parents[id] = parent
    reached.push(id)
  }
  return { relays: [root, ...relays.filter((id) => id !== root)], parents }
}

/** Without relays that nobody is at home at and that join nothing (R8). The first stays where there is no other. */
export function withoutIdleRelays(tree: RelayTree, members: readonly OccupantId[]): RelayTree {
  const homes: Record<OccupantId, RelayId> = {}
  for (const id of members) {
    const home = homeIn(tree, id)
    if (home !== undefined && home !== tree.relays[0] && tree.relays.includes(home)) homes[id] = home
  }
  const own = { ...tree, homes }
  const used = new Set(members.map((id) => homeIn(own, id)))
  const idle = tree.relays.filter((id) => !used.has(id) && neighboursIn(tree, id).length < 2)
  // The middle last: where nobody is at home anywhere, it is what remains.
  const [first] = [...idle.filter((id) => id !== tree.relays[0]), ...idle]
  if (first === undefined || tree.relays.length < 2) return own
  const left = tree.relays.filter((id) => id !== first)
  const root = first === tree.relays[0] ? neighboursIn(tree, first)[0] : tree.relays[0]
  if (root === undefined) return own
  const whole: Record<OccupantId, RelayId> = {}
  for (const id of members) {
    const home = homeIn(own, id)
    if (home !== undefined && home !== root) whole[id] = home
  }
  return withoutIdleRelays({ ...joinedAround(tree, root, left), homes: whole }, members)
}

/** The same relays around the same middle, joined in the same way. */
export const isSameShape = (a: TreeShape, b: TreeShape): boolean =>
  a.relays[0] === b.relays[0] &&
  a.relays.length === b.relays.length &&
  a.relays.every((id) => b.relays.includes(id) && parentIn(a, id) === parentIn(b, id))

export function isSameTree(a: RelayTree, b: RelayTree): boolean {
  const homes = entriesOf(a.homes)
  return (
    isSameShape(a, b) &&
    homes.length === entriesOf(b.homes).length &&
    homes.every(([id, home]) => b.homes[id] === home)
  )
}

/** Trunks between the two relays that are furthest apart. */
export const hopsOf = (tree: TreeShape): number =>
  Math.max(0, ...tree.relays.flatMap((a) => tree.relays.map((b) => trunksBetween(tree, a, b).length)))
