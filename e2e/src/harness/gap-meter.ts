/**
 * What a tile of the product's page displays, looked at on every animation frame: the number in the picture of the topmost video
 * that has one to show. Which video that is, and how it came to be, is the product's matter.
 */

export interface Look {
  /** Milliseconds since the epoch: one clock for all pages of this machine. */
  readonly atMs: number
  /** How bright the middle of each cell of the barcode is (barcode.ts), or null: no picture is displayed. */
  readonly cells: readonly number[] | null
}

export interface GapMeter {
  /** Starts looking at the tile that is labelled so; `looks` grows from then on. */
  watch(label: string): void
  readonly looks: Look[]
  /** The looks since the last time. */
  take(): Look[]
  /** How many videos a tile has had at once, at most. */
  mostVideos: number
}

declare global {
  interface Window {
    gapMeter: GapMeter
  }
}

/** Runs inside the page, after the senses: it must not refer to anything outside itself. */
export function installGapMeter(): void {
  /** As in barcode.ts. */
  const cellCount = 14
  /** The middle of the bars, as a share of the picture's height. */
  const barMiddle = 1 / 16

  const canvas = new OffscreenCanvas(cellCount, 1)
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (context === null) throw new Error('no canvas to read pictures with')
  context.imageSmoothingEnabled = false

  /** Paints no picture of its own: what lies beneath it is seen. */
  const isEmpty = (video: HTMLVideoElement): boolean =>
    video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || video.videoWidth <= 2

  const isVisible = (video: HTMLVideoElement): boolean => {
    const { opacity, display, visibility } = getComputedStyle(video)
    return display !== 'none' && visibility === 'visible' && Number(opacity) >= 0.5
  }

  const layerOf = (video: HTMLVideoElement): number => Number(getComputedStyle(video).zIndex) || 0

  /** By what is painted over what: the z-index, then the order in the document. */
  const topmost = (tile: Element): HTMLVideoElement | undefined => {
    const videos = [...tile.querySelectorAll('video')]
    window.gapMeter.mostVideos = Math.max(window.gapMeter.mostVideos, videos.length)
    const seen = videos.filter((video) => isVisible(video) && !isEmpty(video))
    return seen.toSorted((one, other) => layerOf(one) - layerOf(other)).at(-1)
  }

  const read = (video: HTMLVideoElement): number[] => {
    const { videoWidth, videoHeight } = video
    context.clearRect(0, 0, cellCount, 1)
    context.drawImage(video, 0, videoHeight * barMiddle, videoWidth, 1, 0, 0, cellCount, 1)
    const { data } = context.getImageData(0, 0, cellCount, 1)
    // Green is most of brightness.
    return Array.from({ length: cellCount }, (_, cell) => data[cell * 4 + 1] ?? 0)
  }

  const looks: Look[] = []
  window.gapMeter = {
    looks,
    take: () => looks.splice(0),
    mostVideos: 0,
    watch(label) {
      let tile: Element | undefined
      let last:
        | { readonly video: HTMLVideoElement; readonly atS: number; readonly cells: number[] }
        | undefined
      const look = (): void => {
        if (tile?.isConnected !== true) tile = window.senses.all(`[role=group][aria-label="${label}"]`)[0]
        const video = tile === undefined ? undefined : topmost(tile)
        // Its time goes on with its pictures. To read one costs a busy page tens of milliseconds: one that is known is not read again.
        const isKnown = last !== undefined && last.video === video && last.atS === video.currentTime
        if (video === undefined) last = undefined
        else if (!isKnown) last = { video, atS: video.currentTime, cells: read(video) }
        looks.push({ atMs: performance.timeOrigin + performance.now(), cells: last?.cells ?? null })
        requestAnimationFrame(look)
      }
      requestAnimationFrame(look)
    },
  }
}
