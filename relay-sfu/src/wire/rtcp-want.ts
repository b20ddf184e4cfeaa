/**
 * Decides: how one relay tells another which layers of which publications it wants: an APP packet of RTCP (RFC 3550,
 * section 6.7) named "WANT", with the mask of layers and the MID of each.
 * Does not decide: what is wanted, and how often it is said.
 * Invariants: a packet that is malformed anywhere says nothing; nothing is read outside of it, and nothing written at or after
 * the end of `out`.
 */
import { readLatin1, readUint32, readUint8, writeUint16, writeUint32 } from './bytes.ts'
import { rtcpType } from './rtcp.ts'

const name = 0x57_41_4e_54 // "WANT"
const emptyBytes = new Uint8Array(0)
const headerBytes = 12
/** Mask and length; the MID follows. A length of zero is the padding to a word. */
const entryHeaderBytes = 2

/** Writes one packet: `begin`, any number of `add`, `end`. */
export class WantWriter {
  #out: Uint8Array = emptyBytes
  #end = 0

  begin(out: Uint8Array, senderSsrc: number): void {
    this.#out = out
    this.#end = headerBytes
    out[0] = 0x80
    out[1] = rtcpType.application
    writeUint32(out, 4, senderSsrc)
    writeUint32(out, 8, name)
  }

  /** False: it does not fit any more. Bit n of the mask is layer n, the largest first. */
  add(mid: Uint8Array, mask: number): boolean {
    const end = this.#end + entryHeaderBytes + mid.length
    // The padding must fit, too.
    if (((end + 3) & ~3) > this.#out.length || mid.length === 0 || mid.length > 255) return false
    this.#out[this.#end] = mask
    this.#out[this.#end + 1] = mid.length
    this.#out.set(mid, this.#end + entryHeaderBytes)
    this.#end = end
    return true
  }

  /** Answers how long the packet is; 0: it would say nothing. */
  end(): number {
    if (this.#end === headerBytes) return 0
    const end = (this.#end + 3) & ~3
    this.#out.fill(0, this.#end, end)
    writeUint16(this.#out, 2, end / 4 - 1)
    return end
  }
}

/** Reads an APP packet as `RtcpHandler.onApplication` hands it on. False: another one, or malformed; nothing was told. */
export function readWants(
  bytes: Uint8Array,
  offset: number,
  length: number,
  onWant: (mid: string, mask: number) => void,
): boolean {
  const end = offset + length
  if (length < headerBytes || readUint32(bytes, offset + 8) !== name) return false
  for (let at = offset + headerBytes; at < end; at = afterEntry(bytes, at, end)) if (at === -1) return false
  for (let at = offset + headerBytes; at < end; at = afterEntry(bytes, at, end)) {
    const midLength = midLengthAt(bytes, at, end)
    if (midLength > 0) onWant(readLatin1(bytes, at + entryHeaderBytes, midLength), readUint8(bytes, at))
  }
  return true
}

const midLengthAt = (bytes: Uint8Array, at: number, end: number): number =>
  at + entryHeaderBytes > end ? 0 : readUint8(bytes, at + 1)

/** Padding ends the list; −1: an entry that does not fit. */
function afterEntry(bytes: Uint8Array, at: number, end: number): number {
  const midLength = midLengthAt(bytes, at, end)
  const next = at + entryHeaderBytes + midLength
  return midLength === 0 ? end : next > end ? -1 : next
}
