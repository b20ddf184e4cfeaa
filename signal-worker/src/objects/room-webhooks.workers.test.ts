import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { limits } from '@video-room/shared/limits.ts'
import * as v from 'valibot'
import { afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { bearer, call, createRoom, enter, join, meeting } from '../worker-fixture.ts'

const receiver = inject('webhookReceiver')
const objectOf = (roomId: string) => env.ROOM.get(env.ROOM.idFromName(roomId))

/** The objects of this file read their settings from here, each as it wakes. */
const configure = (name: string, answers: string): void => {
  Object.assign(env, {
    WEBHOOK_URL: `${receiver}/hook/${name}/${answers}`,
    WEBHOOK_SECRET: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  })
}

const eventSchema = v.object({
  type: v.string(),
  timestamp: v.pipe(v.string(), v.isoTimestamp()),
  data: v.looseObject({ roomId: v.string(), occupancyCount: v.number() }),
})
const seenSchema = v.array(v.object({ headers: v.record(v.string(), v.string()), body: v.string() }))

async function seenBy(name: string) {
  const seen = v.parse(seenSchema, await (await fetch(`${receiver}/seen/${name}`)).json())
  return seen.map(({ headers, body }) => ({
    id: headers['webhook-id'],
    body,
    ...v.parse(eventSchema, JSON.parse(body)),
  }))
}

const until = async (name: string, count: number) =>
  vi.waitFor(
    async () => {
      const seen = await seenBy(name)
      expect(seen.length).toBeGreaterThanOrEqual(count)
      return seen
    },
    { timeout: 10_000, interval: 50 },
  )

afterEach(() => void vi.useRealTimers())

describe('a room and its webhooks', () => {
  beforeAll(() => configure('unused', '200'))

  it('WH1 WH2 tells the life of a room in order, by ids only', async () => {
    configure('life', '200')
    const { room, host, guest } = await meeting({ maxParticipants: 2 })
    guest.socket.send({ type: 'leave' })
    await guest.socket.closed
    await call('DELETE', `/room/${room.roomId}`, { headers: bearer(room.hostToken) })
    const seen = await until('life', 7)
    const ofHost = { occupantId: host.occupantId, isHost: true }
    const ofGuest = { occupantId: guest.occupantId, isHost: false }
    expect(
      seen.map(({ type, data: { roomId: _room, occupancyCount, ...rest } }) => [type, occupancyCount, rest]),
    ).toEqual([
      ['room.created', 0, {}],
      ['occupant.joined', 1, ofHost],
      ['occupant.joined', 2, ofGuest],
      ['room.started', 2, {}],
      ['occupant.left', 1, ofGuest],
      ['occupant.left', 0, ofHost],
      ['room.ended', 0, {}],
    ])
    expect(new Set(seen.map(({ data }) => data.roomId))).toEqual(new Set([room.roomId]))
    expect(new Set(seen.map(({ id }) => id)).size).toBe(7)
    const words = seen.map(({ body }) => body).join()
    for (const secret of [
      room.hostToken,
      host.resumeToken,
      guest.resumeToken,
      'guest',
      room.code,
      room.emoji,
    ]) {
      expect(words).not.toContain(secret)
    }
  })

  it('WH3 a room that sleeps while its receiver is down loses no event and keeps its own times', async () => {
    configure('down', '500,500,200')
    const room = await createRoom()
    await join(room.roomId)
    await until('down', 1)
    await evictDurableObject(objectOf(room.roomId))
    // The room's own next time (the seat of the join) is later than the next try; both are kept.
    const armedMs = await runInDurableObject(objectOf(room.roomId), (_room, state) =>
      state.storage.getAlarm(),
    )
    expect((armedMs ?? 0) - Date.now()).toBeLessThan(limits.webhookRetryFirstMs + 1_000)
    const seen = await until('down', 3)
    expect(new Set(seen.map(({ id }) => id)).size).toBe(1)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + limits.joinToSocketMs })
    await runDurableObjectAlarm(objectOf(room.roomId))
    const { json } = await call('GET', `/room/${room.roomId}/info`)
    expect(json).toEqual({ occupancyCount: 0, occupants: {} })
  })

  it('WH3 a room that is deleted leaves its undelivered events, and nothing else, until they are told', async () => {
    configure('late', '500,500,200')
    const room = await createRoom()
    const stub = objectOf(room.roomId)
    const host = await enter(room, 'host')
    host.socket.send({ type: 'end-room' })
    await host.socket.closed
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + limits.roomTombstoneMs + 1_000 })
    await runDurableObjectAlarm(stub)
    const tables = async () =>
      runInDurableObject(stub, (_room, state) =>
        state.storage.sql
          .exec("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'")
          .toArray()
          .map(({ name }) => name),
      )
    await vi.waitFor(async () => expect(await tables()).toEqual(['webhook_outbox']), { timeout: 15_000 })
    // How many attempts have failed by now is a matter of timing; two do.
    await vi.waitFor(
      async () => {
        vi.setSystemTime(Date.now() + limits.webhookRetryMaxMs)
        await runDurableObjectAlarm(stub)
        expect(await tables()).toEqual([])
      },
      { timeout: 15_000, interval: 1_000 },
    )
    const types = (await seenBy('late')).map(({ type }) => type)
    expect(types.slice(-4)).toEqual(['room.created', 'occupant.joined', 'occupant.left', 'room.ended'])
  })

  it('a deployment without webhooks keeps none', async () => {
    Object.assign(env, { WEBHOOK_URL: undefined })
    const { roomId } = await createRoom()
    await runInDurableObject(objectOf(roomId), (_room, state) => {
      const found = state.storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'webhook_outbox'")
      expect(found.toArray()).toEqual([])
    })
  })
})
