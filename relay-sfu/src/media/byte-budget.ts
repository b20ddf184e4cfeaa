/**
 * Decides: whether so many more bytes fit an allowed rate.
 * Does not decide: what happens to those that do not.
 * Invariants: over any window of w seconds at most `burst + perSecond · w` pass. Like shared/machine/token-bucket.ts, but in
 * place: it is asked for every packet.
 */
export class ByteBudget {
  #left: number
  #filledAtMs = 0
  readonly #burst: number
  readonly #perMs: number

  constructor(burst: number, perSecond: number) {
    this.#burst = burst
    this.#perMs = perSecond / 1_000
    this.#left = burst
  }

  spend(amount: number, nowMs: number): boolean {
    const elapsedMs = Math.max(0, nowMs - this.#filledAtMs)
    this.#filledAtMs = Math.max(nowMs, this.#filledAtMs)
    this.#left = Math.min(this.#burst, this.#left + elapsedMs * this.#perMs)
    if (this.#left < amount) return false
    this.#left -= amount
    return true
  }
}
