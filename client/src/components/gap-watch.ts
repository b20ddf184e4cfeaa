/** Measures how long pictures stand still around each new route, while somebody can see them (FX3). */
import { limits } from '@video-room/shared/limits.ts'
import { PictureGaps } from '../core/picture-gaps.ts'
import type { RouteGap } from '../core/view.ts'
import type { Presented } from './tile/pace.ts'

export class GapWatch {
  readonly #gaps = new PictureGaps()
  #listening: AbortController | null = null
  #timer = 0
  #tell: (gap: RouteGap) => void = () => {}

  /** From a tile: a new picture of this key, or (null) that nobody sees it now. The same function for good. */
  readonly presented: Presented = (key, atMs) => {
    if (atMs === null) this.#gaps.forget(key)
    else if (!document.hidden) this.#gaps.presented(key, atMs)
  }

  start(tell: (gap: RouteGap) => void): void {
    this.stop()
    this.#tell = tell
    this.#listening = new AbortController()
    const { signal } = this.#listening
    // A hidden page presents nothing, and nobody minds.
    document.addEventListener('visibilitychange', () => this.#gaps.clear(), { signal })
  }

  stop(): void {
    this.#listening?.abort()
    this.#listening = null
    clearTimeout(this.#timer)
    this.#gaps.clear()
  }

  /** Of routes in quick succession only the last one is told. */
  moved(epoch: number): void {
    clearTimeout(this.#timer)
    const movedAtMs = performance.now()
    this.#timer = window.setTimeout(() => {
      const found = this.#gaps.around(movedAtMs, performance.now())
      if (found !== null) this.#tell({ epoch, ...found })
    }, limits.gapAfterMs)
  }
}
