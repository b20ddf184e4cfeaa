/**
 * Decides: how settings become words of a script, and a record is read from what a script answers.
 * Does not decide: what is asked (redis.ts), nor what stands in the keys (scripts/).
 * Invariants: an answer of any other shape is refused whole.
 */
import { occupantIdSchema, secretHashSchema } from '@video-room/shared/ids.ts'
import { entriesOf } from '@video-room/shared/lang.ts'
import { roomSettingsSchema, type RoomSettings } from '@video-room/shared/room-info.ts'
import * as v from 'valibot'
import { barredTokenSchema, listedSeatSchema, roomFactsSchema, type RoomFacts } from './record.ts'

const numberText = v.pipe(v.string(), v.regex(/^-?\d+$/), v.transform(Number))
const booleanText = v.pipe(
  v.picklist(['true', 'false']),
  v.transform((text) => text === 'true'),
)

const { admission, onHostLeave, route } = roomSettingsSchema.entries

/** The hash as `redis-cli HGETALL` shows it: all text. */
const factsSchema = v.pipe(
  v.object({
    status: roomFactsSchema.entries.status,
    maxParticipants: numberText,
    allowNoMedia: booleanText,
    admission: admission.wrapped,
    // Absent in rooms older than this setting.
    knockPicture: v.optional(booleanText, 'false'),
    isLocked: booleanText,
    mayUnmute: booleanText,
    onHostLeave: onHostLeave.wrapped,
    hostGraceMs: numberText,
    // Rooms of before this field have none.
    route,
    createdSettings: v.pipe(v.string(), v.parseJson(), roomSettingsSchema),
    createdAtMs: numberText,
    expiresAtMs: numberText,
    endedAtMs: v.optional(numberText),
    lifetimeMs: numberText,
    hostTokenHash: secretHashSchema,
    creator: v.string(),
  }),
  v.transform((facts): RoomFacts => {
    const { maxParticipants, allowNoMedia, isLocked, mayUnmute, hostGraceMs } = facts
    const { knockPicture, status, createdSettings, createdAtMs, expiresAtMs, lifetimeMs, hostTokenHash } =
      facts
    const modes = {
      admission: facts.admission,
      knockPicture,
      onHostLeave: facts.onHostLeave,
      route: facts.route,
    }
    return {
      settings: { maxParticipants, allowNoMedia, isLocked, mayUnmute, hostGraceMs, ...modes },
      createdSettings,
      status,
      createdAtMs,
      expiresAtMs,
      endedAtMs: facts.endedAtMs ?? null,
      lifetimeMs,
      hostTokenHash,
      creatorId: facts.creator === '' ? null : facts.creator,
    }
  }),
)

const flatSchema = v.pipe(
  v.array(v.string()),
  v.transform((flat) =>
    Object.fromEntries(flat.flatMap((key, at) => (at % 2 === 0 ? [[key, flat[at + 1]]] : []))),
  ),
)
const barSchema = v.pipe(
  v.string(),
  v.transform((bar) => ({
    reason: bar.slice(0, bar.indexOf(':')),
    tokenHash: bar.slice(bar.indexOf(':') + 1),
  })),
  barredTokenSchema,
)
export const recordAnswerSchema = v.tuple([
  v.literal('ok'),
  v.string(),
  v.pipe(flatSchema, factsSchema),
  v.pipe(flatSchema, v.record(occupantIdSchema, v.pipe(v.string(), v.parseJson(), listedSeatSchema))),
  v.array(barSchema),
])
export const codeSchema = v.pipe(
  v.array(v.unknown()),
  v.minLength(1),
  v.transform(([code]) => code),
  v.string(),
)

export const settingsWords = (settings: RoomSettings): readonly string[] =>
  entriesOf(settings).flatMap(([field, value]) => [field, String(value)])

/**
 * The same settings give the same text, in the order of the schema. A route that is left open is left out: rooms of before
 * that field have a text without it, and an order repeated to them still finds its own (HT2).
 */
export function settingsText(settings: RoomSettings): string {
  const { route: wished, ...others } = v.parse(roomSettingsSchema, settings)
  return JSON.stringify(wished === 'auto' ? others : { ...others, route: wished })
}

export const flag = (is: boolean): string => (is ? '1' : '0')
