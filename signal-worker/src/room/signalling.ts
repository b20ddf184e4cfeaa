/**
 * Decides: whether a signal goes on to the other end, and when a link is tried anew (SG, LK5, RL1, RL5).
 * Does not decide: anything by what a signal says; the payload is never looked at (SG2).
 * Invariants: the sender is whom the socket belongs to; nothing leaves the room.
 */
import { isRelayId, type EndpointId } from '@video-room/shared/ids.ts'
import { assertNever } from '@video-room/shared/lang.ts'
import { step, type Step } from '@video-room/shared/machine/step.ts'
import type { ClientMessage } from '@video-room/shared/protocol/messages.ts'
import type { RelayToRoom } from '@video-room/shared/protocol/relay-messages.ts'
import { withoutHome } from './chain.ts'
import type { ConnectionId } from './connection-id.ts'
import type { RoomEffect } from './effect.ts'
import { refuse } from './refusal.ts'
import { relayDoubted, standbyFailed, withChanged, withoutRelay } from './relay.ts'
import { relayLinksOf } from './relay-links.ts'
import { relayOf, socketOf, type ServingRelay } from './relay-state.ts'
import { directStandbyFailed } from './reports.ts'
import { areLinked, generationOf, isCrowd, isForMedia, withRaisedGeneration } from './start.ts'
import { connectionOf, isVisible, seatOf, type RoomState, type Seat } from './state.ts'
import { trunkFailed, trunkReported } from './trunk-health.ts'

type RoomStep = Step<RoomState, RoomEffect>
type Of<Type extends ClientMessage['type']> = Extract<ClientMessage, { type: Type }>

export function signal(state: RoomState, sender: Seat, message: Of<'signal'>, atMs: number): RoomStep {
  const from = sender.occupantId
  const { to, generation, payload } = message
  const passed = { type: 'signal', from, generation, payload } as const
  const relay = relayOf(state.relay, to)
  const connectionId = relay === null ? seatConnection(state, to) : socketOf(relay)
  if (connectionId === null || to === from) {
    return refuse(state, sender, atMs, 'no_such_occupant', message.type)
  }
  if (!isCurrent(state, from, message)) return step(state)
  return relay === null
    ? step(state, { type: 'send', connectionId, message: passed })
    : step(state, { type: 'send-relay', connectionId, message: passed })
}

function seatConnection(state: RoomState, id: EndpointId): ConnectionId | null {
  const seat = seatOf(state, id)
  return seat === undefined ? null : connectionOf(seat)
}

/** Both ends may report the same failure; the first report moves the generation on and the second finds it moved. */
export function linkFailed(
  state: RoomState,
  sender: Seat,
  message: Of<'link-failed'>,
  atMs: number,
): RoomStep {
  const from = sender.occupantId
  const { to } = message
  const relay = relayOf(state.relay, to)
  const other = seatOf(state, to)
  const isThere = relay !== null || (other !== undefined && isVisible(other) && to !== from)
  if (!isThere) return refuse(state, sender, atMs, 'no_such_occupant', message.type)
  if (!isCurrent(state, from, message)) return step(state)
  const isStandby = !isForMedia(state, from, to)
  if (relay === null) {
    // One that stands by is not made anew at once: what broke it is most likely there still.
    return step(isStandby ? directStandbyFailed(state, atMs) : withRaisedGeneration(state, from, to))
  }
  const raised = withRaisedGeneration(state, from, to)
  // Where it is needed it goes on for those who reach it, and who does not tries again.
  if (isStandby) return isCrowd(state) ? step(raised) : standbyFailed(state, relay, atMs)
  const lost = relayDoubted(state, relay, from, atMs)
  if (lost !== null) return lost
  const doubted = withChanged(raised, { ...relay, doubt: { occupantId: from, atMs } })
  return step(withoutHome(doubted, from, relay.relayId, atMs))
}

/**
 * A fresh ticket of the same link (RL5). Of another generation: the `start` that is on its way says all. Who asks hears nothing
 * of the relay; with its socket gone as well it is lost, and a new way to it would lead nowhere (RT3).
 */
export function askTicket(state: RoomState, sender: Seat, message: Of<'ask-ticket'>): RoomStep {
  const { occupantId } = sender
  const connectionId = connectionOf(sender)
  const link = relayLinksOf(state, occupantId).find(({ relayId }) => relayId === message.to)
  const relay = relayOf(state.relay, message.to)
  const isOurs = link?.generation === message.generation
  if (connectionId === null || link === undefined || relay === null || !isOurs) return step(state)
  if (socketOf(relay) === null) return step(withoutRelay(state, relay, 'lost'))
  return step(state, { type: 'send-ticketed', connectionId, message: { type: 'ticket', link } })
}

/** A message of a relay. It hears no errors: what is out of date is dropped (SG3). */
export function reduceRelayMessage(
  state: RoomState,
  relay: ServingRelay,
  message: RelayToRoom,
  atMs: number,
): RoomStep {
  if (message.type === 'leave') return step(withChanged(state, { ...relay, isDraining: true }))
  const { relayId: from } = relay
  if (message.type === 'trunk-report') return step(trunkReported(state, from, message))
  if (isRelayId(message.to)) {
    return step(
      message.type === 'link-failed' ? trunkFailed(state, from, message.to, message.generation, atMs) : state,
    )
  }
  const { to, generation } = message
  if (!areLinked(state, to, from) || generationOf(state, to, from) !== generation) return step(state)
  switch (message.type) {
    case 'link-failed':
      return step(withRaisedGeneration(state, to, from))
    case 'signal': {
      const connectionId = seatConnection(state, to)
      if (connectionId === null) return step(state)
      const { payload } = message
      return step(state, {
        type: 'send',
        connectionId,
        message: { type: 'signal', from, generation, payload },
      })
    }
    default:
      return assertNever(message)
  }
}

const isCurrent = (
  state: RoomState,
  from: Seat['occupantId'],
  message: Of<'signal'> | Of<'link-failed'>,
): boolean =>
  areLinked(state, from, message.to) && generationOf(state, from, message.to) === message.generation
