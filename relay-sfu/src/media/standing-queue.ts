/**
 * Decides: whether a queue that no longer grows stands on the way, and is ours: a full one only loses what is too much, and would
 * make everything late for ever.
 * Does not decide: whether one grows (delay-trend.ts).
 * Invariants: what does not become shorter when less is sent is a longer way, or somebody else's queue, and is not told again.
 */

/** A second: what a decrease did is seen within it. */
const windowsKept = 10
/** More than threads and clocks make of an empty way. */
const standingMs = 25
/** Of a queue that drains in a second at 15 % less, 150 ms are gone. */
const reliefMs = 10
/** The clock of the far end may be slower: a fifth of a millisecond each second. */
const driftShare = 0.000_2

export class StandingQueue {
  /** The way when it was empty. */
  #emptyMs = Infinity
  #windows = 0
  #lowestMs = Infinity
  /** How long it was when it was last told. */
  #toldMs = Infinity

  /** The quickest packet of a window. True: less should be sent. */
  note(delayMs: number, elapsedMs: number): boolean {
    this.#emptyMs = Math.min(this.#emptyMs + elapsedMs * driftShare, delayMs)
    this.#lowestMs = Math.min(this.#lowestMs, delayMs)
    this.#windows += 1
    if (this.#windows < windowsKept) return false
    const isStanding = this.#lowestMs > this.#emptyMs + standingMs
    const isRelieved = delayMs < this.#toldMs - reliefMs
    if (isStanding && !isRelieved) this.#emptyMs = this.#lowestMs
    this.#toldMs = isStanding && isRelieved ? delayMs : Infinity
    this.#windows = 0
    this.#lowestMs = Infinity
    return isStanding && isRelieved
  }

  forget(): void {
    this.#emptyMs = Infinity
    this.#windows = 0
    this.#lowestMs = Infinity
    this.#toldMs = Infinity
  }
}
