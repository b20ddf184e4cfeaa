/** Whether something has lasted for a while: what shows it only then asks here. Gone with its element, and no timer is left. */
import type { ReactiveController, ReactiveControllerHost } from 'lit'

export class Delay implements ReactiveController {
  readonly #host: ReactiveControllerHost
  #of: unknown = null
  #timer = 0
  #isOver = false

  constructor(host: ReactiveControllerHost) {
    this.#host = host
    host.addController(this)
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** Called before each draw: `of` is what lasts, null when nothing does; another value begins anew. */
  follow(of: unknown, ms: number): void {
    if (of === this.#of) return
    this.#stop()
    this.#of = of
    if (of === null) return
    this.#timer = window.setTimeout(() => {
      this.#isOver = true
      this.#host.requestUpdate()
    }, ms)
  }

  hostConnected(): void {
    this.#host.requestUpdate()
  }

  hostDisconnected(): void {
    this.#stop()
  }

  #stop(): void {
    clearTimeout(this.#timer)
    this.#of = null
    this.#isOver = false
  }
}
