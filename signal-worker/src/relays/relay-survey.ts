/**
 * Decides: what rooms and operators are told of the relays there are.
 * Does not decide: which of them a room takes, nor who may ask (objects/relay-registry.ts, operator-routes.ts).
 * Invariants: who fell silent is not named; an operator hears neither key nor address (OP2).
 */
import type { RelayId } from '@video-room/shared/ids.ts'
import type { RelayStanding } from '@video-room/shared/protocol/operator.ts'
import type { RelayRtt } from '@video-room/shared/protocol/path-report.ts'
import { candidatesOfThread } from '@video-room/shared/relay-threads.ts'
import type { RelayCandidate } from '@video-room/shared/ticket.ts'
import { busyShare, silentAtMs, type ListedRelay, type RelayRoster } from './listed-relay.ts'

/** What a room must know to plan a tree of relays, and to mint tickets for its trunks. */
export interface SurveyedRelay extends Pick<
  ListedRelay,
  'relayId' | 'region' | 'isDraining' | 'fingerprint' | 'iceKey'
> {
  /** Of its thread 0, which is the one that is probed (RG8). */
  readonly candidates: readonly RelayCandidate[]
  /** How busy it is, promised links included: 0 to 1. */
  readonly share: number
  /** To the others that it probes, as it last said. */
  readonly rtts: readonly RelayRtt[]
}

const alive = (roster: RelayRoster, atMs: number) =>
  roster.flatMap((socket) =>
    socket.relay === null || atMs >= silentAtMs(socket)
      ? []
      : [{ relay: socket.relay, heardAtMs: socket.heardAtMs }],
  )

export function surveyOf(roster: RelayRoster, atMs: number): readonly SurveyedRelay[] {
  return alive(roster, atMs).map(({ relay }) => {
    const { relayId, region, isDraining, fingerprint, iceKey, rtts } = relay
    const candidates = candidatesOfThread(relay.candidates, 0)
    // Without capacity it is as full as one can be.
    const share = relay.capacity === 0 ? 1 : Math.min(1, busyShare(relay))
    return { relayId, region, isDraining, candidates, fingerprint, iceKey, rtts, share }
  })
}

export function standingsOf(roster: RelayRoster, atMs: number): readonly RelayStanding[] {
  return alive(roster, atMs).map(({ relay, heardAtMs }) => {
    const { relayId, region, isDraining, links, rooms, trunks, capacity, cpu } = relay
    const rttMs: Record<RelayId, number | null> = {}
    for (const rtt of relay.rtts) rttMs[rtt.relayId] = rtt.rttMs
    // The platform's clock may step back between two words.
    const heardAgoMs = Math.max(0, atMs - heardAtMs)
    return { relayId, region, isDraining, links, rooms, trunks, capacity, cpu, heardAgoMs, rttMs }
  })
}
