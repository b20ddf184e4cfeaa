/**
 * Decides: picture ids and TL0PICIDX of a slot while one source feeds it (RFC 7741, section 4.2).
 * Does not decide: when a source takes over (rtp-munger.ts), how a descriptor is read (wire/vp8.ts).
 * Invariants: the first picture of a source follows the last one of the source before it; outgoing picture ids always have
 * 15 bits, since receivers count modulo 2^15 and a row of 7-bit ids would jump back in it. Without this, receivers drop
 * base-layer pictures after a switch for a TL0PICIDX that they have seen already.
 */
const absent = -1

export class Vp8Munger {
  /** Highest outgoing ones; −1: none yet. */
  #pictureId = absent
  #tl0PictureIndex = absent
  /** Widened id of the source's highest picture, and what turns it into ours; −1: no picture seen. */
  #sourcePicture = absent
  #pictureOffset = 0
  #sourceTl0 = absent
  #tl0Offset = 0

  /** Begins a source after another one. */
  follow(before: Vp8Munger): void {
    this.#pictureId = before.#pictureId
    this.#tl0PictureIndex = before.#tl0PictureIndex
    this.#sourcePicture = absent
    this.#sourceTl0 = absent
  }

  /** The outgoing id of the source's picture; `bits` (7 or 15) is how wide the source counts. */
  pictureId(sourceId: number, bits: number): number {
    if (this.#sourcePicture === absent) {
      // Far enough up for packets of earlier pictures that come late.
      this.#sourcePicture = sourceId + 0x1_00_00
      const first = this.#pictureId === absent ? sourceId : this.#pictureId + 1
      this.#pictureOffset = first - this.#sourcePicture
    }
    const range = 1 << bits
    const ahead = (sourceId - this.#sourcePicture) & (range - 1)
    const picture = this.#sourcePicture + (ahead < range / 2 ? ahead : ahead - range)
    const outgoing = (picture + this.#pictureOffset) & 0x7f_ff
    if (picture >= this.#sourcePicture) {
      this.#sourcePicture = picture
      this.#pictureId = outgoing
    }
    return outgoing
  }

  tl0PictureIndex(sourceIndex: number): number {
    if (this.#sourceTl0 === absent) {
      this.#sourceTl0 = sourceIndex
      this.#tl0Offset = this.#tl0PictureIndex === absent ? 0 : this.#tl0PictureIndex + 1 - sourceIndex
    }
    const outgoing = (sourceIndex + this.#tl0Offset) & 0xff
    if (((sourceIndex - this.#sourceTl0) & 0xff) < 0x80) {
      this.#sourceTl0 = sourceIndex
      this.#tl0PictureIndex = outgoing
    }
    return outgoing
  }
}
