/**
 * Decides: which packets of a link the next transport-wide feedback covers.
 * Does not decide: its bytes (wire/transport-cc.ts).
 * Invariants: one row for the whole link, as the sender counts; only packets that went on their way inside are noted: a
 * browser forgets what is acknowledged and could not send it again. A packet that came after its report is reported again.
 */
import type { TransportFeedbackWriter } from '../wire/transport-cc.ts'
import { extendSequence, firstExtended, sequenceNumberOf } from '../wire/sequence.ts'

/** What the fastest publisher sends in most of a second; a power of two. */
const packetsKept = 1_024
/** A packet this far behind the newest one is no news to a sender's estimate. */
const lateMax = 512
/** Senders probe their bandwidth with bursts of 15 ms and want to hear of them within a few frames. */
export const feedbackEveryMs = 50

export class TransportArrivals {
  readonly #arrivalsUs = new Float64Array(packetsKept).fill(-1)
  #highest = -1
  /** The first number that is not reported yet. */
  #from = -1
  #feedbackCount = 0

  get isDue(): boolean {
    return this.#from !== -1 && this.#from <= this.#highest
  }

  note(sequenceNumber: number, nowMs: number): void {
    const extended =
      this.#highest === -1 ? firstExtended(sequenceNumber) : extendSequence(this.#highest, sequenceNumber)
    if (this.#highest === -1 || extended - this.#highest >= packetsKept) this.#begin(extended)
    if (this.#highest - extended >= lateMax) return
    for (let at = this.#highest + 1; at < extended; at += 1) this.#arrivalsUs[at % packetsKept] = -1
    this.#arrivalsUs[extended % packetsKept] = Math.round(nowMs * 1_000)
    this.#highest = Math.max(this.#highest, extended)
    this.#from = Math.min(this.#from, extended)
  }

  /** Writes one report about what is due. Answers its length. Call again while `isDue`. */
  write(out: Uint8Array, writer: TransportFeedbackWriter, senderSsrc: number, mediaSsrc: number): number {
    const start = this.#from % packetsKept
    const count = Math.min(this.#highest + 1 - this.#from, packetsKept - start)
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
