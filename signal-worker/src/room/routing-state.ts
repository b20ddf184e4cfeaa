/**
 * Decides: what a room remembers of its routes: the one that is prepared, what occupants reported, how often it moved.
 * Does not decide: how that changes (migration.ts, reports.ts), nor what follows from it (route-policy.ts).
 * Invariants: plain JSON; no addresses.
 */
import { occupantIdSchema } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import { pathReportsSchema } from '@video-room/shared/protocol/path-report.ts'
import { routeKindSchema, routeSchema } from '@video-room/shared/route.ts'
import * as v from 'valibot'

const timeSchema = v.pipe(v.number(), v.safeInteger())
const countSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

/** A route under preparation (MG1). */
const migrationSchema = v.object({
  route: routeSchema,
  untilMs: timeSchema,
  /** Who said `route-ready` of it. */
  ready: v.pipe(v.array(occupantIdSchema), v.readonly()),
})
export type Migration = Readonly<v.InferOutput<typeof migrationSchema>>

/** The route before, whose trunks go on until then (CH3). */
const formerSchema = v.object({ route: routeSchema, untilMs: timeSchema })

const occupantReportSchema = v.object({
  paths: v.pipe(pathReportsSchema, v.readonly()),
  isUplinkLimited: v.boolean(),
})

/** The move that led to the present route while people were in it, and who has not told yet how it looked (FX3). */
const movedSchema = v.object({
  from: routeKindSchema,
  awaited: v.pipe(v.array(occupantIdSchema), v.readonly()),
})

export const routingSchema = v.object({
  migration: v.nullable(migrationSchema),
  former: v.optional(v.nullable(formerSchema), null),
  /**
   * The setting hides addresses from now on, and the mesh still stands: whose `media-ready` was one of the first so many goes on
   * until the relay does, whoever came later opens nothing direct (RT2). Null: nothing of the kind.
   */
  hiddenFrom: v.nullable(countSchema),
  /** One more than a mesh is for came, and the relay is prepared: the same of whoever came since (ST5). Null: not so. */
  crowdedFrom: v.optional(v.nullable(countSchema), null),
  /** The greatest epoch that any route had, committed or not (RT1). */
  epoch: v.pipe(countSchema, v.minValue(1)),
  /** The last report of each seat (FX1). */
  reports: v.record(occupantIdSchema, occupantReportSchema),
  /** When the route last changed while people were in it; null: never. */
  switchedAtMs: v.nullable(timeSchema),
  /** Null: no move yet. Absent in rooms older than this field. */
  moved: v.optional(v.nullable(movedSchema), null),
  /** Moves that nothing forced, of the last `limits.routeBudgetMs` (RP4). Oldest first. */
  freeMovesAtMs: v.pipe(v.array(timeSchema), v.maxLength(limits.routeSwitchesMax), v.readonly()),
  /** Since when the way that is not taken has been the better one; null: it is not. */
  betterSinceMs: v.nullable(timeSchema),
  /** A preparation was given up; nothing that is not forced is tried before this. */
  restUntilMs: v.nullable(timeSchema),
  /** Returns to the mesh in a row that did not last. */
  failedReturns: countSchema,
  /** Direct links that stand by failed: none is listed before this, and how often that was so in a row. */
  directPausedUntilMs: v.nullable(timeSchema),
  directFailures: countSchema,
  /** When the policy wants to be asked again though nothing happened. */
  askAtMs: v.nullable(timeSchema),
})
export type Routing = Readonly<v.InferOutput<typeof routingSchema>>

export const initialRouting: Routing = {
  migration: null,
  former: null,
  hiddenFrom: null,
  crowdedFrom: null,
  epoch: 1,
  reports: {},
  switchedAtMs: null,
  moved: null,
  freeMovesAtMs: [],
  betterSinceMs: null,
  restUntilMs: null,
  failedReturns: 0,
  directPausedUntilMs: null,
  directFailures: 0,
  askAtMs: null,
}
