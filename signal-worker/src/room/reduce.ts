/**
 * Decides: the one way a room changes: what is due, then the event, then who must hear of it.
 * Does not decide: anything itself; each matter has its own file.
 * Invariants: never throws for any event of the right type; the same state object comes back when nothing changed.
 */
import { assertNever } from '@video-room/shared/lang.ts'
import { step, type Step } from '@video-room/shared/machine/step.ts'
import { announce } from './announce.ts'
import { occupantJoined } from './admission.ts'
import type { RoomEffect } from './effect.ts'
import type { BadMessageCode, RoomEvent } from './event.ts'
import { endRoom, settleRoom } from './lifetime.ts'
import { reduceMessage } from './messages.ts'
import { away, openSocket } from './presence.ts'
import { expel, refuse } from './refusal.ts'
import { seatByConnection, type RoomState, type Seat } from './state.ts'

export function reduceRoom(state: RoomState, event: RoomEvent): Step<RoomState, RoomEffect> {
  const due = settleRoom(state, event.atMs)
  const done = due.state.status === 'open' ? reduceOpen(due.state, event) : reduceEnded(due.state, event)
  return announce(state, done.state, [...due.effects, ...done.effects], event.atMs)
}

function reduceEnded(state: RoomState, event: RoomEvent): Step<RoomState, RoomEffect> {
  if (event.type !== 'socket-opened') return step(state)
  return step(state, { type: 'close', connectionId: event.connectionId, reason: 'room_ended' })
}

function reduceOpen(state: RoomState, event: RoomEvent): Step<RoomState, RoomEffect> {
  switch (event.type) {
    case 'occupant-joined':
      return step(occupantJoined(state, event))
    case 'socket-opened':
      return openSocket(state, event.connectionId, event.tokenHash)
    case 'timer':
      return step(state)
    case 'ended':
      return endRoom(state, event.atMs)
    case 'message':
    case 'bad-message':
    case 'socket-closed':
    case 'socket-silent': {
      const seat = seatByConnection(state, event.connectionId)
      // A socket that was taken over, removed or closed may still have had words on the way.
      return seat === undefined ? step(state) : reduceSocket(state, seat, event)
    }
    default:
      return assertNever(event)
  }
}

type SocketEvent = Extract<RoomEvent, { type: 'message' | 'bad-message' | 'socket-closed' | 'socket-silent' }>

function reduceSocket(state: RoomState, seat: Seat, event: SocketEvent): Step<RoomState, RoomEffect> {
  switch (event.type) {
    case 'message':
      return reduceMessage(state, seat, event.message, event.atMs)
    case 'bad-message':
      return badMessage(state, seat, event.code, event.atMs)
    case 'socket-closed':
      return step(away(state, seat, event.atMs))
    case 'socket-silent':
      return expel(state, seat, event.atMs, 'silent')
    default:
      return assertNever(event)
  }
}

const badMessage = (
  state: RoomState,
  seat: Seat,
  code: BadMessageCode,
  atMs: number,
): Step<RoomState, RoomEffect> =>
  code === 'too_large' ? expel(state, seat, atMs, 'message_too_large') : refuse(state, seat, atMs, code)
