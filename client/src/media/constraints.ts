/**
 * Decides: what to ask of a capture device: size, rate, and the alignment that simulcast layers need (P1).
 * Does not decide: which device (devices.ts) or when to ask (capture.ts).
 * Invariants: with L layers every width and height is a multiple of 16 · 2^(L − 1), so that each halved layer still
 * consists of whole 16 × 16 macroblocks; hardware encoders on phones draw green stripes otherwise.
 */

export interface FrameSize {
  readonly width: number
  readonly height: number
}

/** A macroblock of VP8 and H.264 is 16 pixels wide and high. */
const macroblockPixels = 16

/** What width and height must be multiples of, for this many simulcast layers (each half the size of the one above). */
export const alignmentOf = (layers: number): number => macroblockPixels * 2 ** (Math.max(1, layers) - 1)

/** The nearest aligned size, the smaller one when two are equally near, never less than one unit. */
export function alignedSize(size: FrameSize, layers: number): FrameSize {
  const unit = alignmentOf(layers)
  const align = (pixels: number): number => Math.max(1, Math.ceil(pixels / unit - 0.5)) * unit
  return { width: align(size.width), height: align(size.height) }
}

/** 720p is what a laptop camera gives without effort, and what a mesh of a few can carry. */
const cameraSize: FrameSize = { width: 1_280, height: 720 }
/** Above 30 frames a second a face looks the same and costs twice. */
const cameraFramesPerSecond = 30

/** What goes to a relay (links/relay-encodings.ts). On a mesh too: a room that moves opens no camera anew. */
const layerCount = 3

export function cameraConstraints(deviceId: string | null): MediaTrackConstraints {
  const { width, height } = alignedSize(cameraSize, layerCount)
  return {
    ...(deviceId === null ? {} : { deviceId: { exact: deviceId } }),
    width: { ideal: width },
    height: { ideal: height },
    frameRate: { ideal: cameraFramesPerSecond },
  }
}

export const microphoneConstraints = (deviceId: string | null): MediaTrackConstraints => ({
  ...(deviceId === null ? {} : { deviceId: { exact: deviceId } }),
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
})

/** A screen is mostly still: few frames leave the bits to sharp text. Its sound must not be "cleaned" like a voice. */
export const screenConstraints: DisplayMediaStreamOptions = {
  video: { frameRate: { ideal: 15, max: 30 } },
  audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
}
