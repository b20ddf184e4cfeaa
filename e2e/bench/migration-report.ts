/**
 * Decides: what the migration benchmark says: tables for people, the same for programs.
 * Does not decide: how anything was measured (migration.ts, ../src/harness/measured-move.ts), or how it is drawn (migration-figure.ts).
 * Invariants: every gap stands beside the steady time of the same run; what could not be measured is said, never left out.
 */
import type { Move, SeenMove, Span } from '../src/harness/measured-move.ts'
import { framesPerSecond } from '../src/harness/barcode-camera.ts'
import type { Failover } from './migration-failover.ts'
import { percentile, summarise } from './statistics.ts'

export interface MigrationResult {
  readonly load: readonly [number, number]
  readonly cores: number
  /** What the room moved to stood by, or was opened for the move. */
  readonly way: 'standing' | 'cold'
  readonly moves: readonly Move[]
  readonly failovers: readonly Failover[]
}

/** Design, "Numbers to reach"; a frame more than steady. */
const frameMs = 1_000 / framesPerSecond
const targets = { silenceMs: 20, failoverP50Ms: 1_500, failoverP95Ms: 3_000 } as const

const figures = (sample: readonly number[], unit = 'ms'): string => {
  const known = sample.filter((value) => !Number.isNaN(value))
  if (known.length === 0) return 'not measured'
  const { p50, p95, max } = summarise(known)
  return `${[p50, p95, max].map((value) => Math.round(value)).join(' / ')} ${unit}`
}

const directions = [
  { to: 'relayed', words: 'mesh → relay' },
  { to: 'mesh', words: 'relay → mesh' },
] as const

const seenIn = (moves: readonly Move[], to: Move['to']): readonly SeenMove[] =>
  moves.filter((move) => move.to === to).flatMap(({ seen }) => seen)

const total = (seen: readonly SeenMove[], of: (span: Span) => number, which: 'steady' | 'moved'): number =>
  seen.reduce((sum, one) => sum + of(one[which]), 0)

function directionLines(moves: readonly Move[], to: Move['to'], name: string): string[] {
  const seen = seenIn(moves, to)
  const beside = (words: string, of: (span: Span) => number): string =>
    `  ${words.padEnd(34)}${figures(seen.map(({ moved }) => of(moved))).padStart(24)}${figures(seen.map(({ steady }) => of(steady))).padStart(24)}`
  const count = (words: string, of: (span: Span) => number): string =>
    `  ${words.padEnd(34)}${String(total(seen, of, 'moved')).padStart(24)}${String(total(seen, of, 'steady')).padStart(24)}`
  const prepared = seen.flatMap(({ prepareToCommitMs }) => prepareToCommitMs ?? [])
  const kilobytes = seen.map(({ bytesTwice }) => bytesTwice / 1_000)
  return [
    `${name}, ${moves.filter((move) => move.to === to).length} moves seen from both ends`.padEnd(36) +
      'while it moved'.padStart(24) +
      'steady, before it'.padStart(24),
    beside('longest displayed gap', ({ picture }) => picture.longestGapMs),
    beside('longest silence', ({ sound }) => sound.longestSilenceMs),
    beside('heard twice', ({ sound }) => sound.longestDoublingMs),
    count('looks that saw no picture', ({ picture }) => picture.blank),
    count('unreadable pictures', ({ picture }) => picture.unreadable),
    count('older pictures after newer ones', ({ picture }) => picture.stepsBack),
    count('freezeCount', ({ freezes }) => freezes),
    beside('meter kept waiting', ({ picture }) => picture.longestBlinkMs),
    `  cause → route changed             ${figures(seen.map(({ causeToCommitMs }) => causeToCommitMs)).padStart(24)}`,
    `  prepared → route changed          ${figures(prepared).padStart(24)}`,
    `  sent twice, each end              ${figures(kilobytes, 'kB').padStart(24)}`,
    '',
  ]
}

function failoverLines(failovers: readonly Failover[]): string[] {
  return failovers.map(({ name, backAfterMs, problem }) => {
    const told =
      backAfterMs.length === 0 ? 'not measured' : `${figures(backAfterMs)}, ${backAfterMs.length} looks`
    return `${name.padEnd(36)}${told}${problem === null ? '' : ` (${problem})`}`
  })
}

interface Verdict {
  readonly target: string
  readonly figure: string
  readonly met: boolean
}

function judge({ moves, failovers }: MigrationResult): Verdict[] {
  const verdicts: Verdict[] = []
  const atMost = (what: string, value: number, most: number, unit: string): void => {
    verdicts.push({
      target: `${what} ≤ ${Math.round(most)} ${unit}`.trim(),
      figure: Number.isNaN(value) ? 'not measured' : `${Math.round(value)} ${unit}`.trim(),
      met: value <= most,
    })
  }
  for (const { to, words } of directions) {
    const seen = seenIn(moves, to)
    const p95 = (which: 'steady' | 'moved', of: (span: Span) => number): number =>
      percentile(
        seen.map((one) => of(one[which])),
        0.95,
      )
    const gap = ({ picture }: Span): number => picture.longestGapMs
    atMost(
      `${words}: longest displayed gap, p95, steady + 1 frame`,
      p95('moved', gap),
      p95('steady', gap) + frameMs,
      'ms',
    )
    const silence = ({ sound }: Span): number => sound.longestSilenceMs
    // What the machine swallows while nobody moves is no hole of a move.
    const mostSilenceMs = Math.max(targets.silenceMs, p95('steady', silence))
    const orSteady = mostSilenceMs > targets.silenceMs ? ', steady' : ''
    atMost(`${words}: silence, p95${orSteady}`, p95('moved', silence), mostSilenceMs, 'ms')
    atMost(
      `${words}: looks that saw no picture`,
      total(seen, ({ picture }) => picture.blank, 'moved'),
      0,
      '',
    )
    atMost(
      `${words}: freezeCount`,
      total(seen, ({ freezes }) => freezes, 'moved'),
      0,
      '',
    )
  }
  for (const { name, backAfterMs } of failovers) {
    atMost(`${name}, p50`, percentile(backAfterMs, 0.5), targets.failoverP50Ms, 'ms')
    atMost(`${name}, p95`, percentile(backAfterMs, 0.95), targets.failoverP95Ms, 'ms')
  }
  return verdicts
}

const ways = {
  standing: 'what the room moved to stood by',
  cold: 'what the room moved to was opened for the move',
} as const

export function migrationReport(result: MigrationResult): { readonly text: string; readonly data: object } {
  const { load, cores, way, moves, failovers } = result
  const verdicts = judge(result)
  const text = [
    `One machine, ${cores} cores, load ${load.map((value) => value.toFixed(1)).join(' before, ')} after; two Chromiums, 320 × 180, ${framesPerSecond} pictures a second; ${ways[way]}`,
    'p50 / p95 / most',
    '',
    ...directions.flatMap(({ to, words }) => directionLines(moves, to, words)),
    'A relay is killed: until the first new picture is displayed',
    ...failoverLines(failovers),
    '',
    ...verdicts.map(({ target, figure, met }) => `${met ? 'met   ' : 'MISSED'}  ${target}: ${figure}`),
  ].join('\n')
  return { text, data: { ...result, verdicts } }
}
