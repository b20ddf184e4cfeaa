/**
 * Decides: whose tokens open nothing any more (MD5, KN3).
 * Does not decide: who is sent away (moderation.ts, knocking.ts).
 * Invariants: the list is bounded, the oldest entry goes first.
 */
import { limits } from '@video-room/shared/limits.ts'
import type { Place, RoomState } from './state.ts'

export function withBarredTokens(state: RoomState, place: Place, reason: 'removed' | 'denied'): RoomState {
  const { tokenHash, nextTokenHash } = place
  const hashes = nextTokenHash === null ? [tokenHash] : [tokenHash, nextTokenHash]
  const barred = [...state.barred, ...hashes.map((hash) => ({ tokenHash: hash, reason }))]
  return { ...state, barred: barred.slice(-limits.removedTokensMax) }
}
