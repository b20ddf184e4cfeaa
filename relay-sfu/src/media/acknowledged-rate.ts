/**
 * Decides: at which rate packets arrive at the far end, by its own clock, from its reports.
 * Does not decide: what is made of it.
 * Invariants: a report that is lost takes its packets and its time with it and so changes nothing, nor does a pause; time never
 * runs backwards.
 */

/** Section 5.5 of draft-ietf-rmcat-gcc-02 has half a second to one: ten frames, and what is older fades. */
const memoryMs = 400
/** For so long nothing comes only if nothing was sent. */
const pauseMs = 200

export class AcknowledgedRate {
  #bytes = 0
  #spanMs = 0
  #lastMs = -Infinity

  /**
   * What one report calls received. `firstBytes` of its first packet belong to the time before it, which is known only when the report
   * before it is.
   */
  add(bytes: number, firstBytes: number, firstMs: number, lastMs: number, isNext: boolean): void {
    const isKnown = isNext && firstMs - this.#lastMs < pauseMs
    const fromMs = isKnown ? this.#lastMs : firstMs
    if (lastMs < Math.max(fromMs, this.#lastMs)) return
    this.#lastMs = lastMs
    this.#bytes += isKnown ? bytes : bytes - firstBytes
    this.#spanMs += lastMs - fromMs
    if (this.#spanMs <= memoryMs) return
    this.#bytes *= memoryMs / this.#spanMs
    this.#spanMs = memoryMs
  }

  get bitrateBps(): number {
    return this.#spanMs === 0 ? 0 : (this.#bytes * 8_000) / this.#spanMs
  }
}
