/**
 * Decides: what the payload descriptor of a VP8 packet says, and how its running numbers are replaced (RFC 7741, section 4.2).
 * Does not decide: which numbers a receiver should see (media/).
 * Invariants: allocates nothing; a rewrite changes no length. After `set` said true all offsets lie inside the payload.
 */
import { readUint16, readUint8, writeUint16 } from './bytes.ts'

/** One descriptor at a time, used again for each packet; the fields are those of the last `set` that said true. */
export class Vp8Descriptor {
  /** The S bit: a partition begins here. */
  isPartitionStart = false
  partitionIndex = 0
  /** The N bit: nothing refers to this frame. */
  isDiscardable = false
  /** Where the picture id stands; −1: there is none. */
  pictureIdOffset = -1
  /** 7, 15, or 0 for none. */
  pictureIdBits = 0
  pictureId = 0
  /** Where TL0PICIDX stands; −1: there is none. */
  tl0PictureIndexOffset = -1
  tl0PictureIndex = 0
  /** 0 to 3; −1: not said. */
  temporalLayer = -1
  /** The Y bit: depends on the base layer only, so that a receiver may go up here. */
  isLayerSync = false
  /** 0 to 31; −1: not said. */
  keyIndex = -1
  /** Where VP8 data begins. */
  dataOffset = 0
  /** The first packet of a key frame. */
  isKeyFrame = false

  /** Reads the payload of `length` bytes at `offset`. False: malformed, or without VP8 data. */
  set(bytes: Uint8Array, offset: number, length: number): boolean {
    const end = offset + length
    if (length < 2 || end > bytes.length) return false
    const first = readUint8(bytes, offset)
    this.isPartitionStart = (first & 0x10) !== 0
    this.partitionIndex = first & 0x07
    this.isDiscardable = (first & 0x20) !== 0
    this.dataOffset = this.#setExtension(bytes, offset + 1, end, (first & 0x80) !== 0)
    if (this.dataOffset >= end) return false
    // Section 4.3: the P bit of the frame's header is 0 for a key frame.
    const isFrameStart = this.isPartitionStart && this.partitionIndex === 0
    this.isKeyFrame = isFrameStart && (readUint8(bytes, this.dataOffset) & 1) === 0
    return true
  }

  /** Reads the optional part; answers where it ends, which may be too far. */
  #setExtension(bytes: Uint8Array, offset: number, end: number, hasExtension: boolean): number {
    this.pictureIdOffset = -1
    this.pictureIdBits = 0
    this.pictureId = 0
    this.tl0PictureIndexOffset = -1
    this.tl0PictureIndex = 0
    this.temporalLayer = -1
    this.isLayerSync = false
    this.keyIndex = -1
    if (!hasExtension) return offset
    const flags = readUint8(bytes, offset)
    let at = offset + 1
    if ((flags & 0x80) !== 0) at = this.#setPictureId(bytes, at, end)
    if ((flags & 0x40) !== 0 && at < end) {
      this.tl0PictureIndexOffset = at
      this.tl0PictureIndex = readUint8(bytes, at)
      at += 1
    }
    if ((flags & 0x30) !== 0 && at < end) {
      const layers = readUint8(bytes, at)
      if ((flags & 0x20) !== 0) {
        this.temporalLayer = layers >>> 6
        this.isLayerSync = (layers & 0x20) !== 0
      }
      if ((flags & 0x10) !== 0) this.keyIndex = layers & 0x1f
      at += 1
    }
    return at
  }

  #setPictureId(bytes: Uint8Array, offset: number, end: number): number {
    if (offset + 1 >= end) return end
    const isLong = (readUint8(bytes, offset) & 0x80) !== 0
    this.pictureIdOffset = offset
    this.pictureIdBits = isLong ? 15 : 7
    this.pictureId = isLong ? readUint16(bytes, offset) & 0x7f_ff : readUint8(bytes, offset)
    return offset + (isLong ? 2 : 1)
  }
}

/**
 * Puts other running numbers into the packet that the descriptor was read from; each where the packet has one, cut to the
 * bits it has. The descriptor's fields stay as they were.
 */
export function rewriteVp8(
  bytes: Uint8Array,
  descriptor: Vp8Descriptor,
  pictureId: number,
  tl0PictureIndex: number,
): void {
  const { pictureIdOffset, pictureIdBits, tl0PictureIndexOffset } = descriptor
  if (pictureIdBits === 15) writeUint16(bytes, pictureIdOffset, 0x80_00 | (pictureId & 0x7f_ff))
  else if (pictureIdBits === 7) bytes[pictureIdOffset] = pictureId & 0x7f
  if (tl0PictureIndexOffset !== -1) bytes[tl0PictureIndexOffset] = tl0PictureIndex
}
