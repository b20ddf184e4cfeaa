/** Keeps the toasts, and takes each away when it was there long enough to be read. */
import type { ReactiveController, ReactiveControllerHost } from 'lit'
import type { Toast } from '../toasts/toasts.ts'

/** News is read in passing; trouble says what to do, which takes longer. Milliseconds. */
const shownMs: Readonly<Record<Toast['tone'], number>> = { news: 4_000, trouble: 10_000 }
/** More would cover the people one talks to; the oldest goes first. */
const toastsMax = 3

export class ToastRack implements ReactiveController {
  readonly #host: ReactiveControllerHost
  readonly #timers = new Map<number, ReturnType<typeof setTimeout>>()
  #toasts: readonly Toast[] = []
  #lastId = 0

  constructor(host: ReactiveControllerHost) {
    this.#host = host
    host.addController(this)
  }

  get toasts(): readonly Toast[] {
    return this.#toasts
  }

  hostDisconnected(): void {
    this.clear()
  }

  clear(): void {
    for (const { id } of this.#toasts) this.remove(id)
  }

  add(tone: Toast['tone'], text: string): void {
    const same = this.#toasts.find((toast) => toast.text === text)
    if (same !== undefined) this.remove(same.id)
    this.#lastId += 1
    const id = this.#lastId
    this.#toasts = [...this.#toasts, { id, tone, text }]
    this.#timers.set(
      id,
      setTimeout(() => this.remove(id), shownMs[tone]),
    )
    for (const { id: oldId } of this.#toasts.slice(0, -toastsMax)) this.remove(oldId)
    this.#host.requestUpdate()
  }

  remove(id: number): void {
    clearTimeout(this.#timers.get(id))
    this.#timers.delete(id)
    this.#toasts = this.#toasts.filter((toast) => toast.id !== id)
    this.#host.requestUpdate()
  }
}
