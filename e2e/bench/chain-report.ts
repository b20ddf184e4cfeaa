/**
 * Decides: what the chain benchmark says: tables for people, the same for programs.
 * Does not decide: how anything was measured (chain-network.ts, chain-loss.ts).
 * Invariants: every figure of a trunk stands beside that of a relay alone, or its floor, of the same run; every target is named
 * with its figure, met or not.
 */
import type { RelayLoss } from './chain-loss.ts'
import type { ChainFigures } from './chain-network.ts'
import { percentile } from './statistics.ts'

export interface ChainResult {
  /** Of the last minute, at the beginning and at the end: other work on the machine shows in every figure. */
  readonly load: readonly [number, number]
  readonly cores: number
  readonly chain: ChainFigures
  readonly loss: RelayLoss
}

/** Design, "Numbers to reach". Bytes over a trunk are flat but for what the measuring itself trembles. */
const targets = {
  trunkP50Ms: 0.3,
  trunkP99Ms: 2,
  flatShare: 0.05,
  lossP50Ms: 1_500,
  lossP95Ms: 3_000,
} as const

interface Verdict {
  readonly target: string
  readonly figure: string
  readonly met: boolean
}

const ms = (value: number): string => `${value.toFixed(2)} ms`
const us = (value: number): string => value.toFixed(1)

/** Each trunk beside the relay without it. */
function delaysOf({ delay: { directMs, byRelaysMs } }: ChainFigures) {
  const of = (share: number) => {
    const relays = byRelaysMs.map((row) => percentile(row, share))
    const added = relays.slice(1).map((value, at) => value - (relays[at] ?? Number.NaN))
    return { direct: percentile(directMs, share), relays, added }
  }
  return { p50: of(0.5), p99: of(0.99), count: Math.min(...byRelaysMs.map((row) => row.length)) }
}

function delayLines(chain: ChainFigures): string[] {
  const { count, ...shares } = delaysOf(chain)
  return [
    `Delay, sealed → opened, ${chain.delay.packetsPerSecond} packets/s each way, in turns, ${count} packets`,
    ...(['p50', 'p99'] as const).map((which) => {
      const { direct, relays, added } = shares[which]
      const ways = relays.map(
        (value, at) =>
          `${'ABC'
            .slice(0, at + 1)
            .split('')
            .join('–')} ${ms(value)}`,
      )
      return `${which}    loopback alone ${ms(direct)}   ${ways.join('   ')}   trunks add ${added.map(ms).join(' and ')}`
    }),
  ]
}

function table(name: string, columns: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = ([first = '', ...cells]: readonly string[]): string =>
    first.padEnd(26) + cells.map((cell, at) => cell.padStart((columns[at] ?? '').length + 3)).join('')
  return [line([name, ...columns]), ...rows.map(line)]
}

const trunkTable = ({ trunks }: ChainFigures): string[] => [
  ...table(
    'CPU per packet, µs',
    ['crossed/s', 'lost', 'before the trunk', 'behind it', 'a relay alone', 'floor'],
    trunks.map(({ trunk, alone, floor }) => [
      `${trunk.streams} streams`,
      String(Math.round(trunk.crossedPerSecond)),
      `${(trunk.lostShare * 100).toFixed(1)}%`,
      us(trunk.nearCpuUsPerPacket),
      us(trunk.farCpuUsPerPacket),
      us(alone.cpuUsPerPacket),
      us(floor.cpuUsPerPacket),
    ]),
  ),
  'a relay alone: it has as many publishers and a viewer for each, and sends the same packets on; floor: AES-GCM and a send, as often',
]

const viewersTable = ({ viewers }: ChainFigures): string[] =>
  table(
    'Over the trunk',
    ['kbit/s', 'packets/s', 'behind it, µs per packet shown'],
    viewers.map((trunk) => [
      `${trunk.viewers} far viewers`,
      String(Math.round(trunk.crossedKbps)),
      String(Math.round(trunk.crossedPerSecond)),
      us(trunk.farCpuUsPerPacket),
    ]),
  )

const waits = {
  firstMs: 'of one who saw nothing',
  downMs: 'of one who saw a larger one',
  upMs: 'of one who saw a smaller one',
  stopMs: 'that gives it up, to its last packet',
} as const

const layerLines = ({ layers }: ChainFigures): string[] => [
  'From the want of a far viewer to the first packet of a layer on the trunk (a larger layer is taken after it was wanted for 500 ms)',
  ...(Object.keys(waits) as (keyof typeof waits)[]).map((name) => {
    const [p50, most] = [percentile(layers[name], 0.5), percentile(layers[name], 1)]
    return `${waits[name].padEnd(38)} p50 ${p50.toFixed(0)} ms, most ${most.toFixed(0)} ms (${layers[name].length})`
  }),
]

function lossLines({ ownMs, farMs, problem }: RelayLoss): string[] {
  const line = (words: string, sample: readonly number[]): string => {
    const [p50, p95, most] = [0.5, 0.95, 1].map((share) => percentile(sample, share).toFixed(0))
    const figures = sample.length === 0 ? 'not measured' : `${p50} / ${p95} / ${most} ms (${sample.length})`
    return `${words.padEnd(38)} ${figures}`
  }
  return [
    `A relay of a chain is killed: the longest time without a new picture, p50 / p95 / most${problem === null ? '' : `; stopped early: ${problem}`}`,
    line('of those who were at home at it', ownMs),
    line('of the others', farMs),
  ]
}

/** The most that crossed for any number of viewers, above the least. */
function growthOf({ viewers }: ChainFigures): number {
  const rates = viewers.map(({ crossedKbps, offeredPerSecond }) => crossedKbps / offeredPerSecond)
  return Math.max(...rates) / Math.min(...rates) - 1
}

function judge(chain: ChainFigures, loss: RelayLoss): Verdict[] {
  const { p50, p99 } = delaysOf(chain)
  const atMost = (what: string, value: number, most: number): Verdict => ({
    target: `${what} ≤ ${most} ms`,
    figure: Number.isNaN(value) ? 'not measured' : ms(value),
    met: value <= most,
  })
  const growth = growthOf(chain)
  const backMs = [...loss.ownMs, ...loss.farMs]
  return [
    atMost('added by a trunk, p50', Math.max(...p50.added), targets.trunkP50Ms),
    atMost('added by a trunk, p99', Math.max(...p99.added), targets.trunkP99Ms),
    {
      target: `bytes over the trunk grow with far viewers by ≤ ${targets.flatShare * 100}%`,
      figure: `${(growth * 100).toFixed(1)}%`,
      met: growth <= targets.flatShare,
    },
    atMost('relay killed → a new picture, p50', percentile(backMs, 0.5), targets.lossP50Ms),
    atMost('relay killed → a new picture, p95', percentile(backMs, 0.95), targets.lossP95Ms),
  ]
}

export function chainReport({ load, cores, chain, loss }: ChainResult): {
  readonly text: string
  readonly data: object
} {
  const verdicts = judge(chain, loss)
  const text = [
    `One machine, ${cores} cores, load ${load.map((value) => value.toFixed(1)).join(' before, ')} after; back end node; packets of 1,200 bytes`,
    '',
    ...delayLines(chain),
    '',
    ...trunkTable(chain),
    '',
    ...viewersTable(chain),
    '',
    ...layerLines(chain),
    '',
    ...lossLines(loss),
    '',
    ...verdicts.map(({ target, figure, met }) => `${met ? 'met   ' : 'MISSED'}  ${target}: ${figure}`),
  ].join('\n')
  return { text, data: { load, cores, ...chain, loss, delays: delaysOf(chain), verdicts } }
}
