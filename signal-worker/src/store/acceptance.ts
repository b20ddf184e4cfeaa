/** What every place that keeps room info must pass, whatever it is made of (D1–D6, A1, A2, LO1, MD5, MD8, MD9). */
import { limits } from '@video-room/shared/limits.ts'
import { defaultSettings, roomInfoOf, type RoomSettings } from '@video-room/shared/room-info.ts'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { hash, holdMs, id, order, startMs } from './acceptance-fixture.ts'
import { actions, check, step } from './walk-acceptance.ts'
import { memoryRoomInfoStore } from './memory-store.ts'
import type { RoomRecord } from './record.ts'
import type { LiveRecord, RoomInfoStore } from './room-info-store.ts'

interface EnterOptions {
  readonly isHost?: boolean
  readonly token?: string | null
  readonly atMs?: number
}

/** Writes that answer nothing: an outage must show itself. */
const done = async (write: Promise<{ readonly ok: boolean }>): Promise<void> =>
  expect(await write).toEqual({ ok: true, value: null })

/** `makeStore` gives a handle of a room that nobody has touched; `now` is the clock of the test, epoch milliseconds. */
export function roomInfoStoreAcceptance(
  name: string,
  makeStore: (now: () => number) => Promise<RoomInfoStore>,
): void {
  let nowMs = startMs
  beforeEach(() => {
    nowMs = startMs
  })
  const fresh = () => makeStore(() => nowMs)
  const made = async (maxParticipants = 1): Promise<RoomInfoStore> => {
    const store = await fresh()
    const created = await store.create(order(maxParticipants))
    expect(created.ok).toBe(true)
    return store
  }
  const enter = (store: RoomInfoStore, who: string | number, options: EnterOptions = {}) => {
    const { isHost = false, token = null, atMs = nowMs } = options
    nowMs = atMs
    const tokenHash = token === null ? null : hash(token)
    return store.admit({ occupantId: id(who), isHost, tokenHash, atMs, graceEndsAtMs: atMs + holdMs })
  }
  const present = (store: RoomInfoStore, who: string | number) =>
    done(store.setPresence({ occupantId: id(who), isPresent: true, graceEndsAtMs: null }))
  const recordOf = async (store: RoomInfoStore): Promise<RoomRecord> => {
    const read = await store.read()
    if (!read.ok) throw new Error(`the room should be there: ${read.code}`)
    return read.value
  }

  describe(`room info store: ${name}`, () => {
    it('J1 a room that was not created is not found, and cannot be entered', async () => {
      const store = await fresh()
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
        settings: { ...defaultSettings, maxParticipants: 1 },
        createdSettings: { ...defaultSettings, maxParticipants: 1 },
        createdAtMs: startMs,
        expiresAtMs: startMs + 3_600_000,
        endedAtMs: null,
        lifetimeMs: 3_600_000,
        hostTokenHash: hash('host'),
        creatorId: 'acme',
        seats: {},
        barred: [],
      })
    })

    it('D1 a seat is listed at once and counted when present', async () => {
      const store = await made()
      await enter(store, 'host', { isHost: true })
      expect(roomInfoOf((await recordOf(store)).seats)).toEqual({
        occupancyCount: 0,
        occupants: { [id('host')]: { isHost: true, isPresent: false } },
      })
      await present(store, 'host')
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
      await present(store, 'guest')
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
      await present(store, 'ada')
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

    it('MD6 ending twice keeps the first time, and nothing brings an ended room back', async () => {
      const store = await made()
      await done(store.end(startMs + 5))
      const ended = await recordOf(store)
      expect(ended.endedAtMs).toBe(startMs + 5)
      await done(store.end(startMs + 9))
      await done(store.setSettings({ ...defaultSettings, maxParticipants: 9 }))
      await done(store.reassert({ ...ended, status: 'open', endedAtMs: null }))
      await done(store.bar({ reason: 'removed', occupantId: null, tokenHashes: [hash('ada')] }))
      expect(await recordOf(store)).toEqual(ended)
    })

    it('LO1 a locked room refuses who is new; who has a seat, and the host, enter', async () => {
      const store = await made(2)
      await enter(store, 'ada')
      await done(store.setSettings({ ...order(2).settings, isLocked: true }))
      expect(await enter(store, 'bob')).toEqual({ ok: false, code: 'room_locked' })
      expect((await enter(store, 'ada')).ok).toBe(true)
      expect((await enter(store, 'host', { isHost: true })).ok).toBe(true)
      await done(store.setSettings(order(2).settings))
      expect((await enter(store, 'bob')).ok).toBe(true)
    })

    it('MD11 settings change as a whole; fewer seats remove nobody but let nobody in', async () => {
      const store = await made(2)
      await enter(store, 'ada')
      await enter(store, 'bob')
      const settings: RoomSettings = {
        maxParticipants: 1,
        allowNoMedia: false,
        admission: 'knock',
        knockPicture: true,
        isLocked: false,
        mayUnmute: false,
        onHostLeave: 'promote',
        hostGraceMs: 7_000,
        route: 'relay',
      }
      await done(store.setSettings(settings))
      const record = await recordOf(store)
      expect(record.settings).toEqual(settings)
      expect(Object.keys(record.seats)).toHaveLength(2)
      await done(store.leave(id('ada')))
      expect(await enter(store, 'cyd')).toEqual({ ok: false, code: 'room_full' })
    })

    it('HT2 the same order finds the same room whatever the host changed since', async () => {
      const store = await made()
      await done(store.setSettings({ ...defaultSettings, maxParticipants: 9 }))
      expect(await store.create(order())).toMatchObject({
        ok: true,
        value: { settings: { maxParticipants: 9 } },
      })
    })

    it('MD8 hand-over swaps two roles, so that the number of seats still holds', async () => {
      const store = await made(1)
      await enter(store, 'host', { isHost: true })
      await enter(store, 'ada')
      await present(store, 'ada')
      await done(store.handOver({ from: id('host'), to: id('ada') }))
      expect((await recordOf(store)).seats).toEqual({
        [id('host')]: { isHost: false, isPresent: false, graceEndsAtMs: startMs + holdMs },
        [id('ada')]: { isHost: true, isPresent: true, graceEndsAtMs: null },
      })
      expect(await enter(store, 'bob')).toEqual({ ok: false, code: 'room_full' })
    })

    it('MD8 hand-over by who is not host, to who is not listed, or to oneself changes nothing', async () => {
      const store = await made(2)
      await enter(store, 'host', { isHost: true })
      await enter(store, 'ada')
      await enter(store, 'bob')
      const before = await recordOf(store)
      await done(store.handOver({ from: id('ada'), to: id('bob') }))
      await done(store.handOver({ from: id('host'), to: id('nobody') }))
      await done(store.handOver({ from: id('host'), to: id('host') }))
      await done(store.promote(id('ada')))
      expect(await recordOf(store)).toEqual(before)
    })

    it('MD9 a participant becomes host when there is none, and leaves a seat free', async () => {
      const store = await made(1)
      await enter(store, 'ada')
      await done(store.promote(id('nobody')))
      await done(store.promote(id('ada')))
      expect((await recordOf(store)).seats[id('ada')]?.isHost).toBe(true)
      expect((await enter(store, 'bob')).ok).toBe(true)
    })

    it('MD5 KN3 barring frees the seat and refuses the token, whatever seat it asks for', async () => {
      const store = await made(2)
      await enter(store, 'ada', { token: 'ada1' })
      const tokenHashes = [hash('ada1'), hash('ada2')]
      await done(store.bar({ reason: 'removed', occupantId: id('ada'), tokenHashes }))
      await done(store.bar({ reason: 'denied', occupantId: null, tokenHashes: [hash('eve1')] }))
      expect((await recordOf(store)).seats).toEqual({})
      expect(await enter(store, 'ada', { token: 'ada1' })).toEqual({ ok: false, code: 'removed' })
      expect(await enter(store, 'fresh', { token: 'ada2' })).toEqual({ ok: false, code: 'removed' })
      expect(await enter(store, 'eve', { token: 'eve1' })).toEqual({ ok: false, code: 'denied' })
      expect((await enter(store, 'bob', { token: 'bob1' })).ok).toBe(true)
      expect((await enter(store, 'cyd')).ok).toBe(true)
    })

    it('MD5 the list of barred tokens is bounded, and forgets the oldest first', async () => {
      const store = await made()
      const many = Array.from({ length: limits.removedTokensMax }, (_, n) => hash(`t${n}`))
      await done(store.bar({ reason: 'removed', occupantId: null, tokenHashes: many }))
      await done(store.bar({ reason: 'denied', occupantId: null, tokenHashes: [hash('t1'), hash('last')] }))
      const { barred } = await recordOf(store)
      expect(barred).toHaveLength(limits.removedTokensMax)
      expect(barred[0]).toEqual({ tokenHash: hash('t2'), reason: 'removed' })
      expect(barred.slice(-2).map(({ reason }) => reason)).toEqual(['denied', 'denied'])
    })

    it('D5 what the living room knows replaces the seats, and brings a lost record back', async () => {
      const live: LiveRecord = {
        ...(await recordOf(await made(3))),
        settings: { ...order(3).settings, isLocked: true },
        seats: {
          [id('host')]: { isHost: true, isPresent: true, graceEndsAtMs: null },
          [id('ada')]: { isHost: false, isPresent: false, graceEndsAtMs: startMs + 9_000 },
        },
      }
      const behind = await made(3)
      await enter(behind, 'ghost', { isHost: true })
      await done(behind.bar({ reason: 'removed', occupantId: null, tokenHashes: [hash('eve')] }))
      await done(behind.reassert(live))
      const lost = await fresh()
      await done(lost.reassert(live))
      await done(lost.reassert(live))
      for (const store of [behind, lost]) {
        expect(await recordOf(store)).toMatchObject({ seats: live.seats, settings: live.settings })
        expect(Object.keys((await recordOf(store)).seats)).toHaveLength(2)
        expect(await enter(store, 'bob')).toEqual({ ok: false, code: 'room_locked' })
        expect((await enter(store, 'host')).ok).toBe(true)
      }
      expect((await recordOf(behind)).barred).toHaveLength(1)
    })

    it('D2 over a thousand random steps the count is right, the limit holds, there is one host, and nothing differs from the pure record', async () => {
      const steps = fc.sample(step, { numRuns: 1_000, seed: 20_261_123 })
      const store = await made(3)
      const model = memoryRoomInfoStore()
      await model.create(order(3))
      let grants = 0
      for (const { kind, who, waitMs } of steps) {
        // The room must not expire under the walk.
        nowMs = Math.min(nowMs + waitMs, startMs + 3_500_000)
        const act = actions[kind]
        const answer = await act(store, who, nowMs)
        expect(answer).toEqual(await act(model, who, nowMs))
        if (kind.startsWith('admit') && answer.ok) grants += 1
        const record = await recordOf(store)
        expect(record).toEqual(await recordOf(model))
        check(record)
      }
      expect(grants).toBeGreaterThan(100)
    })
  })
}
