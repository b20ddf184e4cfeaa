import { limits } from '@video-room/shared/limits.ts'
import { describe, expect, test } from 'vitest'
import { PictureGaps } from './picture-gaps.ts'

/** When the route changed; it is judged `limits.gapAfterMs` later. */
const movedAtMs = 100_000
const judgedAtMs = movedAtMs + limits.gapAfterMs

/** A new picture every `everyMs`, but for `holes`. */
function steadily(
  gaps: PictureGaps,
  { key = 'ada', fromMs = movedAtMs - 20_000, untilMs = judgedAtMs, everyMs = 40 } = {},
  ...holes: readonly (readonly [fromMs: number, untilMs: number])[]
): PictureGaps {
  for (let atMs = fromMs; atMs <= untilMs; atMs += everyMs) {
    if (holes.every(([begin, end]) => atMs <= begin || atMs >= end)) gaps.presented(key, atMs)
  }
  return gaps
}
const judged = (gaps: PictureGaps) => gaps.around(movedAtMs, judgedAtMs)

describe('how long pictures stood still', () => {
  test('FX3 around a move is told beside the seconds before', () => {
    const hole = [movedAtMs, movedAtMs + 120] as const
    expect(judged(steadily(new PictureGaps(), {}, hole))).toEqual({ gapMs: 120, steadyMs: 40 })
    const earlier = [movedAtMs - 3_000, movedAtMs - 2_800] as const
    expect(judged(steadily(new PictureGaps(), {}, hole, earlier))).toEqual({ gapMs: 120, steadyMs: 200 })
    const longAgo = [movedAtMs - 9_000, movedAtMs - 8_000] as const
    expect(judged(steadily(new PictureGaps(), {}, longAgo))).toEqual({ gapMs: 40, steadyMs: 40 })
  })

  test('FX3 of several pictures the longest of each counts', () => {
    const gaps = steadily(new PictureGaps(), {}, [movedAtMs, movedAtMs + 120])
    steadily(gaps, { key: 'bob', everyMs: 100 }, [movedAtMs + 1_000, movedAtMs + 1_400])
    expect(judged(gaps)).toEqual({ gapMs: 400, steadyMs: 100 })
  })

  test('FX3 what led to the move counts, however long ago it began; what does not come back counts until now', () => {
    expect(judged(steadily(new PictureGaps(), {}, [movedAtMs - 8_000, movedAtMs + 200]))).toEqual({
      gapMs: 8_200,
      steadyMs: null,
    })
    const gone = steadily(new PictureGaps(), { untilMs: movedAtMs - 400 })
    expect(judged(gone)?.gapMs).toBe(400 + limits.gapAfterMs)
  })

  test('FX3 who came with the move, or was out of sight for a moment, tells nothing', () => {
    expect(judged(steadily(new PictureGaps(), { fromMs: movedAtMs - 500 }))).toBeNull()
    expect(judged(new PictureGaps())).toBeNull()
    const forgotten = steadily(new PictureGaps(), { untilMs: movedAtMs })
    forgotten.forget('ada')
    expect(judged(steadily(forgotten, { fromMs: movedAtMs + 2_000 }))).toBeNull()
    const hidden = steadily(new PictureGaps(), {})
    hidden.clear()
    expect(judged(hidden)).toBeNull()
  })

  test('FX3 of what was seen for less than a second before nothing steady is told', () => {
    const gaps = steadily(new PictureGaps(), { fromMs: movedAtMs - limits.gapBeforeMs - 800 })
    expect(judged(gaps)).toEqual({ gapMs: 40, steadyMs: null })
  })
})
