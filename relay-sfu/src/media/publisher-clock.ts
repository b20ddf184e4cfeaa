/**
 * Decides: what a publisher's clock says in the relay's time, so that its audio and video stay in step (lip-sync).
 * Does not decide: what is written into a report (sender-reports.ts).
 * Invariants: one relation for all sources of a link: an error moves sound and picture together and is not seen.
 */

/** Of so many reports the fastest one stands for the way; the others waited in queues. Ten seconds of a camera's layers. */
const reportsKept = 32

export class PublisherClock {
  readonly #offsetsMs = new Float64Array(reportsKept).fill(Infinity)
  #next = 0
  #offsetMs = Infinity

  /** A sender report of the link: the publisher's time in it, and the relay's time at which it came. */
  note(publisherMs: number, arrivalMs: number): void {
    this.#offsetsMs[this.#next] = arrivalMs - publisherMs
    this.#next = (this.#next + 1) % reportsKept
    this.#offsetMs = Infinity
    for (const offset of this.#offsetsMs) this.#offsetMs = Math.min(this.#offsetMs, offset)
  }

  /** Only after a report was noted. */
  relayMs(publisherMs: number): number {
    return publisherMs + this.#offsetMs
  }
}
