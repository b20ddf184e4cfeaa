/**
 * Decides: what is left of a room that ended, and who is told (MD6).
 * Does not decide: when it ends (lifetime.ts, host.ts) or who may end it (messages.ts, control.ts).
 * Invariants: an ended room has no seats, no knocks, and never opens again.
 */
import { step, type Step } from '@video-room/shared/machine/step.ts'
import type { RoomEffect } from './effect.ts'
import { noRelay, relaysOf, socketOf } from './relay-state.ts'
import { initialRouting } from './routing-state.ts'
import { connectionOf, type RoomState } from './state.ts'

/** Closes every socket with 4410 and keeps a tombstone. */
export function endRoom(state: RoomState, atMs: number): Step<RoomState, RoomEffect> {
  if (state.status !== 'open') return step(state)
  const sockets = [
    ...[...state.seats, ...state.knocks].map(connectionOf),
    ...relaysOf(state.relay).map(socketOf),
  ]
  const closing = sockets.flatMap((connectionId): RoomEffect[] => {
    return connectionId === null ? [] : [{ type: 'close', connectionId, reason: 'room_ended' }]
  })
  return step(
    {
      ...state,
      status: 'ended',
      endedAtMs: atMs,
      seats: [],
      knocks: [],
      relay: noRelay,
      routing: { ...initialRouting, epoch: state.route.epoch },
      generations: {},
      barred: [],
      hostAwaitedUntilMs: null,
      sweepAtMs: null,
    },
    ...closing,
  )
}
