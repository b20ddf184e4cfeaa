/**
 * Decides: what the gate must be told after a change, and when to try again after it could not be.
 * Does not decide: where the gate keeps it (store/), nor how it is reached (objects/).
 * Invariants: a gate that is behind is told everything at once, never a list of changes that grows; a call goes on without it.
 */
import { limits } from '@video-room/shared/limits.ts'
import { backoffMs } from '@video-room/shared/machine/backoff.ts'
import { step, type Step } from '@video-room/shared/machine/step.ts'
import { seatUntilMs } from './deadline.ts'
import type { RecordEffect, RoomEffect } from './effect.ts'
import { hostSeatOf, seatOf, type RoomState } from './state.ts'

const retryBounds = { firstMs: limits.gateRetryFirstMs, maxMs: limits.gateRetryMaxMs }

/** The gate could not be told, or could not be asked. */
export function gateFailed(state: RoomState, random: number, atMs: number): RoomState {
  const failures = (state.unrecorded?.failures ?? 0) + 1
  const retryAtMs = atMs + backoffMs(failures - 1, random, retryBounds)
  return { ...state, unrecorded: { failures, failedAtMs: atMs, retryAtMs, isBehind: true } }
}

/** The gate has learned everything; once more when something changed meanwhile. */
export function gateTold(state: RoomState, atMs: number): Step<RoomState, RoomEffect> {
  if (state.unrecorded === null) return step(state)
  return state.unrecorded.isBehind
    ? tellAll(state, state.unrecorded, atMs)
    : step({ ...state, unrecorded: null })
}

/** The next try is due. */
export function settleGate(state: RoomState, atMs: number): Step<RoomState, RoomEffect> {
  const { unrecorded } = state
  return unrecorded === null || atMs < unrecorded.retryAtMs ? step(state) : tellAll(state, unrecorded, atMs)
}

/** Should no answer ever come (the object was stopped in between), the next try is due all the same. */
function tellAll(
  state: RoomState,
  unrecorded: NonNullable<RoomState['unrecorded']>,
  atMs: number,
): Step<RoomState, RoomEffect> {
  const retryAtMs = atMs + 2 * limits.gateAnswerMs
  return step({ ...state, unrecorded: { ...unrecorded, retryAtMs, isBehind: false } }, { type: 'record-all' })
}

/** Completes a step with what the gate must learn of it; a gate that is behind learns it with all the rest. */
export function withRecords(before: RoomState, after: RoomState): Step<RoomState, RoomEffect> {
  const records = recordsBetween(before, after)
  if (records.length === 0 || after.unrecorded === null) return step(after, ...records)
  const { unrecorded } = after
  return step(unrecorded.isBehind ? after : { ...after, unrecorded: { ...unrecorded, isBehind: true } })
}

function recordsBetween(before: RoomState, after: RoomState): readonly RecordEffect[] {
  if (before.status === 'open' && after.endedAtMs !== null) {
    return [{ type: 'record-ended', endedAtMs: after.endedAtMs }]
  }
  if (after.status !== 'open') return []
  const isSame = JSON.stringify(before.settings) === JSON.stringify(after.settings)
  const settings: readonly RecordEffect[] = isSame
    ? []
    : [{ type: 'record-settings', settings: after.settings }]
  return [
    ...leftBetween(before, after),
    ...rolesBetween(before, after),
    ...settings,
    ...movedBetween(before, after),
  ]
}

const leftBetween = (before: RoomState, after: RoomState): readonly RecordEffect[] =>
  before.seats
    .filter((seat) => seatOf(after, seat.occupantId) === undefined)
    .map(({ occupantId }) => ({ type: 'record-left', occupantId }))

function rolesBetween(before: RoomState, after: RoomState): readonly RecordEffect[] {
  const host = hostSeatOf(after)
  const earlier = hostSeatOf(before)
  if (host === undefined || host.occupantId === earlier?.occupantId) return []
  // A seat that is new was taken as the host's; the gate gave it.
  if (seatOf(before, host.occupantId) === undefined) return []
  const isStillHere = earlier !== undefined && seatOf(after, earlier.occupantId) !== undefined
  return isStillHere
    ? [{ type: 'record-hand-over', from: earlier.occupantId, to: host.occupantId }]
    : [{ type: 'record-promotion', occupantId: host.occupantId }]
}

/** Presence or grace that changed. A new seat without a socket stands in the gate as it is. */
const movedBetween = (before: RoomState, after: RoomState): readonly RecordEffect[] =>
  after.seats
    .filter((seat) => {
      const earlier = seatOf(before, seat.occupantId)
      return earlier === undefined
        ? seat.presence.kind === 'present'
        : seatUntilMs(earlier) !== seatUntilMs(seat)
    })
    .map((seat) => ({
      type: 'record-presence',
      occupantId: seat.occupantId,
      isPresent: seat.presence.kind === 'present',
      graceEndsAtMs: seatUntilMs(seat),
    }))
