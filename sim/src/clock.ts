/**
 * Decides: what happens next in simulated time. The clock jumps from one appointment to the next; nothing waits.
 * Does not decide: what an appointment does.
 * Invariants: time never goes back; appointments of the same instant keep the order in which they were made.
 */
interface Appointment {
  readonly atMs: number
  readonly order: number
  readonly act: () => void
}

export class Clock {
  #nowMs = 0
  #made = 0
  /** Sorted, the next one last: a simulation holds a few hundred, so a binary insert is plenty. */
  readonly #appointments: Appointment[] = []

  get nowMs(): number {
    return this.#nowMs
  }

  get pending(): number {
    return this.#appointments.length
  }

  /** Calls `act` after `delayMs`; the answer cancels it. */
  after(delayMs: number, act: () => void): () => void {
    const appointment = { atMs: this.#nowMs + Math.max(0, delayMs), order: (this.#made += 1), act }
    this.#appointments.splice(this.#placeOf(appointment), 0, appointment)
    return () => {
      const index = this.#appointments.indexOf(appointment)
      if (index >= 0) this.#appointments.splice(index, 1)
    }
  }

  /** Keeps the next appointment if it is due by `untilMs`; false when none is. */
  step(untilMs: number): boolean {
    const next = this.#appointments.at(-1)
    if (next === undefined || next.atMs > untilMs) {
      this.#nowMs = Math.max(this.#nowMs, untilMs)
      return false
    }
    this.#appointments.pop()
    this.#nowMs = next.atMs
    next.act()
    return true
  }

  #placeOf(appointment: Appointment): number {
    let low = 0
    let high = this.#appointments.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const other = this.#appointments[middle]
      const later =
        other !== undefined && (other.atMs - appointment.atMs || other.order - appointment.order) > 0
      if (later) low = middle + 1
      else high = middle
    }
    return low
  }
}
