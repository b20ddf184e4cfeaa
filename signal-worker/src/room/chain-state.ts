/**
 * Decides: what a room remembers of relays that might be joined to a tree: distances, what was decided, how trunks do.
 * Does not decide: how that changes (chain.ts), nor which tree follows from it (relay-tree.ts).
 * Invariants: plain JSON; no addresses, no keys.
 */
import { occupantIdSchema, relayIdSchema, type RelayId } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import { relayRttSchema } from '@video-room/shared/protocol/path-report.ts'
import { routeRelaySchema } from '@video-room/shared/route.ts'
import * as v from 'valibot'

const timeSchema = v.pipe(v.number(), v.safeInteger())
const countSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const { relayId, region } = routeRelaySchema.entries

const chainRelaySchema = v.object({
  relayId,
  region,
  /** It takes no room now: it drains, or has enough. */
  isFull: v.boolean(),
  /** Of what it can carry, 0 to 1. */
  load: v.optional(v.number(), 0),
  /** To the others, as it measured them. */
  rtts: v.pipe(v.array(relayRttSchema), v.maxLength(limits.relaysProbedMax), v.readonly()),
})
export type ChainRelay = Readonly<v.InferOutput<typeof chainRelaySchema>>

const probedSchema = v.object({
  relayId,
  rttsMs: v.pipe(v.array(relayRttSchema.entries.rttMs), v.maxLength(limits.chainProbesKept), v.readonly()),
  /** Questions of all looks, the older ones counting less, and how many of them had no answer. */
  asked: v.optional(v.number(), 0),
  lost: v.optional(v.number(), 0),
})
export type Probed = Readonly<v.InferOutput<typeof probedSchema>>

const treeSchema = v.object({
  relays: v.pipe(v.array(relayIdSchema), v.maxLength(limits.routeRelaysMax), v.readonly()),
  parents: v.optional(v.record(relayIdSchema, relayIdSchema), {}),
  homes: v.record(occupantIdSchema, relayIdSchema),
})

export const chainSchema = v.object({
  /** When the registry is asked next; null: not while nothing is relayed. */
  lookAtMs: v.nullable(timeSchema),
  /** Looks in a row that changed nothing. */
  quietLooks: countSchema,
  /** A look that is under way: what the registry named, and when what occupants measured is judged. */
  look: v.nullable(
    v.object({ judgeAtMs: timeSchema, relays: v.pipe(v.array(chainRelaySchema), v.readonly()) }),
  ),
  /** What each seat measured of each relay in its last looks, newest first. */
  probes: v.record(occupantIdSchema, v.pipe(v.array(probedSchema), v.readonly())),
  /** Seen to be better, and in how many looks in a row. */
  candidate: v.nullable(v.object({ tree: treeSchema, looks: countSchema })),
  /** Decided, until the route is it. */
  wanted: v.nullable(treeSchema),
  /** No tree is taken up before this. */
  restUntilMs: v.nullable(timeSchema),
  /** Of each trunk that was heard of: since when it has been down, or how far its ends are apart. */
  trunks: v.pipe(
    v.array(
      v.object({
        dials: relayIdSchema,
        answers: relayIdSchema,
        downSinceMs: v.nullable(timeSchema),
        rttMs: v.nullable(v.number()),
      }),
    ),
    v.readonly(),
  ),
})
export type Chain = Readonly<v.InferOutput<typeof chainSchema>>

/** What was heard of the trunk between a relay and its parent; undefined: nothing yet. */
export const trunkBetween = (
  { trunks }: Chain,
  a: RelayId,
  b: RelayId,
): Chain['trunks'][number] | undefined =>
  trunks.find(({ dials, answers }) => (dials === a && answers === b) || (dials === b && answers === a))

export const initialChain: Chain = {
  lookAtMs: null,
  quietLooks: 0,
  look: null,
  probes: {},
  candidate: null,
  wanted: null,
  restUntilMs: null,
  trunks: [],
}
