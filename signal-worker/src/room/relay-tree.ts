/**
 * Decides: which tree of relays a room should have: which relays, which of them is in the middle, who is at home where (CH5).
 * Does not decide: when that is looked at and taken up (chain.ts), nor whether media is relayed at all (route-policy.ts).
 * Invariants: a pure function of what was measured; what was not measured is never counted on; a second relay only for a gain
 * that is worth a hop; of trees that are as good, the present one.
 */
import type { OccupantId, RelayId } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'

/** The first relay is the middle: a trunk joins every other one to it. Whoever `homes` does not name is at home there. */
export interface RelayTree {
  readonly relays: readonly RelayId[]
  readonly homes: Readonly<Record<OccupantId, RelayId>>
}

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

export interface TreeChoice {
  readonly tree: RelayTree
  /** The longest way between two people, as it is and as it would be; milliseconds. Null: not all of it was measured. */
  readonly presentMs: number | null
  readonly chosenMs: number | null
}

const homeIn = (tree: RelayTree, id: OccupantId): RelayId | undefined => tree.homes[id] ?? tree.relays[0]

/** The longest round trip between two occupants over this tree; Infinity where a part was not measured. */
export function worstPairMs(tree: RelayTree, { occupants, between }: TreeFacts): number {
  const [hub] = tree.relays
  const trunkMs = (a: RelayId, b: RelayId): number => (a === b ? 0 : (between(a, b) ?? Infinity))
  const ends = occupants.map(({ occupantId, rtts }) => {
    const home = homeIn(tree, occupantId)
    return { home, ms: home === undefined ? Infinity : (rtts[home] ?? Infinity) }
  })
  let worst = 0
  for (const [at, { home, ms }] of ends.entries()) {
    for (const other of ends.slice(at + 1)) {
      if (home === undefined || other.home === undefined || hub === undefined) return Infinity
      const betweenMs = home === other.home ? 0 : trunkMs(home, hub) + trunkMs(hub, other.home)
      worst = Math.max(worst, ms + betweenMs + other.ms)
    }
  }
  return worst
}

const isGain = (fromMs: number, toMs: number): boolean =>
  toMs <= fromMs * (1 - limits.chainGainShare) && fromMs - toMs >= limits.chainGainMs

/** The tree that the room should have; the present one where nothing is worth a change. */
export function chooseTree(facts: TreeFacts): TreeChoice {
  const { present } = facts
  const presentMs = worstPairMs(present, facts)
  const stay = (): TreeChoice => ({
    tree: present,
    presentMs: orNull(presentMs),
    chosenMs: orNull(presentMs),
  })
  if (facts.occupants.length < 2 || presentMs === Infinity) return stay()
  const best = bestBySize(facts)
  const [single] = best
  if (single === undefined) return stay()
  let chosen = single
  for (const larger of best.slice(1)) if (isGain(chosen.ms, larger.ms)) chosen = larger
  const isShorter = isGain(presentMs, chosen.ms)
  // A chain must go on earning its hops.
  const isIdle = present.relays.length > 1 && presentMs > single.ms * (1 - limits.chainKeepShare)
  if (!isShorter && !isIdle) return stay()
  const { tree, ms } = isShorter ? chosen : single
  return { tree, presentMs, chosenMs: orNull(ms) }
}

const orNull = (ms: number): number | null => (ms === Infinity ? null : ms)

interface Rated {
  readonly tree: RelayTree
  readonly ms: number
}

/** The best of one relay, of two, … as far as they can be reckoned. */
function bestBySize(facts: TreeFacts): readonly Rated[] {
  const candidates = nearest(facts)
  const best: Rated[] = []
  for (let size = 1; size <= Math.min(limits.routeRelaysMax, candidates.length); size += 1) {
    const rated = setsOf(candidates, size)
      .flatMap((set) => set.map((hub) => [hub, ...set.filter((id) => id !== hub)]))
      .map((relays) => rate(relays, facts))
      .filter(({ ms }) => ms !== Infinity)
    const first = rated.toSorted((a, b) => a.ms - b.ms || keeps(b, facts) - keeps(a, facts))[0]
    if (first !== undefined) best.push(first)
  }
  return best
}

/** Of equals the one whose middle is where it was. */
const keeps = ({ tree }: Rated, { present }: TreeFacts): number =>
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

/** Everyone at the nearest of these; then whoever makes the longest way shorter elsewhere goes there. */
function rate(relays: readonly RelayId[], facts: TreeFacts): Rated {
  const [hub] = relays
  const homes: Record<OccupantId, RelayId> = {}
  for (const { occupantId, rtts } of facts.occupants) {
    const rank = (id: RelayId): number => rtts[id] ?? Infinity
    const present = homeIn(facts.present, occupantId)
    const [home] = relays.toSorted(
      (a, b) => rank(a) - rank(b) || Number(b === present) - Number(a === present),
    )
    if (home !== undefined && home !== hub) homes[occupantId] = home
  }
  let ms = worstPairMs({ relays, homes }, facts)
  for (let isBetter = true; isBetter;) {
    isBetter = false
    for (const { occupantId } of facts.occupants) {
      for (const other of relays) {
        const tried = { relays, homes: movedTo(homes, occupantId, other, hub) }
        const triedMs = worstPairMs(tried, facts)
        if (triedMs >= ms) continue
        ms = triedMs
        isBetter = true
        if (other === hub) delete homes[occupantId]
        else homes[occupantId] = other
      }
    }
  }
  // A relay at which nobody is at home only adds a way round.
  const isUsed = relays.every((id) => id === hub || Object.values(homes).includes(id))
  return { tree: { relays, homes }, ms: isUsed ? ms : Infinity }
}

function movedTo(
  homes: RelayTree['homes'],
  occupantId: OccupantId,
  relayId: RelayId,
  hub: RelayId | undefined,
): RelayTree['homes'] {
  const { [occupantId]: _before, ...others } = homes
  return relayId === hub ? others : { ...others, [occupantId]: relayId }
}
