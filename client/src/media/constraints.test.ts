import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cameraEncodings } from '../links/relay-encodings.ts'
import { alignedSize, alignmentOf, cameraConstraints, microphoneConstraints } from './constraints.ts'

describe('capture constraints', () => {
  it('P1 one, two and three layers need multiples of 16, 32 and 64', () => {
    expect([1, 2, 3].map(alignmentOf)).toEqual([16, 32, 64])
  })

  it('P1 720p is captured 704 lines high, never 720: every layer that a relay gets is whole macroblocks', () => {
    expect(cameraConstraints(null)).toMatchObject({ width: { ideal: 1_280 }, height: { ideal: 704 } })
    for (const { scaleResolutionDownBy = 1 } of cameraEncodings({ width: 1_280, height: 704 })) {
      expect([1_280 / scaleResolutionDownBy, 704 / scaleResolutionDownBy].map((size) => size % 16)).toEqual([
        0, 0,
      ])
    }
  })

  it('P1 any size comes out aligned, at most half a unit away, and never empty', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8_000 }),
        fc.integer({ min: 1, max: 8_000 }),
        fc.integer({ min: 1, max: 4 }),
        (width, height, layers) => {
          const unit = alignmentOf(layers)
          const size = alignedSize({ width, height }, layers)
          expect([size.width % unit, size.height % unit]).toEqual([0, 0])
          expect(Math.abs(size.width - Math.max(width, unit))).toBeLessThanOrEqual(unit / 2)
          expect(size.height).toBeGreaterThan(0)
        },
      ),
    )
  })

  it('asks for exactly the chosen device, and for none by default', () => {
    expect(microphoneConstraints('usb')).toMatchObject({ deviceId: { exact: 'usb' } })
    expect(microphoneConstraints(null)).not.toHaveProperty('deviceId')
    expect(cameraConstraints(null)).not.toHaveProperty('deviceId')
  })
})
