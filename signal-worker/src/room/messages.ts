/**
 * Decides: what one message of an occupant does: order first (SK4), then rights (MD1), then its meaning.
 * Does not decide: shapes and sizes (the codec did), nor who hears of it (announce.ts).
 * Invariants: a refused message changes nothing but the sender's count of violations.
 */
import { assertNever } from '@video-room/shared/lang.ts'
import { step, type Step } from '@video-room/shared/machine/step.ts'
import { may, type Action } from '@video-room/shared/permissions.ts'
import type { ClientMessage } from '@video-room/shared/protocol/messages.ts'
import { relayProbed } from './chain.ts'
import type { RoomEffect } from './effect.ts'
import { endRoom } from './ending.ts'
import { handOver, withClaim } from './host.ts'
import { showPicture } from './knock-picture.ts'
import { admit, deny, withoutKnocks } from './knocking.ts'
import { routeReady } from './migration.ts'
import { askUnmute, changeSettings, muteAll, muteOccupant, removeOccupant } from './moderation.ts'
import { withoutSeats } from './presence.ts'
import { bringsMedia, unmuteRuleOf, withPublished, withRepeated, withUnpublished } from './publications.ts'
import { decline, refuse } from './refusal.ts'
import { reported } from './reports.ts'
import { gapTold } from './route-words.ts'
import { askTicket, linkFailed, signal } from './signalling.ts'
import { withRaisedGenerations } from './start.ts'
import { connectionOf, seatOf, withSeat, type Knock, type RoomState, type Seat } from './state.ts'

/** The right that each message needs (permissions.ts). */
const actionOf: Readonly<Record<Exclude<ClientMessage['type'], 'knock-picture'>, Action>> = {
  'media-ready': 'publish',
  publish: 'publish',
  unpublish: 'publish',
  signal: 'signal',
  'link-failed': 'signal',
  'ask-ticket': 'signal',
  'route-ready': 'signal',
  report: 'signal',
  'route-gap': 'signal',
  'relay-probes': 'signal',
  admit: 'admit',
  deny: 'admit',
  'change-settings': 'change-settings',
  'mute-occupant': 'mute-occupant',
  'mute-all': 'mute-occupant',
  'ask-unmute': 'ask-unmute',
  'hand-over': 'hand-over',
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
  // Said at the door, heard inside: they were let in meanwhile (KN8).
  if (message.type === 'knock-picture') return step(state)
  if (!presence.isReady && message.type !== 'media-ready' && message.type !== 'leave') {
    return refuse(state, sender, atMs, 'not_ready', message.type)
  }
  if (!may(sender.isHost ? 'host' : 'participant', actionOf[message.type])) {
    return refuse(state, sender, atMs, 'not_allowed', message.type)
  }
  switch (message.type) {
    case 'media-ready':
      return mediaReady(state, sender, message, atMs)
    case 'publish': {
      const published = withPublished(sender, message, unmuteRuleOf(state, sender))
      return published.ok
        ? step(changed(state, sender, published.value))
        : decline(state, sender, published.code, message.type)
    }
    case 'unpublish':
      return step(changed(state, sender, withUnpublished(sender, message.source)))
    case 'signal':
      return signal(state, sender, message, atMs)
    case 'link-failed':
      return linkFailed(state, sender, message, atMs)
    case 'ask-ticket':
      return askTicket(state, sender, message)
    case 'route-ready':
      return step(routeReady(state, sender.occupantId, message.epoch))
    case 'report':
      return step(reported(state, sender.occupantId, message))
    case 'route-gap':
      return gapTold(state, sender.occupantId, message)
    case 'relay-probes':
      return step(relayProbed(state, sender.occupantId, message.rtts))
    case 'admit':
      return admit(state, sender, message.occupantId, atMs)
    case 'deny':
      return deny(state, sender, message.occupantId, atMs)
    case 'change-settings':
      return (message.settings.maxParticipants ?? 0) > state.seatsMax
        ? decline(state, sender, 'not_allowed', message.type)
        : step(changeSettings(state, message.settings))
    case 'mute-all':
      return muteAll(state, message.source)
    case 'ask-unmute':
      return askUnmute(state, sender, message, atMs)
    case 'hand-over':
      return handOver(state, sender, message.occupantId, atMs)
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

/** At the door nothing is understood but goodbye and a look through the spyhole (KN1, KN8, SK4). */
export function reduceKnockMessage(
  state: RoomState,
  sender: Knock,
  message: ClientMessage,
  atMs: number,
): Step<RoomState, RoomEffect> {
  if (message.type === 'knock-picture') return showPicture(state, sender, message.picture, atMs)
  if (message.type !== 'leave') return refuse(state, sender, atMs, 'not_ready', message.type)
  return step(withoutKnocks(state, [sender]), ...farewell(sender))
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
  const room = withClaim(state, sender)
  const self: Seat = { ...sender, isHost: seatOf(room, sender.occupantId)?.isHost ?? sender.isHost }
  const isReload = sender.instanceId !== null && sender.instanceId !== message.instanceId
  const seat: Seat = {
    ...withRepeated(self, message.publications, unmuteRuleOf(state, self)),
    instanceId: message.instanceId,
    routeWish: message.routeWish ?? 'auto',
    readyOrder: sender.readyOrder ?? room.readyCount,
    presence: { ...presence, isReady: true },
  }
  const isFirst = sender.readyOrder === null
  const ready = withSeat(isFirst ? { ...room, readyCount: room.readyCount + 1 } : room, seat)
  return step(isReload ? withRaisedGenerations(ready, seat.occupantId) : ready)
}

const leave = (state: RoomState, sender: Seat): Step<RoomState, RoomEffect> =>
  step(withoutSeats(state, [sender]), ...farewell(sender))

function farewell(sender: Seat | Knock): readonly RoomEffect[] {
  const connectionId = connectionOf(sender)
  return connectionId === null ? [] : [{ type: 'close', connectionId, reason: 'left' }]
}
