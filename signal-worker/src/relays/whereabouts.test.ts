import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { distanceKm, whereaboutsOf } from './whereabouts.ts'

const singapore = { latitude: 1, longitude: 104 }
const frankfurt = { latitude: 50, longitude: 9 }

describe('where a request comes from', () => {
  it('RG3 is what the edge says, to the degree', () => {
    expect(whereaboutsOf({ latitude: '1.28967', longitude: '103.85007', city: 'Singapore' })).toEqual(
      singapore,
    )
    expect(whereaboutsOf({ latitude: '-33.9', longitude: '-70.6' })).toEqual({
      latitude: -34,
      longitude: -71,
    })
  })

  it.each([
    undefined,
    null,
    {},
    { latitude: '1.3' },
    { latitude: '', longitude: '' },
    { latitude: 'north', longitude: '4' },
    { latitude: '91', longitude: '0' },
    { latitude: 50, longitude: 9 },
  ])('RG3 is unknown where it says %j', (cf) => {
    expect(whereaboutsOf(cf)).toBeNull()
  })
})

describe('distance', () => {
  it('is that of a globe', () => {
    expect(distanceKm(singapore, frankfurt)).toBeGreaterThan(10_100)
    expect(distanceKm(singapore, frankfurt)).toBeLessThan(10_500)
    expect(distanceKm({ latitude: 0, longitude: 179 }, { latitude: 0, longitude: -179 })).toBeCloseTo(222, 0)
  })

  it('is the same both ways, nought to oneself, and never more than half around', () => {
    const place = fc.record({
      latitude: fc.integer({ min: -90, max: 90 }),
      longitude: fc.integer({ min: -180, max: 180 }),
    })
    fc.assert(
      fc.property(place, place, (a, b) => {
        expect(distanceKm(a, b)).toBeCloseTo(distanceKm(b, a), 6)
        expect(distanceKm(a, a)).toBe(0)
        expect(distanceKm(a, b)).toBeLessThanOrEqual(Math.PI * 6_371 + 1e-6)
      }),
    )
  })
})
