import { describe, expect, test } from 'vitest'
import { Vp8Munger } from './vp8-munger.ts'

const after = (before: Vp8Munger): Vp8Munger => {
  const munger = new Vp8Munger()
  munger.follow(before)
  return munger
}

describe('VP8 munger', () => {
  test('T1: a source begins with the picture after the last one of the source before it', () => {
    const first = new Vp8Munger()
    expect([0x7f_fe, 0x7f_ff, 0].map((id) => first.pictureId(id, 15))).toEqual([0x7f_fe, 0x7f_ff, 0])
    const second = after(first)
    expect([900, 901].map((id) => second.pictureId(id, 15))).toEqual([1, 2])
  })

  test('ids of 7 bits become a row of 15 bits that does not jump back', () => {
    const munger = new Vp8Munger()
    expect([126, 127, 0, 1].map((id) => munger.pictureId(id, 7))).toEqual([126, 127, 128, 129])
  })

  test('late packets of an earlier picture keep its id, before the begin of the source, too', () => {
    const munger = new Vp8Munger()
    munger.pictureId(100, 15)
    munger.pictureId(102, 15)
    expect([101, 100, 99].map((id) => munger.pictureId(id, 15))).toEqual([101, 100, 99])
    expect(after(munger).pictureId(7, 15)).toBe(103)
  })

  test('TL0PICIDX goes on over a switch and wraps with its eight bits', () => {
    const first = new Vp8Munger()
    expect([254, 255].map((index) => first.tl0PictureIndex(index))).toEqual([254, 255])
    const second = after(first)
    expect([17, 18, 17].map((index) => second.tl0PictureIndex(index))).toEqual([0, 1, 0])
    expect(after(second).tl0PictureIndex(90)).toBe(2)
  })

  test('a source without picture ids does not disturb the row', () => {
    const first = new Vp8Munger()
    first.pictureId(10, 15)
    expect(after(after(first)).pictureId(3, 15)).toBe(11)
  })
})
