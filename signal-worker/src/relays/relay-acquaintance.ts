/**
 * Decides: which relays each relay is told of, and which round trips are kept of what it says (RG6).
 * Does not decide: who is listed (relay-roster.ts), nor how far is too far.
 * Invariants: nobody is told of itself, nor of one that drains; nobody of more than `limits.relaysProbedMax`; a list is said
 * when it changed, and never else.
 */
import type { RelayId } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import type { RelayRtt } from '@video-room/shared/protocol/path-report.ts'
import type { RegistryToRelay } from '@video-room/shared/protocol/relay-messages.ts'
import { candidatesOfThread } from '@video-room/shared/relay-threads.ts'
import type { ConnectionId } from '../room/connection-id.ts'
import type { ListedRelay, RelayRoster, RelaySocket } from './listed-relay.ts'

export interface Introduction {
  readonly type: 'send'
  readonly connectionId: ConnectionId
  readonly message: Extract<RegistryToRelay, { type: 'relays' }>
}

const listedIn = (roster: RelayRoster): readonly ListedRelay[] =>
  roster.flatMap(({ relay }) => (relay === null ? [] : [relay]))

/** In the order of their ids, so that a relay that comes or goes changes few lists. */
const probedIn = (roster: RelayRoster): readonly ListedRelay[] =>
  listedIn(roster)
    .filter(({ isDraining }) => !isDraining)
    .toSorted((a, b) => (a.relayId < b.relayId ? -1 : 1))

/** Those that follow it, as on a ring: where there are more than one may probe, each is probed by as many as it probes. */
function toldOf(probed: readonly ListedRelay[], relayId: RelayId): readonly ListedRelay[] {
  const after = probed.findIndex((other) => other.relayId > relayId)
  const ring = after < 0 ? probed : [...probed.slice(after), ...probed.slice(0, after)]
  return ring.filter((other) => other.relayId !== relayId).slice(0, limits.relaysProbedMax)
}

const hasSame = <Item>(one: readonly Item[], other: readonly Item[]): boolean =>
  one.length === other.length && one.every((item, at) => item === other[at])

/** The lists that are others now. A relay's first one comes with its hello, empty or not: it may know an older one. */
export function introductions(next: RelayRoster, previous: RelayRoster): readonly Introduction[] {
  // A load every few seconds for each relay passes here.
  const idsOf = (roster: RelayRoster) =>
    roster.flatMap(({ connectionId, relay }) =>
      relay === null ? [] : [connectionId, relay.relayId, relay.isDraining],
    )
  if (hasSame(idsOf(next), idsOf(previous))) return []
  const [probed, probedBefore] = [probedIn(next), probedIn(previous)]
  return next.flatMap(({ connectionId, relay }): readonly Introduction[] => {
    if (relay === null) return []
    const told = toldOf(probed, relay.relayId)
    const isNew = !previous.some(
      (before) => before.connectionId === connectionId && before.relay?.relayId === relay.relayId,
    )
    if (!isNew && hasSame(told.map(idOf), toldOf(probedBefore, relay.relayId).map(idOf))) return []
    // All threads of a relay are as far: one is asked (RG8).
    const relays = told.map(({ relayId, candidates }) => ({
      relayId,
      candidates: candidatesOfThread(candidates, 0),
    }))
    return [{ type: 'send', connectionId, message: { type: 'relays', relays } }]
  })
}

const idOf = ({ relayId }: ListedRelay): RelayId => relayId

/** Of what a relay says, what is about others that are there, each once. */
export function rttsToKeep(
  said: readonly RelayRtt[],
  own: RelayId,
  roster: RelayRoster,
): readonly RelayRtt[] {
  const others = new Set(listedIn(roster).map(idOf))
  others.delete(own)
  // Whoever is kept is taken out: a second word about it is none.
  return said.filter(({ relayId }) => others.delete(relayId))
}

/** The roster without round trips to relays that have gone. */
export function forgettingTheGone(next: RelayRoster, previous: RelayRoster): RelayRoster {
  const there = new Set(listedIn(next).map(idOf))
  if (listedIn(previous).every(({ relayId }) => there.has(relayId))) return next
  return next.map((socket): RelaySocket => {
    const { relay } = socket
    if (relay === null) return socket
    const rtts = relay.rtts.filter(({ relayId }) => there.has(relayId))
    return rtts.length === relay.rtts.length ? socket : { ...socket, relay: { ...relay, rtts } }
  })
}
