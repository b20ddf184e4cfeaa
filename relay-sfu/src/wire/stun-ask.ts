/**
 * Decides: the bytes of a Binding request, plain or a connectivity check of ICE (RFC 8445, section 7.1), and whether a datagram is
 * an answer to one.
 * Does not decide: whether an answer was waited for, which key is right, how HMAC-SHA1 is computed.
 * Invariants: as of stun.ts; an answer that says something that must be understood and is not is none (RFC 8489, section 6.3.3).
 */
import { readUint16, writeUint32 } from './bytes.ts'
import {
  attribute,
  finish,
  headerBytes,
  integrityBytes,
  isFingerprint,
  isPlausibleTail,
  isStunMessage,
  messageTypes,
  optionalFrom,
  transactionIdOf,
  writeAttributeHead,
  writeHeader,
  type HmacSha1,
} from './stun-message.ts'

/** What makes a request a connectivity check of the controlling end. */
export interface ConnectivityCheck {
  /** `theirs:ours`, ASCII. */
  readonly username: string
  /** Their ice-pwd. */
  readonly key: Uint8Array
  readonly priority: number
  /** 8 random bytes, the same in every check of a link (RFC 8445, section 16.1). */
  readonly tieBreaker: Uint8Array
  /** Nominates (RFC 8445, section 8.1.1). */
  readonly useCandidate: boolean
}

/** Plain STUN, which anybody may ask: 28 bytes. */
export function writePlainRequest(out: Uint8Array, transactionId: Uint8Array): number {
  writeHeader(out, messageTypes.bindingRequest, transactionId)
  return finish(out, headerBytes, null, noKey)
}

const noKey: HmacSha1 = (key) => key

/** Answers the length, at most 84 bytes more than the name has. */
export function writeConnectivityCheck(
  out: Uint8Array,
  transactionId: Uint8Array,
  check: ConnectivityCheck,
  hmacSha1: HmacSha1,
): number {
  writeHeader(out, messageTypes.bindingRequest, transactionId)
  const { username, key, priority, tieBreaker, useCandidate } = check
  const name = writeAttributeHead(out, headerBytes, attribute.username, username.length)
  const afterName = name + ((username.length + 3) & ~3)
  out.fill(0, name, afterName)
  for (let at = 0; at < username.length; at += 1) out[name + at] = username.charCodeAt(at)
  const rank = writeAttributeHead(out, afterName, attribute.priority, 4)
  writeUint32(out, rank, priority)
  const role = writeAttributeHead(out, rank + 4, attribute.iceControlling, 8)
  out.set(tieBreaker.subarray(0, 8), role)
  const end = useCandidate ? writeAttributeHead(out, role + 8, attribute.useCandidate, 0) : role + 8
  return finish(out, end, key, hmacSha1)
}

export interface StunAnswer {
  /** A view into the datagram, 12 bytes. */
  readonly transactionId: Uint8Array
  /** False: the far end refuses. */
  readonly isSuccess: boolean
  /** Where MESSAGE-INTEGRITY begins; null: there is none. */
  readonly integrityOffset: number | null
}

const known: ReadonlySet<number> = new Set(Object.values(attribute))

/** Null: not an answer to a Binding request, or a malformed one. */
export function parseStunAnswer(bytes: Uint8Array): StunAnswer | null {
  const type = readUint16(bytes, 0)
  const isSuccess = type === messageTypes.bindingSuccess
  if (!isStunMessage(bytes) || (!isSuccess && type !== messageTypes.bindingError)) return null
  const end = bytes.length
  let integrityOffset: number | null = null
  for (let offset = headerBytes; offset < end && integrityOffset === null;) {
    const length = readUint16(bytes, offset + 2)
    const next = offset + 4 + ((length + 3) & ~3)
    if (next > end) return null
    const part = readUint16(bytes, offset)
    if (part === attribute.fingerprint && !isFingerprint(bytes, offset)) return null
    if (part < optionalFrom && !known.has(part)) return null
    if (part === attribute.messageIntegrity) {
      if (length !== integrityBytes || (next < end && !isPlausibleTail(bytes, next))) return null
      integrityOffset = offset
    }
    offset = next
  }
  return { transactionId: transactionIdOf(bytes), isSuccess, integrityOffset }
}
