/**
 * Decides: what a row of levels of an even sound says: the longest silence, and for how long it was heard twice.
 * Does not decide: how it was measured (sound-meter.ts).
 * Invariants: both are judged against the usual level of the same row: how loud anything is does not matter.
 */
import { percentile } from '../../bench/statistics.ts'
import type { Level } from './sound-meter.ts'

export interface SoundGaps {
  /** The longest time below a quarter of the usual level. NaN when nothing was heard. */
  readonly longestSilenceMs: number
  /** The longest time above what one voice can be: √2 of the usual level is two. */
  readonly longestDoublingMs: number
  readonly usualLevel: number
}

const silentShare = 0.25
const doubleShare = 1.25
/** So many levels together: noise is uneven over less. 8 × 2.7 ms. */
const smoothOver = 8

/** Each the power mean of those around it. */
const smoothed = (levels: readonly Level[]): readonly Level[] =>
  levels.map(({ atMs }, at) => {
    const around = levels.slice(Math.max(0, at - smoothOver / 2), at + smoothOver / 2)
    const power = around.reduce((sum, { level }) => sum + level * level, 0) / around.length
    return { atMs, level: Math.sqrt(power) }
  })

/** From the first of a stretch of such levels to the first after it. */
function longestWhere(levels: readonly Level[], is: (level: number) => boolean): number {
  let longestMs = 0
  let sinceMs: number | null = null
  for (const { atMs, level } of levels) {
    if (is(level)) sinceMs ??= atMs
    else {
      if (sinceMs !== null) longestMs = Math.max(longestMs, atMs - sinceMs)
      sinceMs = null
    }
  }
  const lastMs = levels.at(-1)?.atMs ?? 0
  return sinceMs === null ? longestMs : Math.max(longestMs, lastMs - sinceMs)
}

/** `usualLevel`: of a longer row than this one, where there is one. */
export function soundGaps(
  levels: readonly Level[],
  usualLevel = percentile(
    levels.map(({ level }) => level),
    0.5,
  ),
): SoundGaps {
  const wasHeard = usualLevel > 0.001
  return {
    longestSilenceMs: wasHeard
      ? longestWhere(levels, (level) => level < silentShare * usualLevel)
      : Number.NaN,
    longestDoublingMs: wasHeard
      ? longestWhere(smoothed(levels), (level) => level > doubleShare * usualLevel)
      : Number.NaN,
    usualLevel,
  }
}
