/**
 * Decides: when a layer is asked for a key frame: many wishes become one request (T3), repeated until it came.
 * Does not decide: who wishes for one, and how it is written.
 * Invariants: at least `spacingMs` between two requests; a key frame ends all wishes from before it.
 */

/** An encoder needs up to 150 ms for a key frame, and every one costs as much as a second of video. */
const spacingMs = 500
/** A layer that does not answer for ten seconds is not being sent; the next wish begins anew. */
const triesMax = 20

export class KeyFrameRequests {
  #isWished = false
  #askedMs = -Infinity
  #tries = 0

  wish(): void {
    this.#isWished = true
    if (this.#tries >= triesMax) this.#tries = 0
  }

  keyFrameCame(): void {
    this.#isWished = false
    this.#tries = 0
  }

  /** When the next request is due; Infinity: none. */
  get nextMs(): number {
    return this.#isWished ? this.#askedMs + spacingMs : Infinity
  }

  /** True: ask now. */
  take(nowMs: number): boolean {
    if (!this.#isWished || nowMs < this.#askedMs + spacingMs) return false
    this.#askedMs = nowMs
    this.#tries += 1
    if (this.#tries >= triesMax) this.#isWished = false
    return true
  }
}
