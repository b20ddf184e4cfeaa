/**
 * Decides: which of a relay's media threads a room is on, and so where its tickets lead (RG8).
 * Does not decide: which thread serves the room: the relay says so when it comes.
 * Invariants: a relay that has come is known by the addresses of its thread alone; one that is summoned again is known by all of them
 * until it comes, since it may have forgotten the room; what leads to it meanwhile is what led to it before.
 */
import type { SecretHash } from '@video-room/shared/ids.ts'
import { candidatesOfThread, type ThreadCandidate } from '@video-room/shared/relay-threads.ts'
import type { RelayCandidate } from '@video-room/shared/ticket.ts'
import { relayByToken, type RelayState } from './relay-state.ts'

export interface OnThread {
  readonly candidates: readonly ThreadCandidate[]
  /** Absent: 0. */
  readonly thread?: number
}

/** What its tickets name. */
export const wayTo = ({ candidates, thread = 0 }: OnThread): RelayCandidate[] =>
  candidatesOfThread(candidates, thread)

/** The relay on this thread, without what it knows of others. */
export function onThread<Relay extends OnThread>(relay: Relay, thread: number): Relay & { thread: number } {
  const candidates = relay.candidates.filter(({ thread: own = 0 }) => own === thread)
  return { ...relay, candidates, thread }
}

/** Whose socket this token opens: is there a thread of this number? Null: it is none. */
export function isItsThread(state: RelayState, tokenHash: SecretHash, thread: number | null): boolean {
  const relay = relayByToken(state, tokenHash)
  return relay !== null && thread !== null && candidatesOfThread(relay.candidates, thread).length > 0
}
