/**
 * Decides: what a person is told of a link, from two looks at it.
 * Does not decide: how it looks (route-badge.ts).
 * Invariants: rates are of the time between the two looks; what cannot be known is null, never a guess.
 */
import type { LinkSample } from '../../core/view.ts'

export interface LinkFigures {
  readonly endpointId: LinkSample['endpointId']
  /** A third party carries it, whatever the route says (RFC 8656). */
  readonly isTurned: boolean
  readonly rttMs: number | null
  readonly jitterMs: number | null
  /** 0 to 1. */
  readonly lossShare: number | null
  readonly receivedBps: number | null
  readonly sentBps: number | null
}

export const isTurned = ({ via, localCandidate, remoteCandidate }: LinkSample): boolean =>
  localCandidate === 'relay' || (via === 'direct' && remoteCandidate === 'relay')

export function figuresOf(now: LinkSample, before: LinkSample | undefined): LinkFigures {
  const { endpointId, rttMs, jitterMs } = now
  const seconds = before === undefined ? 0 : (now.atMs - before.atMs) / 1_000
  const since = (name: 'receivedBytes' | 'sentBytes' | 'receivedPackets' | 'lostPackets'): number | null => {
    // A remade link counts from nothing; its first look has nothing to compare with.
    const count = before === undefined ? -1 : now[name] - before[name]
    return seconds > 0 && count >= 0 ? count : null
  }
  const bps = (bytes: number | null): number | null => (bytes === null ? null : (8 * bytes) / seconds)
  const lost = since('lostPackets')
  const received = since('receivedPackets')
  const expected = lost === null || received === null ? 0 : lost + received
  return {
    endpointId,
    isTurned: isTurned(now),
    rttMs,
    jitterMs,
    lossShare: lost === null || expected === 0 ? null : lost / expected,
    receivedBps: bps(since('receivedBytes')),
    sentBps: bps(since('sentBytes')),
  }
}
