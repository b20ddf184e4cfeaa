/**
 * Decides: the CRC-32 of ITU V.42, which FINGERPRINT of STUN uses (RFC 8489, section 14.7).
 * Does not decide: what it is compared with.
 * Invariants: an unsigned number; allocates nothing after the table.
 */
import { readUint8 } from './bytes.ts'

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte
  for (let bit = 0; bit < 8; bit += 1) {
    remainder = (remainder & 1) === 1 ? (remainder >>> 1) ^ 0xed_b8_83_20 : remainder >>> 1
  }
  return remainder
})

/** Of the first `length` bytes. */
export function crc32(bytes: Uint8Array, length: number): number {
  let remainder = 0xff_ff_ff_ff
  for (let at = 0; at < length; at += 1) {
    remainder = (remainder >>> 8) ^ (table[(remainder ^ readUint8(bytes, at)) & 0xff] ?? 0)
  }
  return (remainder ^ 0xff_ff_ff_ff) >>> 0
}
