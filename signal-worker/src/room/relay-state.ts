/**
 * Decides: what a room remembers of the relays that serve it, and of its search for one.
 * Does not decide: how that changes (relay.ts), nor which links there are (relay-links.ts).
 * Invariants: plain JSON; tokens only as hashes. The ICE key is here because the room mints tickets with it: it never
 * leaves but as what HMAC makes of it (ADR 0014).
 */
import {
  linkIdSchema,
  type EndpointId,
  occupantIdSchema,
  relayIdSchema,
  type SecretHash,
  secretHashSchema,
  secretSchema,
} from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import { relayThreadSchema, threadCandidateSchema } from '@video-room/shared/relay-threads.ts'
import { routeRelaySchema } from '@video-room/shared/route.ts'
import { relayTicketSchema } from '@video-room/shared/ticket.ts'
import * as v from 'valibot'
import { connectionIdSchema, type ConnectionId } from './connection-id.ts'

const timeSchema = v.pipe(v.number(), v.safeInteger())
const countSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const { fingerprint } = relayTicketSchema.entries

const named = routeRelaySchema.entries

const knownRelaySchema = v.object({
  relayId: named.relayId,
  region: named.region,
  /** Those of its thread once it has come, of all its threads before (relay-thread.ts). */
  candidates: v.pipe(
    v.array(threadCandidateSchema),
    v.minLength(1),
    v.maxLength(limits.relayHelloCandidatesMax),
  ),
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
  /** Which of its media threads this room is on (RG8). */
  thread: v.optional(relayThreadSchema, 0),
  /** away: its socket is lost, its media may go on; until when it stays in the route (RT3). */
  presence: v.variant('kind', [
    v.object({ kind: v.literal('present'), connectionId: connectionIdSchema, violations: countSchema }),
    v.object({ kind: v.literal('away'), untilMs: timeSchema, sinceMs: v.optional(timeSchema, 0) }),
  ]),
  /** Whose link to it failed last, while its socket was there; someone else's soon after, and it is lost (RT3). */
  doubt: v.optional(v.nullable(v.object({ occupantId: occupantIdSchema, atMs: timeSchema })), null),
  /** It asked to be left; it serves until another one does. */
  isDraining: v.boolean(),
  /** Of its links that are not in the table of generations. */
  firstGeneration: v.optional(v.pipe(countSchema, v.minValue(1)), 1),
  /** Link ids given so far. */
  linkCount: countSchema,
  /** The link of each seat, of its present generation. */
  links: v.record(occupantIdSchema, v.object({ generation: countSchema, linkId: linkIdSchema })),
  /** The trunk of each relay that dials this one, of its present generation (CH3). */
  trunks: v.optional(
    v.record(relayIdSchema, v.object({ generation: countSchema, linkId: linkIdSchema })),
    {},
  ),
})
export type ServingRelay = Readonly<v.InferOutput<typeof servingRelaySchema>>

/** asking: the registry · awaited: it named one, whose socket is due · resting: nobody was there, until the next try. */
const searchSchema = v.variant('kind', [
  v.object({ kind: v.literal('asking'), untilMs: timeSchema }),
  v.object({ kind: v.literal('awaited'), untilMs: timeSchema, relay: knownRelaySchema }),
  v.object({ kind: v.literal('resting'), untilMs: timeSchema }),
])

/** A branch is asked for by name, and nothing rests: the tree was given up if it is not to be had (chain.ts). */
const branchSearchSchema = v.variant('kind', [
  v.object({ kind: v.literal('asking'), untilMs: timeSchema, relayId: relayIdSchema }),
  v.object({ kind: v.literal('awaited'), untilMs: timeSchema, relay: knownRelaySchema }),
])

export const relayStateSchema = v.object({
  /** The relay of the route, of a tree the first; in a mesh, the one that stands by. */
  serving: v.nullable(servingRelaySchema),
  /** The one to which media moves from `serving`, which drains or is away. */
  next: v.optional(v.nullable(servingRelaySchema), null),
  /** The other relays of a tree, in the route or on their way into it or out of it (CH1). */
  branches: v.optional(v.pipe(v.array(servingRelaySchema), v.readonly()), []),
  search: v.nullable(searchSchema),
  branchSearch: v.optional(v.nullable(branchSearchSchema), null),
  /** Searches in a row that found none. */
  failures: countSchema,
  /** Failed this room lately: not asked for while there is another. Oldest first. */
  shunned: v.pipe(v.array(relayIdSchema), v.maxLength(limits.relaysShunnedMax), v.readonly()),
  /** Where the generations of the next relay begin; grows with each that goes, so that none of the same relay comes twice. */
  firstGeneration: v.pipe(countSchema, v.minValue(1)),
  /** Someone could not reach the one that stood by: none stands by before this. */
  pausedUntilMs: v.optional(v.nullable(timeSchema), null),
})
export type RelayState = Readonly<v.InferOutput<typeof relayStateSchema>>

export const noRelay: RelayState = {
  serving: null,
  next: null,
  branches: [],
  search: null,
  branchSearch: null,
  failures: 0,
  shunned: [],
  firstGeneration: 1,
  pausedUntilMs: null,
}

/** Those that have a part in this room now. */
export const relaysOf = ({ serving, next, branches }: RelayState): readonly ServingRelay[] =>
  [serving, next, ...branches].filter((relay) => relay !== null)

export const relayOf = (state: RelayState, id: EndpointId): ServingRelay | null =>
  relaysOf(state).find(({ relayId }) => relayId === id) ?? null

export const socketOf = ({ presence }: ServingRelay): ConnectionId | null =>
  presence.kind === 'present' ? presence.connectionId : null

export const relayByConnection = (state: RelayState, connectionId: ConnectionId): ServingRelay | null =>
  relaysOf(state).find((relay) => socketOf(relay) === connectionId) ?? null

/** Whose next socket this token opens; one that was summoned and has not come yet is among them. */
export function relayByToken(state: RelayState, tokenHash: SecretHash): KnownRelay | null {
  const awaited = [state.search, state.branchSearch].map((search) =>
    search?.kind === 'awaited' ? search.relay : null,
  )
  return [...awaited, ...relaysOf(state)].find((one) => one?.tokenHash === tokenHash) ?? null
}

/** One of them, changed. */
export function withRelay(state: RelayState, relay: ServingRelay): RelayState {
  const changed = <Old extends ServingRelay | null>(old: Old): Old | ServingRelay =>
    old?.relayId === relay.relayId ? relay : old
  const { serving, next, branches } = state
  return { ...state, serving: changed(serving), next: changed(next), branches: branches.map(changed) }
}

/** The one that media should go through: it has a socket and means to stay. */
export const routeRelayOf = ({ serving, next }: RelayState): ServingRelay | null =>
  [serving, next].find((relay) => relay !== null && socketOf(relay) !== null && !relay.isDraining) ?? null
