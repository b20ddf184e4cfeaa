/**
 * Decides: which tree of relays a room should have: which relays, which of them are in the middle, who is at home where (CH5).
 * Does not decide: when that is looked at and taken up (chain.ts), nor whether media is relayed at all (route-policy.ts).
 * Invariants: a pure function of what was measured; what was not measured is never counted on; one more relay, or one more trunk
 * on the way, only for a gain that is worth a hop; of trees that are as good, the present one; no way is made shorter by one that
 * is known to lose much more than it need.
 */
import type { RelayId } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import { bestOf, rated, type RatedTree, type TreeFacts } from './tree-rating.ts'
import { shapesOf } from './tree-shapes.ts'
import { hopsOf, type RelayTree } from './tree-shape.ts'

export interface TreeChoice {
  readonly tree: RelayTree
  /** The longest way between two people, as it is and as it would be; milliseconds. Null: not all of it was measured. */
  readonly presentMs: number | null
  readonly chosenMs: number | null
  /** Somebody's way loses so much that another one would be worth it. */
  readonly isLossy: boolean
}

const isGain = (fromMs: number, toMs: number): boolean =>
  toMs <= fromMs * (1 - limits.chainGainShare) && fromMs - toMs >= limits.chainGainMs

const isLosing = ({ leastLoss }: RatedTree): boolean => leastLoss >= limits.chainLossWorthShare

/** Does the other one lose so much less that it is worth a move, and is it not much longer? The doubt is for what is there. */
const isCleaner = (from: RatedTree, to: RatedTree): boolean =>
  isLosing(from) &&
  to.mostLoss <= from.leastLoss * limits.chainLossGainShare &&
  to.ms <= from.ms * (1 + limits.chainLossRttShare) + limits.chainLossRttMs

/** The tree that the room should have; the present one where nothing is worth a change. */
export function chooseTree(facts: TreeFacts): TreeChoice {
  const present = rated(facts.present, facts)
  const isLossy = present.ms !== Infinity && isLosing(present)
  const choice = ({ tree, ms }: RatedTree): TreeChoice => ({
    tree,
    presentMs: orNull(present.ms),
    chosenMs: orNull(ms),
    isLossy,
  })
  if (facts.occupants.length < 2 || present.ms === Infinity) return choice(present)
  const trees = candidatesOf(facts)
  // What a cleaner one stands beside is never gone to, so that no two reasons lead in a circle.
  const isShunned = (one: RatedTree): boolean =>
    isLosing(one) && [present, ...trees].some((other) => isCleaner(one, other))
  const sound = trees.filter((one) => !isShunned(one))
  return choice(
    cleaner(present, sound) ?? cleaner(present, trees) ?? shorter(present, sound, facts) ?? present,
  )
}

const orNull = (ms: number): number | null => (ms === Infinity ? null : ms)

/** Of all that are worth it for their loss the simplest. */
const cleaner = (present: RatedTree, trees: readonly RatedTree[]): RatedTree | undefined =>
  bySteps(
    trees.filter((one) => isCleaner(present, one)),
    present,
  )[0]

/** One that is quicker by enough; or a single relay, where a chain earns its hops no more. */
function shorter(present: RatedTree, trees: readonly RatedTree[], facts: TreeFacts): RatedTree | undefined {
  const steps = bySteps(trees, present)
  const [first] = steps
  if (first === undefined) return undefined
  let chosen = first
  for (const larger of steps.slice(1)) if (isGain(chosen.ms, larger.ms)) chosen = larger
  if (isGain(present.ms, chosen.ms)) {
    // It must be worth the move, and its step, whichever it is.
    const isWorth = ({ ms }: RatedTree): boolean =>
      isGain(present.ms, ms) && ms <= chosen.ms + loadSlackMs(chosen.ms)
    return lightest(
      trees.filter((one) => stepOf(one) === stepOf(chosen) && isWorth(one)),
      facts,
    )
  }
  const isSingle = first.tree.relays.length === 1
  const isIdle =
    isSingle && present.tree.relays.length > 1 && present.ms > first.ms * (1 - limits.chainKeepShare)
  return isIdle ? first : undefined
}

const loadSlackMs = (ms: number): number => Math.max(limits.chainLoadMs, ms * limits.chainLoadShare)

/** Of trees that are about as good the one whose busiest relay is the least busy. Load alone moves nobody. */
function lightest(trees: readonly RatedTree[], { load }: TreeFacts): RatedTree | undefined {
  const busy = ({ tree }: RatedTree): number =>
    Math.floor(Math.max(...tree.relays.map(load)) / limits.chainLoadStep)
  return trees.toSorted((a, b) => busy(a) - busy(b) || a.ms - b.ms)[0]
}

/** From the simplest on: by relays, then by trunks on the way. */
const stepOf = ({ tree }: RatedTree): number => tree.relays.length * limits.routeHopsMax + hopsOf(tree)

/** The best of one relay, of two, … of a star and of a longer tree, from the simplest on. */
function bySteps(trees: readonly RatedTree[], present: RatedTree): readonly RatedTree[] {
  const steps = Map.groupBy(trees, stepOf)
  // Of equals the one whose middle is where it was.
  const keeps = ({ tree }: RatedTree): number => Number(tree.relays[0] === present.tree.relays[0])
  return [...steps]
    .toSorted(([a], [b]) => a - b)
    .flatMap(([, step]) => step.toSorted((a, b) => a.ms - b.ms || keeps(b) - keeps(a)).slice(0, 1))
}

/** All that can be reckoned: with everyone where it is quickest, and where somebody loses something, where least is lost. */
function candidatesOf(facts: TreeFacts): readonly RatedTree[] {
  const shapes = shapesOf(nearest(facts), facts.present)
  const quick = shapes.map((shape) => bestOf(shape, facts, 'time'))
  const isLoss = facts.occupants.some(({ legs }) =>
    Object.values(legs).some(({ leastLoss }) => leastLoss > 0),
  )
  const isAny = isLoss || quick.some((one) => one !== null && one.leastLoss > 0)
  const clean = isAny ? shapes.map((shape) => bestOf(shape, facts, 'loss')) : []
  return [...quick, ...clean].filter((one) => one !== null)
}

/** Relays that are among the two nearest of anybody, and those of the present tree. */
function nearest({ occupants, relays, present }: TreeFacts): readonly RelayId[] {
  const wanted = new Set<RelayId>(present.relays)
  for (const rank of [0, 1]) {
    for (const { legs } of occupants) {
      const byDistance = relays
        .filter((id) => legs[id] !== undefined)
        .toSorted((a, b) => (legs[a]?.rttMs ?? 0) - (legs[b]?.rttMs ?? 0))
      const id = byDistance[rank]
      if (id !== undefined) wanted.add(id)
    }
  }
  return [...wanted].filter((id) => relays.includes(id)).slice(0, limits.chainCandidatesMax)
}
