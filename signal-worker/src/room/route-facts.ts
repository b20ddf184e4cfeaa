/**
 * Decides: what the route policy is told of a room: its people, their paths, its relay.
 * Does not decide: which route follows (route-policy.ts).
 * Invariants: a report counts only for the generation that is current; of the two ends of a path the worse word counts.
 */
import type { EndpointId, OccupantId } from '@video-room/shared/ids.ts'
import type { PathReport, PathVerdict } from '@video-room/shared/protocol/path-report.ts'
import type { Route, RouteWish } from '@video-room/shared/route.ts'
import { homeOf, pathBetween } from '@video-room/shared/route-tree.ts'
import { relayOf, routeRelayOf, type ServingRelay } from './relay-state.ts'
import { trunkBetween } from './chain-state.ts'
import { generationOf, linkable } from './start.ts'
import type { RoomState } from './state.ts'

/** One way between two people, or from one to the relay. */
export interface Path {
  readonly verdict: PathVerdict
  /** Milliseconds; null: not measured. */
  readonly rttMs: number | null
}

export interface RouteFacts {
  readonly setting: RouteWish
  readonly wishes: readonly RouteWish[]
  readonly present: Route
  /** Who takes part, present or in grace. */
  readonly occupantCount: number
  /** Between every two of them, direct. */
  readonly pairs: readonly (Path & { readonly throughRelayMs: number | null })[]
  /**
   * The relay to take: none · expected: one may come · ready: it has a socket and does not drain. `isLost`, `isDraining`: the
   * present route's own went away, or wants to.
   */
  readonly relay: 'none' | 'expected' | 'ready'
  readonly isRelayLost: boolean
  readonly isRelayDraining: boolean
  /** Each occupant's way to that relay. */
  readonly toRelay: readonly Path[]
  /** How many have an uplink that limits their pictures. */
  readonly uplinksLimited: number
}

/** From bad to good: of two words on one path the first counts. */
const order: readonly PathVerdict[] = ['unreachable', 'silent', 'undecoded', 'lossy', 'connecting', 'good']

export function routeFactsOf(state: RoomState): RouteFacts {
  const { settings, route, relay } = state
  const members = linkable(state)
  const target = routeRelayOf(relay)
  const serving = routeRootOf(state)
  const toRelay = new Map<OccupantId, Path>(
    members.map(({ occupantId }) => [
      occupantId,
      target === null ? unknownPath : pathOf(state, occupantId, homeOf(route, occupantId) ?? target.relayId),
    ]),
  )
  const pairs = members.flatMap(({ occupantId: a }, at) =>
    members.slice(at + 1).map(({ occupantId: b }) => ({
      ...worse(pathOf(state, a, b), pathOf(state, b, a)),
      throughRelayMs: sum(
        toRelay.get(a)?.rttMs ?? null,
        toRelay.get(b)?.rttMs ?? null,
        trunksMs(state, a, b),
      ),
    })),
  )
  const isComing = relay.search !== null && relay.search.kind !== 'resting'
  return {
    setting: settings.route,
    wishes: state.seats.map(({ routeWish }) => routeWish),
    present: route,
    occupantCount: members.length,
    pairs,
    relay: target !== null ? 'ready' : isComing ? 'expected' : 'none',
    isRelayLost: serving !== null ? serving.presence.kind === 'away' : route.kind === 'relayed',
    isRelayDraining: serving?.isDraining === true,
    toRelay: [...toRelay.values()],
    uplinksLimited: members.filter(
      ({ occupantId }) => state.routing.reports[occupantId]?.isUplinkLimited === true,
    ).length,
  }
}

/** The first relay of the present route, as far as it is there. */
function routeRootOf({ route, relay }: RoomState): ServingRelay | null {
  if (route.kind === 'mesh') return null
  const [root] = route.relays
  return root === undefined ? relay.serving : relayOf(relay, root.relayId)
}

const unknownPath: Path = { verdict: 'connecting', rttMs: null }

const sum = (...parts: readonly (number | null)[]): number | null =>
  parts.reduce((total, part) => (total === null || part === null ? null : total + part), 0)

/** What the trunks between the homes of two add. */
function trunksMs({ route, chain }: RoomState, a: OccupantId, b: OccupantId): number | null {
  const [from, to] = [homeOf(route, a), homeOf(route, b)]
  if (from === to || from === null || to === null || route.kind === 'mesh') return 0
  const path = pathBetween(route, from, to)
  const lengths = path?.flatMap((relayId) => {
    const parentId = route.relays.find((relay) => relay.relayId === relayId)?.parentId
    const isOnPath = parentId !== undefined && path.includes(parentId)
    return isOnPath ? [trunkBetween(chain, relayId, parentId)?.rttMs ?? null] : []
  })
  return lengths === undefined ? null : sum(...lengths)
}

export const reportOf = (state: RoomState, from: OccupantId, to: EndpointId): PathReport | undefined =>
  state.routing.reports[from]?.paths.find(
    (path) => path.to === to && path.generation === generationOf(state, from, to),
  )

function pathOf(state: RoomState, from: OccupantId, to: EndpointId): Path {
  const report = reportOf(state, from, to)
  return report === undefined ? unknownPath : { verdict: report.verdict, rttMs: report.rttMs }
}

function worse(a: Path, b: Path): Path {
  const verdict = order.find((one) => one === a.verdict || one === b.verdict) ?? 'connecting'
  const rtts = [a.rttMs, b.rttMs].filter((rttMs) => rttMs !== null)
  return { verdict, rttMs: rtts.length === 0 ? null : Math.max(...rtts) }
}
