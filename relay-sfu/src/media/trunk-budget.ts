/**
 * Decides: how much a trunk is given, and when more is tried than it is known to carry.
 * Does not decide: what is known of it (send-side-estimate.ts), what crosses (trunk-layers.ts).
 * Invariants: an estimate of what is sent can never say that a larger layer would fit, so one is tried after a while; each try that
 * failed puts the next one off, since all that crosses stutters with it.
 */

/** Before the first try. */
const firstWaitMs = 5_000
const longestWaitMs = 60_000
/** The next layer is a multiple of the present one: a picture that is alone is tried larger within some ten seconds. */
const growthPerSecond = 1.15

export class TrunkBudget {
  #waitMs = firstWaitMs
  #troubledMs = -Infinity

  /** `troubledMs`: when the estimate was last lowered. */
  bitrateBps(estimateBps: number, troubledMs: number, nowMs: number): number {
    if (troubledMs > this.#troubledMs) this.#noteTrouble(troubledMs)
    const triedMs = nowMs - this.#troubledMs - this.#waitMs
    return triedMs > 0 ? estimateBps * growthPerSecond ** (triedMs / 1_000) : estimateBps
  }

  #noteTrouble(troubledMs: number): void {
    const triedMs = troubledMs - this.#troubledMs - this.#waitMs
    this.#troubledMs = troubledMs
    if (triedMs >= longestWaitMs) this.#waitMs = firstWaitMs
    else if (triedMs > 0) this.#waitMs = Math.min(longestWaitMs, 2 * this.#waitMs)
  }
}
