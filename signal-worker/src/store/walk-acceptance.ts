/** The random walk of the acceptance suite: what may happen to a room, and what must hold after every step (D2). */
import { entriesOf } from '@video-room/shared/lang.ts'
import { roomInfoOf } from '@video-room/shared/room-info.ts'
import fc from 'fast-check'
import { expect } from 'vitest'
import { hash, holdMs, id, order } from './acceptance-fixture.ts'
import type { ListedSeat, RoomRecord } from './record.ts'
import type { RoomInfoStore } from './room-info-store.ts'

/** Steps of the random walk. `who` is one of six; a host seat has a name of its own. */
export const actions = {
  admit: (store, who, atMs) =>
    store.admit({
      occupantId: id(who),
      isHost: false,
      tokenHash: hash(`t${who}`),
      atMs,
      graceEndsAtMs: atMs + holdMs,
    }),
  'admit-host': (store, who, atMs) =>
    store.admit({
      occupantId: id(`h${who}`),
      isHost: true,
      tokenHash: null,
      atMs,
      graceEndsAtMs: atMs + holdMs,
    }),
  present: (store, who) => store.setPresence({ occupantId: id(who), isPresent: true, graceEndsAtMs: null }),
  lost: (store, who, atMs) =>
    store.setPresence({ occupantId: id(who), isPresent: false, graceEndsAtMs: atMs + 30_000 }),
  leave: (store, who) => store.leave(id(who)),
  'leave-host': (store, who) => store.leave(id(`h${who}`)),
  'hand-over': (store, who) => store.handOver({ from: id(`h${who}`), to: id((who + 1) % 6) }),
  promote: (store, who) => store.promote(id(who)),
  lock: (store, who) => store.setSettings({ ...order(3).settings, isLocked: who === 0 }),
  bar: (store, who, atMs) =>
    store.bar({ reason: 'removed', occupantId: id(who), tokenHashes: [hash(`t${who}-${atMs % 3}`)] }),
  settle: (store, _who, atMs) => store.settle(atMs),
} satisfies Record<
  string,
  (store: RoomInfoStore, who: number, atMs: number) => Promise<{ readonly ok: boolean }>
>

export const step = fc.record({
  kind: fc.constantFrom('admit', ...entriesOf(actions).map(([kind]) => kind)),
  who: fc.nat(5),
  waitMs: fc.nat(7_000),
})

export function check(record: RoomRecord): void {
  const seats = Object.values<ListedSeat>(record.seats)
  const hosts = seats.filter((seat) => seat.isHost).length
  const info = roomInfoOf(record.seats)
  expect(hosts).toBeLessThanOrEqual(1)
  // A host who handed over holds a participant's seat; the swap leaves their number as it was.
  expect(seats.length - hosts).toBeLessThanOrEqual(record.settings.maxParticipants)
  expect(info.occupancyCount).toBe(seats.filter((seat) => seat.isPresent).length)
  expect(Object.keys(info.occupants)).toHaveLength(seats.length)
}
