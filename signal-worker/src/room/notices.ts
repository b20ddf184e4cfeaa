/**
 * Decides: what followers outside are told of a change (webhooks, the log): derived by comparing before and after.
 * Does not decide: who follows, or how it reaches them (objects/).
 * Invariants: no names, no tokens; everyone who was told to have joined is told to have left, at the latest before the end.
 */
import type { OccupantId } from '@video-room/shared/ids.ts'
import type { RoomEffect, RoomNotice } from './effect.ts'
import { isVisible, type RoomState, type Seat } from './state.ts'

/** Each kind of notice without what all have in common. */
type News = RoomNotice extends infer N
  ? N extends RoomNotice
    ? Omit<N, 'atMs' | 'occupancyCount'>
    : never
  : never

const visible = (state: RoomState): ReadonlyMap<OccupantId, Seat> =>
  new Map(state.seats.filter(isVisible).map((seat) => [seat.occupantId, seat]))

export function noticesBetween(before: RoomState, after: RoomState, atMs: number): readonly RoomEffect[] {
  const [earlier, later] = [visible(before), visible(after)]
  const told = (type: 'occupant.joined' | 'occupant.left') => (seat: Seat) => ({
    type,
    occupantId: seat.occupantId,
    isHost: seat.isHost,
  })
  const joined = [...later.values()].filter((seat) => !earlier.has(seat.occupantId))
  const left = [...earlier.values()].filter((seat) => !later.has(seat.occupantId))
  const news: readonly News[] = [
    ...left.map(told('occupant.left')),
    ...joined.map(told('occupant.joined')),
    ...(after.hasStarted && !before.hasStarted ? [{ type: 'room.started' as const }] : []),
    ...(after.status !== 'open' && before.status === 'open' ? [{ type: 'room.ended' as const }] : []),
  ]
  return news.map((item) => notify(after, item, atMs))
}

export function notify(state: RoomState, news: News, atMs: number): RoomEffect {
  const occupancyCount = state.seats.filter((seat) => seat.presence.kind === 'present').length
  return { type: 'notify', notice: { ...news, atMs, occupancyCount } }
}
