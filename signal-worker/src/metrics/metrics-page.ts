/**
 * Decides: what `GET /metrics` says of a deployment: its relays as they last said they are, and what its rooms had counted (OP4).
 * Does not decide: the text format (shared/src/metrics-text.ts), nor who may read it (operator-routes.ts).
 * Invariants: no id of a room or a person; every number that can be known to be nought is told as such.
 */
import {
  histogramText,
  metricText,
  type Histogram,
  type MetricSample,
} from '@video-room/shared/metrics-text.ts'
import type { RelayStanding } from '@video-room/shared/protocol/operator.ts'
import type { CallRoute, Direction } from '../room/effect.ts'
import { gapBounds, moveBounds, seriesOf, type Tally } from './tally.ts'

const callRoutes: readonly CallRoute[] = ['mesh', 'relayed', 'chain', 'waiting']
const directions: readonly Direction[] = [
  { from: 'mesh', to: 'relayed' },
  { from: 'relayed', to: 'mesh' },
  { from: 'relayed', to: 'relayed' },
]

export function deploymentMetrics(relays: readonly RelayStanding[], tally: Tally): string {
  return [...routeMetrics(tally), ...relayMetrics(relays)].join('')
}

function routeMetrics({ counts, calls }: Tally): readonly string[] {
  return [
    metricText(
      'video_room_calls',
      'gauge',
      'Calls of two or more, by how they flow.',
      callRoutes.map((route): MetricSample => [{ route }, calls[route] ?? 0]),
    ),
    metricText(
      'video_room_route_moves_total',
      'counter',
      'New routes of calls, by what weighed most.',
      labelled(counts, 'moves', 'from to reason'),
    ),
    metricText(
      'video_room_route_moves_failed_total',
      'counter',
      'Routes that were prepared and not taken.',
      labelled(counts, 'failed', 'from to reason why'),
    ),
    histogramText(
      'video_room_route_move_seconds',
      'From preparing a route to taking it.',
      histograms(counts, 'took', moveBounds),
    ),
    histogramText(
      'video_room_route_gap_seconds',
      'The longest that a picture stood still around a move, one for each who saw one.',
      histograms(counts, 'gap', gapBounds),
    ),
    histogramText(
      'video_room_route_steady_seconds',
      'The same in the seconds before.',
      histograms(counts, 'steady', gapBounds),
    ),
  ]
}

/** Counts of this name, with their labels by these names; one that this build does not know the form of is left out. */
function labelled(counts: Tally['counts'], name: string, names: string): readonly MetricSample[] {
  const labels = names.split(' ')
  return Object.entries(counts)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([series, value]): MetricSample[] => {
      const [first, ...parts] = series.split('|')
      if (first !== name || parts.length !== labels.length) return []
      return [[Object.fromEntries(labels.map((label, index) => [label, parts[index] ?? ''])), value]]
    })
}

const histograms = (counts: Tally['counts'], name: string, bounds: readonly number[]): readonly Histogram[] =>
  directions.map(({ from, to }) => {
    const countOf = (part: number | string): number => counts[seriesOf(name, from, to, part)] ?? 0
    return {
      labels: { from, to },
      buckets: bounds.map((bound) => ({ bound, count: countOf(bound) })),
      overflow: countOf('above'),
      sum: countOf('sum'),
    }
  })

function relayMetrics(relays: readonly RelayStanding[]): readonly string[] {
  const draining = relays.filter(({ isDraining }) => isDraining).length
  const each = (name: string, help: string, valueOf: (relay: RelayStanding) => number): string =>
    metricText(
      `video_room_relays_${name}`,
      'gauge',
      help,
      relays.map((one): MetricSample => [{ relay: one.relayId, region: one.region }, valueOf(one)]),
    )
  return [
    metricText('video_room_relays', 'gauge', 'Relays that the registry knows.', [
      [{ state: 'serving' }, relays.length - draining],
      [{ state: 'draining' }, draining],
    ]),
    each('rooms', 'Rooms of each relay.', ({ rooms }) => rooms),
    each('links', 'Links of each relay.', ({ links }) => links),
    each('trunks', 'Links to other relays.', ({ trunks }) => trunks),
    each('capacity_links', 'Links that each relay will serve.', ({ capacity }) => capacity),
    each('cpu_share', 'Of all its cores, 0 to 1.', ({ cpu }) => cpu),
    each('heard_seconds', 'Since its last word.', ({ heardAgoMs }) => heardAgoMs / 1_000),
  ]
}
