/**
 * Decides: how relays of a route are joined: whose home is where, and by which trunks media gets from one to another (CH1, CH2).
 * Does not decide: which tree a room has (signal-worker/src/room/relay-tree.ts).
 * Invariants: every answer follows from the route alone, so that all relays of a room agree; also of a route that is no tree
 * there is one way at most between two relays, the shortest, and none is longer than `limits.routeHopsMax`.
 */
import type { OccupantId, RelayId } from './ids.ts'
import { limits } from './limits.ts'
import type { Route, RouteRelay } from './route.ts'

const relaysOf = (route: Route): readonly RouteRelay[] => (route.kind === 'relayed' ? route.relays : [])

export const isInRoute = (route: Route, relayId: RelayId): boolean =>
  relaysOf(route).some((relay) => relay.relayId === relayId)

/** The relay that this occupant's link goes to; null: the route has none. */
export function homeOf(route: Route, occupantId: OccupantId): RelayId | null {
  if (route.kind !== 'relayed') return null
  const named = route.homes?.[occupantId]
  if (named !== undefined && isInRoute(route, named)) return named
  return route.relays[0]?.relayId ?? null
}

/** Relays at the other ends of its trunks, in the order of the route. */
export const neighboursOf = (route: Route, relayId: RelayId): readonly RelayId[] => {
  const own = relaysOf(route).find((relay) => relay.relayId === relayId)
  return relaysOf(route)
    .filter((other) => other !== own && (other.parentId === relayId || own?.parentId === other.relayId))
    .map((other) => other.relayId)
}

/** Both ends included; null: there is no way, or it is too long. */
export function pathBetween(route: Route, from: RelayId, to: RelayId): readonly RelayId[] | null {
  if (!isInRoute(route, from)) return null
  let paths: readonly (readonly RelayId[])[] = [[from]]
  const seen = new Set<RelayId>([from])
  for (let hops = 0; hops <= limits.routeHopsMax; hops += 1) {
    const arrived = paths.find((path) => path.at(-1) === to)
    if (arrived) return arrived
    paths = paths.flatMap((path) =>
      neighboursOf(route, path.at(-1) ?? from).flatMap((next) => {
        if (seen.has(next)) return []
        seen.add(next)
        return [[...path, next]]
      }),
    )
  }
  return null
}

/** As this occupant's media passes them: their home first, then by the number of trunks. */
export function relaysFrom(route: Route, occupantId: OccupantId): readonly RouteRelay[] {
  const home = homeOf(route, occupantId)
  if (home === null) return []
  const trunksTo = ({ relayId }: RouteRelay): number => pathBetween(route, home, relayId)?.length ?? Infinity
  return relaysOf(route).toSorted((a, b) => trunksTo(a) - trunksTo(b))
}

/** How this occupant's media comes to a relay. */
export interface Origin {
  /** The trunk that brings it; null: their own link ends here. */
  readonly from: RelayId | null
  /** Trunks it has come over when it is here. */
  readonly hops: number
}

/** Null: it does not come here. The same answer at both ends of every trunk (CH2). */
export function originAt(route: Route, relayId: RelayId, occupantId: OccupantId): Origin | null {
  const home = homeOf(route, occupantId)
  // Searched from the home, so that everyone on the way finds the same way.
  const path = home === null ? null : pathBetween(route, home, relayId)
  if (path === null) return null
  return { from: path.at(-2) ?? null, hops: path.length - 1 }
}
