/**
 * Decides: whether a JWT of an embedder's backend (RFC 7519) proves a creator (C4), by HS256 or EdDSA.
 * Does not decide: how many rooms are open, nor what is wished for.
 * Invariants: a key verifies with its own kind of algorithm only, whatever the token says (RFC 8725, section 3.1); a
 * token is for this service, names someone, and is soon over; the only file that imports jose.
 */
import { limits } from '@video-room/shared/limits.ts'
import { decodeProtectedHeader, jwtVerify, type JWK, type JWTPayload } from 'jose'
import * as v from 'valibot'
import { roomRulesSchema, type RoomRules } from './room-rules.ts'

/** Who a token must be meant for: a token for another service of the same backend opens nothing here. */
export const tokenAudience = 'video-room'

export type TokenKey = {
  /** Names the key in a token's header. Up to its first dot it names the backend, so that keys can follow each other. */
  readonly kid: string
} & (
  | { readonly kind: 'secret'; readonly secret: Uint8Array }
  | { readonly kind: 'public'; readonly jwk: Readonly<JWK> }
)

/** RFC 7518 section 3.2, RFC 8037 section 3.1, RFC 9864. */
const algorithmsOf: Readonly<Record<TokenKey['kind'], readonly string[]>> = {
  secret: ['HS256'],
  public: ['EdDSA', 'Ed25519'],
}

const claimsSchema = v.object({
  sub: v.pipe(v.string(), v.minLength(1), v.maxLength(128)),
  exp: v.number(),
  maxRooms: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(limits.roomsPerCreatorMax))),
  room: v.optional(roomRulesSchema),
})

export interface ProvenByToken {
  readonly id: string
  readonly maxRooms: number | null
  readonly rules: RoomRules | null
}

/** Three parts between dots (RFC 7515, section 3.1): a creator key has none. */
export const isToken = (text: string): boolean => text.split('.').length === 3

/** Null: not proven, and nobody is told why. */
export async function provenByToken(
  keys: readonly TokenKey[],
  token: string,
  atMs: number,
): Promise<ProvenByToken | null> {
  for (const key of candidates(keys, token)) {
    const payload = await verified(key, token, atMs)
    if (payload === null) continue
    const claims = v.safeParse(claimsSchema, payload)
    if (!claims.success) return null
    const { sub, exp, maxRooms, room } = claims.output
    if (exp * 1_000 > atMs + limits.creatorTokenMaxMs + limits.creatorTokenLeewayMs) return null
    return { id: `jwt:${backendOf(key.kid)}:${sub}`, maxRooms: maxRooms ?? null, rules: room ?? null }
  }
  return null
}

/** Subjects of one backend mean nothing at another: each speaks for its own. */
const backendOf = (kid: string): string => kid.split('.')[0] ?? kid

/** The keys that may have made this token: of the named kind and, when it names one, of that name. */
function candidates(keys: readonly TokenKey[], token: string): readonly TokenKey[] {
  try {
    const { alg, kid } = decodeProtectedHeader(token)
    return keys.filter(
      (key) =>
        alg !== undefined && algorithmsOf[key.kind].includes(alg) && (kid === undefined || kid === key.kid),
    )
  } catch {
    return []
  }
}

async function verified(key: TokenKey, token: string, atMs: number): Promise<JWTPayload | null> {
  try {
    const { payload } = await jwtVerify(token, key.kind === 'secret' ? key.secret : key.jwk, {
      algorithms: [...algorithmsOf[key.kind]],
      audience: tokenAudience,
      requiredClaims: ['sub', 'exp'],
      clockTolerance: limits.creatorTokenLeewayMs / 1_000,
      currentDate: new Date(atMs),
    })
    return payload
  } catch {
    // jose says what was wrong; whoever holds a wrong token is not helped to a better one.
    return null
  }
}
