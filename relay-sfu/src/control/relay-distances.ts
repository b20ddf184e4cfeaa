/**
 * Decides: which other relays there are for this one, how far each is by its last few answers, and what is lost on the way (RG6).
 * Does not decide: when they are asked (registry.ts), nor what a distance leads to (the room plans).
 * Invariants: nothing is kept of a relay that is not on the list; at most `relayLimits.lossProbesKept` measurements of one that is.
 */
import type { RelayId } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import type { RelayRtt } from '@video-room/shared/protocol/path-report.ts'
import type { RegistryToRelay } from '@video-room/shared/protocol/relay-messages.ts'
import { relayLimits } from '../limits.ts'

export type OtherRelay = Extract<RegistryToRelay, { type: 'relays' }>['relays'][number]

/** One measurement: a few questions. The shortest answer in milliseconds; null: none came. */
export interface Measured {
  readonly rttMs: number | null
  readonly asked: number
  readonly answered: number
}

export const notMeasured: Measured = { rttMs: null, asked: 0, answered: 0 }

export interface RelayDistances {
  readonly others: readonly OtherRelay[]
  /** Oldest first. Without an entry: never asked. */
  readonly answers: ReadonlyMap<RelayId, readonly Measured[]>
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
  { rttMs, asked, answered }: Measured,
): RelayDistances {
  // It may have gone while it was asked.
  if (!distances.others.some((other) => other.relayId === relayId)) return distances
  const bounded = rttMs === null ? null : Math.min(Math.max(0, rttMs), limits.reportedMsMax)
  const newest = { rttMs: bounded, asked, answered }
  const kept = [...(distances.answers.get(relayId) ?? []), newest].slice(-relayLimits.lossProbesKept)
  return { ...distances, answers: new Map(distances.answers).set(relayId, kept) }
}

/** What the registry is told: the median of each, where one that did not answer is further than any that did, and all questions. */
export const distancesToTell = ({ answers }: RelayDistances): readonly RelayRtt[] =>
  [...answers].map(([relayId, measured]) => {
    const sorted = measured
      .slice(-relayLimits.probesKept)
      .map(({ rttMs }) => rttMs ?? Infinity)
      .toSorted((a, b) => a - b)
    const median = sorted[(sorted.length - 1) >> 1] ?? Infinity
    const sumOf = (count: (one: Measured) => number): number =>
      measured.reduce((sum, one) => sum + count(one), 0)
    return {
      relayId,
      rttMs: Number.isFinite(median) ? median : null,
      asked: sumOf(({ asked }) => asked),
      answered: sumOf(({ answered }) => answered),
    }
  })
