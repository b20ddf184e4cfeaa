/**
 * Decides: what is announced when one state follows another.
 * Does not decide: the states.
 * Invariants: announcements are derived from the two states alone, so none can be forgotten or doubled.
 */
import type { OccupantId } from '@video-room/shared/ids.ts'
import { entriesOf } from '@video-room/shared/lang.ts'
import type { Knock } from '@video-room/shared/protocol/messages.ts'
import type { RoomSettings } from '@video-room/shared/room-info.ts'
import type { Route } from '@video-room/shared/route.ts'
import { occupantOf, publicationOf, type OccupantView, type Snapshot } from '@video-room/shared/snapshot.ts'
import { sources, type Source } from '@video-room/shared/source.ts'
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
  if (after.phase === 'live') list.push(...roomNews(before, after))
  if (before.phase !== 'ended' && after.phase === 'ended' && after.endReason !== null) {
    list.push({ type: 'ended', reason: after.endReason })
  }
  return list
}

/** What one finds on arriving is no news: only what changes while one is there is. */
function roomNews(before: SessionState, after: SessionState): readonly SessionAnnouncement[] {
  const self = after.seat?.occupantId ?? null
  const then = before.snapshot
  const now = after.snapshot
  const hasChanged = then !== null && now !== null && then !== now
  return [
    ...(hasChanged ? occupantNews(then, now, self) : []),
    ...(hasChanged ? muteNews(then, now) : []),
    ...(hasChanged ? hostNews(then, now, self) : []),
    ...(hasChanged ? settingsNews(then.settings, now.settings) : []),
    ...(hasChanged ? routeNews(then.route, now.route) : []),
    ...doorNews(before.knocks, after.knocks),
    ...questionNews(before.unmuteAsked, after.unmuteAsked),
  ]
}

function occupantNews(
  before: Snapshot,
  after: Snapshot,
  self: OccupantId | null,
): readonly SessionAnnouncement[] {
  const missing = (from: Snapshot, to: Snapshot): readonly OccupantView[] =>
    from.occupants.filter(({ occupantId }) => occupantId !== self && occupantOf(to, occupantId) === undefined)
  return [
    ...missing(before, after).map(
      ({ occupantId, displayName }) => ({ type: 'occupant-left', occupantId, displayName }) as const,
    ),
    ...missing(after, before).map(
      ({ occupantId, displayName }) => ({ type: 'occupant-joined', occupantId, displayName }) as const,
    ),
  ]
}

/** Of publications that were there before; a new one shows its state with the occupant. */
function muteNews(before: Snapshot, after: Snapshot): readonly SessionAnnouncement[] {
  const list: SessionAnnouncement[] = []
  for (const view of after.occupants) {
    const old = occupantOf(before, view.occupantId)
    for (const source of sources) {
      const now = publicationOf(view, source)
      const then = publicationOf(old, source)
      if (now === undefined || then === undefined || now.mutedBy === then.mutedBy) continue
      list.push({ type: 'mute-changed', occupantId: view.occupantId, source, mutedBy: now.mutedBy })
    }
  }
  return list
}

function hostNews(
  before: Snapshot,
  after: Snapshot,
  self: OccupantId | null,
): readonly SessionAnnouncement[] {
  const hostOf = ({ occupants }: Snapshot): OccupantId | null =>
    occupants.find(({ isHost }) => isHost)?.occupantId ?? null
  const host = hostOf(after)
  const previous = hostOf(before)
  if (host === previous) return []
  return [{ type: 'host-changed', occupantId: host, previous, isSelf: host !== null && host === self }]
}

const routeNews = (previous: Route, route: Route): readonly SessionAnnouncement[] =>
  route.epoch === previous.epoch ? [] : [{ type: 'route-changed', route, previous }]

function settingsNews(previous: RoomSettings, settings: RoomSettings): readonly SessionAnnouncement[] {
  const isSame = entriesOf(settings).every(([name, value]) => previous[name] === value)
  return isSame ? [] : [{ type: 'settings-changed', settings, previous }]
}

function doorNews(before: readonly Knock[], after: readonly Knock[]): readonly SessionAnnouncement[] {
  if (before === after) return []
  const known = new Set(before.map(({ occupantId }) => occupantId))
  return after
    .filter(({ occupantId }) => !known.has(occupantId))
    .map(({ occupantId, displayName }) => ({ type: 'knock', occupantId, displayName }))
}

const questionNews = (before: readonly Source[], after: readonly Source[]): readonly SessionAnnouncement[] =>
  after.filter((source) => !before.includes(source)).map((source) => ({ type: 'unmute-asked', source }))
