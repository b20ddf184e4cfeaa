/**
 * Decides: what a row of looks at a tile says: the longest gap, blank pictures, steps back.
 * Does not decide: how anything was looked at (gap-meter.ts).
 * Invariants: a gap is the time between two new pictures, never between two looks at one; what was looked at too seldom to
 * tell is in the result as `longestBlinkMs`.
 */
import { codeCount, readCells } from './barcode.ts'
import type { Look } from './gap-meter.ts'

export interface DisplayedGaps {
  /** The longest time without a new picture. NaN when fewer than two were seen. */
  readonly longestGapMs: number
  /** When that gap began and ended, milliseconds since the epoch. */
  readonly beganAtMs: number
  readonly endedAtMs: number
  readonly pictures: number
  /** Looks that saw no picture at all, and pictures without a number. */
  readonly blank: number
  readonly unreadable: number
  /** New pictures that were older than the one before them. */
  readonly stepsBack: number
  /** Pictures that were never seen, between two that were. */
  readonly skipped: number
  /** Between two looks: the meter itself was kept waiting. */
  readonly longestBlinkMs: number
}

/** Forward, unless back is nearer: numbers go round. */
const distance = (from: number, to: number): number => {
  const forward = (to - from + codeCount) % codeCount
  return forward < codeCount / 2 ? forward : forward - codeCount
}

const longestOf = (pairs: readonly (readonly [number, number])[]): readonly [number, number] =>
  pairs.reduce((longest, pair) => (pair[1] - pair[0] > longest[1] - longest[0] ? pair : longest), [0, 0])

const pairsOf = <Value>(values: readonly Value[]): readonly (readonly [Value, Value])[] =>
  values.slice(1).map((value, at) => [values[at] ?? value, value])

interface Picture {
  readonly atMs: number
  readonly code: number
}

const readableIn = (looks: readonly Look[]): readonly Picture[] =>
  looks.flatMap(({ atMs, cells }) => {
    const code = cells === null ? null : readCells(cells)
    return code === null ? [] : [{ atMs, code }]
  })

/** The first look at each new picture. */
const picturesIn = (readable: readonly Picture[]): readonly Picture[] =>
  readable.filter(({ code }, at) => code !== readable[at - 1]?.code)

/** Each new picture, and how long after the one before it came. */
export const intervalsOf = (
  looks: readonly Look[],
): readonly { readonly atMs: number; readonly gapMs: number }[] =>
  pairsOf(picturesIn(readableIn(looks))).map(([one, other]) => ({
    atMs: other.atMs,
    gapMs: other.atMs - one.atMs,
  }))

export function displayedGaps(looks: readonly Look[]): DisplayedGaps {
  const readable = readableIn(looks)
  const pictures = picturesIn(readable)
  const steps = pairsOf(pictures)
  const moves = steps.map(([one, other]) => distance(one.code, other.code))
  const [beganAtMs, endedAtMs] = longestOf(steps.map(([one, other]) => [one.atMs, other.atMs]))
  const blink = longestOf(pairsOf(looks).map(([one, other]) => [one.atMs, other.atMs]))
  const blank = looks.filter(({ cells }) => cells === null).length
  return {
    longestGapMs: pictures.length < 2 ? Number.NaN : endedAtMs - beganAtMs,
    beganAtMs,
    endedAtMs,
    pictures: pictures.length,
    blank,
    unreadable: looks.length - readable.length - blank,
    stepsBack: moves.filter((by) => by < 0).length,
    skipped: moves.reduce((sum, by) => sum + Math.max(0, by - 1), 0),
    longestBlinkMs: blink[1] - blink[0],
  }
}

/** The looks of a span, with the last one before it: a gap may have begun by then. */
export function looksWithin<Timed extends { readonly atMs: number }>(
  looks: readonly Timed[],
  fromMs: number,
  toMs: number,
): readonly Timed[] {
  const first = looks.findIndex(({ atMs }) => atMs >= fromMs)
  return first < 0 ? [] : looks.slice(Math.max(0, first - 1)).filter(({ atMs }) => atMs <= toMs)
}
