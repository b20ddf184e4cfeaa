/**
 * Decides: the tree of a relayed route as it stands: what of it can be carried out now (CH1).
 * Does not decide: which tree would be best (relay-tree.ts), when a route is changed (migration.ts).
 * Invariants: names only relays that are there; a relay at which nobody is at home is in no tree but where it joins others (R8).
 */
import type { OccupantId, RelayId } from '@video-room/shared/ids.ts'
import type { Route, RouteRelay } from '@video-room/shared/route.ts'
import { homeOf } from '@video-room/shared/route-tree.ts'
import { relayOf, socketOf } from './relay-state.ts'
import { linkable } from './start.ts'
import type { RoomState } from './state.ts'
import {
  isSameTree,
  joinedAround,
  noTree,
  parentIn,
  withoutIdleRelays,
  type RelayTree,
} from './tree-shape.ts'

export function treeOfRoute(route: Route): RelayTree {
  if (route.kind === 'mesh') return noTree
  const relays = route.relays.map(({ relayId }) => relayId)
  const parents: Record<RelayId, RelayId> = {}
  for (const { relayId, parentId } of route.relays) {
    if (parentId !== undefined && parentId !== relays[0]) parents[relayId] = parentId
  }
  return { relays, parents, homes: route.homes ?? {} }
}

const isSteady = ({ relay }: RoomState, id: RelayId): boolean => {
  const known = relayOf(relay, id)
  return known !== null && socketOf(known) !== null && !known.isDraining
}

/** What was decided, once all of it is there. */
export function decidedTree(state: RoomState): RelayTree | null {
  const { wanted } = state.chain
  return wanted !== null && wanted.relays.every((id) => isSteady(state, id)) ? wanted : null
}

/**
 * Without a tree that was decided: what is left of the present one around this middle. Whoever was joined by a relay that is gone is
 * joined to the middle (CH6). One that is away counts as gone: what is prepared without it is dropped when it is back (RT3).
 */
function remainder(state: RoomState, root: RelayId): RelayTree {
  const tree = treeOfRoute(state.route)
  const left = tree.relays.slice(1).filter((id) => id !== root && isSteady(state, id))
  return { ...joinedAround(tree, root, left), homes: tree.homes }
}

const membersOf = (state: RoomState): readonly OccupantId[] =>
  linkable(state).map(({ occupantId }) => occupantId)

/** The relays and homes of the route to take; `root`: the relay that is to be its middle where no tree was decided. */
export function standingTree(state: RoomState, root: RelayId | null): Pick<RelayedRoute, 'relays' | 'homes'> {
  const planned = decidedTree(state) ?? (root === null ? noTree : remainder(state, root))
  const tree = withoutIdleRelays(planned, membersOf(state))
  const relays = tree.relays.flatMap((id): readonly RouteRelay[] => {
    const known = relayOf(state.relay, id)
    if (known === null) return []
    const { relayId, region } = known
    const parentId = parentIn(tree, id)
    return [{ relayId, region, ...(parentId === undefined ? {} : { parentId }) }]
  })
  const { homes } = tree
  return { relays: [...relays], ...(Object.keys(homes).length === 0 ? {} : { homes }) }
}

/** The route is this tree, as far as those for whom it was made are still here. */
export function isRouteOf(state: RoomState, wanted: RelayTree): boolean {
  const [present, planned] = [treeOfRoute(state.route), wanted].map((tree) =>
    withoutIdleRelays(tree, membersOf(state)),
  )
  return present !== undefined && planned !== undefined && isSameTree(present, planned)
}

type RelayedRoute = Extract<Route, { kind: 'relayed' }>

/** Does everyone who takes part have the same home in both? */
export const isSameForAll = (state: RoomState, a: Route, b: Route): boolean =>
  linkable(state).every(({ occupantId }) => homeOf(a, occupantId) === homeOf(b, occupantId))

/** The same relays, joined in the same way, whatever the reasons. */
export const isSameChain = (a: Route, b: Route): boolean => {
  const shape = (route: Route): string =>
    route.kind === 'mesh' ? '' : route.relays.map(({ relayId, parentId }) => `${relayId}<${parentId}`).join()
  return shape(a) === shape(b)
}
