/** How media flows, as data: for pages that show it in their own way, or keep it. */
import type { LinkSample, RouteEntry, SessionView } from '../core/view.ts'

export interface RouteEvidence {
  /** The route that media takes now, with the reasons for it; null outside of a room. */
  readonly route: SessionView['route']
  /** The route that is being prepared, and since when (`performance.now()`). */
  readonly migration: SessionView['migration']
  /** The routes of this stay, oldest first, the present one last. */
  readonly history: readonly RouteEntry[]
  /** The latest look at every link; with `isStandby` those that are measured and ready, and carry nothing. */
  readonly links: readonly LinkSample[]
}

export const evidenceOf = (view: SessionView | null, links: readonly LinkSample[]): RouteEvidence => ({
  route: view?.route ?? null,
  migration: view?.migration ?? null,
  history: view?.routeHistory ?? [],
  links,
})
