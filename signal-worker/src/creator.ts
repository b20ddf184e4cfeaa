/** Who may make rooms (HT1): the holder of a creator key of this deployment. */
import { fail, ok, type Result } from '@video-room/shared/lang.ts'
import type { Config } from './config.ts'
import { sameHash, sha256Hex } from './secrets.ts'

/** The token of `Authorization: Bearer …` (RFC 6750, section 2.1), or null. */
export function bearerOf(request: Request): string | null {
  const match = /^Bearer +([\x21-\x7e]{1,512})$/i.exec(request.headers.get('Authorization') ?? '')
  return match?.[1] ?? null
}

/** The proven key. Every configured key is compared, so that time does not tell which one came close. */
export async function provenCreatorKey(
  config: Config,
  request: Request,
): Promise<Result<string, 'creator_proof_required' | 'creator_proof_invalid'>> {
  const presented = bearerOf(request)
  if (presented === null) return fail('creator_proof_required')
  const presentedHash = await sha256Hex(presented)
  const development = config.developmentCreatorKey
  const keys = [...config.creatorKeys, ...(development === null ? [] : [development])]
  let isKnown = false
  for (const key of keys) {
    const hash = key.startsWith('sha256:') ? key.slice('sha256:'.length) : await sha256Hex(key)
    if (sameHash(presentedHash, hash)) isKnown = true
  }
  return isKnown ? ok(presented) : fail('creator_proof_invalid')
}
