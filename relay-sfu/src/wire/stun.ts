/**
 * Decides: whether a datagram is a STUN Binding request, who it says it is from, and whether it was made with a key
 * (RFC 8489; the attributes of ICE: RFC 8445, section 7.1). Writes the answers.
 * Does not decide: which key is right, where packets go, how HMAC-SHA1 is computed.
 * Invariants: of what follows MESSAGE-INTEGRITY only FINGERPRINT is looked at, and only to refuse; allocations are
 * bounded by the datagram. Unknown attributes are named, not read.
 */
import { readLatin1, readUint16, readUint32, readUint8, writeUint16 } from './bytes.ts'
import { parseIpAddress } from './ip-address.ts'
import {
  attribute,
  finish,
  headerBytes,
  integrityBytes,
  isFingerprint,
  isPlausibleTail,
  isStunMessage,
  magicCookie,
  messageTypes,
  optionalFrom,
  transactionIdOf,
  writeAttributeHead,
  writeHeader,
  type HmacSha1,
} from './stun-message.ts'

/** As many of a request are named; who asks needs to know one. */
const unknownMax = 8
const nothingUnknown: readonly number[] = []
/** RFC 8489, section 14.3. */
const usernameMaxBytes = 508

export interface StunRequest {
  /** A view into the datagram, 12 bytes. */
  readonly transactionId: Uint8Array
  /** Null: a plain request, which any STUN server answers. */
  readonly username: string | null
  readonly useCandidate: boolean
  readonly priority: number | null
  /** What the sender takes itself for. A lite agent is always controlled: `controlled` is answered with 487. */
  readonly iceRole: 'controlling' | 'controlled' | null
  /** Where MESSAGE-INTEGRITY begins; null: there is none. */
  readonly integrityOffset: number | null
  /** Types that must be understood and are not, of those before MESSAGE-INTEGRITY. */
  readonly unknownTypes: readonly number[]
}

/** Null: not a Binding request, or a malformed one. */
export function parseStunRequest(bytes: Uint8Array): StunRequest | null {
  const end = bytes.length
  if (!isStunMessage(bytes) || readUint16(bytes, 0) !== messageTypes.bindingRequest) return null

  let username: string | null = null
  let useCandidate = false
  let priority: number | null = null
  let iceRole: StunRequest['iceRole'] = null
  let integrityOffset: number | null = null
  let unknownTypes = nothingUnknown

  for (let offset = headerBytes; offset < end && integrityOffset === null;) {
    const length = readUint16(bytes, offset + 2)
    const next = offset + 4 + ((length + 3) & ~3)
    if (next > end) return null
    const type = readUint16(bytes, offset)
    switch (type) {
      case attribute.username:
        if (length > usernameMaxBytes) return null
        // RFC 8489, section 14: of an attribute that comes twice the first counts.
        username ??= readLatin1(bytes, offset + 4, length)
        break
      case attribute.useCandidate:
        useCandidate = true
        break
      case attribute.priority:
        if (length !== 4) return null
        priority ??= readUint32(bytes, offset + 4)
        break
      case attribute.iceControlling:
        if (length !== 8) return null
        iceRole ??= 'controlling'
        break
      case attribute.iceControlled:
        if (length !== 8) return null
        iceRole ??= 'controlled'
        break
      case attribute.messageIntegrity:
        if (length !== integrityBytes) return null
        integrityOffset = offset
        break
      case attribute.fingerprint:
        if (!isFingerprint(bytes, offset)) return null
        break
      default:
        if (type < optionalFrom && unknownTypes.length < unknownMax) unknownTypes = [...unknownTypes, type]
    }
    if (integrityOffset !== null && next < end && !isPlausibleTail(bytes, next)) return null
    offset = next
  }
  const transactionId = transactionIdOf(bytes)
  return { transactionId, username, useCandidate, priority, iceRole, integrityOffset, unknownTypes }
}

/**
 * Writes the answer to a Binding request: XOR-MAPPED-ADDRESS, MESSAGE-INTEGRITY if there is a key, FINGERPRINT; at most
 * 76 bytes. Answers the length; 0: the address is none. `out` must not overlap the transaction id.
 */
export function writeBindingSuccess(
  out: Uint8Array,
  transactionId: Uint8Array,
  address: string,
  port: number,
  key: Uint8Array | null,
  hmacSha1: HmacSha1,
): number {
  const mapped = parseIpAddress(address)
  if (mapped === null) return 0
  writeHeader(out, messageTypes.bindingSuccess, transactionId)
  const value = writeAttributeHead(out, headerBytes, attribute.xorMappedAddress, 4 + mapped.length)
  writeUint16(out, value, mapped.length === 4 ? 1 : 2)
  writeUint16(out, value + 2, port ^ (magicCookie >>> 16))
  // RFC 8489, section 14.2: XOR with the cookie, then with the transaction id, which stand one after the other at 4.
  for (let at = 0; at < mapped.length; at += 1) {
    out[value + 4 + at] = readUint8(mapped, at) ^ readUint8(out, 4 + at)
  }
  return finish(out, value + 4 + mapped.length, key, hmacSha1)
}

const reasons = { 400: 'Bad Request', 420: 'Unknown Attribute', 487: 'Role Conflict' } as const

/**
 * Writes an error answer (RFC 8489, section 14.8; 487: RFC 8445, section 7.3.1.1), with UNKNOWN-ATTRIBUTES (section 14.13) if there
 * are any; at most 100 bytes. Answers its length.
 */
export function writeBindingError(
  out: Uint8Array,
  transactionId: Uint8Array,
  code: keyof typeof reasons,
  key: Uint8Array | null,
  hmacSha1: HmacSha1,
  unknownTypes: readonly number[] = nothingUnknown,
): number {
  const reason = reasons[code]
  writeHeader(out, messageTypes.bindingError, transactionId)
  const value = writeAttributeHead(out, headerBytes, attribute.errorCode, 4 + reason.length)
  writeUint16(out, value, 0)
  out[value + 2] = Math.floor(code / 100)
  out[value + 3] = code % 100
  const end = value + 4 + ((reason.length + 3) & ~3)
  out.fill(0, value + 4, end)
  for (let at = 0; at < reason.length; at += 1) out[value + 4 + at] = reason.charCodeAt(at)
  return finish(out, writeUnknown(out, end, unknownTypes), key, hmacSha1)
}

function writeUnknown(out: Uint8Array, offset: number, types: readonly number[]): number {
  if (types.length === 0) return offset
  const value = writeAttributeHead(out, offset, attribute.unknownAttributes, 2 * types.length)
  const end = value + ((2 * types.length + 3) & ~3)
  out.fill(0, value, end)
  for (const [at, type] of types.entries()) writeUint16(out, value + 2 * at, type)
  return end
}
