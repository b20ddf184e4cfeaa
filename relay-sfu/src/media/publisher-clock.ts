/**
 * Decides: what a publisher's clock says in the relay's time, so that its audio and video stay in step (lip-sync).
 * Does not decide: what is written into a report (sender-reports.ts).
 * Invariants: one relation for all sources of a link: an error moves sound and picture together and is not seen.
 */

/** The fastest report of the last ten seconds stands for the way; the others waited in queues. */
const windowMs = 320
const windowsKept = 32

export class PublisherClock {
  /** The fastest of each window: over a trunk a hundred come in one datagram after the other. */
  readonly #offsetsMs = new Float64Array(windowsKept).fill(Infinity)
  #newest = 0
  #windowAtMs = -Infinity
  #offsetMs = Infinity

  /** A sender report of the link: the publisher's time in it, and the relay's time at which it came. */
  note(publisherMs: number, arrivalMs: number): void {
    if (Math.abs(arrivalMs - this.#windowAtMs) >= windowMs) {
      this.#windowAtMs = arrivalMs
      this.#newest = (this.#newest + 1) % windowsKept
      this.#offsetsMs[this.#newest] = Infinity
    }
    const fastestMs = this.#offsetsMs[this.#newest] ?? Infinity
    this.#offsetsMs[this.#newest] = Math.min(fastestMs, arrivalMs - publisherMs)
    this.#offsetMs = Infinity
    for (const offset of this.#offsetsMs) this.#offsetMs = Math.min(this.#offsetMs, offset)
  }

  /** Only after a report was noted. */
  relayMs(publisherMs: number): number {
    return publisherMs + this.#offsetMs
  }
}
