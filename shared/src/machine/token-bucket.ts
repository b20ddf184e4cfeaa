/**
 * Decides: whether one more action fits the allowed rate.
 * Does not decide: what happens to the one that does not.
 * Invariants: over any window of w seconds at most `burst + perSecond · w` actions pass.
 */
export interface TokenBucket {
  readonly tokens: number
  readonly filledAtMs: number
}

export interface BucketRate {
  readonly burst: number
  readonly perSecond: number
}

export const fullBucket = (rate: BucketRate, nowMs: number): TokenBucket => ({
  tokens: rate.burst,
  filledAtMs: nowMs,
})

/** Spends one token. `allowed` is false, and nothing is spent, when none is left. A clock that steps back adds nothing. */
export function spend(
  bucket: TokenBucket,
  rate: BucketRate,
  nowMs: number,
): { readonly bucket: TokenBucket; readonly allowed: boolean } {
  const elapsedMs = Math.max(0, nowMs - bucket.filledAtMs)
  const tokens = Math.min(rate.burst, bucket.tokens + (elapsedMs / 1_000) * rate.perSecond)
  const filledAtMs = Math.max(nowMs, bucket.filledAtMs)
  return tokens >= 1
    ? { bucket: { tokens: tokens - 1, filledAtMs }, allowed: true }
    : { bucket: { tokens, filledAtMs }, allowed: false }
}
