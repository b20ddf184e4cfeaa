/**
 * Stands in for a picture whose track may end before the next one shows: Chromium paints an element black as soon as its track has
 * ended. It copies frame by frame what the element presents, and keeps the last frame that came before the end.
 */
import { onFrame } from './frames.ts'

export class Still {
  readonly canvas = document.createElement('canvas')
  #stop: () => void = () => {}

  constructor() {
    this.canvas.className = 'still'
    this.canvas.setAttribute('aria-hidden', 'true')
    this.canvas.hidden = true
  }

  /** Lies over `video`, until `forget`. In the task in which a connection was closed its frame is still there (measured). */
  cover(video: HTMLVideoElement, isOver: () => boolean): void {
    this.forget()
    this.#take(video)
    const next = (): void => {
      this.#stop = onFrame(video, () => {
        // The track says that it has ended before the element is black.
        if (isOver()) return
        this.#take(video)
        next()
      })
    }
    next()
  }

  /** Nothing of it remains. */
  forget(): void {
    this.#stop()
    this.canvas.hidden = true
    if (this.canvas.width > 0) this.canvas.width = 0
  }

  #take(video: HTMLVideoElement): void {
    const { videoWidth, videoHeight } = video
    if (videoWidth === 0) return
    if (this.canvas.width !== videoWidth) this.canvas.width = videoWidth
    if (this.canvas.height !== videoHeight) this.canvas.height = videoHeight
    this.canvas.getContext('2d')?.drawImage(video, 0, 0)
    this.canvas.hidden = false
  }
}
