/**
 * Decides: the round-trip time of a link, from receiver reports (RFC 3550, section 6.4.1) and answered requests.
 * Does not decide: who measures.
 * Invariants: one odd sample moves it by an eighth (RFC 6298, section 2).
 */

/** Until it is measured: most of the world is nearer than this. */
const assumedMs = 100
const largestMs = 2_000

export class RoundTrip {
  #ms: number | null = null

  note(sampleMs: number): void {
    if (!(sampleMs >= 0) || sampleMs > largestMs) return
    this.#ms = this.#ms === null ? sampleMs : this.#ms + (sampleMs - this.#ms) / 8
  }

  /** Null: not measured yet. */
  get measuredMs(): number | null {
    return this.#ms
  }

  get assumedMs(): number {
    return this.#ms ?? assumedMs
  }
}
