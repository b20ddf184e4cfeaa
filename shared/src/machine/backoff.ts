/**
 * Decides: how long to wait before the next try.
 * Does not decide: what is tried, nor when to give up.
 * Invariants: the wait lies in [floor, ceiling]; the random share is given, never drawn here.
 */
export interface BackoffBounds {
  readonly firstMs: number
  readonly maxMs: number
}

/**
 * Exponential growth with full jitter over the upper half, so that a room that comes back is not stormed.
 * `attempt` counts from 0; `random` is a number in [0, 1).
 */
export function backoffMs(attempt: number, random: number, bounds: BackoffBounds): number {
  const ceilingMs = Math.min(bounds.maxMs, bounds.firstMs * 2 ** Math.min(attempt, 30))
  return Math.round(ceilingMs / 2 + (ceilingMs / 2) * random)
}
