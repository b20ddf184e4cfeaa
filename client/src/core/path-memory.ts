/**
 * Decides: what is remembered of a link from look to look, and what that says: what flows, how much was lost, how long a way is.
 * Does not decide: what the room is told of it (path-report.ts), nor whether the link lives (link-health.ts).
 * Invariants: memory is bounded by time; counters that start anew (a slot that carries someone else) are growth from zero.
 */
import type { EndpointId, OccupantId } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import { kindOf, type Source } from '@video-room/shared/source.ts'
import type { LinkReading } from './event.ts'
import type { ReceivedSource } from './view.ts'

export type SourceKey = `${OccupantId}/${Source}`
export const sourceKey = (id: OccupantId, source: Source): SourceKey => `${id}/${source}`

export interface SourceMemory {
  readonly packets: number
  readonly frames: number
  readonly arrivedAtMs: number | null
  /** When it last brought what people perceive: a frame of a picture, packets of a sound. */
  readonly flowedAtMs: number | null
  /** Since when packets of a picture have come and no frame of it; null = they do not, or nobody expects any. */
  readonly blindSinceMs: number | null
}

interface Look {
  readonly atMs: number
  readonly rttMs: number | null
  readonly jitterMs: number | null
  readonly receivedPackets: number
  readonly lostPackets: number
}

export interface PathMemory {
  /** Of the last `limits.troubleMs` and a bit, about one per `limits.linkSampleMs`. */
  readonly looks: readonly Look[]
  readonly sources: Readonly<Partial<Record<SourceKey, SourceMemory>>>
}

export const freshPath: PathMemory = { looks: [], sources: {} }

export interface PathFigures {
  readonly rttMs: number | null
  readonly jitterMs: number | null
  readonly lossShare: number | null
}

/** Is a picture expected of this source, live and looked at? */
export type Expects = (received: ReceivedSource) => boolean

export function notePath(path: PathMemory, reading: LinkReading, atMs: number, expects: Expects): PathMemory {
  const sources = reading.received.map((received) => {
    const key = sourceKey(received.occupantId, received.source)
    return [key, noteSource(path.sources[key], received, atMs, expects(received))] as const
  })
  return {
    looks: withLook(path.looks, { ...figuresIn(reading), atMs }),
    sources: Object.fromEntries(sources),
  }
}

const figuresIn = ({ rttMs, jitterMs, receivedPackets, lostPackets }: LinkReading): Omit<Look, 'atMs'> => ({
  rttMs,
  jitterMs,
  receivedPackets,
  lostPackets,
})

/** While links are looked at more often the newest look is replaced, so that a window stays a handful of them. */
function withLook(looks: readonly Look[], look: Look): readonly Look[] {
  const [before, last] = looks.slice(-2)
  const isClose =
    before !== undefined && last !== undefined && last.atMs - before.atMs < limits.linkSampleMs * 0.8
  const oldestMs = look.atMs - limits.troubleMs - limits.linkSampleMs
  return [...(isClose ? looks.slice(0, -1) : looks), look].filter(({ atMs }) => atMs >= oldestMs)
}

function noteSource(
  before: SourceMemory | undefined,
  { source, packets, frames }: ReceivedSource,
  atMs: number,
  isExpected: boolean,
): SourceMemory {
  const newPackets = growth(before?.packets, packets)
  const newFrames = growth(before?.frames, frames)
  const arrivedAtMs = newPackets > 0 ? atMs : (before?.arrivedAtMs ?? null)
  const hasFlowed = kindOf[source] === 'audio' ? newPackets > 0 : newFrames > 0
  const comes = isWithin(arrivedAtMs, atMs, 2 * limits.flowingMs)
  const isBlind = isExpected && kindOf[source] === 'video' && newFrames === 0 && comes
  return {
    packets,
    frames,
    arrivedAtMs,
    flowedAtMs: hasFlowed ? atMs : (before?.flowedAtMs ?? null),
    blindSinceMs: isBlind ? (before?.blindSinceMs ?? atMs) : null,
  }
}

export const growth = (before: number | undefined, now: number): number =>
  before === undefined || now < before ? now : now - before

/** After a commit every picture has its own time to appear. */
export const withoutBlindness = ({ looks, sources }: PathMemory): PathMemory => ({
  looks,
  sources: Object.fromEntries(
    Object.entries(sources).map(([key, memory]) => [key, memory && { ...memory, blindSinceMs: null }]),
  ),
})

/** It brought something within the last moment. */
export const flows = (memory: SourceMemory | undefined, atMs: number): boolean =>
  isWithin(memory?.flowedAtMs ?? null, atMs, limits.flowingMs)

const isWithin = (sinceMs: number | null, atMs: number, ms: number): boolean =>
  sinceMs !== null && atMs - sinceMs <= ms

/** For so long bytes of a picture have come and nothing to see (FX2). */
export const isUndecoded = ({ sources }: PathMemory, atMs: number): boolean =>
  Object.values(sources).some((memory) => {
    const sinceMs = memory?.blindSinceMs ?? null
    return sinceMs !== null && atMs - sinceMs >= limits.troubleMs
  })

/** Of what should have come over the whole window; null while that is too short, or too little came to tell. */
export function lossOf({ looks }: PathMemory): number | null {
  const [first] = looks
  const last = looks.at(-1)
  if (first === undefined || last === undefined) return null
  if (last.atMs - first.atMs < limits.troubleMs - limits.linkSampleMs) return null
  const lost = Math.max(0, last.lostPackets - first.lostPackets)
  const expected = lost + Math.max(0, last.receivedPackets - first.receivedPackets)
  return expected < 1 / limits.lossyShare ? null : lost / expected
}

function mean(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  if (known.length === 0) return null
  const sum = known.reduce((total, value) => total + value, 0)
  return Math.min(Math.max(0, Math.round((sum / known.length) * 10) / 10), limits.reportedMsMax)
}

export function figuresOf(path: PathMemory): PathFigures {
  const loss = lossOf(path)
  return {
    rttMs: mean(path.looks.map(({ rttMs }) => rttMs)),
    jitterMs: mean(path.looks.map(({ jitterMs }) => jitterMs)),
    lossShare: loss === null ? null : Math.round(loss * 1_000) / 1_000,
  }
}

/** Whether one's pictures have been smaller than wished for want of bandwidth, for so long that it counts. */
export interface UplinkMemory {
  readonly isLimited: boolean
  /** Since when the looks have said otherwise; null = they agree. */
  readonly otherwiseSinceMs: number | null
}

export const freshUplink: UplinkMemory = { isLimited: false, otherwiseSinceMs: null }

export function noteUplink(before: UplinkMemory, isLimitedNow: boolean, atMs: number): UplinkMemory {
  if (isLimitedNow === before.isLimited)
    return before.otherwiseSinceMs === null ? before : { ...before, otherwiseSinceMs: null }
  const sinceMs = before.otherwiseSinceMs ?? atMs
  return atMs - sinceMs >= limits.troubleMs
    ? { isLimited: isLimitedNow, otherwiseSinceMs: null }
    : { ...before, otherwiseSinceMs: sinceMs }
}

/** What a link had brought of its sources when the next route was begun, by endpoint and generation. */
export type Baseline = Readonly<Partial<Record<`${EndpointId} ${number}`, PathMemory['sources']>>>
