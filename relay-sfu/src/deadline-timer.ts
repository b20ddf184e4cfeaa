/** The one timer of a loop (shared/machine/loop.ts), on the monotonic clock in which its events carry their time. */
export const monotonicMs = (): number => performance.now()

export class DeadlineTimer {
  readonly #fired: () => void
  #timeout: NodeJS.Timeout | null = null

  constructor(fired: () => void) {
    this.#fired = fired
  }

  arm(deadlineMs: number | null): void {
    clearTimeout(this.#timeout ?? undefined)
    this.#timeout = null
    if (deadlineMs === null) return
    // Rounded up: a timer that fires early would find nothing due, and be armed once more for the rest.
    this.#timeout = setTimeout(this.#fired, Math.max(0, Math.ceil(deadlineMs - monotonicMs())))
  }
}
