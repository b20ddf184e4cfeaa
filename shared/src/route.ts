/**
 * Decides: what a route is, on the wire and in every core, and what may be wished of it.
 * Does not decide: which route a room takes (signal-worker/src/room/route-policy.ts).
 * Invariants: the epoch grows with every route that is prepared or committed and never goes back (rule RT1).
 */
import * as v from 'valibot'
import { occupantIdSchema, relayIdSchema } from './ids.ts'
import { limits } from './limits.ts'

export const epochSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(1))

/**
 * A relay of the route, as everyone may know it. `region` is the operator's word for where it stands. `parentId` names the relay
 * that a trunk joins it to; the first relay has none, and every other one has: a tree (rule CH1).
 */
export const routeRelaySchema = v.object({
  relayId: relayIdSchema,
  region: v.pipe(v.string(), v.maxLength(limits.regionMaxLength)),
  parentId: v.optional(relayIdSchema),
})
export type RouteRelay = v.InferOutput<typeof routeRelaySchema>

/**
 * Why a room has the route it has, in the order of weight. Words for people stand in client/src/components.
 * setting, wish: someone asked for it · occupants: too many for a mesh, or few enough again · direct-failed: two people do not
 * reach each other · loss, decoding, uplink, latency: what was measured on direct paths · direct-better: they were measured to
 * be as good again · chain: relays nearer to people were measured to be quicker, or to lose less, chain-over: one is as quick again ·
 * relay-lost, relay-draining: the one before went · no-relay: none could be had.
 */
export const routeReasons = [
  'setting',
  'wish',
  'occupants',
  'direct-failed',
  'loss',
  'decoding',
  'uplink',
  'latency',
  'direct-better',
  'chain',
  'chain-over',
  'relay-lost',
  'relay-draining',
  'no-relay',
] as const
export const routeReasonSchema = v.picklist(routeReasons)
export type RouteReason = v.InferOutput<typeof routeReasonSchema>

const reasonsSchema = v.optional(v.pipe(v.array(routeReasonSchema), v.maxLength(routeReasons.length)))

/**
 * How media flows now. `mesh`: one link per pair of occupants. `relayed`: one link from every occupant to their home, which is
 * the first relay for whoever `homes` does not name, and a trunk between each relay and its parent (CH1);
 * without a relay nobody could be found yet: media waits, and nothing goes direct meanwhile (RT2).
 */
export const routeSchema = v.variant('kind', [
  v.object({ kind: v.literal('mesh'), epoch: epochSchema, reasons: reasonsSchema }),
  v.object({
    kind: v.literal('relayed'),
    epoch: epochSchema,
    reasons: reasonsSchema,
    relays: v.pipe(v.array(routeRelaySchema), v.maxLength(limits.routeRelaysMax)),
    homes: v.optional(v.record(occupantIdSchema, relayIdSchema)),
  }),
])
export type Route = v.InferOutput<typeof routeSchema>

export const routeKindSchema = v.picklist(['mesh', 'relayed'])

export const firstRoute: Route = { kind: 'mesh', epoch: 1 }

/** `direct` and `relay` restrict the room's choice, `auto` leaves it. */
export const routeWishSchema = v.picklist(['auto', 'direct', 'relay'])
export type RouteWish = v.InferOutput<typeof routeWishSchema>
