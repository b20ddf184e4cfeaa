/** What is said to another thread in one turn goes there together: a message costs more than most of what it says. */
export class Outbox<T> {
  #waiting: T[] = []
  readonly #atEndOfTurn: (callback: () => void) => void
  readonly #send: (together: readonly T[]) => void

  constructor(atEndOfTurn: (callback: () => void) => void, send: (together: readonly T[]) => void) {
    this.#atEndOfTurn = atEndOfTurn
    this.#send = send
  }

  add(one: T): void {
    this.#waiting.push(one)
    if (this.#waiting.length > 1) return
    this.#atEndOfTurn(() => {
      const together = this.#waiting
      this.#waiting = []
      this.#send(together)
    })
  }
}
