/**
 * Decides: which other relays there are for this one, and how far each is by its last few answers (RG6).
 * Does not decide: when they are asked (registry.ts), nor what a distance leads to (the room plans).
 * Invariants: nothing is kept of a relay that is not on the list; at most `relayLimits.probesKept` answers of one that is.
 */
import type { RelayId } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import type { RelayRtt } from '@video-room/shared/protocol/path-report.ts'
import type { RegistryToRelay } from '@video-room/shared/protocol/relay-messages.ts'
import { relayLimits } from '../limits.ts'

export type OtherRelay = Extract<RegistryToRelay, { type: 'relays' }>['relays'][number]

export interface RelayDistances {
  readonly others: readonly OtherRelay[]
  /** Oldest first; milliseconds, null: no answer. Without an entry: never asked. */
  readonly answers: ReadonlyMap<RelayId, readonly (number | null)[]>
}

export const noDistances: RelayDistances = { others: [], answers: new Map() }

/** The list is another one. Of those who stay, what is known stays. */
export function withOthers({ answers }: RelayDistances, others: readonly OtherRelay[]): RelayDistances {
  const ids = new Set(others.map(({ relayId }) => relayId))
  return { others, answers: new Map([...answers].filter(([relayId]) => ids.has(relayId))) }
}

export function withAnswer(
  distances: RelayDistances,
  relayId: RelayId,
  rttMs: number | null,
): RelayDistances {
  // It may have gone while it was asked.
  if (!distances.others.some((other) => other.relayId === relayId)) return distances
  const bounded = rttMs === null ? null : Math.min(Math.max(0, rttMs), limits.reportedMsMax)
  const kept = [...(distances.answers.get(relayId) ?? []), bounded].slice(-relayLimits.probesKept)
  return { ...distances, answers: new Map(distances.answers).set(relayId, kept) }
}

/** What the registry is told: the median of each, where one that did not answer is further than any that did. */
export const medianRtts = ({ answers }: RelayDistances): readonly RelayRtt[] =>
  [...answers].map(([relayId, rtts]) => {
    const sorted = rtts.map((rttMs) => rttMs ?? Infinity).toSorted((a, b) => a - b)
    const median = sorted[(sorted.length - 1) >> 1] ?? Infinity
    return { relayId, rttMs: Number.isFinite(median) ? median : null }
  })
