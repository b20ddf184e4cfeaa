/**
 * Decides: what a route is, on the wire and in every core, and what may be wished of it.
 * Does not decide: which route a room takes (signal-worker/src/room/route-policy.ts).
 * Invariants: the epoch grows by one with every committed route and never goes back (rule RT1).
 */
import * as v from 'valibot'
import { relayIdSchema } from './ids.ts'
import { limits } from './limits.ts'

const epochSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(1))

/** A relay of the route, as everyone may know it. `region` is the operator's word for where it stands. */
export const routeRelaySchema = v.object({
  relayId: relayIdSchema,
  region: v.pipe(v.string(), v.maxLength(limits.regionMaxLength)),
})

/**
 * How media flows now. `mesh`: one link per pair of occupants. `relayed`: one link from every occupant to the first relay;
 * without a relay nobody could be found yet: media waits, and nothing goes direct meanwhile (RT2).
 */
export const routeSchema = v.variant('kind', [
  v.object({ kind: v.literal('mesh'), epoch: epochSchema }),
  v.object({
    kind: v.literal('relayed'),
    epoch: epochSchema,
    relays: v.pipe(v.array(routeRelaySchema), v.maxLength(limits.routeRelaysMax)),
  }),
])
export type Route = v.InferOutput<typeof routeSchema>

export const firstRoute: Route = { kind: 'mesh', epoch: 1 }

/** `direct` and `relay` restrict the room's choice, `auto` leaves it. */
export const routeWishSchema = v.picklist(['auto', 'direct', 'relay'])
export type RouteWish = v.InferOutput<typeof routeWishSchema>
