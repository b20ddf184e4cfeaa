/** Sends descriptions at once, and gathers candidates for a moment so that they travel together (SG4). */
import { limits } from '@video-room/shared/limits.ts'
import type { After } from './link.ts'
import { encodeSignals, type MeshSignal } from './mesh-signal.ts'

export class SignalBatch {
  readonly #after: After
  readonly #send: (payload: string) => void
  readonly #candidates: MeshSignal[] = []
  #cancel: (() => void) | null = null

  constructor(after: After, send: (payload: string) => void) {
    this.#after = after
    this.#send = send
  }

  add(signal: MeshSignal): void {
    if (!('candidate' in signal)) {
      this.#send(encodeSignals([signal]))
      return
    }
    this.#candidates.push(signal)
    this.#cancel ??= this.#after(limits.candidateBatchMs, () => this.flush())
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = null
  }

  /** No more candidates will come: what has gathered goes now. */
  flush(): void {
    this.stop()
    const candidates = this.#candidates.splice(0)
    if (candidates.length > 0) this.#send(encodeSignals(candidates))
  }
}
