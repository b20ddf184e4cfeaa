/**
 * `POST /room/create` for a proven creator: what is wished for, a place in the creator's ledger, then the room. The
 * place comes first, so that a creator never has more rooms than its quota, and goes back when no room came of it.
 */
import type { HttpErrorCode } from '@video-room/shared/errors.ts'
import { limits } from '@video-room/shared/limits.ts'
import { createRequestSchema, type CreateResponse } from '@video-room/shared/protocol/http.ts'
import { readBody } from './body.ts'
import type { Config } from './config.ts'
import type { Creator } from './creators/creator.ts'
import { brokenRule, type RoomWish } from './creators/room-rules.ts'
import type { Env } from './env.ts'
import type { Place } from './objects/creator-ledger.ts'
import { hashSecret } from './secrets.ts'

interface NotMade {
  readonly ok: false
  readonly code: HttpErrorCode
  readonly field?: string
  readonly retryAfterMs?: number
  /** An object refused, and counted it. */
  readonly isCounted: boolean
}

export async function createRoom(
  env: Env,
  config: Config,
  creator: Creator,
  request: Request,
): Promise<{ readonly ok: true; readonly value: CreateResponse } | NotMade> {
  const idempotencyKey = request.headers.get('Idempotency-Key')
  if (idempotencyKey !== null && !isIdempotencyKey(idempotencyKey)) {
    return { ok: false, code: 'bad_request', field: 'Idempotency-Key', isCounted: false }
  }
  const rules = creator.rules ?? {}
  const defaults = { maxParticipants: config.maxParticipantsDefault, ...rules }
  const body = await readBody(request, createRequestSchema, defaults)
  if (!body.ok) return { ...body, isCounted: false }
  const field = brokenRule(body.value, rules)
  if (field !== null) return { ok: false, code: 'not_allowed', field, isCounted: false }

  const ledger = env.CREATOR_LEDGER.get(env.CREATOR_LEDGER.idFromName(creator.id))
  const { lifetimeMs } = body.value
  const placed = await ledger.takePlace({ idempotencyKey, lifetimeMs, quota: creator.maxRooms })
  if (!placed.ok) return { ...placed, isCounted: false }
  const made = await makeRoom(env, creator, body.value, placed.value)
  if (!made.ok) {
    if (placed.value.isNew) await ledger.givePlaceBack(placed.value.roomId)
    return { ...made, isCounted: true }
  }
  const { roomId, hostToken, address } = placed.value
  const page = config.publicUrl ?? new URL(request.url).origin
  const value: CreateResponse = {
    roomId,
    ...address,
    joinUrl: `${page}/#room=${encodeURIComponent(address.emoji)}`,
    hostToken,
    expiresAt: new Date(made.value.expiresAtMs).toISOString(),
  }
  return { ok: true, value }
}

async function makeRoom(env: Env, creator: Creator, wish: RoomWish, { roomId, hostToken }: Place) {
  const { lifetimeMs, ...settings } = wish
  const room = env.ROOM.get(env.ROOM.idFromName(roomId))
  const hostTokenHash = await hashSecret(hostToken)
  const seatsMax = creator.rules?.maxParticipants
  const order = { settings, lifetimeMs, hostTokenHash, creatorId: creator.id }
  return room.create(seatsMax === undefined ? order : { ...order, seatsMax })
}

const isIdempotencyKey = (text: string): boolean =>
  text.length <= limits.idempotencyKeyMaxLength && /^[\x21-\x7e]+$/.test(text)
