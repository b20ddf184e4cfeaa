/**
 * Decides: what of a browser's statistics (W3C webrtc-stats) becomes one sample of a link.
 * Does not decide: what a sample means (core/link-health.ts).
 * Invariants: absent or odd figures become null or 0, never NaN; addresses are not read, so none can leak.
 */
import type { OccupantId } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import type { Source } from '@video-room/shared/source.ts'
import type { ConnectionSample, ReceivedSource } from '../core/view.ts'
import type { LinkLook } from './link.ts'

/** One entry of a report: a record that no browser fills completely. */
export type StatsEntry = Readonly<Record<string, unknown>>

type CandidateType = NonNullable<ConnectionSample['localCandidate']>

const numberOf = (entry: StatsEntry | undefined, name: string): number | null => {
  const value = entry?.[name]
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

const inMs = (seconds: number | null): number | null => (seconds === null ? null : seconds * 1_000)

function candidateType(entry: StatsEntry | undefined): CandidateType | null {
  const type = entry?.['candidateType']
  return type === 'host' || type === 'srflx' || type === 'prflx' || type === 'relay' ? type : null
}

/** The pair in use: named by the transport, or marked (Firefox), or the nominated one that works. */
function selectedPair(
  byId: ReadonlyMap<unknown, StatsEntry>,
  entries: readonly StatsEntry[],
): StatsEntry | undefined {
  const transport = entries.find(({ type }) => type === 'transport')
  const named = byId.get(transport?.['selectedCandidatePairId'])
  if (named !== undefined) return named
  const pairs = entries.filter(({ type }) => type === 'candidate-pair')
  return (
    pairs.find((pair) => pair['selected'] === true) ??
    pairs.find((pair) => pair['nominated'] === true && pair['state'] === 'succeeded')
  )
}

const sum = (entries: readonly StatsEntry[], name: string): number =>
  entries.reduce((total, entry) => total + (numberOf(entry, name) ?? 0), 0)

/**
 * By the checks of the pair in use. Firefox does not tell of those: there by our own signs of life, or by what the other end reports of
 * what is sent; the quickest of these, as a report may have waited.
 */
function rttOf(
  pair: StatsEntry | undefined,
  entries: readonly StatsEntry[],
  echoMs: number | null,
): number | null {
  const checked = numberOf(pair, 'currentRoundTripTime')
  if (checked !== null) return inMs(checked)
  if (echoMs !== null) return echoMs
  const reported = entries
    .filter(({ type }) => type === 'remote-inbound-rtp')
    .map((entry) => numberOf(entry, 'roundTripTime'))
    .filter((seconds) => seconds !== null)
  return reported.length === 0 ? null : inMs(Math.min(...reported))
}

function worst(entries: readonly StatsEntry[], name: string): number | null {
  const values = entries.map((entry) => numberOf(entry, name)).filter((value) => value !== null)
  return values.length === 0 ? null : Math.max(...values)
}

/** What a media section has brought, whoever it was of. */
export type SectionCounts = Pick<ReceivedSource, 'packets' | 'frames'>

export interface SampleContext {
  readonly atMs: number
  /** There and back, by signs of life that the other end repeats; null, absent: unknown. */
  readonly echoMs?: number | null
  /** Whose source a media section (`mid`) receives; `since` = what it had brought before that. */
  readonly receivedOnMid: ReadonlyMap<
    string,
    { readonly occupantId: OccupantId; readonly source: Source; readonly since?: SectionCounts | undefined }
  >
}

/** What each media section (`mid`) has brought since the connection was made. */
export function countsByMid(entries: readonly StatsEntry[]): ReadonlyMap<string, SectionCounts> {
  const counts = new Map<string, SectionCounts>()
  for (const entry of entries) {
    const mid = entry['mid']
    if (entry['type'] !== 'inbound-rtp' || typeof mid !== 'string') continue
    const { packets, frames } = counts.get(mid) ?? { packets: 0, frames: 0 }
    counts.set(mid, {
      packets: packets + (numberOf(entry, 'packetsReceived') ?? 0),
      frames: frames + (numberOf(entry, 'framesDecoded') ?? 0),
    })
  }
  return counts
}

function receivedIn(
  entries: readonly StatsEntry[],
  { receivedOnMid }: SampleContext,
): readonly ReceivedSource[] {
  const counts = countsByMid(entries)
  return [...receivedOnMid].flatMap(([mid, { occupantId, source, since }]) => {
    const now = counts.get(mid)
    if (now === undefined) return []
    const packets = Math.max(0, now.packets - (since?.packets ?? 0))
    return [{ occupantId, source, packets, frames: Math.max(0, now.frames - (since?.frames ?? 0)) }]
  })
}

/**
 * A picture that is being sent is smaller than wished, as the uplink has no room for it. What is switched off says nothing; nor
 * does a picture that only takes its time to grow, as on a busy machine, while the estimate leaves room for a fair one.
 */
function isUplinkLimited(entries: readonly StatsEntry[], availableBps: number | null): boolean {
  if (availableBps !== null && availableBps >= limits.uplinkScarceBps) return false
  return entries.some(
    (entry) =>
      entry['type'] === 'outbound-rtp' &&
      entry['kind'] === 'video' &&
      entry['active'] !== false &&
      entry['qualityLimitationReason'] === 'bandwidth',
  )
}

/** Beside what is sent now the same would go out once more through this uplink. Unknown: it would not. */
function hasUplinkRoom(entries: readonly StatsEntry[], availableBps: number | null): boolean {
  const sending = entries.filter(({ type, active }) => type === 'outbound-rtp' && active !== false)
  return availableBps !== null && availableBps >= limits.uplinkRoomFactor * sum(sending, 'targetBitrate')
}

export function sampleOf(entries: readonly StatsEntry[], context: SampleContext): LinkLook {
  const byId = new Map<unknown, StatsEntry>(entries.map((entry) => [entry['id'], entry]))
  const pair = selectedPair(byId, entries)
  const transport = entries.find(({ type }) => type === 'transport')
  const availableOutgoingBps = numberOf(pair, 'availableOutgoingBitrate')
  const inbound = entries.filter(({ type }) => type === 'inbound-rtp')
  const heard = inbound.flatMap((entry) => {
    const mid = entry['mid']
    const received = typeof mid === 'string' ? context.receivedOnMid.get(mid) : undefined
    const level = numberOf(entry, 'audioLevel')
    if (received === undefined || level === null) return []
    return [{ occupantId: received.occupantId, source: received.source, level }]
  })
  return {
    atMs: context.atMs,
    localCandidate: candidateType(byId.get(pair?.['localCandidateId'])),
    remoteCandidate: candidateType(byId.get(pair?.['remoteCandidateId'])),
    rttMs: rttOf(pair, entries, context.echoMs ?? null),
    receivedPackets: numberOf(transport, 'packetsReceived') ?? sum(inbound, 'packetsReceived'),
    receivedBytes: numberOf(transport, 'bytesReceived') ?? numberOf(pair, 'bytesReceived') ?? 0,
    sentBytes: numberOf(transport, 'bytesSent') ?? numberOf(pair, 'bytesSent') ?? 0,
    lostPackets: sum(inbound, 'packetsLost'),
    jitterMs: inMs(worst(inbound, 'jitter')),
    framesDecoded: sum(inbound, 'framesDecoded'),
    freezeCount: sum(inbound, 'freezeCount'),
    availableOutgoingBps,
    heard,
    received: receivedIn(entries, context),
    isUplinkLimited: isUplinkLimited(entries, availableOutgoingBps),
    hasUplinkRoom: hasUplinkRoom(entries, availableOutgoingBps),
    answeredChecks: numberOf(pair, 'responsesReceived') ?? 0,
  }
}
