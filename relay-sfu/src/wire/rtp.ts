/**
 * Decides: what the bytes of an RTP packet mean (RFC 3550 section 5.1, RFC 8285): header, extensions, payload, padding.
 * Does not decide: whose packet it is, and what a payload holds.
 * Invariants: a view copies and allocates nothing and reads nothing at or after `length`; after `set` said true, header,
 * payload and padding fill exactly `length` bytes and every extension element lies inside the header.
 */
import { readUint16, readUint32, readUint8, writeUint16, writeUint32 } from './bytes.ts'

export const rtpHeaderBytes = 12
/** "defined by profile" of RFC 8285, section 4.2 and 4.3 (there the last four bits are free). */
export const oneByteProfile = 0xbe_de
export const twoByteProfile = 0x10_00

const absent = -1
const broken = -2
const emptyBytes = new Uint8Array(0)

/** One packet at a time, used again for each; the fields are those of the last `set` that said true. */
export class RtpView {
  bytes: Uint8Array = emptyBytes
  length = 0
  marker = false
  payloadType = 0
  sequenceNumber = 0
  timestamp = 0
  ssrc = 0
  csrcCount = 0
  /** Fixed header, CSRCs and extensions: what SRTP leaves readable. */
  headerLength = 0
  /** Where the payload begins: the same number as `headerLength`. */
  payloadOffset = 0
  /** Without padding; 0 for a packet that only probes. */
  payloadLength = 0
  /** The last byte, which holds this count, included; 0: not padded. */
  paddingLength = 0
  #extensionsStart = 0
  #extensionsEnd = 0
  #isTwoByte = false

  /** Looks at the first `length` bytes. False: not an RTP packet, and the fields mean nothing. */
  set(bytes: Uint8Array, length: number): boolean {
    if (length < rtpHeaderBytes || length > bytes.length) return false
    const first = readUint8(bytes, 0)
    const second = readUint8(bytes, 1)
    if (first >>> 6 !== 2) return false
    this.bytes = bytes
    this.length = length
    this.marker = second >>> 7 === 1
    this.payloadType = second & 0x7f
    this.sequenceNumber = readUint16(bytes, 2)
    this.timestamp = readUint32(bytes, 4)
    this.ssrc = readUint32(bytes, 8)
    this.csrcCount = first & 0x0f
    return this.#setExtensions((first & 0x10) !== 0) && this.#setPayload((first & 0x20) !== 0)
  }

  /** Where the data of the first element with this id begins (RFC 8285); −1: the packet has none. */
  extensionOffset(id: number): number {
    return this.#findExtension(id)
  }

  /** How many bytes of data the first element with this id has, 0 to 255; −1: the packet has none. */
  extensionLength(id: number): number {
    const offset = this.#findExtension(id)
    return offset === absent ? absent : this.#lengthAt(offset)
  }

  #setExtensions(hasExtensions: boolean): boolean {
    let offset = rtpHeaderBytes + 4 * this.csrcCount
    this.#extensionsStart = 0
    this.#extensionsEnd = 0
    if (hasExtensions) {
      if (offset + 4 > this.length) return false
      const profile = readUint16(this.bytes, offset)
      const start = offset + 4
      offset = start + 4 * readUint16(this.bytes, offset + 2)
      if (offset > this.length) return false
      this.#isTwoByte = (profile & 0xff_f0) === twoByteProfile
      if (this.#isTwoByte || profile === oneByteProfile) {
        this.#extensionsStart = start
        this.#extensionsEnd = offset
        // No element has id −1: this walks to the end.
        if (this.#findExtension(-1) === broken) return false
      }
    }
    this.headerLength = offset
    this.payloadOffset = offset
    return offset <= this.length
  }

  #setPayload(isPadded: boolean): boolean {
    const rest = this.length - this.headerLength
    this.paddingLength = isPadded && rest > 0 ? readUint8(this.bytes, this.length - 1) : 0
    this.payloadLength = rest - this.paddingLength
    return this.payloadLength >= 0 && (!isPadded || this.paddingLength > 0)
  }

  /** The length stands in the byte before the data, in both forms. */
  #lengthAt(dataOffset: number): number {
    const before = readUint8(this.bytes, dataOffset - 1)
    return this.#isTwoByte ? before : (before & 0x0f) + 1
  }

  #findExtension(id: number): number {
    const headBytes = this.#isTwoByte ? 2 : 1
    let offset = this.#extensionsStart
    while (offset < this.#extensionsEnd) {
      const head = readUint8(this.bytes, offset)
      const elementId = this.#isTwoByte ? head : head >>> 4
      if (elementId === 0) {
        // Padding is one zero byte. RFC 8285, section 4.2: an id 0 with a length ends the block.
        if (head !== 0) return absent
        offset += 1
        continue
      }
      // RFC 8285, section 4.2: id 15 is reserved, and ends the block.
      if (!this.#isTwoByte && elementId === 15) return absent
      const data = offset + headBytes
      if (data > this.#extensionsEnd) return broken
      const next = data + this.#lengthAt(data)
      if (next > this.#extensionsEnd) return broken
      if (elementId === id) return data
      offset = next
    }
    return absent
  }
}

/** Writes a header without CSRCs, extensions and padding at the start of `out`; answers its length, 12. */
export function writeRtpHeader(
  out: Uint8Array,
  marker: boolean,
  payloadType: number,
  sequenceNumber: number,
  timestamp: number,
  ssrc: number,
): number {
  out[0] = 0x80
  out[1] = (marker ? 0x80 : 0) | payloadType
  writeUint16(out, 2, sequenceNumber)
  writeUint32(out, 4, timestamp)
  writeUint32(out, 8, ssrc)
  return rtpHeaderBytes
}
