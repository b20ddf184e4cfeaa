/**
 * Decides: what a place in the room or at its door starts with, and what a join with its token changes.
 * Does not decide: who gets one (admission.ts, knocking.ts).
 * Invariants: a new token is held beside the old one until it opened a socket (HT5).
 */
import type { SecretHash } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import type { Place } from './state.ts'

/** Until when the gate and the room hold a seat for the socket of a join at `atMs` (HT4). */
export const joinHoldsUntilMs = (atMs: number): number => atMs + limits.joinToSocketMs

/** What a seat starts with, however it was come by. */
export const newSeat = {
  provedHost: false,
  instanceId: null,
  routeWish: 'auto',
  readyOrder: null,
  publications: [],
  unmuteAsked: [],
  silenced: [],
} as const

/** A join with the token of a place: a new token, and time for a new socket. */
export function returned<Kind extends Place>(
  place: Kind,
  displayName: string,
  event: { readonly atMs: number; readonly resumeTokenHash: SecretHash },
): Kind {
  const { presence } = place
  return {
    ...place,
    displayName: displayName === '' ? place.displayName : displayName,
    nextTokenHash: event.resumeTokenHash,
    presence: presence.kind === 'present' ? presence : { ...presence, untilMs: joinHoldsUntilMs(event.atMs) },
  }
}
