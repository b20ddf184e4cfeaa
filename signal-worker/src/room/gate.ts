/**
 * Decides: what the gate must be told after a change, and when to try again after it could not be.
 * Does not decide: where the gate keeps it (store/), nor how it is reached (objects/).
 * Invariants: a gate that is behind is told everything at once, never a list of changes that grows; a call goes on without it.
 */
import { limits } from '@video-room/shared/limits.ts'
import { backoffMs } from '@video-room/shared/machine/backoff.ts'
import { step, type Step } from '@video-room/shared/machine/step.ts'
import { isSameData } from '@video-room/shared/same.ts'
import { seatUntilMs } from './deadline.ts'
import type { RecordEffect, RoomEffect } from './effect.ts'
import { hostSeatOf, isSeat, seatOf, type RoomState } from './state.ts'

const retryBounds = { firstMs: limits.gateRetryFirstMs, maxMs: limits.gateRetryMaxMs }

/** The gate could not be told, or could not be asked. */
export function gateFailed(state: RoomState, random: number, atMs: number): RoomState {
  const failures = (state.unrecorded?.failures ?? 0) + 1
  const retryAtMs = atMs + backoffMs(failures - 1, random, retryBounds)
  return { ...state, unrecorded: { failures, failedAtMs: atMs, retryAtMs } }
}

/** The gate has learned everything that is so now. */
export const gateTold = (state: RoomState): RoomState =>
  state.unrecorded === null ? state : { ...state, unrecorded: null }

/** The next try is due. Should no answer ever come (the object was stopped in between), so is the one after it. */
export function settleGate(state: RoomState, atMs: number): Step<RoomState, RoomEffect> {
  const { unrecorded } = state
  if (unrecorded === null || atMs < unrecorded.retryAtMs) return step(state)
  const retryAtMs = atMs + 2 * limits.gateAnswerMs
  return step({ ...state, unrecorded: { ...unrecorded, retryAtMs } }, { type: 'record-all' })
}

/** What the gate must learn of a change; nothing while it is behind: then it learns everything later. */
export function recordsBetween(before: RoomState, after: RoomState): readonly RecordEffect[] {
  if (after.unrecorded !== null) return []
  if (before.status === 'open' && after.endedAtMs !== null) {
    return [{ type: 'record-ended', endedAtMs: after.endedAtMs }]
  }
  if (after.status !== 'open') return []
  const isSame = isSameData(before.settings, after.settings)
  const settings: readonly RecordEffect[] = isSame
    ? []
    : [{ type: 'record-settings', settings: after.settings }]
  return [
    ...barredBetween(before, after),
    ...leftBetween(before, after),
    ...rolesBetween(before, after),
    ...settings,
    ...movedBetween(before, after),
  ]
}

/** Whoever was sent away: the seat and the tokens go in one step. */
function barredBetween(before: RoomState, after: RoomState): readonly RecordEffect[] {
  const known = new Set(before.barred.map(({ tokenHash }) => tokenHash))
  const fresh = after.barred.filter(({ tokenHash }) => !known.has(tokenHash))
  return [...before.seats, ...before.knocks].flatMap((place) => {
    const own = fresh.filter(
      ({ tokenHash }) => tokenHash === place.tokenHash || tokenHash === place.nextTokenHash,
    )
    const [first] = own
    if (first === undefined) return []
    const occupantId = isSeat(place) ? place.occupantId : null
    const tokenHashes = own.map(({ tokenHash }) => tokenHash)
    return [{ type: 'record-barred', occupantId, reason: first.reason, tokenHashes }]
  })
}

const leftBetween = (before: RoomState, after: RoomState): readonly RecordEffect[] =>
  before.seats
    .filter((seat) => seatOf(after, seat.occupantId) === undefined)
    .filter((seat) => !after.barred.some(({ tokenHash }) => tokenHash === seat.tokenHash))
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
