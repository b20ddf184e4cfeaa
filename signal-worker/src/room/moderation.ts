/**
 * Decides: what the host's actions on others and on the room do (MD2, MD5, MD10, MD11).
 * Does not decide: who is the host (host.ts), who is let in (knocking.ts); rights are asked in messages.ts before anything comes here.
 * Invariants: a host can silence, never un-silence; the host's own seat cannot be removed by a host.
 */
import type { OccupantId } from '@video-room/shared/ids.ts'
import { step, type Step } from '@video-room/shared/machine/step.ts'
import type { ClientMessage } from '@video-room/shared/protocol/messages.ts'
import type { SettingsChange } from '@video-room/shared/room-info.ts'
import { isSameData } from '@video-room/shared/same.ts'
import type { Source } from '@video-room/shared/source.ts'
import { withBarredTokens } from './barring.ts'
import type { RoomEffect } from './effect.ts'
import { withoutSeats } from './presence.ts'
import { withHostMute, withUnmuteAsked } from './publications.ts'
import { refuse } from './refusal.ts'
import { connectionOf, isVisible, seatOf, withSeat, type RoomState, type Seat } from './state.ts'

type Of<Type extends ClientMessage['type']> = Extract<ClientMessage, { type: Type }>
type RoomStep = Step<RoomState, RoomEffect>

const visibleSeat = (state: RoomState, id: OccupantId): Seat | undefined => {
  const seat = seatOf(state, id)
  return seat !== undefined && isVisible(seat) ? seat : undefined
}

export function muteOccupant(
  state: RoomState,
  sender: Seat,
  message: Of<'mute-occupant'>,
  atMs: number,
): RoomStep {
  const target = visibleSeat(state, message.occupantId)
  if (target === undefined) return refuse(state, sender, atMs, 'no_such_occupant', message.type)
  const muted = withHostMute(target, message.source, state.revision + 1)
  if (muted === null) return refuse(state, sender, atMs, 'no_such_publication', message.type)
  return step(muted === target ? state : withSeat(state, muted))
}

/** Whoever offers nothing of the kind has nothing to mute. */
export function muteAll(state: RoomState, source: Source): RoomStep {
  const muted = state.seats
    .filter((seat) => !seat.isHost && isVisible(seat))
    .flatMap((seat) => {
      const after = withHostMute(seat, source, state.revision + 1)
      return after === null || after === seat ? [] : [after]
    })
  return step(muted.reduce(withSeat, state))
}

/** Asking again asks again: the last one may have gone unseen. */
export function askUnmute(state: RoomState, sender: Seat, message: Of<'ask-unmute'>, atMs: number): RoomStep {
  const { source, type } = message
  const target = visibleSeat(state, message.occupantId)
  if (target === undefined || target.isHost) return refuse(state, sender, atMs, 'no_such_occupant', type)
  const asked = withUnmuteAsked(target, source)
  if (asked === null) return refuse(state, sender, atMs, 'no_such_publication', type)
  const connectionId = connectionOf(target)
  const asking: readonly RoomEffect[] =
    connectionId === null ? [] : [{ type: 'send', connectionId, message: { type: 'unmute-asked', source } }]
  return step(asked === target ? state : withSeat(state, asked), ...asking)
}

export function removeOccupant(
  state: RoomState,
  sender: Seat,
  message: Of<'remove-occupant'>,
  atMs: number,
): RoomStep {
  const target = visibleSeat(state, message.occupantId)
  if (target === undefined) return refuse(state, sender, atMs, 'no_such_occupant', message.type)
  if (target.isHost) return refuse(state, sender, atMs, 'not_allowed', message.type)
  return removeSeat(state, target)
}

/** The seat is free at once, and every token of it is barred. */
export function removeSeat(state: RoomState, target: Seat): RoomStep {
  const connectionId = connectionOf(target)
  const closing: readonly RoomEffect[] =
    connectionId === null ? [] : [{ type: 'close', connectionId, reason: 'removed' }]
  return step(withoutSeats(withBarredTokens(state, target, 'removed'), [target]), ...closing)
}

/** What is not named stays; fewer seats remove nobody. */
export function changeSettings(state: RoomState, change: SettingsChange): RoomState {
  const { settings } = state
  const changed = {
    ...settings,
    maxParticipants: change.maxParticipants ?? settings.maxParticipants,
    admission: change.admission ?? settings.admission,
    knockPicture: change.knockPicture ?? settings.knockPicture,
    isLocked: change.isLocked ?? settings.isLocked,
    mayUnmute: change.mayUnmute ?? settings.mayUnmute,
    onHostLeave: change.onHostLeave ?? settings.onHostLeave,
    hostGraceMs: change.hostGraceMs ?? settings.hostGraceMs,
    route: change.route ?? settings.route,
  }
  if (isSameData(changed, settings)) return state
  // A wait that has begun becomes as much longer or shorter: whoever asks for it means this one, too.
  const longerMs = changed.hostGraceMs - settings.hostGraceMs
  const { hostAwaitedUntilMs: untilMs } = state
  return { ...state, settings: changed, hostAwaitedUntilMs: untilMs === null ? null : untilMs + longerMs }
}
