/**
 * Decides: in which order wishes are served: one at a time, and of those that wait only the last (M4).
 * Does not decide: what a wish means.
 * Invariants: never two wishes at once; the last wish asked for is the last one served.
 */
export class WishLine<Wish> {
  readonly #serve: (wish: Wish) => Promise<void>
  #waiting: { readonly wish: Wish } | null = null
  #draining: Promise<void> | null = null

  /** `serve` must not reject. */
  constructor(serve: (wish: Wish) => Promise<void>) {
    this.#serve = serve
  }

  /** Settles when the line is empty: this wish, or the one that overtook it, was served. */
  ask(wish: Wish): Promise<void> {
    this.#waiting = { wish }
    this.#draining ??= this.#drain()
    return this.#draining
  }

  async #drain(): Promise<void> {
    // After the caller's task, so that wishes of one task (microphone and camera) reach the opener together.
    await Promise.resolve()
    while (this.#waiting !== null) {
      const { wish } = this.#waiting
      this.#waiting = null
      await this.#serve(wish)
    }
    this.#draining = null
  }
}
