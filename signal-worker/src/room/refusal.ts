/**
 * Decides: how a bad message is answered, and when a socket has sent too many of them (VR3–VR5).
 * Does not decide: which messages are bad.
 * Invariants: one answer per message; nothing but the count changes; the ninth closes the socket and no one else's.
 */
import type { MessageErrorCode } from '@video-room/shared/errors.ts'
import { limits } from '@video-room/shared/limits.ts'
import { step, type Step } from '@video-room/shared/machine/step.ts'
import type { RoomEffect } from './effect.ts'
import { away } from './presence.ts'
import { connectionOf, withSeat, type RoomState, type Seat } from './state.ts'

/** Someone else may just have left: these happen to the best and count for nothing. */
const innocent: ReadonlySet<MessageErrorCode> = new Set(['no_such_occupant', 'no_such_publication'])

export function refuse(
  state: RoomState,
  seat: Seat,
  atMs: number,
  code: MessageErrorCode,
  about?: string,
): Step<RoomState, RoomEffect> {
  const { presence } = seat
  if (presence.kind !== 'present') return step(state)
  const { connectionId } = presence
  const message = { type: 'error' as const, code, ...(about === undefined ? {} : { about }) }
  const answer: RoomEffect = { type: 'send', connectionId, message }
  if (innocent.has(code)) return step(state, answer)
  const violations = presence.violations + 1
  if (violations > limits.violationsMax) return expel(state, seat, atMs, 'violations')
  return step(withSeat(state, { ...seat, presence: { ...presence, violations } }), answer)
}

/** Closes a socket for what it sent. The seat is kept for its grace: the person may come back with a sound program. */
export function expel(
  state: RoomState,
  seat: Seat,
  atMs: number,
  reason: 'violations' | 'message_too_large' | 'silent',
): Step<RoomState, RoomEffect> {
  const connectionId = connectionOf(seat)
  if (connectionId === null) return step(state)
  return step(away(state, seat, atMs), { type: 'close', connectionId, reason })
}
