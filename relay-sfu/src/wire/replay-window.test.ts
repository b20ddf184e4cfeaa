import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ReplayWindow, replayWindowPackets } from './replay-window.ts'

describe('RFC 3711 3.3.2: the replay window', () => {
  it('says of any walk what a set of everything accepted would say', () => {
    const step = fc.oneof(fc.integer({ min: -1_100, max: 1_100 }), fc.integer({ min: -3, max: 3 }))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const window = new ReplayWindow()
        const accepted = new Set<number>()
        let at = 0
        for (const distance of steps) {
          at = Math.max(0, at + distance)
          const isKnowable = at > window.highest - replayWindowPackets
          expect(window.isFresh(at)).toBe(isKnowable && !accepted.has(at))
          if (!window.isFresh(at)) continue
          window.accept(at)
          accepted.add(at)
          expect(window.highest).toBe(Math.max(...accepted))
        }
      }),
    )
  })

  it('the oldest index it knows of is still told apart, the one before it is not', () => {
    const window = new ReplayWindow()
    window.accept(2_000)
    expect(window.isFresh(2_000 - replayWindowPackets + 1)).toBe(true)
    expect(window.isFresh(2_000 - replayWindowPackets)).toBe(false)
  })

  it('indices up to 2^48 are told apart', () => {
    const window = new ReplayWindow()
    window.accept(2 ** 48 - 2)
    expect(window.isFresh(2 ** 48 - 2)).toBe(false)
    expect(window.isFresh(2 ** 48 - 1)).toBe(true)
    expect(window.isFresh(2 ** 48 - 3)).toBe(true)
  })
})
