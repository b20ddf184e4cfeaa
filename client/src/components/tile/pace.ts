/** How steadily an element presents pictures: each new one is told, with its time. Browsers that do not say so tell nothing. */
import { placeholderPx } from './frames.ts'

/** A new picture of this key; null: none is due, as it is off, away or out of sight. */
export type Presented = (key: string, atMs: number | null) => void

export class Pace {
  readonly #tell: (atMs: number) => void
  #video: HTMLVideoElement | null = null
  #handle = 0

  constructor(tell: (atMs: number) => void) {
    this.#tell = tell
  }

  /** From now on this one; null: none. */
  follow(video: HTMLVideoElement | null): void {
    if (video === this.#video) return
    this.#video?.cancelVideoFrameCallback(this.#handle)
    this.#video = video !== null && 'requestVideoFrameCallback' in video ? video : null
    this.#wait()
  }

  #wait(): void {
    const video = this.#video
    if (video === null) return
    this.#handle = video.requestVideoFrameCallback((now, { width }) => {
      if (width > placeholderPx) this.#tell(now)
      this.#wait()
    })
  }
}
