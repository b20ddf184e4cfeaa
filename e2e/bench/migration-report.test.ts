import { describe, expect, test } from 'vitest'
import { bytesSentTwice, freezesIn, type Move, type Span } from '../src/harness/measured-move.ts'
import type { Failover } from './migration-failover.ts'
import { migrationFigure } from './migration-figure.ts'
import { migrationReport, type MigrationResult } from './migration-report.ts'

interface Figures {
  readonly gapMs: number
  readonly silenceMs?: number
  readonly blank?: number
  readonly freezes?: number
}

const span = ({ gapMs, silenceMs = 0, blank = 0, freezes = 0 }: Figures): Span => ({
  picture: {
    longestGapMs: gapMs,
    beganAtMs: 0,
    endedAtMs: gapMs,
    pictures: 70,
    blank,
    unreadable: 0,
    stepsBack: 0,
    skipped: 0,
    longestBlinkMs: 17,
  },
  sound: { longestSilenceMs: silenceMs, longestDoublingMs: 0, usualLevel: 0.06 },
  freezes,
})

const move = (
  to: Move['to'],
  moved: Figures,
  prepareToCommitMs: number | null = 400,
  steady: Figures = { gapMs: 100 },
): Move => ({
  atMs: 10_000,
  to,
  seen: [
    {
      name: 'Ada Host',
      steady: span(steady),
      moved: span(moved),
      causeToCommitMs: 450,
      prepareToCommitMs,
      bytesTwice: 50_000,
    },
  ],
})

const back = (name: string, ...backAfterMs: readonly number[]): Failover => ({
  name,
  backAfterMs,
  problem: null,
})

const result = (moves: readonly Move[], failovers: readonly Failover[] = []): MigrationResult => ({
  load: [0.5, 2],
  cores: 2,
  way: 'cold',
  moves,
  failovers,
})

const missedIn = (text: string): readonly string[] => text.match(/^MISSED.*$/gm) ?? []

test('a move as long as steady and a frame, without a hole, misses nothing', () => {
  const good = { gapMs: 150, silenceMs: 20 }
  const { text } = migrationReport(
    result([move('relayed', good), move('mesh', good)], [back('relay → other relay', 1_200, 1_400)]),
  )
  expect(missedIn(text)).toEqual([])
  expect(text).toMatch(/^ {2}longest displayed gap +150 \/ 150 \/ 150 ms +100 \/ 100 \/ 100 ms/m)
  expect(text).toMatch(/^ {2}sent twice, each end +50 \/ 50 \/ 50 kB/m)
})

test('silence that the machine makes while nobody moves is no hole of a move', () => {
  const quiet = move('mesh', { gapMs: 100, silenceMs: 26 }, 200, { gapMs: 100, silenceMs: 29 })
  const loud = move('relayed', { gapMs: 100, silenceMs: 30 }, 200, { gapMs: 100, silenceMs: 29 })
  expect(missedIn(migrationReport(result([quiet, loud])).text)).toEqual([
    'MISSED  mesh → relay: silence, p95, steady ≤ 29 ms: 30 ms',
  ])
})

test('every target that is missed is named with its figure', () => {
  const bad = { gapMs: 168, silenceMs: 40, blank: 2, freezes: 1 }
  const { text } = migrationReport(
    result([move('relayed', bad), move('mesh', { gapMs: 90 })], [back('relay → mesh', 1_400, 1_600, 3_500)]),
  )
  expect(missedIn(text)).toEqual([
    'MISSED  mesh → relay: longest displayed gap, p95, steady + 1 frame ≤ 167 ms: 168 ms',
    'MISSED  mesh → relay: silence, p95 ≤ 20 ms: 40 ms',
    'MISSED  mesh → relay: looks that saw no picture ≤ 0: 2',
    'MISSED  mesh → relay: freezeCount ≤ 0: 1',
    'MISSED  relay → mesh, p50 ≤ 1500 ms: 1600 ms',
    'MISSED  relay → mesh, p95 ≤ 3000 ms: 3500 ms',
  ])
})

test('what was not measured is said, and is not met', () => {
  const failover: Failover = { name: 'relay → mesh', backAfterMs: [], problem: 'it stayed a mesh' }
  const { text } = migrationReport(result([move('relayed', { gapMs: 100 }, null)], [failover]))
  expect(text).toMatch(/^relay → mesh +not measured \(it stayed a mesh\)/m)
  expect(text).toMatch(/^ {2}prepared → route changed +not measured/m)
  expect(missedIn(text)).toContain('MISSED  relay → mesh, p50 ≤ 1500 ms: not measured')
})

test('sent twice is what the lesser of two links sent while both did', () => {
  const look = (atMs: number, ...sent: readonly number[]) => ({
    atMs,
    links: sent.map((sentBytes) => ({ sentBytes, freezeCount: 0, framesDecoded: 0 })),
  })
  expect(bytesSentTwice([look(0, 1_000), look(100, 2_000)])).toBe(0)
  expect(bytesSentTwice([look(0, 1_000), look(100, 2_000, 300), look(200, 2_100, 900)])).toBe(400)
})

test('the figure draws each end and marks each move', () => {
  const intervals = [0, 50, 100, 400].map((atMs) => ({ atMs, gapMs: 50 }))
  const svg = migrationFigure([{ name: 'Ada <Host>', intervals }], [move('relayed', { gapMs: 90 })])
  expect(svg).toMatch(/^<svg [^]*<\/svg>\n$/)
  expect(svg).toContain('seen by Ada &lt;Host>')
  expect(svg.match(/stroke-dasharray/g)).toHaveLength(1)
  expect(svg.match(/<polyline/g)).toHaveLength(1)
  expect(svg).not.toContain('NaN')
})

describe('freezes that people saw', () => {
  const look = (atMs: number, ...links: readonly (readonly [number, number])[]) => ({
    atMs,
    links: links.map(([framesDecoded, freezeCount]) => ({ sentBytes: 0, framesDecoded, freezeCount })),
  })
  const whole = { fromMs: 1_000, toMs: 9_000, changedAtMs: Number.POSITIVE_INFINITY }

  test('a link that stood by freezes nothing when it shows pictures again, one that showed some does', () => {
    const looks = [look(0, [1, 0]), look(100, [2, 0]), look(5_000, [3, 1]), look(5_100, [4, 1])]
    expect(freezesIn(looks, whole)).toBe(0)
    const steady = [look(900, [1, 0]), look(1_100, [2, 0]), look(1_600, [3, 1]), look(1_700, [4, 1])]
    expect(freezesIn(steady, whole)).toBe(1)
  })

  test('the next link is seen once it is changed over to, the one before until then', () => {
    const looks = [
      look(900, [1, 0]),
      look(1_000, [2, 0]),
      look(1_100, [3, 0], [1, 0]),
      look(1_200, [4, 0], [2, 1]),
      look(1_300, [5, 1], [3, 1]),
    ]
    expect(freezesIn(looks, { ...whole, changedAtMs: 1_150 })).toBe(1)
    expect(freezesIn(looks, { ...whole, changedAtMs: 1_250 })).toBe(0)
    expect(freezesIn(looks, { ...whole, changedAtMs: 1_350 })).toBe(1)
  })
})
