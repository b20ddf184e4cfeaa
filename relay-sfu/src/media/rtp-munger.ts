/**
 * Decides: sequence numbers and timestamps of a slot over all sources that ever feed it (RFC 7667, section 3.7).
 * Does not decide: which source feeds it, and when (layer-selector.ts, egress.ts).
 * Invariants: the first packet of a source follows the highest number sent, whatever was lost, dropped or muted before;
 * timestamps across a switch advance by the time that passed; an outgoing number always names the same source packet.
 */
import { SequenceMap } from './sequence-map.ts'
import { Vp8Munger } from './vp8-munger.ts'

/** Switches within the second that viewers ask back for packets: a handful. */
const epochsKept = 8

/** The time that one source feeds the slot without a break. */
export interface Epoch<Source> {
  source: Source | null
  isOpen: boolean
  /** Counts epochs since the start, to tell a reused object from what it was. */
  serial: number
  firstOutgoing: number
  timestampOffset: number
  readonly sequences: SequenceMap
  readonly vp8: Vp8Munger
}

export class RtpMunger<Source> {
  /** Extended; of the newest packet. */
  highestOutgoing: number
  #timestamp: number
  /** When `#timestamp` was first sent; null before the first packet. */
  #timestampAtMs: number | null = null
  readonly #clockRateHz: number
  readonly #epochs: readonly Epoch<Source>[]
  #serial = 0

  constructor(clockRateHz: number, firstSequenceNumber: number, firstTimestamp: number) {
    this.#clockRateHz = clockRateHz
    // One cycle up, so that nothing is ever below zero.
    this.highestOutgoing = 0x1_00_00 + (firstSequenceNumber & 0x7f_ff) - 1
    this.#timestamp = firstTimestamp >>> 0
    this.#epochs = Array.from({ length: epochsKept }, () => ({
      source: null,
      isOpen: false,
      serial: 0,
      firstOutgoing: 0,
      timestampOffset: 0,
      sequences: new SequenceMap(),
      vp8: new Vp8Munger(),
    }))
  }

  /** The newest epoch, or null when it is closed. */
  get current(): Epoch<Source> | null {
    const newest = this.#at(this.#serial)
    return newest.isOpen ? newest : null
  }

  /** From here on this source feeds the slot; its packets below `sourceSequence` come too late for it. */
  switchTo(source: Source, sourceSequence: number, timestamp: number, nowMs: number): Epoch<Source> {
    const before = this.#at(this.#serial)
    before.isOpen = false
    this.#serial += 1
    const epoch = this.#at(this.#serial)
    epoch.source = source
    epoch.isOpen = true
    epoch.serial = this.#serial
    epoch.firstOutgoing = this.highestOutgoing + 1
    epoch.sequences.start(sourceSequence, epoch.firstOutgoing)
    epoch.timestampOffset = (this.#nextTimestamp(nowMs) - timestamp) >>> 0
    epoch.vp8.follow(before.vp8)
    return epoch
  }

  /** No packet that was sent by a source after this moment is ever mapped, even if it comes late. */
  closeCurrent(): void {
    this.#at(this.#serial).isOpen = false
  }

  /** The slot is emptied: nothing of the sources is kept, not even for repairs. */
  forgetSources(): void {
    for (const epoch of this.#epochs) {
      epoch.source = null
      epoch.isOpen = false
    }
  }

  /** In which epoch a packet belongs, late ones of earlier epochs included. Null: in none. */
  epochOf(source: Source, sourceSequence: number): Epoch<Source> | null {
    for (let back = 0; back < epochsKept; back += 1) {
      const epoch = this.#at(this.#serial - back)
      if (epoch.source !== source || sourceSequence < epoch.sequences.first) continue
      return epoch.isOpen || sourceSequence <= epoch.sequences.highest ? epoch : null
    }
    return null
  }

  /** Which epoch an outgoing number was given out in. Null: in none that is remembered, or by nobody. */
  epochOfOutgoing(outgoingSequence: number): Epoch<Source> | null {
    if (outgoingSequence > this.highestOutgoing) return null
    for (let back = 0; back < epochsKept; back += 1) {
      const epoch = this.#at(this.#serial - back)
      if (epoch.serial !== this.#serial - back || outgoingSequence < epoch.firstOutgoing) continue
      return epoch.source === null ? null : epoch
    }
    return null
  }

  noteSent(outgoingSequence: number, timestamp: number, nowMs: number): void {
    if (outgoingSequence > this.highestOutgoing) this.highestOutgoing = outgoingSequence
    if (this.#timestampAtMs !== null && ((timestamp - this.#timestamp) | 0) <= 0) return
    this.#timestamp = timestamp
    this.#timestampAtMs = nowMs
  }

  /** At least a millisecond on: two pictures with one timestamp would be one picture. */
  #nextTimestamp(nowMs: number): number {
    if (this.#timestampAtMs === null) return this.#timestamp
    const elapsedMs = Math.max(1, nowMs - this.#timestampAtMs)
    return (this.#timestamp + Math.round((elapsedMs * this.#clockRateHz) / 1_000)) >>> 0
  }

  #at(serial: number): Epoch<Source> {
    const epoch = this.#epochs[(serial + epochsKept) % epochsKept]
    if (!epoch) throw new Error('the ring has no gaps')
    return epoch
  }
}
