/**
 * Decides: what a room knows of distances and losses between its people and relays (CH5).
 * Does not decide: which tree follows (relay-tree.ts), when anything is measured (chain.ts).
 * Invariants: of round trips the shortest of the last looks counts; few questions say little of a loss: it is believed to lie
 * between what they showed with one loss less, and with one more.
 */
import type { OccupantId, RelayId } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import type { RelayRtt } from '@video-room/shared/protocol/path-report.ts'
import { homeOf } from '@video-room/shared/route-tree.ts'
import type { ChainRelay, Probed } from './chain-state.ts'
import { treeOfRoute } from './chain-tree.ts'
import { reportOf } from './route-facts.ts'
import { linkable } from './start.ts'
import type { RoomState } from './state.ts'
import type { Leg, TreeFacts } from './tree-rating.ts'

export function treeFactsOf(state: RoomState, relays: readonly ChainRelay[]): TreeFacts {
  const present = treeOfRoute(state.route)
  const measured = (from: RelayId, to: RelayId): RelayRtt | undefined =>
    relays.find(({ relayId }) => relayId === from)?.rtts.find(({ relayId }) => relayId === to)
  return {
    present,
    relays: relays
      .filter(({ relayId, isFull }) => !isFull || present.relays.includes(relayId))
      .map(({ relayId }) => relayId),
    load: (id) => relays.find(({ relayId }) => relayId === id)?.load ?? 0,
    between: (a, b) => trunkOf([measured(a, b), measured(b, a)]),
    occupants: linkable(state).map(({ occupantId }) => ({ occupantId, legs: legsOf(state, occupantId) })),
  }
}

/** What both ends say of the way between them; null: neither has an answer. */
function trunkOf(said: readonly (RelayRtt | undefined)[]): Leg | null {
  const rtts = said.flatMap((one) => (typeof one?.rttMs === 'number' ? [one.rttMs] : []))
  if (rtts.length === 0) return null
  const checks = { asked: 0, lost: 0 }
  for (const one of said) {
    checks.asked += one?.asked ?? 0
    checks.lost += lostOf(one)
  }
  return { rttMs: Math.max(...rtts), ...lossOf(checks) }
}

const lostOf = ({ asked = 0, answered = 0 }: Partial<RelayRtt> = {}): number => Math.max(0, asked - answered)

const lossOf = ({ asked, lost }: Pick<Probed, 'asked' | 'lost'>): Pick<Leg, 'leastLoss' | 'mostLoss'> =>
  asked === 0
    ? { leastLoss: 0, mostLoss: 1 }
    : { leastLoss: Math.max(0, lost - 1) / asked, mostLoss: (lost + 1) / (asked + 2) }

/** What was probed; of a home, what its link says too. */
function legsOf(state: RoomState, id: OccupantId): Readonly<Record<RelayId, Leg>> {
  const legs: Record<RelayId, Leg> = {}
  for (const probed of state.chain.probes[id] ?? []) {
    const { relayId, rttsMs } = probed
    // One that was not reached the last time is not counted on.
    if (typeof rttsMs[0] !== 'number') continue
    legs[relayId] = { rttMs: Math.min(...rttsMs.filter((rttMs) => rttMs !== null)), ...lossOf(probed) }
  }
  const home = homeOf(state.route, id)
  const report = home === null ? undefined : reportOf(state, id, home)
  const rttMs = home === null ? undefined : (legs[home]?.rttMs ?? report?.rttMs)
  if (home === null || typeof rttMs !== 'number') return legs
  const { leastLoss, mostLoss } = legs[home] ?? { leastLoss: 0, mostLoss: report?.lossShare ?? 1 }
  // Its media is hundreds of packets: what that lost for seconds counts, whatever a few questions say.
  const heavy = report?.verdict === 'lossy' ? (report.lossShare ?? 0) : 0
  legs[home] = { rttMs, leastLoss: Math.max(leastLoss, heavy), mostLoss: Math.max(mostLoss, heavy) }
  return legs
}

/**
 * Where nothing is measured yet, what is known of the map: whoever is `a` from their home cannot be nearer to a relay than the
 * difference of `a` and the way between the two. An order to ask in, and nothing else: it counts for no tree.
 */
export function byNearness(
  state: RoomState,
  id: OccupantId,
  relays: readonly ChainRelay[],
): readonly ChainRelay[] {
  const home = homeOf(state.route, id)
  const { between } = treeFactsOf(state, relays)
  const own = home === null ? undefined : legsOf(state, id)[home]?.rttMs
  const leastMs = ({ relayId }: ChainRelay): number => {
    const far = home === null ? null : between(home, relayId)
    return far === null || own === undefined ? limits.reportedMsMax : Math.abs(far.rttMs - own)
  }
  return relays.toSorted((a, b) => leastMs(a) - leastMs(b))
}

/** The newest measurement, with what is remembered of the earlier ones. */
export function probedAnew(before: Probed | undefined, rtt: RelayRtt): Probed {
  const asked = (before?.asked ?? 0) + (rtt.asked ?? 0)
  const lost = (before?.lost ?? 0) + lostOf(rtt)
  const share = asked > limits.chainChecksKept ? 0.5 : 1
  return {
    relayId: rtt.relayId,
    rttsMs: [rtt.rttMs, ...(before?.rttsMs ?? [])].slice(0, limits.chainProbesKept),
    asked: asked * share,
    lost: lost * share,
  }
}

/** Somebody's media has been losing too much on the way from their home. */
export const isLossyAtHome = (state: RoomState): boolean =>
  linkable(state).some(({ occupantId }) => {
    const home = homeOf(state.route, occupantId)
    return home !== null && reportOf(state, occupantId, home)?.verdict === 'lossy'
  })
