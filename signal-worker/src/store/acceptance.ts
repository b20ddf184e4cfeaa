/** What every place that keeps room info must pass, whatever it is made of (D1, D2, A1, A2). */
import { occupantIdSchema, secretHashSchema, type OccupantId } from '@video-room/shared/ids.ts'
import { roomInfoOf } from '@video-room/shared/room-info.ts'
import * as v from 'valibot'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ListedSeat, RoomRecord } from './record.ts'
import type { CreateOrder, RoomInfoStore } from './room-info-store.ts'

const startMs = 1_000_000
const holdMs = 60_000
const id = (name: string | number): OccupantId =>
  v.parse(occupantIdSchema, `o_${String(name).padEnd(16, '_')}`)

const order = (maxParticipants = 1): CreateOrder => ({
  settings: { maxParticipants, allowNoMedia: true },
  expiresAtMs: startMs + 3_600_000,
  lifetimeMs: 3_600_000,
  hostTokenHash: v.parse(secretHashSchema, 'h'.repeat(43)),
})

/** `makeStore` gives a handle of a room that nobody has touched. */
export function roomInfoStoreAcceptance(name: string, makeStore: () => Promise<RoomInfoStore>): void {
  const made = async (maxParticipants = 1): Promise<RoomInfoStore> => {
    const store = await makeStore()
    await store.create(order(maxParticipants))
    return store
  }
  const enter = (store: RoomInfoStore, who: string | number, { isHost = false, atMs = startMs } = {}) =>
    store.admit({ occupantId: id(who), isHost, atMs, graceEndsAtMs: atMs + holdMs })
  const recordOf = async (store: RoomInfoStore): Promise<RoomRecord> => {
    const read = await store.read()
    if (!read.ok) throw new Error(`the room should be there: ${read.code}`)
    return read.value
  }

  describe(`room info store: ${name}`, () => {
    it('J1 a room that was not created is not found, and cannot be entered', async () => {
      const store = await makeStore()
      expect(await store.read()).toEqual({ ok: false, code: 'room_not_found' })
      expect(await enter(store, 'guest')).toEqual({ ok: false, code: 'room_not_found' })
      await store.leave(id('guest'))
      await store.end(startMs)
      await store.settle(startMs)
      expect(await store.read()).toEqual({ ok: false, code: 'room_not_found' })
    })

    it('D1 a new room is empty and has exactly the shape of the brief', async () => {
      const record = await recordOf(await made())
      expect(roomInfoOf(record.seats)).toEqual({ occupancyCount: 0, occupants: {} })
      expect(record).toEqual({
        status: 'open',
        settings: { maxParticipants: 1, allowNoMedia: true },
        expiresAtMs: startMs + 3_600_000,
        lifetimeMs: 3_600_000,
        hostTokenHash: 'h'.repeat(43),
        seats: {},
      })
    })

    it('D1 a seat is listed at once and counted when present', async () => {
      const store = await made()
      await enter(store, 'host', { isHost: true })
      expect(roomInfoOf((await recordOf(store)).seats)).toEqual({
        occupancyCount: 0,
        occupants: { [id('host')]: { isHost: true, isPresent: false } },
      })
      await store.setPresence({ occupantId: id('host'), isPresent: true, graceEndsAtMs: null })
      expect(roomInfoOf((await recordOf(store)).seats)).toEqual({
        occupancyCount: 1,
        occupants: { [id('host')]: { isHost: true, isPresent: true } },
      })
    })

    it('HT2 J5 the same order finds the same room, another one is a mismatch', async () => {
      const store = await made()
      const again = await store.create({ ...order(), expiresAtMs: startMs + 9_999_999 })
      expect(again).toMatchObject({ ok: true, value: { expiresAtMs: startMs + 3_600_000 } })
      expect(await store.create(order(2))).toEqual({ ok: false, code: 'idempotency_mismatch' })
    })

    it.each([0, 1, 2, 15])('A1 with maxParticipants %i so many get in beside the host', async (max) => {
      const store = await made(max)
      for (let n = 0; n < max; n += 1) expect((await enter(store, n)).ok).toBe(true)
      expect(await enter(store, 'surplus')).toEqual({ ok: false, code: 'room_full' })
      expect((await enter(store, 'host', { isHost: true })).ok).toBe(true)
      expect(await enter(store, 'second-host', { isHost: true })).toEqual({ ok: false, code: 'room_full' })
      expect(Object.keys((await recordOf(store)).seats)).toHaveLength(max + 1)
    })

    it('A2 of two joins for the last seat exactly one wins, two hundred times', async () => {
      for (let round = 0; round < 200; round += 1) {
        const store = await made()
        const both = await Promise.all([enter(store, 'ada'), enter(store, 'bob')])
        expect(both.filter((result) => result.ok)).toHaveLength(1)
        expect(both.filter((result) => !result.ok && result.code === 'room_full')).toHaveLength(1)
      }
    })

    it('HT5 who holds a seat is never refused, also in a full room', async () => {
      const store = await made()
      await enter(store, 'guest')
      expect((await enter(store, 'guest', { atMs: startMs + holdMs - 1 })).ok).toBe(true)
      expect((await recordOf(store)).seats[id('guest')]?.graceEndsAtMs).toBe(startMs + 2 * holdMs - 1)
      await store.setPresence({ occupantId: id('guest'), isPresent: true, graceEndsAtMs: null })
      expect((await enter(store, 'guest')).ok).toBe(true)
      expect((await recordOf(store)).seats[id('guest')]).toMatchObject({
        isPresent: true,
        graceEndsAtMs: null,
      })
    })

    it('HT4 D3 a seat whose time is over is free in the same step that asks for it', async () => {
      const store = await made()
      await enter(store, 'ada')
      expect((await enter(store, 'bob', { atMs: startMs + holdMs - 1 })).ok).toBe(false)
      expect((await enter(store, 'bob', { atMs: startMs + holdMs })).ok).toBe(true)
      expect(Object.keys((await recordOf(store)).seats)).toEqual([id('bob')])
    })

    it('PR2 leaving frees the seat; leaving twice, or being present unlisted, changes nothing', async () => {
      const store = await made()
      await enter(store, 'ada')
      await store.leave(id('ada'))
      await store.leave(id('ada'))
      await store.setPresence({ occupantId: id('ada'), isPresent: true, graceEndsAtMs: null })
      expect((await recordOf(store)).seats).toEqual({})
      expect((await enter(store, 'bob')).ok).toBe(true)
    })

    it('MD6 an ended room lists nobody and lets nobody in; so does one whose time is over', async () => {
      const ended = await made()
      await enter(ended, 'ada')
      await ended.end(startMs)
      expect(await recordOf(ended)).toMatchObject({ status: 'ended', seats: {} })
      expect(await enter(ended, 'ada')).toEqual({ ok: false, code: 'room_ended' })

      const expired = await made()
      const late = { atMs: startMs + 3_600_000 }
      expect(await enter(expired, 'ada', late)).toEqual({ ok: false, code: 'room_ended' })
      expect((await recordOf(expired)).status).toBe('ended')
    })

    it('D2 over a thousand random steps the count is right, the limit holds and there is one host', async () => {
      const steps = fc.sample(step, { numRuns: 1_000, seed: 20_261_123 })
      const store = await made(3)
      let atMs = startMs
      let grants = 0
      for (const [index, { kind, who, waitMs }] of steps.entries()) {
        // The room must not expire under the walk.
        atMs = Math.min(atMs + waitMs, startMs + 3_500_000)
        if (kind === 'admit' && (await enter(store, who, { atMs })).ok) grants += 1
        if (kind === 'admit-host' && (await enter(store, `h${who}`, { isHost: true, atMs })).ok) grants += 1
        if (kind === 'present')
          await store.setPresence({ occupantId: id(who), isPresent: true, graceEndsAtMs: null })
        if (kind === 'lost') {
          await store.setPresence({ occupantId: id(who), isPresent: false, graceEndsAtMs: atMs + 30_000 })
        }
        if (kind === 'leave') await store.leave(id(who))
        if (kind === 'leave-host') await store.leave(id(`h${who}`))
        if (kind === 'settle') await store.settle(atMs)
        // Every step would double the time of a store that lives across a wire.
        if (index % 4 === 0) check(await recordOf(store))
      }
      expect(grants).toBeGreaterThan(100)
    })
  })
}

const step = fc.record({
  kind: fc.constantFrom('admit', 'admit', 'admit-host', 'present', 'lost', 'leave', 'leave-host', 'settle'),
  who: fc.nat(5),
  waitMs: fc.nat(7_000),
})

function check(record: RoomRecord): void {
  const seats = Object.values<ListedSeat>(record.seats)
  const hosts = seats.filter((seat) => seat.isHost).length
  const info = roomInfoOf(record.seats)
  expect(hosts).toBeLessThanOrEqual(1)
  expect(seats.length - hosts).toBeLessThanOrEqual(record.settings.maxParticipants)
  expect(info.occupancyCount).toBe(seats.filter((seat) => seat.isPresent).length)
  expect(Object.keys(info.occupants)).toHaveLength(seats.length)
}
