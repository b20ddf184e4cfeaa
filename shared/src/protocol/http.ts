/**
 * Decides: the bodies of the HTTP routes (PROTOCOL.md, HT rules).
 * Does not decide: statuses (errors.ts) or who may ask (the worker).
 * Invariants: unknown fields are ignored; every string and number is bounded.
 */
import * as v from 'valibot'
import { httpStatusOf } from '../errors.ts'
import { occupantIdSchema, roomIdSchema, secretSchema } from '../ids.ts'
import { entriesOf } from '../lang.ts'
import { limits } from '../limits.ts'
import { roomSettingsSchema, settingsChangeSchema } from '../room-info.ts'
import { relayAssignmentSchema } from './messages.ts'

/** `POST /room/create`, with `Authorization: Bearer <creator key>`. */
export const createRequestSchema = v.object({
  ...roomSettingsSchema.entries,
  /** How long the room may live, milliseconds. */
  lifetimeMs: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(limits.roomLifetimeMinMs),
      v.maxValue(limits.roomLifetimeMaxMs),
    ),
    limits.roomLifetimeDefaultMs,
  ),
})

export const createResponseSchema = v.object({
  roomId: roomIdSchema,
  /** The same room as eight emoji, as their words (for ears), and as a short code (for a telephone). */
  emoji: v.pipe(v.string(), v.maxLength(64)),
  words: v.pipe(v.string(), v.maxLength(128)),
  code: v.pipe(v.string(), v.maxLength(16)),
  /** Opens the page of this deployment with the room in its fragment; safe to share. */
  joinUrl: v.pipe(v.string(), v.maxLength(2_048)),
  /** Makes its holder the host. Only for the creator. */
  hostToken: secretSchema,
  /** ISO 8601, UTC. */
  expiresAt: v.pipe(v.string(), v.isoTimestamp()),
})
export type CreateResponse = v.InferOutput<typeof createResponseSchema>

/** `POST /room/:id/join`. With `resumeToken` it returns to a seat, with `hostToken` it takes the host's, else a new one. */
export const joinRequestSchema = v.object({
  /** UTF-16 units; the room cleans it (display-name.ts). Generous here: a long name is cut, not refused. */
  displayName: v.optional(v.pipe(v.string(), v.maxLength(1_024)), ''),
  hostToken: v.optional(secretSchema),
  resumeToken: v.optional(secretSchema),
})
export type JoinRequest = v.InferOutput<typeof joinRequestSchema>

/** `POST /room/:id/control`, by the room's creator; the same actions arrive by Redis (RC rules). */
export const controlRequestSchema = v.variant('action', [
  v.object({ action: v.literal('lock') }),
  v.object({ action: v.literal('unlock') }),
  v.object({ action: v.literal('end') }),
  v.object({ action: v.literal('remove'), occupantId: occupantIdSchema }),
  v.object({ action: v.literal('change-settings'), settings: settingsChangeSchema }),
])
export type ControlRequest = v.InferOutput<typeof controlRequestSchema>

/** RFC 8829's RTCIceServer, as JSON. */
export const iceServerSchema = v.object({
  urls: v.pipe(v.array(v.pipe(v.string(), v.maxLength(512))), v.maxLength(8)),
  username: v.optional(v.pipe(v.string(), v.maxLength(512))),
  credential: v.optional(v.pipe(v.string(), v.maxLength(512))),
})
export type IceServer = v.InferOutput<typeof iceServerSchema>

export const joinResponseSchema = v.object({
  occupantId: occupantIdSchema,
  isHost: v.boolean(),
  resumeToken: secretSchema,
  iceServers: v.pipe(v.array(iceServerSchema), v.maxLength(16)),
  settings: roomSettingsSchema,
  admission: v.picklist(['admitted', 'waiting-for-host', 'knocking']),
  /** What the first `start` will say of the relay link, so that it may be opened before the socket is (RL3). */
  relay: v.optional(relayAssignmentSchema),
})
export type JoinResponse = v.InferOutput<typeof joinResponseSchema>

export const errorCodeSchema = v.picklist(entriesOf(httpStatusOf).map(([code]) => code))

/** Every refusal over HTTP. */
export const errorResponseSchema = v.object({
  error: v.object({
    code: errorCodeSchema,
    /** Which field was wrong, when one was. Never its value. */
    field: v.optional(v.pipe(v.string(), v.maxLength(128))),
    retryAfterMs: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  }),
})
export type ErrorResponse = v.InferOutput<typeof errorResponseSchema>
