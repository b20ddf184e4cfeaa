/**
 * Decides: how a room gets from one route to the next: prepared, voted on, committed or given up (MG, RT1).
 * Does not decide: which route is wanted (route-policy.ts) or when (route-pace.ts), nor which relay there is (relay.ts).
 * Invariants: one route is committed at any time, one more may be prepared; every one has an epoch of its own, greater than all
 * before; a vote counts for the epoch it names only; what is prepared can be carried out, or is given up at once.
 */
import type { OccupantId, RelayId } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import { step, type Step } from '@video-room/shared/machine/step.ts'
import type { Route, RouteReason } from '@video-room/shared/route.ts'
import { isInRoute } from '@video-room/shared/route-tree.ts'
import { withoutWanted } from './chain.ts'
import { decidedTree, isSameChain, isSameForAll, standingTree } from './chain-tree.ts'
import type { RoomEffect } from './effect.ts'
import { closingOf, withoutRelay, withRelays } from './relay.ts'
import { relayOf, routeRelayOf, socketOf, type ServingRelay } from './relay-state.ts'
import { routeFactsOf } from './route-facts.ts'
import { paceOf } from './route-pace.ts'
import { chooseRoute, type Pressure, type RouteChoice } from './route-policy.ts'
import type { Migration, Routing } from './routing-state.ts'
import { linkable, meshLinksOf } from './start.ts'
import { withRouting, type RoomState } from './state.ts'
import { areTrunksUp } from './trunk-health.ts'

type RoomStep = Step<RoomState, RoomEffect>

/** An occupant has seen all of the next route (MG3). */
export function routeReady(state: RoomState, id: OccupantId, epoch: number): RoomState {
  const { migration } = state.routing
  if (migration === null || migration.route.epoch !== epoch || migration.ready.includes(id)) return state
  return withRouting(state, { migration: { ...migration, ready: [...migration.ready, id] } })
}

/** Brings the route in line with what is wanted of it; asked before and after every event. */
export function settleRoute(before: RoomState, atMs: number): RoomStep {
  if (before.status !== 'open') return step(before)
  const state = withoutFormer(before, atMs)
  const choice = chooseRoute(routeFactsOf(state))
  const decided = decide(state, choice, atMs)
  if (decided.state.routing.migration !== null) return decided
  const begun = begin(decided.state, choice, atMs)
  return step(begun.state, ...decided.effects, ...begun.effects)
}

/** Everybody has heard of the route; where nobody is there to hear anything, nothing goes on. */
function withoutFormer(state: RoomState, atMs: number): RoomState {
  const { former } = state.routing
  const isOver = former !== null && (atMs >= former.untilMs || linkable(state).length < 2)
  return isOver ? withRouting(state, { former: null }) : state
}

/** What becomes of the route that is prepared. */
function decide(state: RoomState, choice: RouteChoice, atMs: number): RoomStep {
  const { migration } = state.routing
  if (migration === null) return step(state)
  if (isPointless(state, migration, choice)) return step(withRouting(state, { migration: null }))
  if (isUnseen(state)) return commit(state, migration.route, atMs)
  const waitsUntilMs = returnUntilMs(state, migration)
  if (isVoted(state, migration) && areTrunksUp(state, migration.route)) {
    return waitsUntilMs === null || atMs >= waitsUntilMs
      ? commit(state, migration.route, atMs)
      : step(asking(state, Math.min(waitsUntilMs, migration.untilMs)))
  }
  const untilMs = patienceUntilMs(state, migration)
  if (atMs < untilMs) return step(asking(state, untilMs))
  if (choice.pressure === 'must' && !isTreeChange(state.route, migration.route)) {
    return commit(state, migration.route, atMs)
  }
  if (isPresentGone(state)) return commit(state, migration.route, atMs)
  const rested = withRouting(state, { migration: null, restUntilMs: atMs + limits.routeDwellMs })
  return step(withoutWanted(rested, atMs))
}

/**
 * MG5. Everyone reaches the relay, and who came too many for a mesh sees all of them there: giving up would only open the mesh that
 * is too much for them (ST5).
 */
function patienceUntilMs(state: RoomState, { untilMs }: Migration): number {
  const isServed =
    state.routing.crowdedFrom !== null &&
    routeFactsOf(state).toRelay.every(({ verdict }) => verdict === 'good')
  return isServed ? untilMs + limits.crowdPatienceMs : untilMs
}

const asking = (state: RoomState, askAtMs: number | null): RoomState =>
  state.routing.askAtMs === askAtMs ? state : withRouting(state, { askAtMs })

/** A relay of it is gone or wants to go, what it replaces is back, a relay came that it was missing, or what was asked for changed. */
function isPointless(state: RoomState, { route }: Migration, choice: RouteChoice): boolean {
  const isAsked = route.reasons?.some((reason) => reason === 'setting' || reason === 'wish') === true
  if (choice.pressure === 'must' ? choice.kind !== route.kind : isAsked) return true
  const isForLost = route.reasons?.includes('relay-lost') === true
  if (isForLost && state.route.kind === 'relayed' && !isPresentGone(state)) return true
  if (route.kind === 'mesh') return false
  if (route.relays.length === 0) return routeRelayOf(state.relay) !== null
  return route.relays.some(({ relayId }) => isAway(state, relayId) || isLeft(state, relayId, choice))
}

/** It wants to go, and there is a way without it: a commit would only lead to another move, and let it go while people are there. */
const isLeft = (state: RoomState, relayId: RelayId, choice: RouteChoice): boolean =>
  relayOf(state.relay, relayId)?.isDraining === true && !isInRoute(wantedOf(state, choice), relayId)

/** Between two trees of relays around one middle. */
const isTreeChange = (a: Route, b: Route): boolean =>
  a.kind === 'relayed' && b.kind === 'relayed' && a.relays[0]?.relayId === b.relays[0]?.relayId

const isAway = ({ relay }: RoomState, relayId: RelayId): boolean => {
  const known = relayOf(relay, relayId)
  return known === null || socketOf(known) === null
}

const targetOf = ({ relay }: RoomState, route: Route): ServingRelay | null => {
  const relayId = route.kind === 'relayed' ? route.relays[0]?.relayId : undefined
  return relayId === undefined ? null : relayOf(relay, relayId)
}

/** There is nothing between any two that a sudden change could disturb. */
const isUnseen = (state: RoomState): boolean =>
  linkable(state).length < 2 ||
  isRouteEmpty(state) ||
  (state.route.kind === 'mesh' &&
    linkable(state).every(({ occupantId }) => meshLinksOf(state, occupantId).length === 0))

/** Relayed, and no relay carries it. */
const isRouteEmpty = (state: RoomState): boolean =>
  state.route.kind === 'relayed' && targetOf(state, state.route) === null

/** A relay of the present route has no socket any more; its media may flow still, or not. */
function isPresentGone(state: RoomState): boolean {
  if (state.route.kind === 'mesh') return false
  return state.route.relays.length === 0 || state.route.relays.some(({ relayId }) => isAway(state, relayId))
}

/** A relay that only lost its socket is back in a moment: until then nothing is changed for good (RT3). */
function returnUntilMs(state: RoomState, { route }: Migration): number | null {
  if (route.reasons?.includes('relay-lost') !== true || state.route.kind === 'mesh') return null
  const away = state.route.relays.flatMap(({ relayId }) => {
    const presence = relayOf(state.relay, relayId)?.presence
    return presence?.kind === 'away' ? [presence.sinceMs + limits.relayReturnMs] : []
  })
  return away.length === 0 ? null : Math.max(...away)
}

/** MG4. A route without a relay shows nothing that could be voted on. */
function isVoted(state: RoomState, { route, ready }: Migration): boolean {
  if (route.kind === 'relayed' && route.relays.length === 0) return false
  const voters = linkable(state).filter(({ presence }) => presence.kind === 'present' && presence.isReady)
  return voters.length > 0 && voters.every(({ occupantId }) => ready.includes(occupantId))
}

/** Takes up what is chosen, when it is time for it. */
function begin(state: RoomState, choice: RouteChoice, atMs: number): RoomStep {
  const found = wantedOf(state, choice)
  const isUnmoved = isSameForAll(state, found, state.route)
  if (found.kind === state.route.kind && isUnmoved && isSameChain(found, state.route))
    return step(idle(state, null))
  if (isRouteEmpty(state)) return commit(raised(state), { ...found, epoch: nextEpoch(state) }, atMs)
  const isNowhere = found.kind === 'relayed' && found.relays.length === 0
  if (isNowhere && choice.pressure !== 'must') return step(idle(state, null))
  const change = treeChange(state, found)
  const taken = { ...withReason(found, change), epoch: nextEpoch(state) }
  // A relay that nobody is at home at joins or leaves without anybody's notice, where no new trunk is needed for it.
  const isUnnoticed = isRelayed(found) && isRelayed(state.route) && isUnmoved && areTrunksUp(state, found)
  if (isUnnoticed) return commit(raised(state), taken, atMs)
  const { pressure } = change ?? choice
  const pace = paceOf({ kind: choice.kind, pressure }, state.routing, atMs)
  if (!pace.isDue) return step(idle(state, pace.dueAtMs, pace.betterSinceMs))
  if (isUnseen(state)) return commit(raised(state), taken, atMs)
  const untilMs = atMs + limits.migrationMs
  const migration: Migration = { route: taken, untilMs, ready: [] }
  return step(withRouting(raised(state), { migration, askAtMs: untilMs, betterSinceMs: null }))
}

const isRelayed = (route: Route): boolean => route.kind === 'relayed' && route.relays.length > 0

const withReason = (route: Route, change: TreeChange | null): Route =>
  change === null || route.reasons?.includes(change.reason) === true
    ? route
    : { ...route, reasons: [...(route.reasons ?? []), change.reason] }

interface TreeChange {
  readonly pressure: Pressure
  readonly reason: RouteReason
}

/** Why one tree takes the place of another; null: it is not about that. */
function treeChange(state: RoomState, found: Route): TreeChange | null {
  const present = state.route
  if (present.kind === 'mesh' || found.kind === 'mesh' || present.relays.length === 0) return null
  const isDecided = decidedTree(state) !== null
  if (!isDecided && !isTreeChange(present, found)) return null
  const missing = present.relays.filter(({ relayId }) => !isInRoute(found, relayId))
  if (missing.some(({ relayId }) => isAway(state, relayId))) return { pressure: 'need', reason: 'relay-lost' }
  if (missing.some(({ relayId }) => relayOf(state.relay, relayId)?.isDraining === true)) {
    return { pressure: 'need', reason: 'relay-draining' }
  }
  const isFewer = Object.keys(found.homes ?? {}).length < Object.keys(present.homes ?? {}).length
  if (isFewer && missing.length === 0) return { pressure: 'need', reason: 'chain-over' }
  return { pressure: 'strain', reason: found.relays.length < present.relays.length ? 'chain-over' : 'chain' }
}

const nextEpoch = ({ route, routing }: RoomState): number => Math.max(route.epoch, routing.epoch) + 1

const raised = (state: RoomState): RoomState => withRouting(state, { epoch: nextEpoch(state) })

function idle(state: RoomState, askAtMs: number | null, betterSinceMs: number | null = null): RoomState {
  const { routing } = state
  const isIdle = routing.askAtMs === askAtMs && routing.betterSinceMs === betterSinceMs
  return isIdle ? state : withRouting(state, { askAtMs, betterSinceMs })
}

/** As a route, but for its epoch. One whose relay is there stays, also while it drains or is away: until another is found. */
function wantedOf(state: RoomState, { kind, reasons }: RouteChoice): Route {
  const why = reasons.length === 0 ? {} : { reasons: [...reasons] }
  if (kind === 'mesh') return { kind, epoch: 1, ...why }
  const { serving } = state.relay
  const isThere = serving !== null && socketOf(serving) !== null
  const relay = routeRelayOf(state.relay) ?? targetOf(state, state.route) ?? (isThere ? serving : null)
  return { kind, epoch: 1, ...why, ...standingTree(state, relay?.relayId ?? null) }
}

const measured: readonly RouteReason[] = ['direct-failed', 'loss', 'decoding', 'uplink']
const free: readonly RouteReason[] = ['direct-better', 'latency']

function commit(state: RoomState, route: Route, atMs: number): RoomStep {
  const { routing } = state
  const isFree = route.reasons?.some((reason) => free.includes(reason)) === true
  const freeMovesAtMs = isFree
    ? [...routing.freeMovesAtMs, atMs].slice(-limits.routeSwitchesMax)
    : routing.freeMovesAtMs
  const hasTrunks = state.route.kind === 'relayed' && state.route.relays.length > 1
  const moved = withRouting(state, {
    migration: null,
    former: hasTrunks ? { route: state.route, untilMs: atMs + limits.formerRouteMs } : null,
    switchedAtMs: linkable(state).length < 2 ? routing.switchedAtMs : atMs,
    moved: movedFrom(state),
    freeMovesAtMs,
    failedReturns: failedReturnsAfter(state, route, atMs),
    betterSinceMs: null,
    restUntilMs: null,
    askAtMs: null,
  })
  const target = targetOf(moved, route)
  const { serving, next, branches } = moved.relay
  if (serving !== null && target !== null && branches.includes(target)) {
    // What was a branch is the middle now.
    const others = [...branches.filter((branch) => branch !== target), serving]
    return step({ ...withRelays(moved, { serving: target, branches: others }), route })
  }
  if (serving === null || target === null || target !== next) return step({ ...moved, route })
  // Its successor stands, so the former relay is let go; it serves on until everyone has left it (RT4).
  const why = socketOf(serving) === null ? 'lost' : 'dismissed'
  return step({ ...withoutRelay(moved, serving, why), route }, ...closingOf(serving, 'left'))
}

/** Whose pages may tell how it looked: those who were there (FX3). */
function movedFrom(state: RoomState): Routing['moved'] {
  const awaited = linkable(state).map(({ occupantId }) => occupantId)
  return awaited.length < 2 ? null : { from: state.route.kind, awaited }
}

/** A return that had to be taken back soon counts; one that lasted makes up for all. */
function failedReturnsAfter({ route: before, routing }: RoomState, after: Route, atMs: number): number {
  const wasReturn = before.kind === 'mesh' && before.reasons?.includes('direct-better') === true
  if (!wasReturn || after.kind === 'mesh') return routing.failedReturns
  const isBad = after.reasons?.some((reason) => measured.includes(reason)) === true
  const isSoon = routing.switchedAtMs !== null && atMs - routing.switchedAtMs < limits.returnProvedMs
  return isBad && isSoon ? routing.failedReturns + 1 : 0
}
