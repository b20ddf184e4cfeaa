/**
 * Decides: every message between a relay and the registry, and between a relay and a room (rules RG, RL).
 * Does not decide: bytes (codec.ts), what media does.
 * Invariants: as in messages.ts; what both kinds of endpoint hear has one shape for both.
 */
import * as v from 'valibot'
import {
  endpointIdSchema,
  linkIdSchema,
  occupantIdSchema,
  relayIdSchema,
  roomIdSchema,
  secretSchema,
} from '../ids.ts'
import { limits } from '../limits.ts'
import { threadCandidatesSchema } from '../relay-threads.ts'
import { snapshotPatchSchema, snapshotSchema } from '../snapshot.ts'
import { fingerprintSchema, relayCandidateSchema, relayTicketSchema } from '../ticket.ts'
import { generationSchema, payloadSchema } from './messages.ts'
import { relayRttSchema } from './path-report.ts'

const countSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const shareSchema = v.pipe(v.number(), v.minValue(0), v.maxValue(1))

/** From a relay to the registry. */
export const relayToRegistrySchema = v.variant('type', [
  /** The first message of every socket. */
  v.object({
    type: v.literal('relay-hello'),
    relayId: relayIdSchema,
    region: v.pipe(v.string(), v.maxLength(limits.regionMaxLength)),
    /** Of all its media threads (RG8). */
    candidates: threadCandidatesSchema,
    fingerprint: fingerprintSchema,
    /** 32 random bytes of this boot, base64url: rooms sign tickets with it (RL2). */
    iceKey: secretSchema,
    /** Links it will serve at once. */
    capacity: countSchema,
  }),
  /** Every `limits.relayLoadMs`, and its sign of life. */
  v.object({
    type: v.literal('relay-load'),
    links: countSchema,
    rooms: countSchema,
    /** Links that are trunks to other relays (CH3). Absent: none. */
    trunks: v.optional(countSchema),
    cpu: shareSchema,
    /** Round trips to the others that it was told of (RG6), the median of the last few probes. */
    rtts: v.optional(v.pipe(v.array(relayRttSchema), v.maxLength(limits.relaysProbedMax))),
  }),
  /** It takes no more rooms, and leaves those it has when they have moved on or ended. */
  v.object({ type: v.literal('relay-draining') }),
])
export type RelayToRegistry = v.InferOutput<typeof relayToRegistrySchema>

/** From the registry to a relay. */
export const registryToRelaySchema = v.variant('type', [
  v.object({ type: v.literal('registered') }),
  /** A room wants this relay: it opens `GET /room/:id/relay` with this secret, which works once (RG4). */
  v.object({ type: v.literal('summon'), roomId: roomIdSchema, secret: secretSchema }),
  /** The others there are now, by their thread 0; their distance is probed (RG6). It replaces the earlier list. */
  v.object({
    type: v.literal('relays'),
    relays: v.pipe(
      v.array(
        v.object({
          relayId: relayIdSchema,
          candidates: v.pipe(v.array(relayCandidateSchema), v.maxLength(limits.relayCandidatesMax)),
        }),
      ),
      v.maxLength(limits.relaysProbedMax),
    ),
  }),
  /** An operator wants this relay empty: it drains as if told by a signal (RG7). */
  v.object({ type: v.literal('drain') }),
])
export type RegistryToRelay = v.InferOutput<typeof registryToRelaySchema>

/** One link that the relay shall serve. */
export const servedLinkSchema = v.object({
  occupantId: occupantIdSchema,
  linkId: linkIdSchema,
  generation: generationSchema,
})
export type ServedLink = v.InferOutput<typeof servedLinkSchema>

/**
 * One trunk that the relay shall have (CH3). The end with a ticket dials; both know whose certificate the other must prove.
 * `ticket.fingerprint` = `fingerprint`.
 */
export const servedTrunkSchema = v.object({
  relayId: relayIdSchema,
  linkId: linkIdSchema,
  generation: generationSchema,
  fingerprint: fingerprintSchema,
  ticket: v.optional(relayTicketSchema),
})
export type ServedTrunk = v.InferOutput<typeof servedTrunkSchema>

/** From a room to a relay that serves it. */
export const roomToRelaySchema = v.variant('type', [
  /** The first message on every socket. `resumeToken` opens the next one, should this one be lost. */
  v.object({ type: v.literal('relay-welcome'), snapshot: snapshotSchema, resumeToken: secretSchema }),
  v.object({ type: v.literal('room-changed'), patch: snapshotPatchSchema }),
  /** All the links it should serve now; it replaces the earlier list, and what is not in it is closed. */
  v.object({
    type: v.literal('relay-links'),
    links: v.pipe(v.array(servedLinkSchema), v.maxLength(limits.maxParticipantsCeiling + 1)),
    trunks: v.optional(v.pipe(v.array(servedTrunkSchema), v.maxLength(limits.routeRelaysMax))),
  }),
  v.object({
    type: v.literal('signal'),
    from: occupantIdSchema,
    generation: generationSchema,
    payload: payloadSchema,
  }),
])
export type RoomToRelay = v.InferOutput<typeof roomToRelaySchema>

/** From a relay to a room. */
export const relayToRoomSchema = v.variant('type', [
  v.object({
    type: v.literal('signal'),
    to: occupantIdSchema,
    generation: generationSchema,
    payload: payloadSchema,
  }),
  /** The relay heard nothing of this link for too long, or refused it; the room names a new generation (LK5). */
  v.object({ type: v.literal('link-failed'), to: endpointIdSchema, generation: generationSchema }),
  /** A trunk that this relay dialled is up, or its round trip is another by much; milliseconds (CH3). */
  v.object({
    type: v.literal('trunk-report'),
    to: relayIdSchema,
    generation: generationSchema,
    rttMs: v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(limits.reportedMsMax))),
  }),
  /** It drains: the room should find another way. */
  v.object({ type: v.literal('leave') }),
])
export type RelayToRoom = v.InferOutput<typeof relayToRoomSchema>
