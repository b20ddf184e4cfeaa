/**
 * Decides: who hears how long pictures stood still around a new route: the room and the page, once for each (FX3).
 * Does not decide: how that is measured (picture-gaps.ts), nor what becomes of it.
 * Invariants: nothing is said of a route that is not the present one; what is said fits the wire.
 */
import { limits } from '@video-room/shared/limits.ts'
import { step, type Step } from '@video-room/shared/machine/step.ts'
import type { SessionEffect } from './effect.ts'
import { send } from './link-signals.ts'
import { isOpen, type SessionState } from './state.ts'
import type { RouteGap } from './view.ts'

export function tellGap(state: SessionState, measured: RouteGap): Step<SessionState, SessionEffect> {
  const { epoch, gapMs, steadyMs } = measured
  if (state.phase !== 'live' || state.snapshot?.route.epoch !== epoch || state.gapToldOf === epoch)
    return step(state)
  const gap = { epoch, gapMs: bounded(gapMs), steadyMs: steadyMs === null ? null : bounded(steadyMs) }
  const told: SessionState = { ...state, gapToldOf: epoch }
  const announced: SessionEffect = { type: 'emit', announcement: { type: 'route-gap', ...gap } }
  // A room that is out of reach counts one less.
  return isOpen(told)
    ? step(told, send(told, { type: 'route-gap', ...gap }), announced)
    : step(told, announced)
}

const bounded = (ms: number): number =>
  Number.isFinite(ms) ? Math.min(Math.max(0, Math.round(ms)), limits.gapMaxMs) : limits.gapMaxMs
