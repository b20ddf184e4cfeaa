/**
 * Decides: which kind of route a room wants (RT2).
 * Does not decide: which relay (the registry), nor when links change (relay.ts).
 * Invariants: a pure function of what was set and wished. Left open and without wishes a room stays a mesh.
 */
import type { Route, RouteWish } from '@video-room/shared/route.ts'

/** `wishes` are those of everyone who takes part. */
export function wantedRoute(setting: RouteWish, wishes: readonly RouteWish[]): Route['kind'] {
  if (setting === 'auto') return wishes.includes('relay') ? 'relayed' : 'mesh'
  return setting === 'relay' ? 'relayed' : 'mesh'
}
