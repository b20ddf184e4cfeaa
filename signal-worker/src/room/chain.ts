/**
 * Decides: when a relayed room looks whether a tree of relays would be better, and takes up what it saw (CH5).
 * Does not decide: which tree is better (relay-tree.ts), how the route gets there (migration.ts), how its relays do (relay.ts).
 * Invariants: a look costs the registry one question and each occupant a few short connections; a tree is taken up when several
 * looks in a row say the same; branches that neither a route nor a decision names are let go.
 */
import type { OccupantId, RelayId } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import { andThen, step, type Step } from '@video-room/shared/machine/step.ts'
import type { RelayRtt } from '@video-room/shared/protocol/path-report.ts'
import { homeOf, isInRoute } from '@video-room/shared/route-tree.ts'
import { initialChain, type Chain, type ChainRelay } from './chain-state.ts'
import { isRouteOf, treeOfRoute } from './chain-tree.ts'
import type { RoomEffect } from './effect.ts'
import { closingOf, withoutRelay, withRelays } from './relay.ts'
import { relayOf, socketOf, type RelayState } from './relay-state.ts'
import { chooseTree } from './relay-tree.ts'
import { linkable, trunkedRoutesOf } from './start.ts'
import { connectionOf, withChain, type RoomState } from './state.ts'
import { byNearness, isLossyAtHome, probedAnew, treeFactsOf } from './tree-facts.ts'
import { settleTrunks } from './trunk-health.ts'
import { isSameTree } from './tree-shape.ts'

type RoomStep = Step<RoomState, RoomEffect>
type Awaited = Extract<RelayState['branchSearch'], { kind: 'awaited' }>

export const chainDeadlines = ({ chain }: RoomState): readonly (number | null)[] => [
  chain.look?.judgeAtMs ?? chain.lookAtMs,
]

/** Brings branches and looks in line with everything else; asked before and after every event. */
export function settleChain(state: RoomState, atMs: number): RoomStep {
  const trunks = settleTrunks(state, atMs)
  const due = andThen(trunks, (next) =>
    isRelayedCall(next) ? lookAround(next, atMs) : step(withoutLooks(next)),
  )
  return andThen(
    andThen(due, (next) => fetchBranch(next, atMs)),
    withoutIdleBranches,
  )
}

/** Two people, and media that flows between them by way of a relay. */
const isRelayedCall = (state: RoomState): boolean =>
  linkable(state).length > 1 && state.route.kind === 'relayed' && state.route.relays.length > 0

function withoutLooks(state: RoomState): RoomState {
  const { trunks, restUntilMs } = state.chain
  const idle: Chain = { ...initialChain, trunks, restUntilMs }
  const isIdle = JSON.stringify(idle) === JSON.stringify(state.chain)
  return isIdle ? state : withChain(state, idle)
}

function lookAround(before: RoomState, atMs: number): RoomStep {
  const state = withoutStrangers(before)
  const { look, lookAtMs } = state.chain
  if (look !== null) return step(atMs < look.judgeAtMs ? state : judged(state, look.relays, atMs))
  if (lookAtMs === null) return step(withChain(state, { lookAtMs: atMs + limits.chainSurveyFirstMs }))
  const soonMs = atMs + limits.chainLossyLookMs
  if (lookAtMs > soonMs && isLossyAtHome(state)) return step(withChain(state, { lookAtMs: soonMs }))
  if (atMs < lookAtMs) return step(state)
  // Should the registry not answer, the next look is as far away as if it had nothing to say.
  return step(withChain(state, { lookAtMs: nextLookAtMs(state, atMs) }), { type: 'survey-relays' })
}

function withoutStrangers(state: RoomState): RoomState {
  const known = Object.entries(state.chain.probes)
  const kept = known.filter(([id]) => state.seats.some((seat) => seat.occupantId === id))
  return kept.length === known.length ? state : withChain(state, { probes: Object.fromEntries(kept) })
}

/** Soon again while something may change, then less and less often. */
const nextLookAtMs = ({ chain }: RoomState, atMs: number): number =>
  atMs + Math.min(limits.chainSurveyFirstMs * 2 ** chain.quietLooks, limits.chainSurveyMaxMs)

/** The registry has answered: those who take part measure what it named. */
export function relaysSurveyed(state: RoomState, relays: readonly ChainRelay[], atMs: number): RoomStep {
  if (!isRelayedCall(state)) return step(state)
  const isAlone = relays.every(({ relayId }) => relayOf(state.relay, relayId) !== null)
  if (isAlone && state.relay.branches.length === 0) {
    const quietLooks = state.chain.quietLooks + 1
    const quiet = withChain(state, { quietLooks, look: null, candidate: null })
    return step(withChain(quiet, { lookAtMs: nextLookAtMs(quiet, atMs) }))
  }
  const effects = linkable(state).flatMap((seat): readonly RoomEffect[] => {
    const connectionId = connectionOf(seat)
    const relayIds = toProbe(state, seat.occupantId, relays)
    return connectionId === null || relayIds.length === 0
      ? []
      : [{ type: 'probe-relays', connectionId, relayIds }]
  })
  return step(
    withChain(state, { look: { judgeAtMs: atMs + limits.chainProbeMs, relays: [...relays] } }),
    ...effects,
  )
}

/**
 * The own home first, so that all are measured in the same way and at the same moment: a busy machine makes everything look far.
 * Of many others some more in every look, beginning with those that may be nearest.
 */
function toProbe(state: RoomState, id: OccupantId, relays: readonly ChainRelay[]): readonly RelayId[] {
  const home = homeOf(state.route, id)
  const others = byNearness(state, id, relays)
    .filter(({ relayId, isFull }) => relayId !== home && !isFull)
    .map(({ relayId }) => relayId)
  const own = relays.flatMap(({ relayId }) => (relayId === home ? [relayId] : []))
  const room = limits.chainProbesMax - own.length
  const start = others.length <= room ? 0 : (state.chain.quietLooks * room) % others.length
  return [...own, ...others.slice(start), ...others.slice(0, start)].slice(0, limits.chainProbesMax)
}

export function relayProbed(state: RoomState, from: OccupantId, rtts: readonly RelayRtt[]): RoomState {
  const known = state.chain.probes[from] ?? []
  const newer = rtts.map((rtt) =>
    probedAnew(
      known.find(({ relayId }) => relayId === rtt.relayId),
      rtt,
    ),
  )
  const older = known.filter(({ relayId }) => !rtts.some((rtt) => rtt.relayId === relayId))
  const probes = [...newer, ...older].slice(0, limits.relaysProbedMax)
  return withChain(state, { probes: { ...state.chain.probes, [from]: probes } })
}

function judged(before: RoomState, relays: readonly ChainRelay[], atMs: number): RoomState {
  const state = withChain(before, { look: null })
  const facts = treeFactsOf(state, relays)
  const { tree, isLossy } = chooseTree(facts)
  const { candidate, restUntilMs } = state.chain
  if (tree === facts.present || (restUntilMs !== null && atMs < restUntilMs)) {
    const quiet = withChain(state, { candidate: null, quietLooks: state.chain.quietLooks + 1 })
    const nextAtMs = nextLookAtMs(quiet, atMs)
    const lookAtMs = isLossy ? Math.min(nextAtMs, atMs + limits.chainLossyLookMs) : nextAtMs
    return withChain(quiet, { lookAtMs })
  }
  const looks = candidate !== null && isSameTree(candidate.tree, tree) ? candidate.looks + 1 : 1
  const isSure = looks >= limits.chainRounds
  const kept = { tree: { ...tree, relays: [...tree.relays] }, looks }
  const seen = withChain(state, { quietLooks: 0, restUntilMs: null, candidate: isSure ? null : kept })
  const taken = isSure ? withChain(seen, { wanted: kept.tree }) : seen
  return withChain(taken, { lookAtMs: nextLookAtMs(taken, atMs) })
}

/** Summons what a decided tree lacks, one after the other. */
function fetchBranch(state: RoomState, atMs: number): RoomStep {
  const { branchSearch } = state.relay
  if (branchSearch !== null && atMs >= branchSearch.untilMs) return step(branchUnavailable(state, atMs))
  const { wanted } = state.chain
  if (wanted === null) return step(branchSearch === null ? state : withRelays(state, { branchSearch: null }))
  if (state.routing.migration === null && isRouteOf(state, wanted))
    return step(withChain(state, { wanted: null }))
  const missing = wanted.relays.find((id) => relayOf(state.relay, id) === null)
  if (missing === undefined || branchSearch !== null) return step(state)
  const asking = { kind: 'asking', untilMs: atMs + limits.relayAnswerMs, relayId: missing } as const
  return step(withRelays(state, { branchSearch: asking }), {
    type: 'summon-relay',
    purpose: 'branch',
    exclude: [],
    only: missing,
  })
}

export const branchSummoned = (state: RoomState, awaited: Awaited): RoomState =>
  state.relay.branchSearch?.kind === 'asking' && state.relay.branchSearch.relayId === awaited.relay.relayId
    ? withRelays(state, { branchSearch: awaited })
    : state

/** A tree that cannot be had is given up whole, and not tried again for a while. */
export function branchUnavailable(state: RoomState, atMs: number): RoomState {
  if (state.relay.branchSearch === null) return state
  return withoutWanted(withRelays(state, { branchSearch: null }), atMs)
}

/** The tree that was decided did not come about. */
export const withoutWanted = (state: RoomState, atMs: number): RoomState =>
  state.chain.wanted === null
    ? state
    : withChain(state, { wanted: null, candidate: null, restUntilMs: atMs + limits.chainRestMs })

/** Someone's way to their branch does not hold: they come to the middle, whatever was measured. */
export function withoutHome(state: RoomState, id: OccupantId, relayId: RelayId, atMs: number): RoomState {
  const { relays, parents, homes } = treeOfRoute(state.route)
  if (homes[id] !== relayId) return state
  const { [id]: _home, ...others } = homes
  const probed = relayProbed(state, id, [{ relayId, rttMs: null }])
  return withChain(probed, {
    wanted: { relays: [...relays], parents, homes: others },
    candidate: null,
    restUntilMs: atMs + limits.chainRestMs,
  })
}

/** Its occupants have gone elsewhere, or never came. It serves on until its last link is gone (RT4). */
function withoutIdleBranches(state: RoomState): RoomStep {
  const isNeeded = (id: RelayId): boolean =>
    state.chain.wanted?.relays.includes(id) === true ||
    trunkedRoutesOf(state).some((route) => isInRoute(route, id))
  const idle = state.relay.branches.filter(({ relayId }) => !isNeeded(relayId))
  return idle.reduce(
    (before, branch) =>
      andThen(before, (next) => {
        const why = socketOf(branch) === null ? 'lost' : 'dismissed'
        return step(withoutRelay(next, branch, why), ...closingOf(branch, 'left'))
      }),
    step<RoomState, RoomEffect>(state),
  )
}
