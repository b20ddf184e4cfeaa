/**
 * Decides: when a chosen route may be taken (RP2–RP4).
 * Does not decide: which one is chosen (route-policy.ts).
 * Invariants: what is forbidden or broken does not wait; of all other moves no two are within `limits.routeDwellMs`, and no more than
 * `limits.routeSwitchesMax` of the free ones within `limits.routeBudgetMs`.
 */
import { limits } from '@video-room/shared/limits.ts'
import type { RouteChoice } from './route-policy.ts'
import type { Routing } from './routing-state.ts'

export interface Pace {
  readonly isDue: boolean
  /** Since when the other way has been better, for the next time this is asked. */
  readonly betterSinceMs: number | null
  /** When it is due if nothing changes; null: it is due, or never. */
  readonly dueAtMs: number | null
}

/** For a choice that differs from what is. */
export function paceOf(
  { pressure, kind }: Pick<RouteChoice, 'pressure' | 'kind'>,
  routing: Routing,
  atMs: number,
): Pace {
  const betterSinceMs = pressure === 'better' ? (routing.betterSinceMs ?? atMs) : null
  if (pressure === 'must') return { isDue: true, betterSinceMs, dueAtMs: null }
  const { restUntilMs, switchedAtMs } = routing
  const waits: number[] = [restUntilMs ?? atMs]
  if (pressure !== 'need') waits.push(switchedAtMs === null ? atMs : switchedAtMs + limits.routeDwellMs)
  if (betterSinceMs !== null) {
    waits.push(betterSinceMs + patienceMs(kind, routing), budgetFreeAtMs(routing, atMs))
  }
  const dueAtMs = Math.max(...waits)
  return atMs >= dueAtMs
    ? { isDue: true, betterSinceMs, dueAtMs: null }
    : { isDue: false, betterSinceMs, dueAtMs }
}

/** After returns that did not last, longer each time. */
const patienceMs = (kind: RouteChoice['kind'], { failedReturns }: Routing): number =>
  kind === 'mesh'
    ? Math.min(limits.directBetterMs * 2 ** failedReturns, limits.directBetterMaxMs)
    : limits.directBetterMs

function budgetFreeAtMs({ freeMovesAtMs }: Routing, atMs: number): number {
  const oldest = freeMovesAtMs.at(-limits.routeSwitchesMax)
  return oldest === undefined ? atMs : oldest + limits.routeBudgetMs
}
