/**
 * Decides: every message on a room's socket, both ways (PROTOCOL.md).
 * Does not decide: bytes (codec.ts), rights (permissions.ts), meaning (the reducers).
 * Invariants: unknown fields are ignored, unknown types refused; every string, number and array is bounded.
 */
import * as v from 'valibot'
import { messageErrorCodes } from '../errors.ts'
import { endpointIdSchema, instanceIdSchema, linkIdSchema, occupantIdSchema, relayIdSchema } from '../ids.ts'
import { knockPictureSchema } from '../knock-picture.ts'
import { limits } from '../limits.ts'
import { settingsChangeSchema } from '../room-info.ts'
import { epochSchema, routeWishSchema } from '../route.ts'
import { publicationSchema, snapshotPatchSchema, snapshotSchema } from '../snapshot.ts'
import { sources, sourceSchema } from '../source.ts'
import { relayTicketSchema } from '../ticket.ts'
import { pathReportsSchema, relayRttSchema } from './path-report.ts'

/** Counts the remakes of the link between two occupants; signals of an older generation are dropped (LK4). */
export const generationSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(1))

/** What one end of a link tells the other: descriptions and candidates. The room passes it on unread (SG2). */
export const payloadSchema = v.pipe(v.string(), v.maxLength(limits.messageMaxBytes))

const gapSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(limits.gapMaxMs))

export const clientMessageSchema = v.variant('type', [
  /** Media is set up (or refused): the first message of every socket. Links may start (J3). */
  v.object({
    type: v.literal('media-ready'),
    instanceId: instanceIdSchema,
    publications: v.pipe(v.array(publicationSchema), v.maxLength(sources.length)),
    /** How this occupant's media may flow; absent: as the room likes (RT2). */
    routeWish: v.optional(routeWishSchema),
  }),
  /** Offer a source, or change its mute. `seenRevision` = the newest snapshot the sender had obeyed (MD4). */
  v.object({
    type: v.literal('publish'),
    source: sourceSchema,
    mutedBy: v.nullable(v.literal('self')),
    seenRevision: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  }),
  v.object({ type: v.literal('unpublish'), source: sourceSchema }),
  v.object({
    type: v.literal('signal'),
    to: endpointIdSchema,
    generation: generationSchema,
    payload: payloadSchema,
  }),
  /** The link to this endpoint is beyond repair; both ends get a new generation (LK5). */
  v.object({ type: v.literal('link-failed'), to: endpointIdSchema, generation: generationSchema }),
  /** A fresh ticket for the relay link of this generation, for an ICE restart; answered by `ticket` (RL5). */
  v.object({ type: v.literal('ask-ticket'), to: relayIdSchema, generation: generationSchema }),
  /** All that this occupant saw on the next route has shown its first picture or sound here; the room may commit it (MG3). */
  v.object({ type: v.literal('route-ready'), epoch: epochSchema }),
  /** How this occupant's links do: said when a verdict changes, or figures do by much (FX1). */
  v.object({
    type: v.literal('report'),
    paths: pathReportsSchema,
    /** For seconds now this occupant's pictures have been smaller than wished for want of bandwidth upwards. */
    isUplinkLimited: v.boolean(),
  }),
  /**
   * The longest that any camera here stood still around the present route's beginning, and in the seconds before; null: too little
   * was seen then (FX3).
   */
  v.object({
    type: v.literal('route-gap'),
    epoch: epochSchema,
    gapMs: gapSchema,
    steadyMs: v.nullable(gapSchema),
  }),
  /** How far this occupant is from the relays that `probe-relays` named (CH5). */
  v.object({
    type: v.literal('relay-probes'),
    rtts: v.pipe(v.array(relayRttSchema), v.maxLength(limits.chainProbesMax)),
  }),
  /** From someone at the door: a picture for the host to see, or null to take it back (KN8). */
  v.object({ type: v.literal('knock-picture'), picture: v.nullable(knockPictureSchema) }),
  /** Lets someone in who knocks (KN2), or turns them away for good (KN3). */
  v.object({ type: v.literal('admit'), occupantId: occupantIdSchema }),
  v.object({ type: v.literal('deny'), occupantId: occupantIdSchema }),
  v.object({ type: v.literal('change-settings'), settings: settingsChangeSchema }),
  v.object({ type: v.literal('mute-occupant'), occupantId: occupantIdSchema, source: sourceSchema }),
  /** Mutes this source of every participant. */
  v.object({ type: v.literal('mute-all'), source: sourceSchema }),
  /** Asks someone to un-mute; only that person can (H4). */
  v.object({ type: v.literal('ask-unmute'), occupantId: occupantIdSchema, source: sourceSchema }),
  /** Makes this participant the host, and the sender a participant (MD8). */
  v.object({ type: v.literal('hand-over'), occupantId: occupantIdSchema }),
  v.object({ type: v.literal('remove-occupant'), occupantId: occupantIdSchema }),
  v.object({ type: v.literal('end-room') }),
  v.object({ type: v.literal('leave') }),
])
export type ClientMessage = v.InferOutput<typeof clientMessageSchema>

/** One link this occupant should have. The initiator makes the offer; exactly one end is it (LK1). */
export const linkAssignmentSchema = v.object({
  occupantId: occupantIdSchema,
  initiator: v.boolean(),
  generation: generationSchema,
  /** It connects and carries no media until the next list says otherwise (MG6). */
  isStandby: v.optional(v.boolean()),
})
export type LinkAssignment = v.InferOutput<typeof linkAssignmentSchema>

/** The relay link this occupant should have, with what opens it (RL1). The occupant makes every offer. */
export const relayAssignmentSchema = v.object({
  relayId: relayIdSchema,
  generation: generationSchema,
  linkId: linkIdSchema,
  ticket: relayTicketSchema,
  isStandby: v.optional(v.boolean()),
})
export type RelayAssignment = v.InferOutput<typeof relayAssignmentSchema>

/** Someone at the door, for the host's eyes only. */
export const knockSchema = v.object({
  occupantId: occupantIdSchema,
  displayName: v.pipe(v.string(), v.maxLength(2 * limits.displayNameMaxLength)),
})
export type Knock = v.InferOutput<typeof knockSchema>

export const serverMessageSchema = v.variant('type', [
  /** The first message on every socket: who you are, and all there is to know. */
  v.object({
    type: v.literal('welcome'),
    occupantId: occupantIdSchema,
    isHost: v.boolean(),
    snapshot: snapshotSchema,
  }),
  /** In place of `welcome` while the host has not let you in (KN1). Said again when a picture should be shown anew (KN8). */
  v.object({ type: v.literal('knocking'), mayShowPicture: v.optional(v.boolean()) }),
  /** To the host: everyone at the door; it replaces the earlier list. */
  v.object({
    type: v.literal('knocks'),
    knocks: v.pipe(v.array(knockSchema), v.maxLength(limits.knocksMax)),
  }),
  /** To the host: what someone of the list looks like, or null when they took it back (KN8). */
  v.object({
    type: v.literal('knock-picture'),
    occupantId: occupantIdSchema,
    picture: v.nullable(knockPictureSchema),
  }),
  /** The host asks you to un-mute (H4). */
  v.object({ type: v.literal('unmute-asked'), source: sourceSchema }),
  v.object({ type: v.literal('room-changed'), patch: snapshotPatchSchema }),
  /** All the links you should have now; it replaces every earlier list (ST1). */
  v.object({
    type: v.literal('start'),
    links: v.pipe(v.array(linkAssignmentSchema), v.maxLength(limits.maxParticipantsCeiling)),
    /** Absent: no relay link. One that is known already (same relay, same generation) stays as it is. */
    relay: v.optional(relayAssignmentSchema),
    /** While media moves from one relay to another: the link to the next one (MG2). */
    nextRelay: v.optional(relayAssignmentSchema),
  }),
  /** Measure how far these relays are: connect with each ticket, send no media, hang up, answer `relay-probes` (CH5). */
  v.object({
    type: v.literal('probe-relays'),
    relays: v.pipe(
      v.array(v.object({ relayId: relayIdSchema, ticket: relayTicketSchema })),
      v.maxLength(limits.chainProbesMax),
    ),
  }),
  /** Answers `ask-ticket`. */
  v.object({
    type: v.literal('ticket'),
    relayId: relayIdSchema,
    generation: generationSchema,
    ticket: relayTicketSchema,
  }),
  v.object({
    type: v.literal('signal'),
    from: endpointIdSchema,
    generation: generationSchema,
    payload: payloadSchema,
  }),
  /** One message of yours was refused; nothing changed. `about` = its type, when it had one. */
  v.object({
    type: v.literal('error'),
    code: v.picklist(messageErrorCodes),
    about: v.optional(v.pipe(v.string(), v.maxLength(64))),
  }),
])
export type ServerMessage = v.InferOutput<typeof serverMessageSchema>
