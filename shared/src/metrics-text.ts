/**
 * Decides: how numbers are written for an operator's Prometheus (text format 0.0.4).
 * Does not decide: which numbers (relay-sfu/src/metrics.ts, signal-worker/src/metrics).
 * Invariants: a metric is named once, with its help and type; nothing in a label can break the page.
 */

export const metricsContentType = 'text/plain; version=0.0.4; charset=utf-8'

type Labels = Readonly<Record<string, string>>
export type MetricSample = readonly [labels: Labels, value: number]

/** How many observations were at most as large as each bound and larger than the one before; `overflow`: larger than all. */
export interface Histogram {
  readonly labels: Labels
  readonly buckets: readonly { readonly bound: number; readonly count: number }[]
  readonly overflow: number
  readonly sum: number
}

/** Label values are words of ours or of operators, but a quote in one would break the whole page. */
const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`)
  return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}`
}

const page = (name: string, type: string, help: string, lines: readonly string[]): string =>
  [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ''].join('\n')

export const metricText = (
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  samples: number | readonly MetricSample[],
): string => {
  const rows: readonly MetricSample[] = typeof samples === 'number' ? [[{}, samples]] : samples
  return page(
    name,
    type,
    help,
    rows.map(([labels, value]) => line(name, labels, value)),
  )
}

/** Buckets are told as the format wants them: each with all that is below it. */
export const histogramText = (name: string, help: string, histograms: readonly Histogram[]): string =>
  page(
    name,
    'histogram',
    help,
    histograms.flatMap(({ labels, buckets, overflow, sum }) => {
      let count = 0
      const lines = buckets.map((bucket) => {
        count += bucket.count
        return line(`${name}_bucket`, { ...labels, le: String(bucket.bound) }, count)
      })
      count += overflow
      return [
        ...lines,
        line(`${name}_bucket`, { ...labels, le: '+Inf' }, count),
        line(`${name}_sum`, labels, sum),
        line(`${name}_count`, labels, count),
      ]
    }),
  )
