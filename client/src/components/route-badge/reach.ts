/**
 * Decides: whether people are not reached, and what to tell of it.
 * Does not decide: for how long that may be so before it is told (route-badge.ts).
 * Invariants: whoever is away is not counted, as another veil says so.
 */
import type { Route, RouteWish } from '@video-room/shared/route.ts'
import type { OccupantState } from '../../core/view.ts'
import { noMediaWords } from '../route-words.ts'
import { namesOf } from '../words.ts'

export interface Reach {
  /** Nobody is reached: no way may be called one. */
  readonly nobody: boolean
  readonly advice: string
}

/** Null while everyone is reached. */
export function reachOf(
  route: Route | null,
  setting: RouteWish | null,
  occupants: readonly OccupantState[],
): Reach | null {
  if (route === null) return null
  if (route.kind === 'relayed' && route.relays.length === 0) {
    return { nobody: true, advice: noMediaWords.waiting }
  }
  const others = occupants.filter(({ isSelf, isPresent, link }) => !isSelf && isPresent && link !== 'none')
  const missing = others.filter(({ link }) => link !== 'connected')
  if (missing.length === 0) return null
  const names = namesOf(missing.map(({ displayName }) => displayName))
  return { nobody: missing.length === others.length, advice: adviceFor(route, setting)(names) }
}

function adviceFor(route: Route, setting: RouteWish | null): (names: string) => string {
  if (route.kind === 'relayed') return noMediaWords.slow
  if (setting === 'direct') return noMediaWords.directOnly
  return route.reasons?.includes('no-relay') === true ? noMediaWords.noRelay : noMediaWords.slow
}
