import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { limits } from '@video-room/shared/limits.ts'
import * as v from 'valibot'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  bearer,
  call,
  connect,
  createRoom,
  creatorKey,
  enter,
  join,
  mediaReady,
  meeting,
  refusalOf,
} from '../worker-fixture.ts'

const objectOf = (roomId: string) => env.ROOM.get(env.ROOM.idFromName(roomId))
const joining = (roomId: string, body: object = {}) =>
  refusalOf(call('POST', `/room/${roomId}/join`, { body }))
const info = async (roomId: string) => (await call('GET', `/room/${roomId}/info`)).json

/** Moves the room's clock, then lets its timer fire. */
async function later(roomId: string, ms: number): Promise<void> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms })
  await runDurableObjectAlarm(objectOf(roomId))
}

afterEach(() => void vi.useRealTimers())

/** A host inside, someone at the door, the host told so. */
async function atDoor(settings: object = {}) {
  const room = await createRoom({ admission: 'knock', ...settings })
  const host = await enter(room, 'host')
  const ada = await join(room.roomId, { displayName: 'ada' })
  const socket = await connect(room.roomId, ada.resumeToken)
  await socket.next('knocking')
  const { knocks } = await host.socket.next('knocks')
  expect(knocks).toEqual([{ occupantId: ada.occupantId, displayName: 'ada' }])
  return { room, host, ada: { ...ada, socket } }
}

describe('the door', () => {
  it('KN1 KN2 J1 who knocks holds no seat; admitted, they are welcomed and linked', async () => {
    const { room, host, ada } = await atDoor()
    expect(ada.admission).toBe('knocking')
    expect(await info(room.roomId)).toMatchObject({ occupants: { [host.occupantId]: {} } })
    host.socket.send({ type: 'admit', occupantId: ada.occupantId })
    expect(await ada.socket.next('welcome')).toMatchObject({ isHost: false, occupantId: ada.occupantId })
    ada.socket.send(mediaReady('guest'))
    expect((await ada.socket.next('start')).links).toHaveLength(1)
    expect(await info(room.roomId)).toMatchObject({
      occupancyCount: 2,
      occupants: { [ada.occupantId]: { isHost: false, isPresent: true } },
    })
  })

  it('KN3 denied: closed with 4404, and neither the token nor a join with it comes back', async () => {
    const { room, host, ada } = await atDoor()
    host.socket.send({ type: 'deny', occupantId: ada.occupantId })
    expect(await ada.socket.closed).toEqual({ code: 4404, reason: 'denied' })
    const { resumeToken } = ada
    expect(await joining(room.roomId, { resumeToken })).toEqual([403, 'denied'])
    expect(await (await connect(room.roomId, resumeToken)).closed).toMatchObject({ code: 4401 })
  })

  it('KN2 with no seat left the host hears room_full and the knock stays', async () => {
    const { host, ada } = await atDoor({ maxParticipants: 0 })
    host.socket.send({ type: 'admit', occupantId: ada.occupantId })
    expect(await host.socket.next('error')).toMatchObject({ code: 'room_full', about: 'admit' })
    host.socket.send({ type: 'change-settings', settings: { maxParticipants: 1 } })
    host.socket.send({ type: 'admit', occupantId: ada.occupantId })
    await ada.socket.next('welcome')
  })

  it('KN1 A5 a room that slept remembers who is at the door and how it is set', async () => {
    const { room, host, ada } = await atDoor()
    host.socket.send({ type: 'change-settings', settings: { mayUnmute: false } })
    await host.socket.next('room-changed')
    await evictDurableObject(objectOf(room.roomId))
    host.socket.send({ type: 'admit', occupantId: ada.occupantId })
    expect((await ada.socket.next('welcome')).snapshot.settings).toMatchObject({
      admission: 'knock',
      mayUnmute: false,
    })
  })

  it('KN7 a flood of knocks is rate_limited with a hint, and the room goes on', async () => {
    const { room, host } = await atDoor()
    const flood = await Promise.all(
      Array.from({ length: 20 }, () => call('POST', `/room/${room.roomId}/join`, { body: {} })),
    )
    const limited = flood.filter(({ status }) => status === 429)
    expect(flood.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(limits.knockBurst)
    expect(limited[0]?.json).toMatchObject({ error: { code: 'rate_limited', retryAfterMs: 1_000 } })
    expect(await host.socket.drain()).toEqual([])
  })
})

describe('the lock', () => {
  it('LO1 nobody new enters or knocks; a seat in grace and the host token do', async () => {
    const { room, host, guest } = await meeting({ maxParticipants: 3 })
    host.socket.send({ type: 'change-settings', settings: { isLocked: true } })
    await guest.socket.next('room-changed')
    expect(await joining(room.roomId)).toEqual([409, 'room_locked'])
    guest.socket.close()
    await host.socket.next('room-changed')
    expect((await join(room.roomId, { resumeToken: guest.resumeToken })).occupantId).toBe(guest.occupantId)
    expect((await join(room.roomId, { hostToken: room.hostToken })).isHost).toBe(true)
  })
})

describe('the host', () => {
  it('MD8 H3 hand-over swaps the roles for everyone, in room info too', async () => {
    const { room, host, guest } = await meeting()
    host.socket.send({ type: 'hand-over', occupantId: guest.occupantId })
    await guest.socket.next('room-changed')
    expect(await info(room.roomId)).toMatchObject({
      occupants: { [host.occupantId]: { isHost: false }, [guest.occupantId]: { isHost: true } },
    })
    host.socket.send({ type: 'end-room' })
    expect(await host.socket.next('error')).toMatchObject({ code: 'not_allowed' })
    guest.socket.send({ type: 'end-room' })
    expect(await host.socket.closed).toMatchObject({ code: 4410 })
  })

  it('MD9 a room whose host does not come back ends when its wait is over, asleep or not', async () => {
    const { room, host, guest } = await meeting({ onHostLeave: 'wait', hostGraceMs: 60_000 })
    host.socket.send({ type: 'leave' })
    await guest.socket.next('room-changed')
    await evictDurableObject(objectOf(room.roomId))
    await later(room.roomId, 60_000)
    expect(await guest.socket.closed).toMatchObject({ code: 4410, reason: 'room_ended' })
    expect(await joining(room.roomId)).toEqual([410, 'room_ended'])
  })
})

describe('control from outside', () => {
  const control = (roomId: string, body: object, headers = bearer(creatorKey)) =>
    call('POST', `/room/${roomId}/control`, { body, headers })

  it('RC1 the creator locks, changes, removes and ends; everyone is told', async () => {
    const { room, host, guest } = await meeting()
    expect((await control(room.roomId, { action: 'lock' })).status).toBe(204)
    expect((await guest.socket.next('room-changed')).patch.settings).toMatchObject({ isLocked: true })
    expect(await joining(room.roomId)).toEqual([409, 'room_locked'])
    expect((await control(room.roomId, { action: 'remove', occupantId: guest.occupantId })).status).toBe(204)
    expect(await guest.socket.closed).toEqual({ code: 4403, reason: 'removed' })
    expect(await joining(room.roomId, { resumeToken: guest.resumeToken })).toEqual([403, 'removed'])
    expect((await control(room.roomId, { action: 'end' })).status).toBe(204)
    expect(await host.socket.closed).toMatchObject({ code: 4410 })
  })

  it('RC2 a host token, a stranger and a guest are refused, and nothing changes', async () => {
    const { room, host, guest } = await meeting()
    await host.socket.drain()
    for (const token of [room.hostToken, guest.resumeToken, 'another-key-entirely']) {
      expect((await control(room.roomId, { action: 'end' }, bearer(token))).status).toBe(403)
    }
    expect(await host.socket.drain()).toEqual([])
  })
})

describe('a room that the first version stored', () => {
  it('goes on: its people are in it, and what is new works', async () => {
    const { room, host, guest } = await meeting()
    await host.socket.drain()
    await runInDurableObject(objectOf(room.roomId), (_room, { storage }) => {
      const row = storage.sql.exec('SELECT state FROM room_state').one()
      const state = v.parse(v.pipe(v.string(), v.parseJson(), v.looseObject({})), row['state'])
      for (const field of ['knocks', 'barred', 'knockBucket', 'hostHasArrived', 'hostAwaitedUntilMs']) {
        delete state[field]
      }
      for (const field of ['hasStarted', 'creatorId', 'gate', 'unrecorded']) delete state[field]
      const old = { ...state, version: 1, removedTokenHashes: [] }
      storage.sql.exec('UPDATE room_state SET version = 1, state = ?', JSON.stringify(old))
    })
    await evictDurableObject(objectOf(room.roomId))
    host.socket.send({ type: 'change-settings', settings: { admission: 'knock' } })
    await guest.socket.next('room-changed')
    expect((await join(room.roomId)).admission).toBe('knocking')
    const path = `/room/${room.roomId}`
    expect((await call('DELETE', path, { headers: bearer(room.hostToken) })).status).toBe(204)
    expect(await guest.socket.closed).toMatchObject({ code: 4410 })
  })
})
