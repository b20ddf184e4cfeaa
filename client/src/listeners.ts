/** Typed listeners: who wants to hear what. A listener that throws disturbs neither the others nor the session. */
import type { After } from './links/link.ts'

type ListenerOf<Map, Type extends keyof Map> = (detail: Map[Type]) => void

export class Listeners<Map extends object> {
  readonly #byType = new globalThis.Map<keyof Map, Set<(detail: never) => void>>()
  readonly #after: After

  constructor(after: After) {
    this.#after = after
  }

  on<Type extends keyof Map>(type: Type, listener: ListenerOf<Map, Type>): () => void {
    const listeners = this.#byType.get(type) ?? new Set()
    this.#byType.set(type, listeners)
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  emit<Type extends keyof Map>(type: Type, detail: Map[Type]): void {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `on` put in listeners of this type only
    const listeners = [...(this.#byType.get(type) ?? [])] as ListenerOf<Map, Type>[]
    for (const listener of listeners) {
      try {
        listener(detail)
      } catch (error) {
        // A bug of the embedder: shown in the console like any other uncaught error.
        this.#after(0, () => {
          throw error
        })
      }
    }
  }

  clear(): void {
    this.#byType.clear()
  }
}
