/**
 * Decides: the one loop of worker, browser and simulation: reduce → keep → run effects → arm one timer.
 * Does not decide: anything about rooms; the ports do the outside's work.
 * Invariants: events are reduced one after another, in order of arrival, also when an effect dispatches;
 * state is kept before any effect of it runs; after each burst exactly one deadline is armed (or none).
 */
import type { Step } from './step.ts'

export interface LoopPorts<State, Event, Effect> {
  readonly reduce: (state: State, event: Event) => Step<State, Effect>
  /** When the state next wants a `timer` event, or null. */
  readonly deadlineOf: (state: State) => number | null
  /** Makes the state durable, or shows it. Called only when it changed. */
  readonly keep: (state: State, previous: State) => void
  readonly run: (effect: Effect, state: State) => void
  /** Called after each burst, only when the deadline differs from the armed one. */
  readonly arm: (deadlineMs: number | null) => void
}

export class Loop<State, Event, Effect> {
  #state: State
  #armedMs: number | null = null
  #draining = false
  readonly #queue: Event[] = []
  readonly #ports: LoopPorts<State, Event, Effect>

  constructor(initial: State, ports: LoopPorts<State, Event, Effect>) {
    this.#state = initial
    this.#ports = ports
  }

  get state(): State {
    return this.#state
  }

  /** The timer fired or was lost (a hibernated room): the next burst arms again. */
  disarmed(): void {
    this.#armedMs = null
  }

  dispatch(event: Event): void {
    this.#queue.push(event)
    if (this.#draining) return
    this.#draining = true
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) this.#take(next)
    } finally {
      this.#draining = false
    }
    this.#arm()
  }

  #take(event: Event): void {
    const previous = this.#state
    const { state, effects } = this.#ports.reduce(previous, event)
    this.#state = state
    if (state !== previous) this.#ports.keep(state, previous)
    for (const effect of effects) this.#ports.run(effect, state)
  }

  #arm(): void {
    const deadlineMs = this.#ports.deadlineOf(this.#state)
    if (deadlineMs === this.#armedMs) return
    this.#armedMs = deadlineMs
    this.#ports.arm(deadlineMs)
  }
}
