/**
 * Decides: what a reception report says of one received SSRC (RFC 3550, section 6.4.1, appendices A.1, A.3 and A.8), and
 * which of its packets are new.
 * Does not decide: what is asked for again (missing-packets.ts).
 * Invariants: a packet is called new once; retransmissions (RFC 4588) fill holes and count for no statistics.
 */
import { extendSequence, firstExtended, sequenceDistance, sequenceNumberOf } from '../wire/sequence.ts'

/** Older packets than this are of no use to anyone: 2,048 packets are over a second of the fastest source. */
const windowPackets = 2_048
/** RFC 3550, appendix A.1: a larger step is a source that began anew. */
const dropoutMax = 3_000
/** A restarted source counts on far above everything before, so that no number is ever met twice. */
const restartStep = 0x10_00_00

export const arrivals = { fresh: 0, duplicate: 1, tooOld: 2, restarted: 3, strange: 4 } as const
export type Arrival = (typeof arrivals)[keyof typeof arrivals]

export class ReceptionStats {
  /** Extended; −1: nothing came yet. */
  highest = -1
  /** Of this row; −1: nothing came yet. */
  lowest = -1
  /** The number of the packet noted last. */
  extendedSequence = -1
  receivedPackets = 0
  #base = 0
  #expectedBefore = 0
  #receivedBefore = 0
  #jitterTicks = 0
  #transitTicks = 0
  #badSequence = -1
  #isAnew = false
  readonly #clockRateHz: number
  readonly #seen = new Uint8Array(windowPackets)

  constructor(clockRateHz: number) {
    this.#clockRateHz = clockRateHz
  }

  /** Another SSRC is counted from now on: its first packet is `restarted`. */
  beginAnew(): void {
    this.#isAnew = this.highest !== -1
  }

  /** A packet of the SSRC itself. `fresh`, `restarted`: it is new, and `extendedSequence` is its number. */
  note(sequenceNumber: number, timestamp: number, nowMs: number): Arrival {
    if (this.highest === -1)
      return this.#begin(firstExtended(sequenceNumber), timestamp, nowMs, arrivals.fresh)
    if (this.#isAnew) return this.#restart(sequenceNumber, timestamp, nowMs)
    const distance = sequenceDistance(sequenceNumberOf(this.highest), sequenceNumber)
    if (distance >= dropoutMax || distance <= -windowPackets) {
      return this.#noteStrange(sequenceNumber, timestamp, nowMs)
    }
    this.#badSequence = -1
    this.receivedPackets += 1
    this.#noteJitter(timestamp, nowMs)
    return this.#mark(extendSequence(this.highest, sequenceNumber))
  }

  /** No later one came of its row. */
  isNewest(sequenceNumber: number): boolean {
    if (this.highest === -1 || this.#isAnew) return true
    return sequenceDistance(sequenceNumberOf(this.highest), sequenceNumber) > 0
  }

  /** A packet that a retransmission brought. */
  noteRepair(sequenceNumber: number): Arrival {
    if (this.highest === -1 || this.#isAnew) return arrivals.tooOld
    const extended = extendSequence(this.highest, sequenceNumber)
    // What is retransmitted was sent before; a number ahead of all others is no repair, but its loss is ours to learn.
    return extended - this.highest >= dropoutMax ? arrivals.tooOld : this.#mark(extended)
  }

  get jitter(): number {
    return Math.floor(this.#jitterTicks)
  }

  /** What the report calls "extended highest sequence number received": cycles since the first packet, and number. */
  get reportedHighest(): number {
    return (this.highest - (this.#base - sequenceNumberOf(this.#base))) >>> 0
  }

  get cumulativeLost(): number {
    if (this.highest === -1) return 0
    const lost = this.highest - this.#base + 1 - this.receivedPackets
    return Math.max(-0x80_00_00, Math.min(0x7f_ff_ff, lost))
  }

  /** Share of packets lost since the last call, in 256ths (appendix A.3). */
  takeFractionLost(): number {
    const expected = this.highest - this.#base + 1
    const expectedNow = expected - this.#expectedBefore
    const lostNow = expectedNow - (this.receivedPackets - this.#receivedBefore)
    this.#expectedBefore = expected
    this.#receivedBefore = this.receivedPackets
    return expectedNow <= 0 || lostNow <= 0 ? 0 : Math.min(255, Math.floor((lostNow * 256) / expectedNow))
  }

  #begin(extended: number, timestamp: number, nowMs: number, arrival: Arrival): Arrival {
    this.#seen.fill(0)
    this.highest = extended
    this.lowest = extended
    this.#base = extended
    this.#expectedBefore = 0
    this.#receivedBefore = 0
    this.receivedPackets = 1
    this.#badSequence = -1
    this.#jitterTicks = 0
    this.#transitTicks = this.#transit(timestamp, nowMs)
    this.extendedSequence = extended
    this.#seen[extended % windowPackets] = 1
    return arrival
  }

  /** Two in a row far from all others: the source began anew (appendix A.1). One alone is noise. */
  #noteStrange(sequenceNumber: number, timestamp: number, nowMs: number): Arrival {
    if (sequenceNumber !== this.#badSequence) {
      this.#badSequence = (sequenceNumber + 1) & 0xff_ff
      return arrivals.strange
    }
    return this.#restart(sequenceNumber, timestamp, nowMs)
  }

  #restart(sequenceNumber: number, timestamp: number, nowMs: number): Arrival {
    const cycles = Math.ceil((this.highest + restartStep) / 0x1_00_00) * 0x1_00_00
    this.#isAnew = false
    return this.#begin(cycles + sequenceNumber, timestamp, nowMs, arrivals.restarted)
  }

  #mark(extended: number): Arrival {
    if (extended > this.highest) {
      for (let at = this.highest + 1; at < extended; at += 1) this.#seen[at % windowPackets] = 0
      this.highest = extended
    } else if (this.highest - extended >= windowPackets) {
      return arrivals.tooOld
    } else if (this.#seen[extended % windowPackets] === 1) {
      return arrivals.duplicate
    }
    if (extended < this.lowest) this.lowest = extended
    this.#seen[extended % windowPackets] = 1
    this.extendedSequence = extended
    return arrivals.fresh
  }

  #transit(timestamp: number, nowMs: number): number {
    return Math.round((nowMs * this.#clockRateHz) / 1_000) - timestamp
  }

  /** RFC 3550, appendix A.8; differences modulo 2^32 as timestamps wrap. */
  #noteJitter(timestamp: number, nowMs: number): void {
    const transit = this.#transit(timestamp, nowMs)
    const difference = Math.abs((transit - this.#transitTicks) | 0)
    this.#transitTicks = transit
    this.#jitterTicks += (difference - this.#jitterTicks) / 16
  }
}
