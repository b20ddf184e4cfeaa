/**
 * Decides: the tree of a relayed route as it stands: what of it can be carried out now (CH1).
 * Does not decide: which tree would be best (relay-tree.ts), when a route is changed (migration.ts).
 * Invariants: names only relays that are there; a relay at which nobody is at home is in no tree but as the middle of several (R8).
 */
import type { OccupantId, RelayId } from '@video-room/shared/ids.ts'
import { entriesOf } from '@video-room/shared/lang.ts'
import type { Route, RouteRelay } from '@video-room/shared/route.ts'
import { homeOf } from '@video-room/shared/route-tree.ts'
import { relayOf, socketOf } from './relay-state.ts'
import type { RelayTree } from './relay-tree.ts'
import { linkable } from './start.ts'
import type { RoomState } from './state.ts'

export const treeOfRoute = (route: Route): RelayTree =>
  route.kind === 'mesh'
    ? { relays: [], homes: {} }
    : { relays: route.relays.map(({ relayId }) => relayId), homes: route.homes ?? {} }

const isSteady = ({ relay }: RoomState, id: RelayId): boolean => {
  const known = relayOf(relay, id)
  return known !== null && socketOf(known) !== null && !known.isDraining
}

/** What was decided, once all of it is there. */
export function decidedTree(state: RoomState): RelayTree | null {
  const { wanted } = state.chain
  return wanted !== null && wanted.relays.every((id) => isSteady(state, id)) ? wanted : null
}

/** Without a tree that was decided: what is left of the present one around this middle. */
function remainder(state: RoomState, root: RelayId): RelayTree {
  const { relays, homes } = treeOfRoute(state.route)
  const left = relays.slice(1).filter((id) => {
    const relay = relayOf(state.relay, id)
    return id !== root && relay !== null && !relay.isDraining
  })
  return { relays: [root, ...left], homes }
}

/** The relays and homes of the route to take; `root`: the relay that is to be its middle where no tree was decided. */
export function standingTree(state: RoomState, root: RelayId | null): Pick<RelayedRoute, 'relays' | 'homes'> {
  const planned = decidedTree(state) ?? (root === null ? { relays: [], homes: {} } : remainder(state, root))
  const members = linkable(state).map(({ occupantId }) => occupantId)
  const tree = withoutIdleMiddle(planned, members)
  const [middle] = tree.relays
  const here = new Set<string>(members)
  const homes: Record<OccupantId, RelayId> = {}
  for (const [id, home] of entriesOf(tree.homes)) {
    if (here.has(id) && home !== middle && tree.relays.includes(home)) homes[id] = home
  }
  const used = tree.relays.filter((id) => id === middle || Object.values(homes).includes(id))
  const relays = used.flatMap((id): readonly RouteRelay[] => {
    const known = relayOf(state.relay, id)
    if (known === null) return []
    const { relayId, region } = known
    return [{ relayId, region, ...(id === middle || middle === undefined ? {} : { parentId: middle }) }]
  })
  return { relays: [...relays], ...(Object.keys(homes).length === 0 ? {} : { homes }) }
}

/** All are at home at one branch: there is nothing to be in the middle of. */
function withoutIdleMiddle(tree: RelayTree, members: readonly OccupantId[]): RelayTree {
  const [first, ...others] = members.map((id) => tree.homes[id] ?? tree.relays[0])
  const isElsewhere = first !== undefined && first !== tree.relays[0] && tree.relays.includes(first)
  return isElsewhere && others.every((home) => home === first) ? { relays: [first], homes: {} } : tree
}

type RelayedRoute = Extract<Route, { kind: 'relayed' }>

/** Does everyone who takes part have the same home in both? */
export const isSameForAll = (state: RoomState, a: Route, b: Route): boolean =>
  linkable(state).every(({ occupantId }) => homeOf(a, occupantId) === homeOf(b, occupantId))

/** The same relays, joined in the same way, whatever the reasons. */
export const isSameTree = (a: Route, b: Route): boolean => {
  const shape = (route: Route): string =>
    route.kind === 'mesh' ? '' : route.relays.map(({ relayId, parentId }) => `${relayId}<${parentId}`).join()
  return shape(a) === shape(b)
}
