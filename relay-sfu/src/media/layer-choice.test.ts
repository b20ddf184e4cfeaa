import { describe, expect, test } from 'vitest'
import { activeLayer, fittingLayer, layerWidthPx, type LayerView } from './layer-choice.ts'
import { allocateLayers, type LayerDemand } from './layer-allocation.ts'

const layer = (widthPx: number, isActive = true, bitrateBps = widthPx * 1_000): LayerView => ({
  widthPx,
  isActive,
  bitrateBps,
})
const hd = [layer(1_280), layer(640), layer(320)]

describe('layer choice', () => {
  test('a layer that showed no picture yet is as wide as its neighbours tell', () => {
    const layers = [layer(0), layer(480), layer(0)]
    expect([0, 1, 2].map((index) => layerWidthPx(layers, index))).toEqual([960, 480, 240])
    expect([0, 1, 2].map((index) => layerWidthPx([layer(0), layer(0), layer(0)], index))).toEqual([
      1_280, 640, 320,
    ])
  })

  test.each([
    [0, -1],
    [200, 2],
    [384, 2],
    [385, 1],
    [768, 1],
    [800, 0],
    [4_000, 0],
  ])('%i pixels are served by layer %i', (wantPx, expected) => {
    expect(fittingLayer(hd, wantPx, -1)).toBe(expected)
  })

  test('a window drawn a little smaller and larger keeps its layer', () => {
    expect([700, 650, 700].map((wantPx) => fittingLayer(hd, wantPx, 0))).toEqual([0, 0, 0])
    expect(fittingLayer(hd, 640, 0)).toBe(1)
    expect([700, 760].map((wantPx) => fittingLayer(hd, wantPx, 1))).toEqual([1, 1])
  })

  test('of the layers that arrive the best one that is not too good, else the next', () => {
    const onlyQ = [layer(1_280, false), layer(640, false), layer(320)]
    expect(activeLayer(onlyQ, 0)).toBe(2)
    const noQ = [layer(1_280), layer(640), layer(320, false)]
    expect(activeLayer(noQ, 2)).toBe(1)
    expect(activeLayer([layer(640, false)], 0)).toBe(-1)
    expect(activeLayer(hd, -1)).toBe(-1)
  })
})

describe('layer allocation', () => {
  const demand = (wantPx: number, current = -1, layers = hd): LayerDemand => ({
    layers,
    wantPx,
    current,
    fitting: fittingLayer(layers, wantPx, current),
  })

  test('everyone gets what fits while there is no bound', () => {
    expect(allocateLayers([demand(1_280), demand(200), demand(0)], Infinity)).toEqual([0, 2, -1])
  })

  test('the widest picture is served first, the others stay small', () => {
    // 320 + 320 at least, and 960 more for the large one, with headroom.
    expect(allocateLayers([demand(600), demand(1_280)], 2_000_000)).toEqual([2, 0])
    expect(allocateLayers([demand(600), demand(1_280)], 1_200_000)).toEqual([2, 1])
  })

  test('nobody goes dark for want of bits', () => {
    expect(allocateLayers([demand(1_280), demand(1_280)], 100_000)).toEqual([2, 2])
  })

  test('a layer that fits exactly is kept, but not begun', () => {
    expect(allocateLayers([demand(1_280, 0)], 1_280_000)).toEqual([0])
    expect(allocateLayers([demand(1_280, 1)], 1_280_000)).toEqual([1])
  })
})
