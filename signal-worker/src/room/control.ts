/**
 * Decides: what the room's creator can do from outside, with no seat in the room (RC1).
 * Does not decide: who is the creator (objects/ proves it).
 * Invariants: asking for what is so already changes nothing and is no failure.
 */
import { assertNever } from '@video-room/shared/lang.ts'
import { step, type Step } from '@video-room/shared/machine/step.ts'
import type { ControlRequest } from '@video-room/shared/protocol/http.ts'
import type { RoomEffect } from './effect.ts'
import { endRoom } from './ending.ts'
import { turnAway } from './knocking.ts'
import { changeSettings, removeSeat } from './moderation.ts'
import { knockOf, seatOf, type RoomState } from './state.ts'

export function control(
  state: RoomState,
  request: ControlRequest,
  atMs: number,
): Step<RoomState, RoomEffect> {
  switch (request.action) {
    case 'lock':
      return step(changeSettings(state, { isLocked: true }))
    case 'unlock':
      return step(changeSettings(state, { isLocked: false }))
    case 'change-settings':
      return step(changeSettings(state, request.settings))
    case 'remove': {
      const seat = seatOf(state, request.occupantId)
      if (seat !== undefined) return removeSeat(state, seat)
      const knock = knockOf(state, request.occupantId)
      return knock === undefined ? step(state) : turnAway(state, knock)
    }
    case 'end':
      return endRoom(state, atMs)
    default:
      return assertNever(request)
  }
}
