/**
 * Decides: how fast something flows, smoothed over about a second.
 * Does not decide: when the clock is read: whoever asks passes the time.
 * Invariants: what stops flowing is 0 within two windows.
 */
const windowMs = 500

export class RateMeter {
  #bytes = 0
  #sinceMs = 0
  #bitrateBps = 0

  add(bytes: number): void {
    this.#bytes += bytes
  }

  bitrateBps(nowMs: number): number {
    const elapsedMs = nowMs - this.#sinceMs
    if (elapsedMs < windowMs) return this.#bitrateBps
    const present = elapsedMs > 4 * windowMs ? 0 : (this.#bytes * 8_000) / elapsedMs
    // The first window counts whole: a layer that just began must not look half as large as it is.
    const before = this.#bitrateBps === 0 || present === 0 ? present : this.#bitrateBps
    this.#bitrateBps = (before + present) / 2
    this.#bytes = 0
    this.#sinceMs = nowMs
    return this.#bitrateBps
  }
}
