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
import { connectionOf, withPlace, type Place, type RoomState } from './state.ts'

/** Someone else may just have left: these happen to the best and count for nothing. */
const innocent: ReadonlySet<MessageErrorCode> = new Set(['no_such_occupant', 'no_such_publication'])

export function refuse(
  state: RoomState,
  place: Place,
  atMs: number,
  code: MessageErrorCode,
  about?: string,
): Step<RoomState, RoomEffect> {
  const { presence } = place
  if (presence.kind !== 'present') return step(state)
  const answer = errorTo(presence.connectionId, code, about)
  if (innocent.has(code)) return step(state, answer)
  const violations = presence.violations + 1
  if (violations > limits.violationsMax) return expel(state, place, atMs, 'violations')
  return step(withPlace(state, { ...place, presence: { ...presence, violations } }), answer)
}

/** Says no to what any person may try; it is no violation. */
export function decline(
  state: RoomState,
  place: Place,
  code: MessageErrorCode,
  about: string,
): Step<RoomState, RoomEffect> {
  const connectionId = connectionOf(place)
  return connectionId === null ? step(state) : step(state, errorTo(connectionId, code, about))
}

const errorTo = (
  connectionId: NonNullable<ReturnType<typeof connectionOf>>,
  code: MessageErrorCode,
  about?: string,
): RoomEffect => ({
  type: 'send',
  connectionId,
  message: { type: 'error', code, ...(about === undefined ? {} : { about }) },
})

/** Closes a socket for what it sent. The place is kept for its grace: the person may come back with a sound program. */
export function expel(
  state: RoomState,
  place: Place,
  atMs: number,
  reason: 'violations' | 'message_too_large' | 'silent',
): Step<RoomState, RoomEffect> {
  const connectionId = connectionOf(place)
  if (connectionId === null) return step(state)
  return step(away(state, place, atMs), { type: 'close', connectionId, reason })
}
