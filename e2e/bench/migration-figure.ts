/**
 * Decides: how the migration benchmark is drawn: each end's displayed gaps over time, the moves marked.
 * Does not decide: what was measured.
 * Invariants: plain SVG without scripts, fonts or anything from elsewhere; readable on white and on dark.
 */
import type { Move } from '../src/harness/measured-move.ts'

/** A new picture, and how long it had been waited for. */
export interface Interval {
  readonly atMs: number
  readonly gapMs: number
}

export interface Trace {
  readonly name: string
  readonly intervals: readonly Interval[]
}

const width = 1_000
const height = 320
const margin = { left: 60, right: 20, top: 40, bottom: 40 }
const traceColours = ['#2b6cb0', '#b7791f']
const moveColours: Readonly<Record<Move['to'], string>> = { relayed: '#805ad5', mesh: '#2f855a' }
/** Of all intervals only the longest of each column is drawn: the figure is about gaps. */
const columnPixels = 2

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

const text = (x: number, y: number, words: string, more = ''): string =>
  `<text x="${x}" y="${y}" font-family="sans-serif" font-size="12" fill="#718096" ${more}>${escape(words)}</text>`

export function migrationFigure(traces: readonly Trace[], moves: readonly Move[]): string {
  const all = traces.flatMap(({ intervals }) => intervals)
  const startMs = all.reduce((least, { atMs }) => Math.min(least, atMs), Number.POSITIVE_INFINITY)
  const spanMs = Math.max(1, all.reduce((most, { atMs }) => Math.max(most, atMs), 0) - startMs)
  const topMs = Math.max(
    200,
    all.reduce((most, { gapMs }) => Math.max(most, gapMs), 0),
  )
  const innerWidth = width - margin.left - margin.right
  const innerHeight = height - margin.top - margin.bottom
  const x = (atMs: number): number => margin.left + ((atMs - startMs) / spanMs) * innerWidth
  const y = (gapMs: number): number => margin.top + innerHeight * (1 - gapMs / topMs)

  const lineOf = ({ intervals }: Trace, colour: string): string => {
    const columns = new Map<number, number>()
    for (const { atMs, gapMs } of intervals) {
      const column = Math.floor(x(atMs) / columnPixels)
      columns.set(column, Math.max(columns.get(column) ?? 0, gapMs))
    }
    const points = [...columns].map(([column, gapMs]) => `${column * columnPixels},${y(gapMs).toFixed(1)}`)
    return `<polyline fill="none" stroke="${colour}" stroke-width="1" points="${points.join(' ')}"/>`
  }
  const markOf = ({ atMs, to }: Move): string =>
    `<line x1="${x(atMs).toFixed(1)}" x2="${x(atMs).toFixed(1)}" y1="${margin.top}" y2="${height - margin.bottom}" stroke="${moveColours[to]}" stroke-dasharray="3 3"/>`
  const heights = Array.from({ length: 5 }, (_, step) => Math.round((topMs * step) / 4))
  const legend = [
    ...traces.map(({ name }, at) => ({ words: `seen by ${name}`, colour: traceColours[at] ?? '#000' })),
    { words: 'to the relay', colour: moveColours.relayed },
    { words: 'to the mesh', colour: moveColours.mesh },
  ]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}">`,
    text(margin.left, 16, 'Time between two new pictures, milliseconds'),
    ...legend.map(({ words, colour }, at) =>
      text(margin.left + at * 160, 32, words, `style="fill:${colour}"`),
    ),
    ...heights.flatMap((gapMs) => [
      `<line x1="${margin.left}" x2="${width - margin.right}" y1="${y(gapMs)}" y2="${y(gapMs)}" stroke="#a0aec0" stroke-opacity="0.4"/>`,
      text(margin.left - 8, y(gapMs) + 4, String(gapMs), 'text-anchor="end"'),
    ]),
    ...moves.map(markOf),
    ...traces.map((trace, at) => lineOf(trace, traceColours[at] ?? '#000')),
    text(width - margin.right, height - 12, `${Math.round(spanMs / 1_000)} s`, 'text-anchor="end"'),
    text(margin.left, height - 12, '0 s'),
    '</svg>',
    '',
  ].join('\n')
}
