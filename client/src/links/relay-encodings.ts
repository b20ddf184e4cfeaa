/**
 * Decides: in which layers a camera goes to a relay, and how many bits each may take; how many a screen may.
 * Does not decide: which layer anyone receives (the relay), nor the size of the capture (media/constraints.ts).
 * Invariants: largest first, as Chromium drops layers from the end of the list when a capture is small.
 */
import type { PreferredCodec } from './codecs.ts'

/** What is known of a capture; a browser may not tell. */
export interface CaptureSize {
  readonly width?: number
  readonly height?: number
}

export interface Encoding {
  readonly rid?: string
  readonly scaleResolutionDownBy?: number
  readonly maxBitrate: number
  readonly active?: boolean
  readonly scalabilityMode?: string
}

/** What 720p takes on a mesh link, too; smaller pictures need a little more per pixel, so the power is below 1. */
const bpsAt720p = 1_700_000
const pixelsAt720p = 1_280 * 720
/** 160 × 90 shows nobody; a quarter of 960 × 540 is of use. */
const smallestLayerPixels = 25_000

export function cameraEncodings({ width = 1_280, height = 720 }: CaptureSize): readonly Encoding[] {
  return ['f', 'h', 'q'].map((rid, index) => {
    const scaleResolutionDownBy = 2 ** index
    const pixels = (width * height) / scaleResolutionDownBy ** 2
    const maxBitrate = Math.round(bpsAt720p * (pixels / pixelsAt720p) ** 0.9)
    return { rid, scaleResolutionDownBy, maxBitrate, active: index === 0 || pixels >= smallestLayerPixels }
  })
}

/**
 * Without it Chromium puts the layers of VP9 into one stream, of which a relay could leave nothing out, and sends AV1 in one layer
 * only. Browsers that know no modes pass over it; for the other codecs it says what is so anyway, hence nothing.
 */
export const scalabilityOf = (codec: PreferredCodec): { readonly scalabilityMode?: string } =>
  codec === 'vp9' || codec === 'av1' ? { scalabilityMode: 'L1T1' } : {}

/** Text in 1080p. That sharpness goes before motion is the browsers' own choice for a screen. */
export const screenEncodings: readonly Encoding[] = [{ maxBitrate: 2_500_000 }]
