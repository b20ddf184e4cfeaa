/**
 * Decides: what an occupant tells the room of its links, so that the room can choose a route (rules FX).
 * Does not decide: what follows from it (signal-worker/src/room/route-policy.ts), nor when something is worth telling
 * (client/src/core/path-report.ts).
 * Invariants: figures are bounded; no addresses, only kinds of candidates.
 */
import * as v from 'valibot'
import { endpointIdSchema, relayIdSchema } from '../ids.ts'
import { limits } from '../limits.ts'

const figureSchema = (max: number) => v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(max)))

/**
 * connecting: not judged yet · good · lossy: too much has been lost for seconds · undecoded: bytes come and no picture of them ·
 * silent: nothing comes any more · unreachable: it did not connect in time, or ended.
 */
export const pathVerdicts = ['connecting', 'good', 'lossy', 'undecoded', 'silent', 'unreachable'] as const
export type PathVerdict = (typeof pathVerdicts)[number]

export const pathReportSchema = v.object({
  to: endpointIdSchema,
  generation: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  verdict: v.picklist(pathVerdicts),
  /** Round trip to the other end, milliseconds. */
  rttMs: figureSchema(limits.reportedMsMax),
  jitterMs: figureSchema(limits.reportedMsMax),
  /** Of what should have arrived, 0 to 1. */
  lossShare: figureSchema(1),
})
export type PathReport = v.InferOutput<typeof pathReportSchema>

/** One list of all links, carrying or standing by; it replaces the earlier one. */
export const pathReportsSchema = v.pipe(
  v.array(pathReportSchema),
  v.maxLength(limits.maxParticipantsCeiling + limits.routeRelaysMax),
)

const checksSchema = v.optional(
  v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(limits.checksMax)),
)

/**
 * A round trip to a relay, from another one or from an occupant; milliseconds. Null: it did not answer. `asked`, `answered`: how many
 * questions it took, and how many of them were answered; nothing: nobody counted.
 */
export const relayRttSchema = v.object({
  relayId: relayIdSchema,
  rttMs: figureSchema(limits.reportedMsMax),
  asked: checksSchema,
  answered: checksSchema,
})
export type RelayRtt = v.InferOutput<typeof relayRttSchema>
