/**
 * Decides: how long a way there and back takes, by signs of life that the other end repeats (LK7).
 * Does not decide: how they travel (mesh-link.ts), nor whether a browser knows better (stats.ts).
 * Invariants: only the answer to the last sign counts; what is remembered is bounded.
 */

/** A busy page answers late, never early: of so many the quickest is what the way takes. */
const kept = 5
/** Numbers go round. */
const most = 1_000_000

export class Echo {
  #count = 0
  #saidAtMs: number | null = null
  #rttsMs: readonly number[] = []

  /** The number of the next sign. */
  say(atMs: number): number {
    this.#count = (this.#count + 1) % most
    this.#saidAtMs = atMs
    return this.#count
  }

  /** The other end has repeated this one. */
  hear(count: number, atMs: number): void {
    if (count !== this.#count || this.#saidAtMs === null) return
    this.#rttsMs = [...this.#rttsMs, Math.max(0, atMs - this.#saidAtMs)].slice(-kept)
    this.#saidAtMs = null
  }

  /** Null: nothing came back yet. */
  get rttMs(): number | null {
    return this.#rttsMs.length === 0 ? null : Math.min(...this.#rttsMs)
  }
}
