/**
 * Decides: what a room is like once a route is the present one: its relays, its memory of moves (MG4).
 * Does not decide: when that is (migration.ts).
 * Invariants: what was prepared is over; a relay that is let go serves on until everyone has left it (RT4).
 */
import { limits } from '@video-room/shared/limits.ts'
import { step, type Step } from '@video-room/shared/machine/step.ts'
import type { Route, RouteReason } from '@video-room/shared/route.ts'
import type { RoomEffect } from './effect.ts'
import { closingOf, withoutRelay, withRelays } from './relay.ts'
import { socketOf } from './relay-state.ts'
import { targetOf } from './route-wanted.ts'
import type { Routing } from './routing-state.ts'
import { linkable } from './start.ts'
import { withRouting, type RoomState } from './state.ts'

const measured: readonly RouteReason[] = ['direct-failed', 'loss', 'decoding', 'uplink']
const free: readonly RouteReason[] = ['direct-better', 'latency']

export function commit(state: RoomState, route: Route, atMs: number): Step<RoomState, RoomEffect> {
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
