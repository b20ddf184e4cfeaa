/** Order statistics of small samples. */

/** The value below which `share` (0 to 1) of the sample lies, by the nearest-rank method. NaN for an empty sample. */
export function percentile(sample: readonly number[], share: number): number {
  const sorted = sample.toSorted((a, b) => a - b)
  const rank = Math.max(1, Math.ceil(share * sorted.length))
  return sorted[rank - 1] ?? Number.NaN
}

export interface Summary {
  readonly count: number
  readonly p50: number
  readonly p95: number
  readonly min: number
  readonly max: number
}

export const summarise = (sample: readonly number[]): Summary => ({
  count: sample.length,
  p50: percentile(sample, 0.5),
  p95: percentile(sample, 0.95),
  min: percentile(sample, 0),
  max: percentile(sample, 1),
})
