/**
 * Decides: which room a text names: a UUID, or any form of an emoji address (AD1).
 * Does not decide: whether that room exists.
 * Invariants: every form of one address gives the same name, so that a reload finds its seat whatever the link looked like.
 */
import { parseAddress } from './emoji/address.ts'
import { roomIdSchema } from './ids.ts'
import * as v from 'valibot'

/** The short code of an emoji address, canonical: thirteen characters of Crockford's base32. */
const roomCodeSchema = v.pipe(v.string(), v.regex(/^[0-9a-hjkmnp-tv-z]{13}$/), v.brand('RoomCode'))

/** A room by its UUID, or by the short code of its emoji address. ASCII: paths and storage take it as it is. */
const roomNameSchema = v.union([roomIdSchema, roomCodeSchema])
export type RoomName = v.InferOutput<typeof roomNameSchema>

/** Null for what names no room. */
export function roomNameOf(text: string): RoomName | null {
  const trimmed = text.trim()
  const parsed = v.safeParse(roomNameSchema, parseAddress(trimmed)?.code ?? trimmed)
  return parsed.success ? parsed.output : null
}
