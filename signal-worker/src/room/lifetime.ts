/**
 * Decides: what has become due when an event arrives.
 * Does not decide: when that is looked at (deadline.ts), nor what happens at the door and to the host (knocking.ts, host.ts).
 * Invariants: everything due at an event's time happens before the event.
 */
import { limits } from '@video-room/shared/limits.ts'
import { andThen, step, type Step } from '@video-room/shared/machine/step.ts'
import { seatUntilMs, tombstoneUntilMs } from './deadline.ts'
import type { RoomEffect } from './effect.ts'
import { endRoom } from './ending.ts'
import { settleGate } from './gate.ts'
import { settleHost } from './host.ts'
import { settleKnocks } from './knocking.ts'
import { withoutSeats } from './presence.ts'
import { settleMedia } from './settle-media.ts'
import type { RoomState } from './state.ts'

/** Brings the room up to `atMs`: expiry, tombstone, places whose time is over, a missing host, route and relays, a gate that is behind, the sweep. */
export function settleRoom(state: RoomState, atMs: number): Step<RoomState, RoomEffect> {
  const tombstoneMs = tombstoneUntilMs(state)
  if (state.status === 'gone') return step(state)
  if (tombstoneMs !== null) {
    if (atMs < tombstoneMs) return settleGate(state, atMs)
    return step({ ...state, status: 'gone' as const }, { type: 'delete-everything' })
  }
  if (atMs >= state.expiresAtMs) return endRoom(state, atMs)
  const over = state.seats.filter((seat) => {
    const untilMs = seatUntilMs(seat)
    return untilMs !== null && atMs >= untilMs
  })
  const steps = [settleKnocks, settleHost, settleMedia, settleGate, settleSweep]
  return steps.reduce(
    (before, settle) => andThen(before, (next) => settle(next, atMs)),
    step<RoomState, RoomEffect>(withoutSeats(state, over)),
  )
}

function settleSweep(state: RoomState, atMs: number): Step<RoomState, RoomEffect> {
  if (state.sweepAtMs === null || atMs < state.sweepAtMs) return step(state)
  return step({ ...state, sweepAtMs: atMs + limits.presenceSweepMs }, { type: 'look-for-silent' })
}
