/**
 * Decides: what all messages of STUN have in common (RFC 8489, section 5; the attributes of ICE: RFC 8445, section 7.1): header,
 * attributes, MESSAGE-INTEGRITY, FINGERPRINT.
 * Does not decide: which key is right, how HMAC-SHA1 is computed, what is asked and answered (stun.ts, stun-ask.ts).
 * Invariants: reads and writes within its input; what follows MESSAGE-INTEGRITY proves nothing.
 */
import { readUint16, readUint32, readUint8, writeUint16, writeUint32 } from './bytes.ts'
import { crc32 } from './crc32.ts'

export const messageTypes = {
  bindingRequest: 0x00_01,
  bindingSuccess: 0x01_01,
  bindingError: 0x01_11,
} as const

export const magicCookie = 0x21_12_a4_42
export const headerBytes = 20
export const integrityBytes = 20
/** RFC 8489, section 14: types from here on may be passed over by whoever does not know them. */
export const optionalFrom = 0x80_00
const fingerprintXor = 0x53_54_55_4e

export const attribute = {
  username: 0x00_06,
  messageIntegrity: 0x00_08,
  errorCode: 0x00_09,
  unknownAttributes: 0x00_0a,
  xorMappedAddress: 0x00_20,
  priority: 0x00_24,
  useCandidate: 0x00_25,
  fingerprint: 0x80_28,
  iceControlled: 0x80_29,
  iceControlling: 0x80_2a,
} as const

export type HmacSha1 = (key: Uint8Array, data: Uint8Array) => Uint8Array

/** One message of STUN, and nothing else in the datagram. */
export const isStunMessage = (bytes: Uint8Array): boolean =>
  bytes.length >= headerBytes &&
  readUint32(bytes, 4) === magicCookie &&
  readUint16(bytes, 2) === bytes.length - headerBytes &&
  bytes.length % 4 === 0

/** A view, 12 bytes. */
export const transactionIdOf = (bytes: Uint8Array): Uint8Array => bytes.subarray(8, headerBytes)

/** After MESSAGE-INTEGRITY: anything is ignored, but a FINGERPRINT must be right. */
export function isPlausibleTail(bytes: Uint8Array, offset: number): boolean {
  return readUint16(bytes, offset) !== attribute.fingerprint || isFingerprint(bytes, offset)
}

/** RFC 8489, section 14.7: the last attribute, the CRC of all before it. */
export function isFingerprint(bytes: Uint8Array, offset: number): boolean {
  return (
    offset + 8 === bytes.length &&
    readUint16(bytes, offset + 2) === 4 &&
    readUint32(bytes, offset + 4) === fingerprintOf(bytes, offset)
  )
}

const fingerprintOf = (bytes: Uint8Array, length: number): number =>
  (crc32(bytes, length) ^ fingerprintXor) >>> 0

/** True: the message was made by someone who knows `key`. Takes the same time wherever the difference lies. */
export function verifyIntegrity(
  bytes: Uint8Array,
  message: { readonly integrityOffset: number | null },
  key: Uint8Array,
  hmacSha1: HmacSha1,
): boolean {
  const { integrityOffset } = message
  if (integrityOffset === null || integrityOffset + 4 + integrityBytes > bytes.length) return false
  // RFC 8489, section 14.5: computed as if the message ended with this attribute.
  const covered = bytes.slice(0, integrityOffset)
  writeUint16(covered, 2, integrityOffset + 4 + integrityBytes - headerBytes)
  const expected = hmacSha1(key, covered)
  let difference = expected.length ^ integrityBytes
  for (let at = 0; at < integrityBytes; at += 1) {
    difference |= readUint8(expected, at) ^ readUint8(bytes, integrityOffset + 4 + at)
  }
  return difference === 0
}

export function writeHeader(out: Uint8Array, type: number, transactionId: Uint8Array): void {
  writeUint16(out, 0, type)
  writeUint32(out, 4, magicCookie)
  out.set(transactionId, 8)
}

export function writeAttributeHead(out: Uint8Array, offset: number, type: number, length: number): number {
  writeUint16(out, offset, type)
  writeUint16(out, offset + 2, length)
  return offset + 4
}

/** Adds MESSAGE-INTEGRITY and FINGERPRINT, each computed with a length that counts itself (RFC 8489, 14.5, 14.7). */
export function finish(out: Uint8Array, offset: number, key: Uint8Array | null, hmacSha1: HmacSha1): number {
  let end = offset
  if (key !== null) {
    writeUint16(out, 2, end + 4 + integrityBytes - headerBytes)
    const code = hmacSha1(key, out.subarray(0, end))
    out.set(code, writeAttributeHead(out, end, attribute.messageIntegrity, integrityBytes))
    end += 4 + integrityBytes
  }
  writeUint16(out, 2, end + 8 - headerBytes)
  const fingerprint = fingerprintOf(out, end)
  writeUint32(out, writeAttributeHead(out, end, attribute.fingerprint, 4), fingerprint)
  return end + 8
}
