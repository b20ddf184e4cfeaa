import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fitGrid } from './fit-grid.ts'

describe('fit grid', () => {
  it('two people sit side by side on a desktop and above each other on a phone', () => {
    expect(fitGrid(1_280, 700, 2, 10).columns).toBe(2)
    expect(fitGrid(390, 700, 2, 10).columns).toBe(1)
  })

  it('five people on a desktop take three columns, sixteen take four', () => {
    expect(fitGrid(1_280, 700, 5, 10).columns).toBe(3)
    expect(fitGrid(1_280, 700, 16, 10).columns).toBe(4)
  })

  it('whatever the box, everyone has a place in it, and no tile is stretched', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 280, max: 4_000 }),
        fc.integer({ min: 280, max: 3_000 }),
        fc.integer({ min: 1, max: 16 }),
        (width, height, count) => {
          const { columns, rows, tileWidth, tileHeight } = fitGrid(width, height, count, 10)
          expect(columns * rows).toBeGreaterThanOrEqual(count)
          expect(columns * tileWidth + (columns - 1) * 10).toBeLessThanOrEqual(width)
          expect(rows * tileHeight + (rows - 1) * 10).toBeLessThanOrEqual(height)
          // Sizes are whole pixels, rounded down: one pixel either way.
          expect(tileWidth / (tileHeight + 1)).toBeLessThanOrEqual(16 / 9)
          expect((tileWidth + 1) / tileHeight).toBeGreaterThanOrEqual(4 / 5)
          expect(tileWidth * tileHeight).toBeGreaterThan(0)
        },
      ),
    )
  })
})
