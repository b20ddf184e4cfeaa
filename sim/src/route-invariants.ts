/**
 * Decides: what must hold of routes and of moves from one to the next, in every story.
 * Does not decide: what happens (story.ts).
 * Invariants: 1: at most one route is committed, and no epoch comes twice or goes back · 5: a move takes nothing away: what
 * could be seen before a commit can be seen after it, and while a route is prepared nothing of the present one is let go.
 */
import { assert, entriesOf } from '@video-room/shared/lang.ts'
import { limits } from '@video-room/shared/limits.ts'
import { publicationOf, occupantOf } from '@video-room/shared/snapshot.ts'
import { sources } from '@video-room/shared/source.ts'
import { isCarrying } from '@video-room/client/core/link-health.ts'
import { isOfRoute } from '@video-room/client/core/link-plan.ts'
import type { LinkState, SessionState } from '@video-room/client/core/state.ts'
import { isPlayable } from '@video-room/client/core/track-table.ts'
import type { RoomState } from '@video-room/signal-worker/room/state.ts'

/** After every step of the room. */
export function checkRoutes({ route, routing }: RoomState, previous: RoomState): void {
  const { migration } = routing
  const isSame = route.epoch === previous.route.epoch
  assert(route.epoch >= previous.route.epoch, 'invariant 1: a route epoch never goes back')
  if (isSame && previous.status === 'open') {
    assert(route.kind === previous.route.kind, 'invariant 1: of one epoch there is one route')
  }
  if (migration !== null) {
    assert(migration.route.epoch > route.epoch, 'invariant 1: what is prepared is newer than the route')
  }
  const before = previous.routing.migration
  if (migration !== null && before !== null && migration.route.epoch !== before.route.epoch) {
    assert(migration.route.epoch > before.route.epoch, 'invariant 1: no epoch is prepared twice')
  }
}

/** After every step of a page. */
export function checkMove(state: SessionState, previous: SessionState, nowMs: number): void {
  const [before, after] = [previous.snapshot, state.snapshot]
  if (before === null || after === null || state.attempt !== previous.attempt) return
  // In the very moment at which a link's time is up, it is that which takes it away.
  const isOver = Object.values(previous.links).some(({ drainUntilMs }) => (drainUntilMs ?? Infinity) <= nowMs)
  if (before.route.epoch !== after.route.epoch && !isOver) checkCommit(state, previous)
  const isPreparing = state.migration !== null && previous.migration?.epoch === state.migration.epoch
  if (isPreparing && before.route.epoch === after.route.epoch) checkPresent(state, previous)
  for (const { drainUntilMs } of Object.values(state.links)) {
    const isNear = drainUntilMs === null || drainUntilMs <= nowMs + limits.linkDrainMs
    assert(isNear, 'invariant 5: what gives way is gone within the bound')
  }
}

function checkCommit(state: SessionState, previous: SessionState): void {
  for (const { occupantId } of state.snapshot?.occupants ?? []) {
    const view = state.snapshot ? occupantOf(state.snapshot, occupantId) : undefined
    for (const source of sources) {
      const isLive = publicationOf(view, source)?.mutedBy === null
      if (!isLive || !isPlayable(previous, occupantId, source)) continue
      assert(isPlayable(state, occupantId, source), 'invariant 5: a commit takes nothing away')
    }
  }
}

/** The links of the present route stay as long as they work and the list names them. */
function checkPresent(state: SessionState, previous: SessionState): void {
  const named = new Map<string, number>()
  for (const { occupantId, generation } of state.assigned) named.set(occupantId, generation)
  for (const { relayId, generation } of state.assignedRelays) named.set(relayId, generation)
  for (const [id, link] of entriesOf(previous.links)) {
    const isPresent =
      previous.snapshot !== null && isOfRoute(previous.snapshot.route, id, previous.seat?.occupantId ?? null)
    const mayGo = !isPresent || !isSound(link) || named.get(id) !== link.generation
    const isThere = id.startsWith('r_') || state.snapshot?.occupants.some((one) => one.occupantId === id)
    if (mayGo || isThere !== true) continue
    const now = state.links[id]
    assert(now?.generation === link.generation && now.carries, 'invariant 5: the present route carries on')
  }
}

const isSound = ({ carries, health }: LinkState): boolean => carries && isCarrying(health)
