/**
 * Decides: how a room gets from one route to the next: prepared, voted on, committed or given up (MG, RT1).
 * Does not decide: which route is wanted (route-policy.ts, route-wanted.ts) or when (route-pace.ts), what follows from a commit
 * (route-commit.ts), nor which relay there is (relay.ts).
 * Invariants: one route is committed at any time, one more may be prepared; every one has an epoch of its own, greater than all
 * before; a vote counts for the epoch it names only; what is prepared can be carried out, or is given up at once.
 */
import type { OccupantId, RelayId } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import { step, type Step } from '@video-room/shared/machine/step.ts'
import type { Route } from '@video-room/shared/route.ts'
import { isInRoute } from '@video-room/shared/route-tree.ts'
import { withoutWanted } from './chain.ts'
import { isSameChain, isSameForAll } from './chain-tree.ts'
import type { RoomEffect } from './effect.ts'
import { relayOf, routeRelayOf } from './relay-state.ts'
import { commit } from './route-commit.ts'
import { routeFactsOf } from './route-facts.ts'
import { paceOf } from './route-pace.ts'
import { chooseRoute, type RouteChoice } from './route-policy.ts'
import { isAway, isTreeChange, targetOf, treeChange, wantedOf, withReason } from './route-wanted.ts'
import type { Migration } from './routing-state.ts'
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

const nextEpoch = ({ route, routing }: RoomState): number => Math.max(route.epoch, routing.epoch) + 1

const raised = (state: RoomState): RoomState => withRouting(state, { epoch: nextEpoch(state) })

function idle(state: RoomState, askAtMs: number | null, betterSinceMs: number | null = null): RoomState {
  const { routing } = state
  const isIdle = routing.askAtMs === askAtMs && routing.betterSinceMs === betterSinceMs
  return isIdle ? state : withRouting(state, { askAtMs, betterSinceMs })
}
