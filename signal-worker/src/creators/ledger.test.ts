import { roomIdSchema, type RoomId } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import {
  emptyLedger,
  ledgerDeadline,
  openRooms,
  quotaRetryMs,
  released,
  reserve,
  roomEnded,
  settle,
  type Ledger,
  type Reservation,
} from './ledger.ts'

const roomId = (n: number): RoomId =>
  v.parse(roomIdSchema, `00000000-0000-8000-8000-${n.toString(16).padStart(12, '0')}`)

const wish = (n: number, changes: Partial<Reservation> = {}): Reservation => ({
  roomId: roomId(n),
  isRepeatable: false,
  expiresAtMs: 100_000,
  quota: 2,
  ...changes,
})

function granted(ledger: Ledger, reservation: Reservation, atMs = 0): Ledger {
  const reserved = reserve(ledger, reservation, atMs)
  if (!reserved.ok) throw new Error(reserved.code)
  return reserved.ledger
}

const codeOf = (ledger: Ledger, reservation: Reservation, atMs = 0) => {
  const reserved = reserve(ledger, reservation, atMs)
  return reserved.ok ? reserved.isNew : reserved.code
}

describe('the ledger of a creator', () => {
  it('C6 grants rooms up to the quota and not one more', () => {
    const full = granted(granted(emptyLedger, wish(1)), wish(2))
    expect(codeOf(full, wish(3))).toBe('creator_quota')
    expect(codeOf(emptyLedger, wish(1, { quota: 0 }))).toBe('creator_quota')
  })

  it('C6 HT2 a room that is ordered again counts once, also by a creator at its quota', () => {
    const full = granted(granted(emptyLedger, wish(1)), wish(2))
    expect(codeOf(full, wish(2))).toBe(false)
    expect(openRooms(granted(full, wish(2)))).toBe(2)
  })

  it.each([
    ['ended', (ledger: Ledger) => roomEnded(ledger, roomId(1), 10)],
    ['not made', (ledger: Ledger) => released(ledger, roomId(1))],
    ['expired', (ledger: Ledger) => settle(ledger, 100_000)],
  ])('C6 a room that is %s frees its place', (_how, happen) => {
    const full = granted(granted(emptyLedger, wish(1)), wish(2, { expiresAtMs: 200_000 }))
    expect(codeOf(happen(full), wish(3, { expiresAtMs: 200_000 }))).toBe(true)
  })

  it('C6 HT2 a room of an idempotency key that has ended does not count again when it is ordered again', () => {
    const one = wish(1, { isRepeatable: true, quota: 1 })
    const ended = roomEnded(granted(emptyLedger, one), roomId(1), 10)
    expect(openRooms(ended)).toBe(0)
    expect(codeOf(ended, one, 20)).toBe(false)
    expect(openRooms(granted(ended, one, 20))).toBe(0)
    expect(ledgerDeadline(ended)).toBe(10 + limits.roomTombstoneMs)
    expect(settle(ended, 10 + limits.roomTombstoneMs).rooms).toEqual({})
  })

  it('C6 a creation flood is slowed down, and passes by itself', () => {
    let ledger: Ledger = emptyLedger
    const quota = limits.createBurst + 2
    for (let n = 0; n < limits.createBurst; n += 1) ledger = granted(ledger, wish(n, { quota }))
    const refused = reserve(ledger, wish(999, { quota }), 0)
    expect(refused).toMatchObject({ ok: false, code: 'rate_limited' })
    expect(codeOf(ledger, wish(999, { quota }), 1_000 / limits.createsPerSecond)).toBe(true)
  })

  it('C6 a refusal by the quota counts as an attempt, and says when to ask again', () => {
    const ledger = granted(emptyLedger, wish(1, { quota: 1, expiresAtMs: 5_000 }))
    const refused = reserve(ledger, wish(2, { quota: 1 }), 1_000)
    if (refused.ok) throw new Error('granted')
    expect(refused.ledger.bucket?.tokens).toBe(limits.createBurst - 1)
    expect(quotaRetryMs(refused.ledger, 1_000)).toBe(4_000)
    expect(quotaRetryMs(granted(emptyLedger, wish(1, { expiresAtMs: 1e9 })), 0)).toBe(
      limits.creatorQuotaRetryMs,
    )
  })

  it('C6 whatever happens in whatever order, open rooms never exceed the quota, and all is forgotten in the end', () => {
    const happening = fc.record({
      what: fc.constantFrom('reserve', 'reserve', 'end', 'release', 'wait'),
      n: fc.integer({ min: 0, max: 5 }),
      isRepeatable: fc.boolean(),
      ms: fc.integer({ min: 0, max: 60_000 }),
    })
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 60 }), fc.integer({ min: 0, max: 3 }), (story, quota) => {
        let ledger: Ledger = emptyLedger
        let atMs = 0
        for (const { what, n, isRepeatable, ms } of story) {
          atMs += ms
          const before = openRooms(ledger)
          if (what === 'end') ledger = roomEnded(ledger, roomId(n), atMs)
          if (what === 'release') ledger = released(ledger, roomId(n))
          if (what === 'wait') ledger = settle(ledger, atMs)
          if (what === 'reserve') {
            const reserved = reserve(
              ledger,
              wish(n, { isRepeatable, quota, expiresAtMs: atMs + 90_000 }),
              atMs,
            )
            ledger = reserved.ledger
          }
          expect(openRooms(ledger)).toBeLessThanOrEqual(quota)
          if (what !== 'reserve') expect(openRooms(ledger)).toBeLessThanOrEqual(before)
          const deadlineMs = ledgerDeadline(settle(ledger, atMs))
          if (deadlineMs !== null) expect(deadlineMs).toBeGreaterThan(atMs)
        }
        const end = settle(settle(ledger, atMs + 90_000), atMs + 90_000 + limits.roomTombstoneMs)
        expect(end.rooms).toEqual({})
        expect(ledgerDeadline(end)).toBeNull()
      }),
    )
  })
})
