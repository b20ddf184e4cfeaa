/**
 * Decides: what one message of an occupant does: order first (SK4), then rights (MD1), then its meaning.
 * Does not decide: shapes and sizes (the codec did), nor who hears of it (announce.ts).
 * Invariants: a refused message changes nothing but the sender's count of violations.
 */
import { assertNever } from '@video-room/shared/lang.ts'
import { step, type Step } from '@video-room/shared/machine/step.ts'
import { may, type Action } from '@video-room/shared/permissions.ts'
import type { ClientMessage } from '@video-room/shared/protocol/messages.ts'
import type { RoomEffect } from './effect.ts'
import { endRoom } from './lifetime.ts'
import { muteOccupant, removeOccupant } from './moderation.ts'
import { withoutSeats } from './presence.ts'
import { bringsMedia, withPublished, withRepeated, withUnpublished } from './publications.ts'
import { refuse } from './refusal.ts'
import { linkFailed, signal } from './signalling.ts'
import { withRaisedGenerations } from './start.ts'
import { connectionOf, withSeat, type RoomState, type Seat } from './state.ts'

/** The right that each message needs (permissions.ts). */
const actionOf: Readonly<Record<ClientMessage['type'], Action>> = {
  'media-ready': 'publish',
  publish: 'publish',
  unpublish: 'publish',
  signal: 'signal',
  'link-failed': 'signal',
  'mute-occupant': 'mute-occupant',
  'remove-occupant': 'remove-occupant',
  'end-room': 'end-room',
  leave: 'leave',
}

export function reduceMessage(
  state: RoomState,
  sender: Seat,
  message: ClientMessage,
  atMs: number,
): Step<RoomState, RoomEffect> {
  const { presence } = sender
  if (presence.kind !== 'present') return step(state)
  if (!presence.isReady && message.type !== 'media-ready' && message.type !== 'leave') {
    return refuse(state, sender, atMs, 'not_ready', message.type)
  }
  if (!may(sender.isHost ? 'host' : 'participant', actionOf[message.type])) {
    return refuse(state, sender, atMs, 'not_allowed', message.type)
  }
  switch (message.type) {
    case 'media-ready':
      return mediaReady(state, sender, message, atMs)
    case 'publish':
      return step(changed(state, sender, withPublished(sender, message)))
    case 'unpublish':
      return step(changed(state, sender, withUnpublished(sender, message.source)))
    case 'signal':
      return signal(state, sender, message, atMs)
    case 'link-failed':
      return linkFailed(state, sender, message, atMs)
    case 'mute-occupant':
      return muteOccupant(state, sender, message, atMs)
    case 'remove-occupant':
      return removeOccupant(state, sender, message, atMs)
    case 'end-room':
      return endRoom(state, atMs)
    case 'leave':
      return leave(state, sender)
    default:
      return assertNever(message)
  }
}

const changed = (state: RoomState, before: Seat, after: Seat): RoomState =>
  after === before ? state : withSeat(state, after)

function mediaReady(
  state: RoomState,
  sender: Seat,
  message: Extract<ClientMessage, { type: 'media-ready' }>,
  atMs: number,
): Step<RoomState, RoomEffect> {
  const { presence } = sender
  if (presence.kind !== 'present') return step(state)
  if (!state.settings.allowNoMedia && !bringsMedia(message.publications)) {
    return refuse(state, sender, atMs, 'not_allowed', message.type)
  }
  const isReload = sender.instanceId !== null && sender.instanceId !== message.instanceId
  const seat: Seat = {
    ...withRepeated(sender, message.publications),
    instanceId: message.instanceId,
    readyOrder: sender.readyOrder ?? state.readyCount,
    presence: { ...presence, isReady: true },
  }
  const isFirst = sender.readyOrder === null
  const ready = withSeat(isFirst ? { ...state, readyCount: state.readyCount + 1 } : state, seat)
  return step(isReload ? withRaisedGenerations(ready, seat.occupantId) : ready)
}

function leave(state: RoomState, sender: Seat): Step<RoomState, RoomEffect> {
  const connectionId = connectionOf(sender)
  const closing: readonly RoomEffect[] =
    connectionId === null ? [] : [{ type: 'close', connectionId, reason: 'left' }]
  return step(withoutSeats(state, [sender]), ...closing)
}
