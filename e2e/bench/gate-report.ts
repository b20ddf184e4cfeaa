/**
 * Decides: what the gate benchmark says: a table for people, the same for programs.
 * Does not decide: how anything was measured (gate-contestants.ts).
 * Invariants: the bound on connections is named with its figure, met or not.
 */
import type { GateContestant, GateSample } from './gate-contestants.ts'
import { percentile } from './statistics.ts'

export interface GateEntry extends Pick<GateContestant, 'name' | 'single' | 'bulk'> {
  readonly sample: GateSample
}

export interface GateResult {
  readonly entries: readonly GateEntry[]
  readonly redis: {
    readonly rooms: number
    readonly connections: number
    readonly connectionsMax: number
  }
}

const ms = (value: number): string => `${value.toFixed(2)} ms`.padStart(11)

export function gateReport({ entries, redis }: GateResult) {
  const rows = entries.map(({ name, single, bulk, sample }) => ({
    name,
    single,
    bulk,
    p50Ms: percentile(sample.latenciesMs, 0.5),
    p99Ms: percentile(sample.latenciesMs, 0.99),
    perSecond: percentile(sample.perSecond, 0.5),
    count: sample.latenciesMs.length,
  }))
  const isMet = redis.connections <= redis.connectionsMax
  const lines = rows.map(
    ({ name, single, bulk, p50Ms, p99Ms, perSecond }) =>
      `${name.padEnd(30)} ${single.padEnd(12)}${ms(p50Ms)}${ms(p99Ms)}   ${Math.round(perSecond).toString().padStart(6)}/s ${bulk}`,
  )
  const text = [
    `${''.padEnd(42)}${'p50'.padStart(12)}${'p99'.padStart(11)}    median of rounds, many at once`,
    ...lines,
    '',
    `Redis connections of ${redis.rooms} rooms: ${redis.connections}, at most ${redis.connectionsMax}: ${isMet ? 'met' : 'MISSED'}`,
  ].join('\n')
  return { text, data: { rows, redis: { ...redis, isMet } } }
}
