/**
 * Decides: which publications a trunk carries, each way, and what each is called there (CH2, CH4).
 * Does not decide: which of their layers cross (the wants of the far end), which trunks there are (the room).
 * Invariants: both ends plan the same of the same snapshot; nothing is sent to where it came from (R5); what the room does not
 * name, or calls muted, is not let in (RL9).
 */
import type { RelayId } from '@video-room/shared/ids.ts'
import { originAt } from '@video-room/shared/route-tree.ts'
import type { TrunkIncoming } from '../media/boundary.ts'
import { trunkMid } from '../media/trunk-profile.ts'
import type { LinkOutgoing } from './link-command.ts'
import { publicationIn, routesOf } from './origins.ts'
import type { RelayRoomState } from './room-state.ts'

export interface TrunkPlan {
  readonly incoming: readonly TrunkIncoming[]
  readonly outgoing: readonly LinkOutgoing[]
}

/** What crosses between this relay and that one, by any route that counts now; the present one names first. */
export function planTrunk(state: RelayRoomState, other: RelayId): TrunkPlan {
  const incoming = new Map<string, TrunkIncoming>()
  const outgoing = new Map<string, LinkOutgoing>()
  for (const route of routesOf(state)) {
    for (const { occupantId, publications } of state.snapshot?.occupants ?? []) {
      const here = originAt(route, state.relayId, occupantId)
      const there = originAt(route, other, occupantId)
      for (const { source, mutedBy } of publications) {
        if (here?.from === other) {
          const mid = trunkMid(occupantId, source, here.hops)
          if (!incoming.has(mid)) incoming.set(mid, { mid, source, isForwarded: mutedBy === null })
        }
        if (there?.from === state.relayId) {
          const mid = trunkMid(occupantId, source, there.hops)
          const publication = publicationIn(state, here, occupantId, source)
          if (!outgoing.has(mid)) outgoing.set(mid, { mid, source, publication })
        }
      }
    }
  }
  return { incoming: [...incoming.values()], outgoing: [...outgoing.values()] }
}
