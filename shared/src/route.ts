/**
 * Decides: what a route is, on the wire and in every core.
 * Does not decide: which route a room takes (signal-worker/src/room/route-policy.ts).
 * Invariants: the epoch grows by one with every committed route and never goes back (rule RT1).
 */
import * as v from 'valibot'

/** How media flows now. `mesh`: one link per pair of occupants. A relayed route joins this union with the relay. */
export const routeSchema = v.variant('kind', [
  v.object({ kind: v.literal('mesh'), epoch: v.pipe(v.number(), v.safeInteger(), v.minValue(1)) }),
])
export type Route = v.InferOutput<typeof routeSchema>

export const firstRoute: Route = { kind: 'mesh', epoch: 1 }
