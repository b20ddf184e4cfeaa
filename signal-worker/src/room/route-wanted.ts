/**
 * Decides: the route that fits a choice as things are now, and why it takes the place of the present one.
 * Does not decide: which kind is chosen (route-policy.ts), which tree (chain-tree.ts), nor how the room gets there (migration.ts).
 * Invariants: names a relay that serves as long as there is one; the epoch is the mover's to give.
 */
import type { RelayId } from '@video-room/shared/ids.ts'
import type { Route, RouteReason } from '@video-room/shared/route.ts'
import { isInRoute } from '@video-room/shared/route-tree.ts'
import { decidedTree, standingTree } from './chain-tree.ts'
import { relayOf, routeRelayOf, socketOf, type ServingRelay } from './relay-state.ts'
import type { Pressure, RouteChoice } from './route-policy.ts'
import type { RoomState } from './state.ts'

/** As a route, but for its epoch. One whose relay is there stays, also while it drains or is away: until another is found. */
export function wantedOf(state: RoomState, { kind, reasons }: RouteChoice): Route {
  const why = reasons.length === 0 ? {} : { reasons: [...reasons] }
  if (kind === 'mesh') return { kind, epoch: 1, ...why }
  const { serving } = state.relay
  const isThere = serving !== null && socketOf(serving) !== null
  const relay = routeRelayOf(state.relay) ?? targetOf(state, state.route) ?? (isThere ? serving : null)
  return { kind, epoch: 1, ...why, ...standingTree(state, relay?.relayId ?? null) }
}

export const targetOf = ({ relay }: RoomState, route: Route): ServingRelay | null => {
  const relayId = route.kind === 'relayed' ? route.relays[0]?.relayId : undefined
  return relayId === undefined ? null : relayOf(relay, relayId)
}

export const isAway = ({ relay }: RoomState, relayId: RelayId): boolean => {
  const known = relayOf(relay, relayId)
  return known === null || socketOf(known) === null
}

interface TreeChange {
  readonly pressure: Pressure
  readonly reason: RouteReason
}

/** Why one tree takes the place of another; null: it is not about that. */
export function treeChange(state: RoomState, found: Route): TreeChange | null {
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

export const withReason = (route: Route, change: TreeChange | null): Route =>
  change === null || route.reasons?.includes(change.reason) === true
    ? route
    : { ...route, reasons: [...(route.reasons ?? []), change.reason] }

/** Between two trees of relays around one middle. */
export const isTreeChange = (a: Route, b: Route): boolean =>
  a.kind === 'relayed' && b.kind === 'relayed' && a.relays[0]?.relayId === b.relays[0]?.relayId
