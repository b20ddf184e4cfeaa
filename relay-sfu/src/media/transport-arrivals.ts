/**
 * Decides: which packets of a link the next transport-wide feedback covers.
 * Does not decide: its bytes (wire/transport-cc.ts).
 * Invariants: one row for the whole link, as the sender counts; only packets that went on their way inside are noted: a
 * browser forgets what is acknowledged and could not send it again. A packet that came after its report is reported again.
 */
import type { TransportFeedbackWriter } from '../wire/transport-cc.ts'
import { extendSequence, firstExtended, sequenceNumberOf } from '../wire/sequence.ts'

/** Senders probe their bandwidth with bursts of 15 ms and want to hear of them within a few frames. */
export const feedbackEveryMs = 50

export class TransportArrivals {
  readonly #arrivalsUs: Float64Array
  readonly #packetsKept: number
  /** A packet this far behind the newest one is no news to a sender's estimate. */
  readonly #lateMax: number
  #highest = -1
  /** The first number that is not reported yet. */
  #from = -1
  #feedbackCount = 0

  constructor(packetsKept: number) {
    this.#arrivalsUs = new Float64Array(packetsKept).fill(-1)
    this.#packetsKept = packetsKept
    this.#lateMax = packetsKept / 2
  }

  get isDue(): boolean {
    return this.#from !== -1 && this.#from <= this.#highest
  }

  note(sequenceNumber: number, nowMs: number): void {
    const extended =
      this.#highest === -1 ? firstExtended(sequenceNumber) : extendSequence(this.#highest, sequenceNumber)
    const kept = this.#packetsKept
    if (this.#highest === -1 || extended - this.#highest >= kept) this.#begin(extended)
    if (this.#highest - extended >= this.#lateMax) return
    for (let at = this.#highest + 1; at < extended; at += 1) this.#arrivalsUs[at % kept] = -1
    this.#arrivalsUs[extended % kept] = Math.round(nowMs * 1_000)
    this.#highest = Math.max(this.#highest, extended)
    // Whoever reports too late tells of the newest ones only.
    this.#from = Math.max(Math.min(this.#from, extended), this.#highest + 1 - kept)
  }

  /** Writes one report about what is due. Answers its length. Call again while `isDue`. */
  write(out: Uint8Array, writer: TransportFeedbackWriter, senderSsrc: number, mediaSsrc: number): number {
    const start = this.#from % this.#packetsKept
    const count = Math.min(this.#highest + 1 - this.#from, this.#packetsKept - start)
    const base = sequenceNumberOf(this.#from)
    const feedbackCount = this.#feedbackCount & 0xff
    const length = writer.write(
      out,
      0,
      senderSsrc,
      mediaSsrc,
      feedbackCount,
      base,
      this.#arrivalsUs,
      start,
      start + count,
    )
    this.#feedbackCount += 1
    // A gap in time that no report can bridge: what lies before it is told, and nobody waits for the rest.
    this.#from = writer.covered > 0 ? this.#from + writer.covered : this.#highest + 1
    return writer.covered > 0 ? length : 0
  }

  #begin(extended: number): void {
    this.#arrivalsUs.fill(-1)
    this.#highest = extended - 1
    this.#from = extended
  }
}
