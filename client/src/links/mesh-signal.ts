/**
 * Decides: what the two ends of a mesh link say to each other, by way of the room (rule SG4) and directly (LK7):
 * text ↔ signals, checked and bounded.
 * Does not decide: what they do with it (mesh-link.ts).
 * Invariants: `parseSignals` never throws; whatever is not a known signal is dropped, its neighbours are kept.
 */
import { limits } from '@video-room/shared/limits.ts'
import { sources, sourceSchema, type Source } from '@video-room/shared/source.ts'
import * as v from 'valibot'

const sdpSchema = v.pipe(v.string(), v.maxLength(limits.messageMaxBytes))

const signalSchema = v.union([
  v.object({ type: v.picklist(['offer', 'answer']), sdp: sdpSchema }),
  v.object({
    candidate: v.object({
      candidate: v.pipe(v.string(), v.maxLength(1_024)),
      sdpMid: v.optional(v.nullable(v.pipe(v.string(), v.maxLength(64)))),
      sdpMLineIndex: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255)))),
    }),
  }),
  v.object({ restart: v.literal(true) }),
])
export type MeshSignal = v.InferOutput<typeof signalSchema>

export const encodeSignals = (signals: readonly MeshSignal[]): string => JSON.stringify(signals)

export function parseSignals(payload: string): readonly MeshSignal[] {
  let json: unknown
  try {
    json = JSON.parse(payload)
  } catch {
    return []
  }
  if (!Array.isArray(json)) return []
  return json.flatMap((item: unknown) => {
    const parsed = v.safeParse(signalSchema, item)
    return parsed.success ? [parsed.output] : []
  })
}

/** What the data channel carries as a sign of life, and what is answered to it: the way there and back is measured by it. */
export const encodeSign = (count: number): string => `.${count}`
export const encodeEcho = (count: number): string => `,${count}`

/** The number behind one of these, or null when the text says something else. */
function numbered(mark: '.' | ',', text: string): number | null {
  return text.length > 1 && text.length <= 7 && text.startsWith(mark) && /^\d+$/.test(text.slice(1))
    ? Number(text.slice(1))
    : null
}

export const parseSign = (text: string): number | null => numbered('.', text)
export const parseEcho = (text: string): number | null => numbered(',', text)

const pauseSchema = v.object({ paused: v.pipe(v.array(sourceSchema), v.maxLength(sources.length)) })

export const encodePause = (paused: readonly Source[]): string => JSON.stringify({ paused })

/** The sources that the other end does not look at, or null when the text says something else. */
export function parsePause(text: string): readonly Source[] | null {
  // Nothing we understand is longer than this.
  if (text.length > 256) return null
  try {
    const parsed = v.safeParse(pauseSchema, JSON.parse(text))
    return parsed.success ? parsed.output.paused : null
  } catch {
    return null
  }
}
