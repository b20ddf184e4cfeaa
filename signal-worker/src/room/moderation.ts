/**
 * Decides: what the host's actions do (MD2, MD5).
 * Does not decide: who is the host (admission.ts); rights are asked in messages.ts before anything comes here.
 * Invariants: a host can silence, never un-silence; the host's own seat cannot be removed.
 */
import { limits } from '@video-room/shared/limits.ts'
import { step, type Step } from '@video-room/shared/machine/step.ts'
import type { ClientMessage } from '@video-room/shared/protocol/messages.ts'
import type { RoomEffect } from './effect.ts'
import { withoutSeats } from './presence.ts'
import { withHostMute } from './publications.ts'
import { refuse } from './refusal.ts'
import { connectionOf, isVisible, seatOf, withSeat, type RoomState, type Seat } from './state.ts'

type Of<Type extends ClientMessage['type']> = Extract<ClientMessage, { type: Type }>

export function muteOccupant(
  state: RoomState,
  sender: Seat,
  message: Of<'mute-occupant'>,
  atMs: number,
): Step<RoomState, RoomEffect> {
  const target = seatOf(state, message.occupantId)
  if (target === undefined || !isVisible(target)) {
    return refuse(state, sender, atMs, 'no_such_occupant', message.type)
  }
  const muted = withHostMute(target, message.source, state.revision + 1)
  if (muted === null) return refuse(state, sender, atMs, 'no_such_publication', message.type)
  return step(muted === target ? state : withSeat(state, muted))
}

/** The seat is free at once, and every token of it is barred. */
export function removeOccupant(
  state: RoomState,
  sender: Seat,
  message: Of<'remove-occupant'>,
  atMs: number,
): Step<RoomState, RoomEffect> {
  const target = seatOf(state, message.occupantId)
  if (target === undefined || !isVisible(target)) {
    return refuse(state, sender, atMs, 'no_such_occupant', message.type)
  }
  if (target.isHost) return refuse(state, sender, atMs, 'not_allowed', message.type)
  const connectionId = connectionOf(target)
  const closing: readonly RoomEffect[] =
    connectionId === null ? [] : [{ type: 'close', connectionId, reason: 'removed' }]
  return step(withoutSeats(withBarredTokens(state, target), [target]), ...closing)
}

function withBarredTokens(state: RoomState, seat: Seat): RoomState {
  const hashes = [seat.tokenHash, ...(seat.nextTokenHash === null ? [] : [seat.nextTokenHash])]
  return {
    ...state,
    removedTokenHashes: [...state.removedTokenHashes, ...hashes].slice(-limits.removedTokensMax),
  }
}
