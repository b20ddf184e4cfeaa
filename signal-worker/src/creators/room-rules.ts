/**
 * Decides: what a creator's token may say of the rooms it makes, and how a wish is measured against it (C4).
 * Does not decide: whether the token is good (creator-token.ts).
 * Invariants: a room never exceeds what its creator's token says; a misspelt rule makes the token bad, not void.
 */
import { entriesOf } from '@video-room/shared/lang.ts'
import { createRequestSchema } from '@video-room/shared/protocol/http.ts'
import * as v from 'valibot'

const {
  maxParticipants,
  allowNoMedia,
  admission,
  knockPicture,
  isLocked,
  mayUnmute,
  onHostLeave,
  hostGraceMs,
  route,
  lifetimeMs,
} = createRequestSchema.entries

/**
 * Any setting of `POST /room/create`, without its default: what is not named is not ruled. Numbers are ceilings,
 * everything else is fixed, and both are what a room gets whose wish does not name them.
 */
export const roomRulesSchema = v.strictObject({
  maxParticipants: v.optional(maxParticipants.wrapped),
  allowNoMedia: v.optional(allowNoMedia.wrapped),
  admission: v.optional(admission.wrapped),
  knockPicture: v.optional(knockPicture.wrapped),
  isLocked: v.optional(isLocked.wrapped),
  mayUnmute: v.optional(mayUnmute.wrapped),
  onHostLeave: v.optional(onHostLeave.wrapped),
  hostGraceMs: v.optional(hostGraceMs.wrapped),
  route: v.optional(route.wrapped),
  lifetimeMs: v.optional(lifetimeMs.wrapped),
})
export type RoomRules = Readonly<v.InferOutput<typeof roomRulesSchema>>

export type RoomWish = v.InferOutput<typeof createRequestSchema>

/** The first setting of the wish that the rules do not allow, or null. */
export function brokenRule(wish: RoomWish, rules: RoomRules): keyof RoomRules | null {
  const broken = entriesOf<keyof RoomRules, number | string | boolean | undefined>(rules).find(
    ([field, rule]) => {
      const wished = wish[field]
      if (rule === undefined) return false
      return typeof rule === 'number' && typeof wished === 'number' ? wished > rule : wished !== rule
    },
  )
  return broken?.[0] ?? null
}
