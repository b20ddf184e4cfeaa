/**
 * Decides: what a room remembers of the relay that serves it, and of its search for one.
 * Does not decide: how that changes (relay.ts), nor which links there are (relay-links.ts).
 * Invariants: plain JSON; tokens only as hashes. The ICE key is here because the room mints tickets with it: it never
 * leaves but as what HMAC makes of it (ADR 0014).
 */
import {
  linkIdSchema,
  occupantIdSchema,
  relayIdSchema,
  secretHashSchema,
  secretSchema,
} from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import { routeRelaySchema } from '@video-room/shared/route.ts'
import { relayTicketSchema } from '@video-room/shared/ticket.ts'
import * as v from 'valibot'
import { connectionIdSchema } from './connection-id.ts'

const timeSchema = v.pipe(v.number(), v.safeInteger())
const countSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const { candidates, fingerprint } = relayTicketSchema.entries

const knownRelaySchema = v.object({
  ...routeRelaySchema.entries,
  candidates,
  fingerprint,
  iceKey: secretSchema,
  /** What opens its next socket: the secret of the summon, then what each welcome gave (RG4). */
  tokenHash: secretHashSchema,
  /** Where its link ids begin; drawn by the shell, so that rooms of one relay do not meet (RL2). */
  linkBase: linkIdSchema,
})
export type KnownRelay = Readonly<v.InferOutput<typeof knownRelaySchema>>

const servingRelaySchema = v.object({
  ...knownRelaySchema.entries,
  /** away: its socket is lost, its media may go on; until when it stays in the route (RT3). */
  presence: v.variant('kind', [
    v.object({ kind: v.literal('present'), connectionId: connectionIdSchema, violations: countSchema }),
    v.object({ kind: v.literal('away'), untilMs: timeSchema }),
  ]),
  /** Whose link to it failed last, while its socket was there; someone else's soon after, and it is lost (RT3). */
  doubt: v.optional(v.nullable(v.object({ occupantId: occupantIdSchema, atMs: timeSchema })), null),
  /** It asked to be left; it serves until another one does. */
  isDraining: v.boolean(),
  /** Link ids given so far. */
  linkCount: countSchema,
  /** The link of each seat, of its present generation. */
  links: v.record(occupantIdSchema, v.object({ generation: countSchema, linkId: linkIdSchema })),
})
export type ServingRelay = Readonly<v.InferOutput<typeof servingRelaySchema>>

/** asking: the registry · awaited: it named one, whose socket is due · resting: nobody was there, until the next try. */
const searchSchema = v.variant('kind', [
  v.object({ kind: v.literal('asking'), untilMs: timeSchema }),
  v.object({ kind: v.literal('awaited'), untilMs: timeSchema, relay: knownRelaySchema }),
  v.object({ kind: v.literal('resting'), untilMs: timeSchema }),
])

export const relayStateSchema = v.object({
  serving: v.nullable(servingRelaySchema),
  search: v.nullable(searchSchema),
  /** Searches in a row that found none. */
  failures: countSchema,
  /** Failed this room lately: not asked for while there is another. Oldest first. */
  shunned: v.pipe(v.array(relayIdSchema), v.maxLength(limits.relaysShunnedMax), v.readonly()),
  /** Of every link to a relay that is not in the table; grows with each change of relay, so that no pair of occupant and generation comes twice. */
  firstGeneration: v.pipe(countSchema, v.minValue(1)),
})
export type RelayState = Readonly<v.InferOutput<typeof relayStateSchema>>

export const noRelay: RelayState = {
  serving: null,
  search: null,
  failures: 0,
  shunned: [],
  firstGeneration: 1,
}
