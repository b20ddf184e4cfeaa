import { describe, expect, test } from 'vitest'
import { cameraEncodings } from './relay-encodings.ts'

const layersOf = (width: number, height: number): string =>
  cameraEncodings({ width, height })
    .filter(({ active }) => active)
    .map(({ rid }) => rid)
    .join('')

describe('the layers of a camera', () => {
  test('come largest first, each half as wide as the one before', () => {
    const encodings = cameraEncodings({ width: 1_280, height: 704 })
    expect(encodings.map(({ rid, scaleResolutionDownBy }) => [rid, scaleResolutionDownBy])).toEqual([
      ['f', 1],
      ['h', 2],
      ['q', 4],
    ])
  })

  test.each([
    [1_920, 1_080, 'fhq'],
    [1_280, 720, 'fhq'],
    [720, 1_280, 'fhq'],
    [960, 540, 'fhq'],
    [640, 360, 'fh'],
    [360, 640, 'fh'],
    [320, 240, 'f'],
    [16, 16, 'f'],
  ])('of %i × %i are %s: one too small to see somebody is not sent', (width, height, layers) => {
    expect(layersOf(width, height)).toBe(layers)
  })

  test('take bits by their size, so that the smallest is cheap and a small capture takes no more than it needs', () => {
    const bps = (width: number, height: number): number[] =>
      cameraEncodings({ width, height }).map(({ maxBitrate }) => maxBitrate)
    expect(bps(1_280, 720)).toEqual([1_700_000, 488_197, 140_198])
    expect(bps(640, 360).slice(0, 2)).toEqual(bps(1_280, 720).slice(1))
    expect(cameraEncodings({})).toEqual(cameraEncodings({ width: 1_280, height: 720 }))
  })
})
