import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { roomIdSchema } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import * as v from 'valibot'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { bearer, call, createRoom } from '../worker-fixture.ts'
import { CreatorLedger } from './creator-ledger.ts'
import { LedgerWord } from './ledger-word.ts'

const roomId = v.parse(roomIdSchema, '9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d')
const objectOf = (name: string) => env.CREATOR_LEDGER.get(env.CREATOR_LEDGER.idFromName(`word of ${name}`))

/** A word in some object's storage, and a ledger that does not hear it the first so many times. */
async function withWord<Value>(
  name: string,
  deafTimes: number,
  act: (word: LedgerWord, heard: string[]) => Promise<Value>,
): Promise<Value> {
  const heard: string[] = []
  let deaf = deafTimes
  return runInDurableObject(objectOf(name), async (_object, { storage }) =>
    act(
      new LedgerWord({
        storage,
        who: { room: name },
        tell: async (room, creatorId) => {
          deaf -= 1
          if (deaf >= 0) throw new Error('the ledger is elsewhere')
          heard.push(`${creatorId} ${room}`)
        },
      }),
      heard,
    ),
  )
}

/** Lets the clock run to the next try. */
async function next(word: LedgerWord): Promise<void> {
  vi.setSystemTime(word.deadlineMs ?? Date.now())
  await word.deliver()
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
  vi.spyOn(console, 'warn').mockReturnValue()
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe('C6 HT8 the word to the ledger', () => {
  const expiresAtMs = () => Date.now() + 3_600_000

  it('is said again, later and later, until it was heard, and then never again', async () => {
    await withWord('patient', 4, async (word, heard) => {
      word.add(roomId, 'acme', expiresAtMs(), Date.now())
      const waits: number[] = []
      for (let n = 0; n < 5; n += 1) {
        waits.push((word.deadlineMs ?? 0) - Date.now())
        await next(word)
      }
      expect(heard).toEqual([`acme ${roomId}`])
      expect([word.isTold, word.deadlineMs]).toEqual([true, null])
      expect(waits[0]).toBe(0)
      for (const waitMs of waits.slice(1)) expect(waitMs).toBeLessThanOrEqual(limits.ledgerRetryMaxMs)
      await word.deliver()
      expect(heard).toHaveLength(1)
    })
  })

  it('survives sleep', async () => {
    await withWord('sleeper', 1, async (word) => {
      word.add(roomId, 'acme', expiresAtMs(), Date.now())
      await word.deliver()
      expect(word.isTold).toBe(false)
    })
    await evictDurableObject(objectOf('sleeper'))
    await withWord('sleeper', 0, async (word, heard) => {
      expect(word.deadlineMs).not.toBeNull()
      await next(word)
      expect(heard).toEqual([`acme ${roomId}`])
    })
    await withWord('sleeper', 0, async (word) => expect(word.isTold).toBe(true))
  })

  it('is given up when the room would have expired: the ledger knows it then', async () => {
    await withWord('late', 1_000, async (word) => {
      word.add(roomId, 'acme', Date.now() + 5 * limits.ledgerRetryMaxMs, Date.now())
      let tries = 0
      for (; !word.isTold && tries < 1_000; tries += 1) await next(word)
      expect(word.deadlineMs).toBeNull()
      expect(tries).toBeGreaterThan(3)
      word.add(roomId, 'acme', Date.now(), Date.now())
      expect(word.isTold).toBe(true)
    })
  })

  it('two tries never overlap, and a silent ledger is asked again', async () => {
    await withWord('silent', 0, async () => {
      await runInDurableObject(objectOf('silent'), async (_object, { storage }) => {
        let asked = 0
        let answer: () => void = () => undefined
        const tell = (): Promise<void> => {
          asked += 1
          return new Promise((resolve) => (answer = resolve))
        }
        const word = new LedgerWord({ storage, who: { room: 'silent' }, tell })
        word.add(roomId, 'acme', expiresAtMs(), Date.now())
        const telling = word.deliver()
        await word.deliver()
        expect(asked).toBe(1)
        expect(word.deadlineMs).toBeGreaterThan(Date.now())
        answer()
        await telling
        expect(word.isTold).toBe(true)
      })
    })
  })
})

describe('a room that has ended', () => {
  it('C6 HT8 MD6 frees its creator’s place although the ledger was out of reach, by the alarm, after its tombstone too', async () => {
    const deaf = vi.spyOn(CreatorLedger.prototype, 'roomEnded').mockRejectedValue(new Error('out of reach'))
    const room = await createRoom({}, { 'Idempotency-Key': 'a-room-whose-ledger-is-deaf' })
    const stub = env.ROOM.get(env.ROOM.idFromName(room.roomId))
    await call('DELETE', `/room/${room.roomId}`, { headers: bearer(room.hostToken) })
    await vi.waitFor(() => expect(deaf).toHaveBeenCalled())
    await evictDurableObject(stub)
    vi.setSystemTime(Date.now() + limits.ledgerRetryMaxMs)
    await runDurableObjectAlarm(stub)
    await vi.waitFor(() => expect(deaf).toHaveBeenCalledTimes(2))
    // The tombstone is over; the word is still owed.
    vi.setSystemTime(Date.now() + limits.roomTombstoneMs)
    await runDurableObjectAlarm(stub)
    await vi.waitFor(() => expect(deaf).toHaveBeenCalledTimes(3))
    expect((await call('GET', `/room/${room.roomId}/info`)).status).toBe(404)
    deaf.mockRestore()
    const heard = vi.spyOn(CreatorLedger.prototype, 'roomEnded')
    vi.setSystemTime(Date.now() + limits.ledgerRetryMaxMs)
    await runDurableObjectAlarm(stub)
    await vi.waitFor(() => expect(heard).toHaveBeenCalledExactlyOnceWith(room.roomId))
    await vi.waitFor(async () => {
      const tables = await runInDurableObject(stub, (_room, { storage: { sql } }) =>
        sql.exec(`SELECT name FROM sqlite_master WHERE name IN ('ledger_word', 'room_state')`).toArray(),
      )
      expect(tables, 'no trace is left').toEqual([])
    })
  })
})
