import { expect, it } from 'vitest'
import { histogramText, metricText } from './metrics-text.ts'

it('names help and type, then a line for each sample; labels cannot break the page', () => {
  expect(metricText('a_total', 'counter', 'What it counts.', 3)).toBe(
    '# HELP a_total What it counts.\n# TYPE a_total counter\na_total 3\n',
  )
  const text = metricText('b', 'gauge', 'Of places.', [[{ region: 'a "b"\nc\\', relay: 'r' }, 0.5]])
  expect(text).toContain('\nb{region="a \\"b\\"\\nc\\\\",relay="r"} 0.5\n')
  expect(metricText('c', 'gauge', 'Of nothing.', [])).toBe('# HELP c Of nothing.\n# TYPE c gauge\n')
})

it('buckets of a histogram hold all that is below them', () => {
  const buckets = [
    { bound: 0.1, count: 2 },
    { bound: 0.5, count: 0 },
    { bound: 1, count: 3 },
  ]
  const text = histogramText('h_seconds', 'How long.', [
    { labels: { to: 'mesh' }, buckets, overflow: 1, sum: 7.5 },
  ])
  expect(text.split('\n').slice(1)).toEqual([
    '# TYPE h_seconds histogram',
    'h_seconds_bucket{to="mesh",le="0.1"} 2',
    'h_seconds_bucket{to="mesh",le="0.5"} 2',
    'h_seconds_bucket{to="mesh",le="1"} 5',
    'h_seconds_bucket{to="mesh",le="+Inf"} 6',
    'h_seconds_sum{to="mesh"} 7.5',
    'h_seconds_count{to="mesh"} 6',
    '',
  ])
})
