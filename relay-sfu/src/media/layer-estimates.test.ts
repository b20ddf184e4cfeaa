import { expect, test } from 'vitest'
import { LayerEstimates } from './layer-estimates.ts'

const layer = (bitrateBps: number, widthPx = 0) => ({ isActive: bitrateBps > 0, widthPx, bitrateBps })

function estimatesOf(...bitratesBps: readonly number[]): readonly number[] {
  const estimates = new LayerEstimates(bitratesBps.map((bitrateBps) => layer(bitrateBps)))
  estimates.update()
  return estimates.views.map(({ bitrateBps }) => bitrateBps)
}

test('a layer that does not cross is taken to be a quarter of the next larger one, or four times the next smaller', () => {
  expect(estimatesOf(1_600, 0, 0)).toEqual([1_600, 400, 100])
  expect(estimatesOf(0, 0, 100)).toEqual([1_600, 400, 100])
  expect(estimatesOf(0, 300, 0)).toEqual([1_200, 300, 75])
})

test('what arrives counts as it is', () => {
  expect(estimatesOf(2_000, 900, 0)).toEqual([2_000, 900, 225])
})

test('while nothing arrives nothing is assumed, but that each layer could be had', () => {
  const estimates = new LayerEstimates([layer(0, 960), layer(0, 480)])
  expect(estimates.views.every(({ isActive }) => isActive)).toBe(true)
  estimates.update()
  expect(estimates.views.map(({ bitrateBps, widthPx }) => [bitrateBps, widthPx])).toEqual([
    [0, 960],
    [0, 480],
  ])
})
