/**
 * Decides: how a room ends, and what has become due when an event arrives.
 * Does not decide: who may end it (moderation.ts).
 * Invariants: an ended room has no seats and never opens again; everything due at an event's time happens before the event.
 */
import { limits } from '@video-room/shared/limits.ts'
import { step, type Step } from '@video-room/shared/machine/step.ts'
import { seatUntilMs, tombstoneUntilMs } from './deadline.ts'
import type { RoomEffect } from './effect.ts'
import { withoutSeats } from './presence.ts'
import { connectionOf, type RoomState } from './state.ts'

/** Closes every socket with 4410 and keeps a tombstone (MD6). */
export function endRoom(state: RoomState, atMs: number): Step<RoomState, RoomEffect> {
  if (state.status !== 'open') return step(state)
  const closing = state.seats.flatMap((seat): RoomEffect[] => {
    const connectionId = connectionOf(seat)
    return connectionId === null ? [] : [{ type: 'close', connectionId, reason: 'room_ended' }]
  })
  const ended: RoomState = {
    ...state,
    status: 'ended',
    endedAtMs: atMs,
    seats: [],
    generations: {},
    removedTokenHashes: [],
    sweepAtMs: null,
  }
  return step(ended, ...closing, { type: 'record-ended', endedAtMs: atMs })
}

/** Brings the room up to `atMs`: expiry, tombstone, seats whose time is over, the sweep. */
export function settleRoom(state: RoomState, atMs: number): Step<RoomState, RoomEffect> {
  const tombstoneMs = tombstoneUntilMs(state)
  if (state.status === 'gone') return step(state)
  if (tombstoneMs !== null) {
    if (atMs < tombstoneMs) return step(state)
    return step({ ...state, status: 'gone' as const }, { type: 'delete-everything' })
  }
  if (atMs >= state.expiresAtMs) return endRoom(state, atMs)
  const over = state.seats.filter((seat) => {
    const untilMs = seatUntilMs(seat)
    return untilMs !== null && atMs >= untilMs
  })
  const kept = withoutSeats(state, over)
  if (kept.sweepAtMs === null || atMs < kept.sweepAtMs) return step(kept)
  return step({ ...kept, sweepAtMs: atMs + limits.presenceSweepMs }, { type: 'look-for-silent' })
}
