/**
 * Decides: whether a signal goes on to the other end, and when a link is tried anew (SG, LK5).
 * Does not decide: anything by what a signal says; the payload is never looked at (SG2).
 * Invariants: the sender is whom the socket belongs to; nothing leaves the room.
 */
import { step, type Step } from '@video-room/shared/machine/step.ts'
import type { ClientMessage } from '@video-room/shared/protocol/messages.ts'
import type { RoomEffect } from './effect.ts'
import { refuse } from './refusal.ts'
import { areLinked, generationOf, withRaisedGeneration } from './start.ts'
import { connectionOf, isVisible, seatOf, type RoomState, type Seat } from './state.ts'

type Of<Type extends ClientMessage['type']> = Extract<ClientMessage, { type: Type }>

export function signal(
  state: RoomState,
  sender: Seat,
  message: Of<'signal'>,
  atMs: number,
): Step<RoomState, RoomEffect> {
  const from = sender.occupantId
  const receiver = seatOf(state, message.to)
  const connectionId = receiver === undefined ? null : connectionOf(receiver)
  if (connectionId === null || message.to === from) {
    return refuse(state, sender, atMs, 'no_such_occupant', message.type)
  }
  if (!isCurrent(state, from, message)) return step(state)
  const { generation, payload } = message
  return step(state, { type: 'send', connectionId, message: { type: 'signal', from, generation, payload } })
}

/** Both ends may report the same failure; the first report moves the generation on and the second finds it moved. */
export function linkFailed(
  state: RoomState,
  sender: Seat,
  message: Of<'link-failed'>,
  atMs: number,
): Step<RoomState, RoomEffect> {
  const from = sender.occupantId
  const other = seatOf(state, message.to)
  if (other === undefined || !isVisible(other) || message.to === from) {
    return refuse(state, sender, atMs, 'no_such_occupant', message.type)
  }
  return step(isCurrent(state, from, message) ? withRaisedGeneration(state, from, message.to) : state)
}

const isCurrent = (
  state: RoomState,
  from: Seat['occupantId'],
  message: Of<'signal'> | Of<'link-failed'>,
): boolean =>
  areLinked(state, from, message.to) && generationOf(state, from, message.to) === message.generation
