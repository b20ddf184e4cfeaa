/**
 * Decides: which tree of relays a room should have: which relays, which of them are in the middle, who is at home where (CH5).
 * Does not decide: when that is looked at and taken up (chain.ts), nor whether media is relayed at all (route-policy.ts).
 * Invariants: a pure function of what was measured; what was not measured is never counted on; one more relay, or one more trunk
 * on the way, only for a gain that is worth a hop; of trees that are as good, the present one.
 */
import type { RelayId } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import { longestMs, rate, type RatedTree, type TreeFacts } from './tree-rating.ts'
import { hopsOf, type RelayTree, type TreeShape } from './tree-shape.ts'

export interface TreeChoice {
  readonly tree: RelayTree
  /** The longest way between two people, as it is and as it would be; milliseconds. Null: not all of it was measured. */
  readonly presentMs: number | null
  readonly chosenMs: number | null
}

const isGain = (fromMs: number, toMs: number): boolean =>
  toMs <= fromMs * (1 - limits.chainGainShare) && fromMs - toMs >= limits.chainGainMs

/** The tree that the room should have; the present one where nothing is worth a change. */
export function chooseTree(facts: TreeFacts): TreeChoice {
  const { present } = facts
  const presentMs = longestMs(present, facts)
  const stay = (): TreeChoice => ({
    tree: present,
    presentMs: orNull(presentMs),
    chosenMs: orNull(presentMs),
  })
  if (facts.occupants.length < 2 || presentMs === Infinity) return stay()
  const steps = bestBySteps(facts)
  const [single] = steps
  if (single === undefined) return stay()
  let chosen = single
  for (const larger of steps.slice(1)) if (isGain(chosen.ms, larger.ms)) chosen = larger
  const isShorter = isGain(presentMs, chosen.ms)
  // A chain must go on earning its hops.
  const isIdle = present.relays.length > 1 && presentMs > single.ms * (1 - limits.chainKeepShare)
  if (!isShorter && !isIdle) return stay()
  const { tree, ms } = isShorter ? chosen : single
  return { tree, presentMs, chosenMs: orNull(ms) }
}

const orNull = (ms: number): number | null => (ms === Infinity ? null : ms)

/** The best of one relay, of two, … of a star and of a longer tree, from the simplest on, as far as they can be reckoned. */
function bestBySteps(facts: TreeFacts): readonly RatedTree[] {
  const candidates = nearest(facts)
  const rated = shapesOf(candidates, facts.present)
    .map((shape) => rate(shape, facts))
    .filter(({ ms }) => ms !== Infinity)
  const steps = Map.groupBy(rated, ({ tree }) => tree.relays.length * limits.routeHopsMax + hopsOf(tree))
  return [...steps]
    .toSorted(([a], [b]) => a - b)
    .flatMap(([, step]) =>
      step.toSorted((a, b) => a.ms - b.ms || keeps(b, facts) - keeps(a, facts)).slice(0, 1),
    )
}

/** Of equals the one whose middle is where it was. */
const keeps = ({ tree }: RatedTree, { present }: TreeFacts): number =>
  Number(tree.relays[0] === present.relays[0])

/** Relays that are among the two nearest of anybody, and those of the present tree. */
function nearest({ occupants, relays, present }: TreeFacts): readonly RelayId[] {
  const wanted = new Set<RelayId>(present.relays)
  for (const rank of [0, 1]) {
    for (const { rtts } of occupants) {
      const byDistance = relays
        .filter((id) => rtts[id] !== undefined)
        .toSorted((a, b) => (rtts[a] ?? 0) - (rtts[b] ?? 0))
      const id = byDistance[rank]
      if (id !== undefined) wanted.add(id)
    }
  }
  return [...wanted].filter((id) => relays.includes(id)).slice(0, limits.chainCandidatesMax)
}

function setsOf(ids: readonly RelayId[], size: number): readonly (readonly RelayId[])[] {
  if (size === 0) return [[]]
  return ids.flatMap((id, at) => setsOf(ids.slice(at + 1), size - 1).map((rest) => [id, ...rest]))
}

/** Among the trees of a set that have the shortest longest way there is a star, or one with two relays in the middle. */
function shapesOf(ids: readonly RelayId[], present: RelayTree): readonly TreeShape[] {
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
