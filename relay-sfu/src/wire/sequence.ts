/**
 * Decides: what a 16-bit sequence number or a 32-bit timestamp means once it has wrapped.
 * Does not decide: what is done about a gap or a late packet.
 * Invariants: the only place that reasons modulo 2^16 and 2^32. `sequenceNumber` is the 16-bit value of the wire,
 * `extendedSequence` is widened: an ordinary number that only grows and is compared with `<`.
 */

/** How far `to` lies after `from`, −32,768 to 32,767; negative: before it (RFC 3550, appendix A.1). */
export const sequenceDistance = (from: number, to: number): number => ((to - from) << 16) >> 16

/** The widened number nearest to `previousExtended` that ends in these 16 bits. Begin with `firstExtended`. */
export const extendSequence = (previousExtended: number, sequenceNumber: number): number =>
  previousExtended + sequenceDistance(previousExtended, sequenceNumber)

/** Where a count begins: one cycle up, so that packets older than the first are not negative. */
export const firstExtended = (sequenceNumber: number): number => 0x1_00_00 + sequenceNumber

/** The 16 bits that go to the wire. */
export const sequenceNumberOf = (extendedSequence: number): number => extendedSequence & 0xff_ff

/** How far `to` lies after `from`, −2^31 to 2^31 − 1. */
export const timestampDistance = (from: number, to: number): number => (to - from) | 0

/** The widened timestamp nearest to `previousExtended` that ends in these 32 bits. */
export const extendTimestamp = (previousExtended: number, timestamp: number): number =>
  previousExtended + timestampDistance(previousExtended, timestamp)

/** The 32 bits that go to the wire. */
export const timestampOf = (extendedTimestamp: number): number => extendedTimestamp >>> 0
