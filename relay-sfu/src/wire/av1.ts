/**
 * Decides: whether an AV1 packet begins a key frame (RTP Payload Format for AV1, section 4.4).
 * Does not decide: which operating points are forwarded.
 * Invariants: reads nothing outside of the payload; what is malformed begins nothing.
 */
import { readUint8 } from './bytes.ts'

const continues = 0x80
const newSequence = 0x08
const obuSequenceHeader = 1

/** True: the first packet of a new coded video sequence, by the N bit or by the sequence header that it begins with. */
export function isAv1KeyFrame(bytes: Uint8Array, offset: number, length: number): boolean {
  if (length < 2) return false
  const aggregation = readUint8(bytes, offset)
  if ((aggregation & continues) !== 0) return false
  if ((aggregation & newSequence) !== 0) return true
  // W: the number of elements, the last without a size; 0: any number, each with its size.
  const elements = (aggregation >>> 4) & 3
  const first = elements === 1 ? offset + 1 : afterLeb128(bytes, offset + 1, offset + length)
  return first < offset + length && ((readUint8(bytes, first) >>> 3) & 0x0f) === obuSequenceHeader
}

/** Where a number of at most eight bytes ends, the last byte having no upper bit; `end`: nowhere. */
function afterLeb128(bytes: Uint8Array, offset: number, end: number): number {
  const last = Math.min(end, offset + 8)
  for (let at = offset; at < last; at += 1) if (readUint8(bytes, at) < 0x80) return at + 1
  return end
}
