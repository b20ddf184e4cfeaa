/**
 * Decides: what is announced when one state follows another.
 * Does not decide: the states.
 * Invariants: announcements are derived from the two states alone, so none can be forgotten or doubled.
 */
import type { OccupantId } from '@video-room/shared/ids.ts'
import { occupantOf, publicationOf, type OccupantView } from '@video-room/shared/snapshot.ts'
import { sources } from '@video-room/shared/source.ts'
import type { SessionAnnouncement } from './effect.ts'
import type { SessionState } from './state.ts'
import { statusOf } from './view-of.ts'

/** In the order in which a listener can use them: the status first, then who is there, then what they do. */
export function announcementsBetween(
  before: SessionState,
  after: SessionState,
): readonly SessionAnnouncement[] {
  if (before === after) return []
  const list: SessionAnnouncement[] = []
  const status = statusOf(after)
  const previous = statusOf(before)
  if (status !== previous) list.push({ type: 'state-changed', status, previous })
  if (before.phase === 'joining' && after.phase === 'live' && after.seat !== null) {
    list.push({ type: 'joined', occupantId: after.seat.occupantId, isHost: after.seat.isHost })
  }
  if (before.snapshot !== after.snapshot && after.phase === 'live') list.push(...occupantNews(before, after))
  if (before.phase !== 'ended' && after.phase === 'ended' && after.endReason !== null) {
    list.push({ type: 'ended', reason: after.endReason })
  }
  return list
}

function occupantNews(before: SessionState, after: SessionState): readonly SessionAnnouncement[] {
  const others = (state: SessionState): readonly OccupantView[] =>
    (state.snapshot?.occupants ?? []).filter((view) => view.occupantId !== state.seat?.occupantId)
  const knows = (state: SessionState, id: OccupantId): boolean =>
    state.snapshot !== null && occupantOf(state.snapshot, id) !== undefined
  const list: SessionAnnouncement[] = []
  for (const { occupantId, displayName } of others(before)) {
    if (!knows(after, occupantId)) list.push({ type: 'occupant-left', occupantId, displayName })
  }
  for (const { occupantId, displayName } of others(after)) {
    if (!knows(before, occupantId)) list.push({ type: 'occupant-joined', occupantId, displayName })
  }
  return [...list, ...muteNews(before, after)]
}

/** Of publications that were there before; a new one shows its state with the occupant. */
function muteNews(before: SessionState, after: SessionState): readonly SessionAnnouncement[] {
  if (before.snapshot === null || after.snapshot === null) return []
  const list: SessionAnnouncement[] = []
  for (const view of after.snapshot.occupants) {
    const old = occupantOf(before.snapshot, view.occupantId)
    for (const source of sources) {
      const now = publicationOf(view, source)
      const then = publicationOf(old, source)
      if (now === undefined || then === undefined || now.mutedBy === then.mutedBy) continue
      list.push({ type: 'mute-changed', occupantId: view.occupantId, source, mutedBy: now.mutedBy })
    }
  }
  return list
}
