/**
 * Decides: who a creator's proof names, and what it lets them do (HT1).
 * Does not decide: how many rooms they have already (ledger.ts).
 * Invariants: a proof that is wrong in any way is refused with one and the same code; keys and tokens never leave here.
 */
import { fail, ok, type Result } from '@video-room/shared/lang.ts'
import { limits } from '@video-room/shared/limits.ts'
import { sameHash, sha256Hex } from '../secrets.ts'
import { isToken, provenByToken, type TokenKey } from './creator-token.ts'
import type { RoomRules } from './room-rules.ts'

export interface Creator {
  /** The same for every proof of this creator, across rotations. The room remembers it (RC1). Not a secret. */
  readonly id: string
  /** Rooms it may have open at once. */
  readonly maxRooms: number
  /** What its token says of rooms; null: nothing. */
  readonly rules: RoomRules | null
}

export interface CreatorKey {
  readonly creatorId: string
  /** SHA-256 of the key, hexadecimal. */
  readonly hash: string
}

/** What a deployment says of its creators (config.ts). */
export interface CreatorConfig {
  readonly creatorKeys: readonly CreatorKey[]
  readonly developmentCreatorKey: string | null
  readonly creatorTokenKeys: readonly TokenKey[]
  readonly roomsPerCreatorMax: number
}

export type CreatorRefusal = 'creator_proof_required' | 'creator_proof_invalid'

const bearerPattern = new RegExp(`^Bearer +([\\x21-\\x7e]{1,${limits.creatorTokenMaxLength}})$`, 'i')

/** The token of `Authorization: Bearer …` (RFC 6750, section 2.1), or null. */
export const bearerOf = (request: Request): string | null =>
  bearerPattern.exec(request.headers.get('Authorization') ?? '')?.[1] ?? null

export async function provenCreator(
  config: CreatorConfig,
  request: Request,
  atMs: number,
): Promise<Result<Creator, CreatorRefusal>> {
  const presented = bearerOf(request)
  if (presented === null) return fail('creator_proof_required')
  if (!isToken(presented)) return provenByKey(config, presented)
  const proven = await provenByToken(config.creatorTokenKeys, presented, atMs)
  if (proven === null) return fail('creator_proof_invalid')
  const { id, maxRooms, rules } = proven
  const allowed = config.roomsPerCreatorMax
  return ok({ id, rules, maxRooms: Math.min(maxRooms ?? allowed, allowed) })
}

/** Every configured key is compared, so that time does not tell which one came close. */
async function provenByKey(
  config: CreatorConfig,
  presented: string,
): Promise<Result<Creator, CreatorRefusal>> {
  const { creatorKeys, developmentCreatorKey: development, roomsPerCreatorMax } = config
  const hash = await sha256Hex(presented)
  const keys =
    development === null
      ? creatorKeys
      : [...creatorKeys, { creatorId: 'key:development', hash: await sha256Hex(development) }]
  let id: string | null = null
  for (const key of keys) {
    if (sameHash(hash, key.hash)) id = key.creatorId
  }
  return id === null ? fail('creator_proof_invalid') : ok({ id, maxRooms: roomsPerCreatorMax, rules: null })
}
