/** Watches the local media for what a person must be told once. */
import { sources, type Source } from '@video-room/shared/source.ts'
import type { MediaProblem } from '../../media/view.ts'
import type { MediaPort } from '../session-port.ts'

export type ProblemListener = (source: Source, problem: MediaProblem) => void

export class MediaWatch {
  readonly #problems = new Map<Source, MediaProblem | null>()
  #stop: (() => void) | null = null

  /** Tells of every problem when it begins. */
  watch(media: MediaPort, listener: ProblemListener): void {
    this.unwatch()
    const look = (): void => {
      for (const source of sources) {
        const { problem } = media.view.captures[source]
        if (problem === (this.#problems.get(source) ?? null)) continue
        this.#problems.set(source, problem)
        if (problem !== null) listener(source, problem)
      }
    }
    this.#stop = media.onChanged(look)
    look()
  }

  unwatch(): void {
    this.#stop?.()
    this.#stop = null
    this.#problems.clear()
  }
}
