/**
 * Decides: which ways there are to join some relays to a tree that may be worth having (CH4, CH5).
 * Does not decide: which of them is best (relay-tree.ts).
 * Invariants: of every set of up to `limits.routeRelaysMax`; none has a way of more than three trunks.
 */
import type { RelayId } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import type { RelayTree, TreeShape } from './tree-shape.ts'

function setsOf(ids: readonly RelayId[], size: number): readonly (readonly RelayId[])[] {
  if (size === 0) return [[]]
  return ids.flatMap((id, at) => setsOf(ids.slice(at + 1), size - 1).map((rest) => [id, ...rest]))
}

/** Among the trees of a set that have the shortest longest way there is a star, or one with two relays in the middle. */
export function shapesOf(ids: readonly RelayId[], present: RelayTree): readonly TreeShape[] {
  const sizes = Array.from({ length: Math.min(limits.routeRelaysMax, ids.length) }, (_, at) => at + 1)
  return sizes
    .flatMap((size) => setsOf(ids, size))
    .flatMap((set) => [...starsOf(set), ...setsOf(set, 2).flatMap((pair) => doublesOf(set, pair, present))])
}

const starsOf = (set: readonly RelayId[]): readonly TreeShape[] =>
  set.map((hub) => ({ relays: [hub, ...set.filter((id) => id !== hub)], parents: {} }))

/** Each of the others on either of the two, and somebody on both. */
function doublesOf(
  set: readonly RelayId[],
  pair: readonly RelayId[],
  present: RelayTree,
): readonly TreeShape[] {
  const [root, second] = pair[1] === present.relays[0] ? pair.toReversed() : pair
  if (root === undefined || second === undefined) return []
  const outer = set.filter((id) => id !== root && id !== second)
  return Array.from({ length: 2 ** outer.length }, (_, split) => outer.filter((_id, at) => split & (1 << at)))
    .filter((behind) => behind.length > 0 && behind.length < outer.length)
    .map((behind) => ({
      relays: [root, second, ...outer],
      parents: Object.fromEntries(behind.map((id) => [id, second])),
    }))
}
