/**
 * Decides: what a person is told of a link, from two looks at it.
 * Does not decide: how it looks (route-badge.ts).
 * Invariants: rates are of the time between the two looks; what cannot be known is null, never a guess.
 */
import type { Route } from '@video-room/shared/route.ts'
import type { LinkSample } from '../../core/view.ts'

/** What a link is for: it carries what is seen and heard now, it will soon, or it stands by. */
export type LinkPlace = 'now' | 'next' | 'standby'

/** While a route is prepared, links of both carry media; what is seen and heard comes over those of the present one (MG1). */
export function placeOf({ endpointId, via, isStandby }: LinkSample, route: Route | null): LinkPlace {
  if (isStandby) return 'standby'
  if (route?.kind !== 'relayed') return via === 'direct' ? 'now' : 'next'
  return route.relays.some(({ relayId }) => relayId === endpointId) ? 'now' : 'next'
}

/** Does a TURN server carry any of what is seen and heard now? */
export const isTurnedNow = (samples: readonly LinkSample[], route: Route | null): boolean =>
  samples.some((sample) => placeOf(sample, route) === 'now' && isTurned(sample))

export interface LinkFigures {
  readonly endpointId: LinkSample['endpointId']
  readonly via: LinkSample['via']
  readonly localCandidate: LinkSample['localCandidate']
  readonly remoteCandidate: LinkSample['remoteCandidate']
  readonly place: LinkPlace
  readonly rttMs: number | null
  readonly jitterMs: number | null
  /** 0 to 1. */
  readonly lossShare: number | null
  readonly receivedBps: number | null
  readonly sentBps: number | null
}

/** A third party carries it, whatever the route says (RFC 8656); a relay's own address is none. */
const isTurned = ({ via, localCandidate, remoteCandidate }: LinkSample): boolean =>
  localCandidate === 'relay' || (via === 'direct' && remoteCandidate === 'relay')

export function figuresOf(now: LinkSample, before: LinkSample | undefined, route: Route | null): LinkFigures {
  const { endpointId, via, localCandidate, remoteCandidate, rttMs, jitterMs } = now
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
    via,
    localCandidate,
    remoteCandidate,
    place: placeOf(now, route),
    rttMs,
    jitterMs,
    lossShare: lost === null || expected === 0 ? null : lost / expected,
    receivedBps: bps(since('receivedBytes')),
    sentBps: bps(since('sentBytes')),
  }
}
