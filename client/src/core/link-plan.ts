/**
 * Decides: which links there should be, and the way there from those there are.
 * Does not decide: when a link has failed (link-health.ts) or who offers (the room, rule LK1).
 * Invariants: every open stands before every close; at most one link per occupant; never one to oneself.
 */
import type { OccupantId } from '@video-room/shared/ids.ts'
import type { LinkAssignment } from '@video-room/shared/protocol/messages.ts'
import { occupantOf, type Snapshot } from '@video-room/shared/snapshot.ts'

/** The room's list, as far as the snapshot knows the occupants; of a doubled occupant the last entry counts. */
export function wantedLinks(
  assigned: readonly LinkAssignment[],
  snapshot: Snapshot | null,
  self: OccupantId | null,
): readonly LinkAssignment[] {
  if (snapshot === null) return []
  const wanted = new Map<OccupantId, LinkAssignment>()
  for (const link of assigned) {
    if (link.occupantId !== self && occupantOf(snapshot, link.occupantId)) wanted.set(link.occupantId, link)
  }
  return [...wanted.values()]
}

export interface LinkName {
  readonly occupantId: OccupantId
  readonly generation: number
}

export interface LinkPlan {
  readonly open: readonly LinkAssignment[]
  readonly close: readonly LinkName[]
}

/** A link of another generation is another link: it is opened anew, then the old one is closed (LK4). */
export function planLinks(present: readonly LinkName[], wanted: readonly LinkAssignment[]): LinkPlan {
  const isSame = (a: LinkName, b: LinkName): boolean =>
    a.occupantId === b.occupantId && a.generation === b.generation
  return {
    open: wanted.filter((link) => !present.some((other) => isSame(other, link))),
    close: present.filter((link) => !wanted.some((other) => isSame(other, link))),
  }
}
