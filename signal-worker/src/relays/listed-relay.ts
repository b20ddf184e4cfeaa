/**
 * Decides: what is kept of a relay, and how busy it counts as.
 * Does not decide: what changes it (relay-roster.ts).
 * Invariants: plain JSON, checked when it is read again; a relay is what it last said, nothing is guessed but promised links.
 */
import { relayIdSchema } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import { relayRttSchema } from '@video-room/shared/protocol/path-report.ts'
import { relayToRegistrySchema } from '@video-room/shared/protocol/relay-messages.ts'
import * as v from 'valibot'
import { connectionIdSchema } from '../room/connection-id.ts'

const countSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const [helloSchema] = relayToRegistrySchema.options
const { type: _type, ...helloEntries } = helloSchema.entries

const listedRelaySchema = v.object({
  ...helloEntries,
  relayId: relayIdSchema,
  /** As it last said. */
  links: countSchema,
  rooms: countSchema,
  trunks: v.optional(countSchema, 0),
  /** Of all its cores, 0 to 1. */
  cpu: v.number(),
  /** To others of the roster, each once; nothing is kept of one that has gone (RG6). */
  rtts: v.pipe(v.array(relayRttSchema), v.maxLength(limits.relaysProbedMax)),
  /** Links that rooms summoned since then are taken to bring: a hundred rooms at once do not all go to one. */
  promisedLinks: countSchema,
  isDraining: v.boolean(),
})
export type ListedRelay = Readonly<v.InferOutput<typeof listedRelaySchema>>

export const relaySocketSchema = v.object({
  connectionId: connectionIdSchema,
  heardAtMs: v.pipe(v.number(), v.safeInteger()),
  /** Malformed or untimely messages (VR4). */
  violations: countSchema,
  /** Null before its hello. */
  relay: v.nullable(listedRelaySchema),
})
export type RelaySocket = Readonly<v.InferOutput<typeof relaySocketSchema>>

/** In order of arrival. */
export type RelayRoster = readonly RelaySocket[]

export const silentAtMs = ({ heardAtMs }: RelaySocket): number => heardAtMs + limits.relaySilentMs

export const expectedLinks = ({ links, promisedLinks }: ListedRelay): number => links + promisedLinks

/** Of what it can carry; above 1 when more was promised than fits. */
export const busyShare = (relay: ListedRelay): number => expectedLinks(relay) / relay.capacity
