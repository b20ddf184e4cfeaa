/** A video that is shown, and what can be seen of it. */
import { colors, type Color, type ShownPicture } from './page-protocol.ts'

export class ShownVideo {
  firstFrameMs: number | null = null
  readonly #mid: string
  readonly #element: HTMLVideoElement
  readonly #pixel: CanvasRenderingContext2D | null
  #frames = 0
  #shownMs: number | null = null
  #longestGapMs = 0

  constructor(track: MediaStreamTrack, mid: string) {
    this.#mid = mid
    const canvas = document.createElement('canvas')
    canvas.width = 1
    canvas.height = 1
    this.#pixel = canvas.getContext('2d', { willReadFrequently: true })
    this.#element = document.body.appendChild(document.createElement('video'))
    Object.assign(this.#element, { muted: true, autoplay: true, playsInline: true, width: 160, height: 90 })
    this.#element.srcObject = new MediaStream([track])
    this.#element.play().catch(() => {})
    this.#watch()
  }

  get view(): ShownPicture {
    this.#noteGap(performance.now())
    return {
      mid: this.#mid,
      frames: this.#frames,
      widthPx: this.#element.videoWidth,
      longestGapMs: this.#longestGapMs,
      color: this.#frames === 0 ? null : this.#color(),
    }
  }

  forgetGaps(): void {
    this.#longestGapMs = 0
    // What was before is forgotten, the time since the newest frame is not.
    if (this.#shownMs !== null) this.#shownMs = performance.now()
  }

  remove(): void {
    this.#element.remove()
  }

  #watch(): void {
    this.#element.requestVideoFrameCallback((nowMs) => {
      this.firstFrameMs ??= performance.now()
      this.#frames += 1
      this.#noteGap(nowMs)
      this.#shownMs = nowMs
      this.#watch()
    })
  }

  #noteGap(nowMs: number): void {
    if (this.#shownMs !== null) this.#longestGapMs = Math.max(this.#longestGapMs, nowMs - this.#shownMs)
  }

  /** Of the middle of the lower half, where no bar wanders. */
  #color(): Color | null {
    const { videoWidth, videoHeight } = this.#element
    this.#pixel?.drawImage(this.#element, videoWidth / 2, videoHeight * 0.7, 4, 4, 0, 0, 1, 1)
    const [red = 0, green = 0, blue = 0] = this.#pixel?.getImageData(0, 0, 1, 1).data ?? []
    for (const [name, [r, g, b]] of Object.entries(colors)) {
      const distance = Math.abs(red - r) + Math.abs(green - g) + Math.abs(blue - b)
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- keys of a frozen object of ours
      if (distance < 90) return name as Color
    }
    return null
  }
}
