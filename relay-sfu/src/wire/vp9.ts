/**
 * Decides: whether a VP9 packet begins a key frame (RFC 9628, section 4.2).
 * Does not decide: which spatial or temporal layers are forwarded.
 * Invariants: reads nothing outside of the payload; what is malformed begins nothing.
 */
import { readUint8 } from './bytes.ts'

const hasPictureId = 0x80
const isInterPredicted = 0x40
const hasLayers = 0x20
const beginsFrame = 0x08

/** True: not predicted from another picture, the start of a frame, and at the base spatial layer. */
export function isVp9KeyFrame(bytes: Uint8Array, offset: number, length: number): boolean {
  if (length < 2) return false
  const flags = readUint8(bytes, offset)
  if ((flags & isInterPredicted) !== 0 || (flags & beginsFrame) === 0) return false
  if ((flags & hasLayers) === 0) return true
  const isLongPictureId = (readUint8(bytes, offset + 1) & 0x80) !== 0
  const layers = 1 + ((flags & hasPictureId) === 0 ? 0 : isLongPictureId ? 2 : 1)
  // TID (3 bits), U, SID (3 bits), D.
  return layers < length && (readUint8(bytes, offset + layers) & 0x0e) === 0
}
