import { expect, test } from 'vitest'
import { cellsOf, codeCount, readCells } from './barcode.ts'
import type { Look } from './gap-meter.ts'
import { displayedGaps, looksWithin } from './gaps.ts'

const [dark, bright] = [60, 190]
const brightness = (code: number): readonly number[] => cellsOf(code).map((on) => (on ? bright : dark))
const at = (atMs: number, code: number | null): Look => ({
  atMs,
  cells: code === null ? null : brightness(code),
})

test('every number is read again; a picture of one colour is no number', () => {
  for (let code = 0; code < codeCount; code += 1) expect(readCells(brightness(code))).toBe(code)
  for (const grey of [0, 128, 255]) expect(readCells(brightness(0).map(() => grey))).toBeNull()
})

test('a gap lies between two new pictures, however often one of them was looked at', () => {
  const looks = [at(0, 5), at(16, 5), at(50, 6), at(66, 6), at(180, 6), at(200, 7), at(250, 8)]
  expect(displayedGaps(looks)).toMatchObject({
    longestGapMs: 150,
    beganAtMs: 50,
    endedAtMs: 200,
    pictures: 4,
    blank: 0,
    stepsBack: 0,
    skipped: 0,
    longestBlinkMs: 114,
  })
})

test('blank looks and pictures without a number are counted, and are no new picture', () => {
  const grey = { atMs: 60, cells: brightness(0).map(() => 128) }
  const gaps = displayedGaps([at(0, 1), at(20, null), at(40, null), grey, at(80, 2)])
  expect(gaps).toMatchObject({ longestGapMs: 80, blank: 2, unreadable: 1, pictures: 2 })
})

test('numbers go round; older pictures are steps back, missing ones are skipped', () => {
  const looks = [at(0, codeCount - 1), at(50, 0), at(100, 3), at(150, 2), at(200, 4)]
  expect(displayedGaps(looks)).toMatchObject({ stepsBack: 1, skipped: 3 })
})

test('nothing seen is no gap of nothing', () => {
  expect(displayedGaps([]).longestGapMs).toBeNaN()
  expect(displayedGaps([at(0, 1), at(500, 1)]).longestGapMs).toBeNaN()
})

test('a span takes the last look before it along', () => {
  const looks = [0, 50, 100, 150].map((atMs) => at(atMs, 1))
  expect(looksWithin(looks, 60, 120).map(({ atMs }) => atMs)).toEqual([50, 100])
  expect(looksWithin(looks, 500, 600)).toEqual([])
})
