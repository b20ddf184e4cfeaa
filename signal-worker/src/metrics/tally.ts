/**
 * Decides: which counts a room's words raise, and by how much (OP4).
 * Does not decide: where they are kept (objects/route-tally.ts), nor how they are written (metrics-page.ts).
 * Invariants: counts only grow; there are as many as kinds, reasons and bounds allow, whatever rooms and pages say.
 */
import { assertNever } from '@video-room/shared/lang.ts'
import type { CallRoute, Direction, RouteWord } from '../room/effect.ts'

/** A name and its labels in their order, with a bar between: none of them holds one. */
type Series = string

export interface Raise {
  readonly series: Series
  readonly by: number
}

export interface Tally {
  readonly counts: Readonly<Record<Series, number>>
  /** Calls by how they flow, as their rooms said last. */
  readonly calls: Readonly<Partial<Record<CallRoute, number>>>
}

export const seriesOf = (...parts: readonly (string | number)[]): Series => parts.join('|')

/** Seconds. A relay that stands by is moved to in 0.5 s, a cold one in 1.5 s; after 10 s a move is given up (MG5). */
export const moveBounds = [0.25, 0.5, 1, 1.5, 2, 3, 5, 7.5, 10] as const
/** Seconds. Of 30 pictures a second one is due every 0.033 s; what is longer than a fifth of a second is seen by people. */
export const gapBounds = [0.04, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2, 5] as const

export function raisesOf(word: RouteWord): readonly Raise[] {
  switch (word.type) {
    case 'moved': {
      const { from, to, reason, tookMs } = word
      const took = tookMs === null ? [] : observed('took', word, tookMs, moveBounds)
      return [{ series: seriesOf('moves', from, to, reason), by: 1 }, ...took]
    }
    case 'move-failed':
      return [{ series: seriesOf('failed', word.from, word.to, word.reason, word.why), by: 1 }]
    case 'gap': {
      const { gapMs, steadyMs } = word
      const steady = steadyMs === null ? [] : observed('steady', word, steadyMs, gapBounds)
      return [...observed('gap', word, gapMs, gapBounds), ...steady]
    }
    case 'call':
      return []
    default:
      return assertNever(word)
  }
}

function observed(
  name: 'took' | 'gap' | 'steady',
  { from, to }: Direction,
  ms: number,
  bounds: readonly number[],
): readonly Raise[] {
  const bound = bounds.find((one) => ms <= one * 1_000) ?? 'above'
  return [
    { series: seriesOf(name, from, to, bound), by: 1 },
    { series: seriesOf(name, from, to, 'sum'), by: ms / 1_000 },
  ]
}
