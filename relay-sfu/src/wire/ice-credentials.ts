/**
 * Decides: what an ICE username fragment of a ticket says (RL2).
 * Does not decide: whether it is genuine (only the HMAC of the ice-pwd says so) or has expired.
 * Invariants: a text that `parseUfrag` takes is exactly what `formatUfrag` makes of the result.
 */
import type { LinkId } from '@video-room/shared/ids.ts'

/** The only version there is; another one means another layout. */
const version = 1

export interface UfragParts {
  /** Seconds since 1970. */
  readonly expiresAtS: number
  readonly linkId: LinkId
  /** 32 random bits, which make each ticket's credentials their own. */
  readonly nonce: number
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Null: 20 characters of something else. */
export function parseUfrag(text: string): UfragParts | null {
  if (!/^[A-Za-z0-9+/]{20}$/.test(text)) return null
  let hex = ''
  for (let at = 0; at < 20; at += 2) {
    const twelveBits = alphabet.indexOf(text.charAt(at)) * 64 + alphabet.indexOf(text.charAt(at + 1))
    hex += twelveBits.toString(16).padStart(3, '0')
  }
  if (Number.parseInt(hex.slice(0, 2), 16) !== version) return null
  return {
    expiresAtS: Number.parseInt(hex.slice(2, 10), 16),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- twelve lower-case hex digits by construction
    linkId: hex.slice(10, 22) as LinkId,
    nonce: Number.parseInt(hex.slice(22), 16),
  }
}

export function formatUfrag({ expiresAtS, linkId, nonce }: UfragParts): string {
  const hex = [
    version.toString(16).padStart(2, '0'),
    expiresAtS.toString(16).padStart(8, '0'),
    linkId,
    nonce.toString(16).padStart(8, '0'),
  ].join('')
  let text = ''
  for (let at = 0; at < 30; at += 3) {
    const twelveBits = Number.parseInt(hex.slice(at, at + 3), 16)
    text += alphabet.charAt(twelveBits >>> 6) + alphabet.charAt(twelveBits & 63)
  }
  return text
}
