/**
 * Decides: whose picture the host is shown at the door, and when those who knock are asked to show theirs anew (KN8).
 * Does not decide: what a picture is (shared/src/knock-picture.ts), nor whether someone wants to show one: they decide.
 * Invariants: the room keeps no picture; only the host's socket hears of one; nobody who was not asked may show one.
 */
import type { KnockPicture } from '@video-room/shared/knock-picture.ts'
import { limits } from '@video-room/shared/limits.ts'
import { step, type Step } from '@video-room/shared/machine/step.ts'
import { fullBucket, spend } from '@video-room/shared/machine/token-bucket.ts'
import type { ConnectionId } from './connection-id.ts'
import type { RoomEffect } from './effect.ts'
import { decline, refuse } from './refusal.ts'
import { connectionOf, hostSeatOf, withKnock, type Knock, type RoomState } from './state.ts'

const rate = { burst: limits.knockPictureBurst, perSecond: limits.knockPicturesPerSecond }

/** Passes a picture, or the wish to be seen no more, on to the host. With no host there it is asked for later. */
export function showPicture(
  state: RoomState,
  knock: Knock,
  picture: KnockPicture | null,
  atMs: number,
): Step<RoomState, RoomEffect> {
  // The host may have changed their mind a moment ago: no offence.
  if (!state.settings.knockPicture) return decline(state, knock, 'not_allowed', 'knock-picture')
  const { allowed, bucket } = spend(knock.pictureBucket ?? fullBucket(rate, atMs), rate, atMs)
  // Taking it back is never too much.
  if (picture !== null && !allowed) return refuse(state, knock, atMs, 'rate_limited', 'knock-picture')
  const next = picture === null ? state : withKnock(state, { ...knock, pictureBucket: bucket })
  const connectionId = hostConnectionOf(state)
  if (connectionId === null) return step(next)
  const message = { type: 'knock-picture', occupantId: knock.occupantId, picture } as const
  return step(next, { type: 'send', connectionId, message })
}

/** Does someone at the door hear `knocking` again: is there another to show it to, or may they now, or no more? */
export function isAskedAnew(before: RoomState, after: RoomState): boolean {
  const { knockPicture } = after.settings
  if (knockPicture !== before.settings.knockPicture) return true
  const connectionId = hostConnectionOf(after)
  return knockPicture && connectionId !== null && connectionId !== hostConnectionOf(before)
}

function hostConnectionOf(state: RoomState): ConnectionId | null {
  const host = hostSeatOf(state)
  return host === undefined ? null : connectionOf(host)
}
