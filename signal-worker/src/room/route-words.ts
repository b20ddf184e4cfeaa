/**
 * Decides: what an operator's numbers learn of a room's routes: derived by comparing before and after (OP4), and what its pages
 * measured (FX3).
 * Does not decide: how it is added up (metrics/), nor which way media goes (migration.ts).
 * Invariants: only calls of two or more are told of; a page's word counts once for each move and occupant; no ids.
 */
import type { OccupantId } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import { step, type Step } from '@video-room/shared/machine/step.ts'
import type { ClientMessage } from '@video-room/shared/protocol/messages.ts'
import type { Route } from '@video-room/shared/route.ts'
import type { CallRoute, Move, RoomEffect, RouteWord } from './effect.ts'
import type { Migration } from './routing-state.ts'
import { linkable } from './start.ts'
import { withRouting, type RoomState } from './state.ts'

export function wordsBetween(before: RoomState, after: RoomState, atMs: number): readonly RoomEffect[] {
  const words = [...moveWords(before, after, atMs), ...callWords(before, after)]
  return words.length === 0 ? [] : [{ type: 'count-route', words }]
}

function moveWords(before: RoomState, after: RoomState, atMs: number): readonly RouteWord[] {
  const { migration } = before.routing
  const isEnded = migration !== null && after.routing.migration?.route.epoch !== migration.route.epoch
  if (after.status !== 'open' || linkable(after).length < 2) return []
  const isMoved = after.route.epoch !== before.route.epoch
  const isVoted = isEnded && migration.route.epoch === after.route.epoch
  const words: RouteWord[] = []
  if (isEnded && !isVoted) {
    const why = atMs < migration.untilMs ? 'needless' : 'late'
    words.push({ type: 'move-failed', ...moveOf(before.route, migration.route), why })
  }
  if (isMoved) {
    const tookMs = isVoted ? atMs - sinceMs(migration) : null
    words.push({ type: 'moved', ...moveOf(before.route, after.route), tookMs })
  }
  return words
}

const sinceMs = ({ untilMs }: Migration): number => untilMs - limits.migrationMs

/** The reason of most weight; between relays the last one, which is why one was not enough, or gives way to another. */
function moveOf({ kind: from }: Route, { kind: to, reasons = [] }: Route): Move {
  const reason = from === 'relayed' && to === 'relayed' ? reasons.at(-1) : reasons[0]
  return { from, to, reason: reason ?? 'none' }
}

/** Said when it changes, and now and then, so that nobody counts a room that is gone without a word. */
function callWords(before: RoomState, after: RoomState): readonly RouteWord[] {
  const [earlier, route] = [callOf(before), callOf(after)]
  const [told, turn] = [turnOf(before), turnOf(after)]
  const isDue = route !== null && told !== null && turn !== null && told !== turn
  return earlier === route && !isDue ? [] : [{ type: 'call', route }]
}

/** The sweep wakes the room anyway. Each room has turns of its own, so that not all speak at once. */
function turnOf({ sweepAtMs, expiresAtMs }: RoomState): number | null {
  return sweepAtMs === null ? null : Math.floor((sweepAtMs - expiresAtMs) / limits.callWordMs)
}

function callOf(state: RoomState): CallRoute | null {
  if (state.status !== 'open' || linkable(state).length < 2) return null
  const { route } = state
  if (route.kind === 'mesh') return 'mesh'
  return route.relays.length === 0 ? 'waiting' : route.relays.length === 1 ? 'relayed' : 'chain'
}

/** Once of each who took part in the move; of another route than the present one it is too late, or made up. */
export function gapTold(
  state: RoomState,
  from: OccupantId,
  { epoch, gapMs, steadyMs }: Extract<ClientMessage, { type: 'route-gap' }>,
): Step<RoomState, RoomEffect> {
  const { moved } = state.routing
  if (moved === null || epoch !== state.route.epoch || !moved.awaited.includes(from)) return step(state)
  const awaited = moved.awaited.filter((id) => id !== from)
  const told = withRouting(state, { moved: { ...moved, awaited } })
  const word: RouteWord = { type: 'gap', from: moved.from, to: state.route.kind, gapMs, steadyMs }
  return step(told, { type: 'count-route', words: [word] })
}
