/**
 * Decides: whether an H.264 packet begins a key frame (RFC 6184, section 5).
 * Does not decide: profiles and levels.
 * Invariants: reads nothing outside of the payload; what is malformed begins nothing.
 */
import { readUint16, readUint8 } from './bytes.ts'

const nalSequenceParameters = 7
const packetStapA = 24
const packetFuA = 28

/**
 * A decoder begins at the parameter sets that stand before an IDR picture (section 8.2.1 lets them stand elsewhere, in SDP; the
 * relay's answers carry none). Who began at the picture behind them, as when they come later, would be shown nothing.
 */
const begins = (nalHeader: number): boolean => (nalHeader & 0x1f) === nalSequenceParameters

export function isH264KeyFrame(bytes: Uint8Array, offset: number, length: number): boolean {
  if (length < 2) return false
  const header = readUint8(bytes, offset)
  switch (header & 0x1f) {
    case packetStapA:
      return isKeyFrameInStap(bytes, offset + 1, offset + length)
    case packetFuA:
      // Section 5.8: the S bit and, in place of a type, that of the fragmented unit.
      return (readUint8(bytes, offset + 1) & 0x80) !== 0 && begins(readUint8(bytes, offset + 1))
    default:
      return begins(header)
  }
}

/** Section 5.7.1: units, each after its size. */
function isKeyFrameInStap(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at + 2 < end;) {
    const size = readUint16(bytes, at)
    if (size === 0 || at + 2 + size > end) return false
    if (begins(readUint8(bytes, at + 2))) return true
    at += 2 + size
  }
  return false
}
