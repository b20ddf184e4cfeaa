/**
 * Decides: what a session remembers of the room's routes: those it had, and the one that is being prepared (MG1).
 * Does not decide: which links follow (settle-links.ts), when this side is ready (route-ready.ts).
 * Invariants: memory of a migration lives exactly as long as the snapshot names it; the last entry of the history is the route.
 */
import { entriesOf } from '@video-room/shared/lang.ts'
import { limits } from '@video-room/shared/limits.ts'
import { step, type Step } from '@video-room/shared/machine/step.ts'
import type { Route } from '@video-room/shared/route.ts'
import type { SessionEffect } from './effect.ts'
import { isOfRoute, linkKey } from './link-plan.ts'
import { withoutBlindness } from './path-memory.ts'
import type { LinkState, MigrationState, SessionState } from './state.ts'
import type { RouteEntry } from './view.ts'

/** The snapshot is another one. */
export function followRoutes(state: SessionState, atMs: number): SessionState {
  const { snapshot, routeHistory } = state
  if (snapshot === null) return state
  const { route } = snapshot
  const next = snapshot.migration ?? null
  const migration = next === null ? null : migrationTo(next, state, atMs)
  const last = routeHistory.at(-1)
  if (last?.route.epoch === route.epoch) {
    return migration === state.migration ? state : { ...state, migration }
  }
  const links = entriesOf(state.links).map(
    ([id, link]) => [id, { ...link, path: withoutBlindness(link.path) }] as const,
  )
  return {
    ...state,
    migration,
    routeHistory: withEntry(routeHistory, { route, atMs }),
    links: Object.fromEntries(links),
  }
}

const withEntry = (history: readonly RouteEntry[], entry: RouteEntry): readonly RouteEntry[] =>
  [...history, entry].slice(-limits.routeHistoryMax)

function migrationTo(next: Route, state: SessionState, atMs: number): MigrationState {
  const { migration, assigned, assignedRelays, links } = state
  const self = state.seat?.occupantId ?? null
  if (migration?.epoch === next.epoch) return migration
  const named = [
    ...assigned.map(({ occupantId: id, isStandby }) => ({ id, isStandby })),
    ...assignedRelays.map(({ relayId: id, isStandby }) => ({ id, isStandby })),
  ]
  return {
    epoch: next.epoch,
    sinceMs: atMs,
    baseline: Object.fromEntries(
      entriesOf(links).map(([endpointId, { generation, path }]) => [
        linkKey({ endpointId, generation }),
        path.sources,
      ]),
    ),
    // The list may have come before the patch.
    hasStart: named.some(({ id, isStandby }) => isStandby !== true && isOfRoute(next, id, self)),
    saidOn: null,
  }
}

/**
 * While two routes carry, the one that will end is held down, so that both fit through one uplink, as far as both do not fit anyway:
 * every change to a sender keeps the page from drawing. Let go when the migration was given up, and when the link carries no more.
 */
export function settleCaps(state: SessionState): Step<SessionState, SessionEffect> {
  const links = { ...state.links }
  const effects: SessionEffect[] = []
  for (const [endpointId, link] of entriesOf(state.links)) {
    const isCapped = shouldCap(state, link, (route) =>
      isOfRoute(route, endpointId, state.seat?.occupantId ?? null),
    )
    if (isCapped === link.isCapped) continue
    links[endpointId] = { ...link, isCapped }
    const share = isCapped ? limits.overlapBitrateShare : null
    effects.push({ type: 'cap-link', endpointId, generation: link.generation, share })
  }
  return effects.length === 0 ? step(state) : step({ ...state, links }, ...effects)
}

function shouldCap(
  { snapshot }: SessionState,
  { carries, isCapped, hasUplinkRoom, drainUntilMs }: LinkState,
  isOf: (route: Route) => boolean,
): boolean {
  if (!carries || snapshot === null) return false
  // Committed: it was left behind, and the list that says so is on its way, or has come.
  if (isCapped && (drainUntilMs !== null || !isOf(snapshot.route))) return true
  const next = snapshot.migration ?? null
  // Once begun it goes on: the estimate has more room as less is sent.
  return next !== null && isOf(snapshot.route) && !isOf(next) && (isCapped || !hasUplinkRoom)
}
