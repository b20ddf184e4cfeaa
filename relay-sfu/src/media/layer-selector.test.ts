import { describe, expect, test } from 'vitest'
import { LayerSelector, verdicts } from './layer-selector.ts'

const showing = (layer: number): LayerSelector => {
  const selector = new LayerSelector()
  selector.aim(layer, 0)
  selector.judge(layer, true)
  return selector
}

describe('layer selector', () => {
  test('a slot begins with a key frame', () => {
    const selector = new LayerSelector()
    selector.aim(1, 0)
    expect(selector.needsKeyFrame).toBe(true)
    expect(selector.judge(1, false)).toBe(verdicts.drop)
    expect(selector.judge(1, true)).toBe(verdicts.switchHere)
    expect(selector.judge(1, false)).toBe(verdicts.forward)
  })

  test.each([
    [0, 1],
    [0, 2],
    [1, 0],
    [1, 2],
    [2, 0],
    [2, 1],
  ])('from layer %i to %i the old one goes on until the key frame of the new one', (from, to) => {
    const selector = showing(from)
    selector.aim(to, 0)
    selector.aim(to, 500)
    expect(selector.needsKeyFrame).toBe(true)
    expect(selector.judge(from, false)).toBe(verdicts.forward)
    expect(selector.judge(to, false)).toBe(verdicts.drop)
    expect(selector.judge(to, true)).toBe(verdicts.switchHere)
    expect(selector.judge(from, true)).toBe(verdicts.drop)
    expect(selector.judge(to, false)).toBe(verdicts.forward)
  })

  test('a better layer is aimed at after half a second of wanting it, a smaller one at once', () => {
    const selector = showing(1)
    const targetAfter = (layer: number, nowMs: number): number => {
      selector.aim(layer, nowMs)
      return selector.target
    }
    expect([0, 499].map((nowMs) => targetAfter(0, nowMs))).toEqual([1, 1])
    expect(targetAfter(1, 499)).toBe(1)
    expect([510, 1_009, 1_010].map((nowMs) => targetAfter(0, nowMs))).toEqual([1, 1, 0])
    expect(targetAfter(2, 1_011)).toBe(2)
  })

  test('a change of mind before the key frame costs nothing', () => {
    const selector = showing(1)
    selector.aim(2, 0)
    selector.aim(1, 10)
    expect(selector.needsKeyFrame).toBe(false)
    expect(selector.judge(2, true)).toBe(verdicts.drop)
    expect(selector.judge(1, false)).toBe(verdicts.forward)
  })

  test('with nobody looking nothing is sent at once', () => {
    const selector = showing(0)
    selector.aim(-1, 0)
    expect(selector.judge(0, true)).toBe(verdicts.drop)
  })

  test('after a break only a key frame begins again', () => {
    const selector = showing(1)
    selector.stop()
    expect(selector.needsKeyFrame).toBe(true)
    expect(selector.judge(1, false)).toBe(verdicts.drop)
    expect(selector.judge(1, true)).toBe(verdicts.switchHere)
  })

  test('until what is aimed at arrives something else is shown, and left on its key frame', () => {
    const selector = new LayerSelector()
    selector.aim(0, 0)
    selector.meanwhile = 2
    expect(selector.needsKeyFrame).toBe(true)
    expect(selector.judge(2, true)).toBe(verdicts.switchHere)
    expect(selector.needsKeyFrame).toBe(false)
    expect(selector.judge(0, false)).toBe(verdicts.drop)
    expect(selector.judge(2, false)).toBe(verdicts.forward)
    expect(selector.judge(0, true)).toBe(verdicts.switchHere)
    expect(selector.judge(1, true)).toBe(verdicts.drop)
  })
})
