/** Whole rooms on Redis in workerd, over HTTP and sockets: sleep, outages, and what the embedder's backend writes. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { createResponseSchema, joinResponseSchema } from '@video-room/shared/protocol/http.ts'
import { limits } from '@video-room/shared/limits.ts'
import { roomIdSchema, type Secret } from '@video-room/shared/ids.ts'
import { relayProtocol, socketProtocol, tokenProtocolPrefix } from '@video-room/shared/protocol/version.ts'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { keysOf } from '../store/redis.ts'
import { startRedis, type RedisServer } from '../testing/redis-server.ts'
import { bundleWorker, serveWorker, type BundledWorker, type ServedWorker } from '../testing/workerd.ts'

const creatorKey = 'a-creator-key-of-these-tests'
const relayKey = 'a-relay-key-of-these-tests-0123456789'
const entry = join(import.meta.dirname, '../testing/probe-worker.ts')

let redis: RedisServer
let bundle: BundledWorker
let worker: ServedWorker
beforeAll(async () => {
  redis = await startRedis(['--appendonly', 'yes', '--appendfsync', 'always'])
  bundle = await bundleWorker(entry)
  const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex')
  worker = await serveWorker({
    script: bundle.script,
    vars: {
      REDIS_URL: redis.url,
      CREATOR_KEYS: `tests:sha256:${hashOf(creatorKey)}`,
      RELAY_KEYS: `sha256:${hashOf(relayKey)}`,
      ALLOWED_ORIGINS: 'same-origin',
    },
  })
}, 90_000)
afterAll(async () => {
  // In the order of their start: what failed to start has nothing to end.
  await redis.end()
  await bundle.remove()
  await worker.end()
})

const post = (
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> =>
  fetch(`${worker.origin}${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json', ...headers },
  })

const requestRoom = (body: unknown = { maxParticipants: 2 }): Promise<Response> =>
  post('/room/create', body, { Authorization: `Bearer ${creatorKey}` })

async function createRoom() {
  const response = await requestRoom()
  expect(response.status).toBe(201)
  return v.parse(createResponseSchema, await response.json())
}

const requestJoin = (roomId: string, body: unknown = {}): Promise<Response> =>
  post(`/room/${roomId}/join`, body)

async function joinRoom(roomId: string, body: unknown = {}) {
  const response = await requestJoin(roomId, body)
  expect(response.status).toBe(200)
  return v.parse(joinResponseSchema, await response.json())
}

interface Line {
  readonly socket: WebSocket
  readonly heard: {
    readonly type: string
    readonly patch?: { readonly settings?: { readonly maxParticipants: number } }
  }[]
  /** Null while open. */
  closedWith: number | null
}

function openLine(path: string, protocol: string, token: string): Line {
  const url = `${worker.origin.replace('http', 'ws')}${path}`
  const socket = new WebSocket(url, [protocol, `${tokenProtocolPrefix}${token}`])
  onTestFinished(() => socket.close())
  const line: Line = { socket, heard: [], closedWith: null }
  socket.addEventListener('message', ({ data }) => {
    if (typeof data === 'string' && data !== 'pong') line.heard.push(JSON.parse(data))
  })
  socket.addEventListener('close', ({ code }) => (line.closedWith = code))
  return line
}

async function openSocket(roomId: string, token: Secret): Promise<Line> {
  const line = openLine(`/room/${roomId}/socket`, socketProtocol, token)
  await hears(line, 'welcome')
  // A socket that never spoke is closed 2 s late by workerd.
  const ready = { v: 1, type: 'media-ready', instanceId: 'i_aaaaaaaaaaaaaaaa', publications: [] }
  line.socket.send(JSON.stringify(ready))
  await hears(line, 'start')
  return line
}

const hears = (line: Line, type: string, withinMs = 5_000): Promise<void> =>
  vi.waitFor(() => expect(line.heard.map((message) => message.type)).toContain(type), {
    timeout: withinMs,
    interval: 20,
  })

const infoOf = async (roomId: string): Promise<unknown> =>
  (await fetch(`${worker.origin}/room/${roomId}/info`)).json()

const livesOf = async (roomId: string): Promise<unknown> =>
  (await fetch(`${worker.origin}/probe/lives?room=${roomId}`)).json()

describe('a room whose info is in Redis', () => {
  it('D1 what a foreign tool reads in Redis is what the room answers', async () => {
    const { roomId, hostToken } = await createRoom()
    const host = await joinRoom(roomId, { hostToken })
    await openSocket(roomId, host.resumeToken)
    const guest = await joinRoom(roomId)
    const [facts, occupants] = keysOf(v.parse(roomIdSchema, roomId))
    await vi.waitFor(async () => expect(await redis.redis.hget(facts, 'occupancyCount')).toBe('1'))
    expect(Object.keys(await redis.redis.hgetall(occupants)).toSorted()).toEqual(
      [host.occupantId, guest.occupantId].toSorted(),
    )
    expect(await infoOf(roomId)).toEqual({
      occupancyCount: 1,
      occupants: {
        [host.occupantId]: { isHost: true, isPresent: true },
        [guest.occupantId]: { isHost: false, isPresent: false },
      },
    })
  })

  it('A2 of many joins at once exactly as many get in as there are seats', async () => {
    const { roomId } = await createRoom()
    const statuses = await Promise.all(
      Array.from({ length: 20 }, async () => (await requestJoin(roomId)).status),
    )
    expect(statuses.filter((status) => status === 200)).toHaveLength(2)
    expect(statuses.filter((status) => status === 409)).toHaveLength(18)
  })

  it('a quiet room leaves the memory although Redis is configured, keeps its sockets, and wakes when spoken to', async () => {
    const { roomId, hostToken } = await createRoom()
    const host = await joinRoom(roomId, { hostToken })
    const line = await openSocket(roomId, host.resumeToken)
    expect(await livesOf(roomId)).toBe(1)
    // workerd lets an object go after ten seconds in which nothing happened.
    await wait(12_500)
    expect(await livesOf(roomId)).toBe(2)
    expect(line.closedWith).toBeNull()
    await joinRoom(roomId)
    expect(await infoOf(roomId)).toMatchObject({ occupancyCount: 1 })
  })

  it('RC1 AD1 orders that name a room by its emoji, its words and its id are obeyed in the order in which they came', async () => {
    const { roomId, hostToken, emoji, words, code } = await createRoom()
    const host = await joinRoom(roomId, { hostToken })
    const line = await openSocket(roomId, host.resumeToken)
    const publish = (name: string, maxParticipants: number): Promise<number> =>
      redis.redis.publish(
        'video-room:control',
        JSON.stringify({ roomId: name, action: 'change-settings', settings: { maxParticipants } }),
      )
    await vi.waitFor(async () => expect(await publish(roomId, 3)).toBe(1), { timeout: 5_000 })
    const names = [emoji, encodeURIComponent(emoji), roomId, words, code, roomId]
    for (const [at, name] of names.entries()) await publish(name, 4 + at)
    const seats = () => line.heard.flatMap(({ patch }) => patch?.settings?.maxParticipants ?? [])
    await vi.waitFor(() => expect(seats().at(-1)).toBe(9), { timeout: 5_000 })
    expect(seats()).toEqual([3, 4, 5, 6, 7, 8, 9])
  })

  it('RL5 a quiet room with a relay leaves the memory as well, keeps both sockets, and goes on minting tickets', async () => {
    const registry = openLine('/relay/socket', relayProtocol, relayKey)
    await vi.waitFor(() => expect(registry.socket.readyState).toBe(WebSocket.OPEN), { timeout: 5_000 })
    const relayId = 'r_aaaaaaaaaaaaaaaa'
    const hello = {
      relayId,
      region: 'here',
      candidates: [{ protocol: 'udp', address: '127.0.0.1', port: 3478 }],
      fingerprint: Array.from({ length: 32 }, () => 'AB').join(':'),
      iceKey: 'k'.repeat(43),
      capacity: 9,
    }
    registry.socket.send(JSON.stringify({ v: 1, type: 'relay-hello', ...hello }))
    await hears(registry, 'registered')
    const { roomId, hostToken } = v.parse(
      createResponseSchema,
      await (await requestRoom({ route: 'relay' })).json(),
    )
    const host = await joinRoom(roomId, { hostToken })
    await hears(registry, 'summon')
    const summon = registry.heard.find(({ type }) => type === 'summon')
    const { secret } = v.parse(v.object({ secret: v.string() }), summon)
    const relay = openLine(`/room/${roomId}/relay`, relayProtocol, secret)
    await hears(relay, 'relay-welcome')
    const line = await openSocket(roomId, host.resumeToken)
    // workerd lets an object go after ten seconds in which nothing happened.
    await wait(12_500)
    expect(await livesOf(roomId)).toBe(2)
    line.socket.send(JSON.stringify({ v: 1, type: 'ask-ticket', to: relayId, generation: 1 }))
    await hears(line, 'ticket')
    expect([line.closedWith, relay.closedWith]).toEqual([null, null])
  })

  it('RC1 what the backend publishes in Redis is felt within a second, and everyone is told', async () => {
    const { roomId, hostToken } = await createRoom()
    const host = await joinRoom(roomId, { hostToken })
    const line = await openSocket(roomId, host.resumeToken)
    const publish = (order: object): Promise<number> =>
      redis.redis.publish('video-room:control', JSON.stringify({ roomId, ...order }))
    await vi.waitFor(async () => expect(await publish({ action: 'lock' })).toBe(1), { timeout: 5_000 })
    await hears(line, 'room-changed', 1_000)
    await vi.waitFor(async () => expect((await requestJoin(roomId)).status).toBe(409), { timeout: 1_000 })
    await publish({ action: 'end' })
    await vi.waitFor(() => expect(line.closedWith).toBe(4410), { timeout: 1_000 })
    expect((await requestJoin(roomId)).status).toBe(410)
  })
})

describe('D5 Redis is gone in the middle of a call', () => {
  it('kill -9: the call goes on, joins and creates get 503 with Retry-After in bounded time, and all is right afterwards', async () => {
    const { roomId, hostToken } = await createRoom()
    const host = await joinRoom(roomId, { hostToken })
    const line = await openSocket(roomId, host.resumeToken)
    const guest = await joinRoom(roomId)
    const far = await openSocket(roomId, guest.resumeToken)
    await redis.kill()

    for (const refused of [await requestJoin(roomId), await requestRoom()]) {
      expect(refused.status).toBe(503)
      expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(0)
      expect(await refused.json()).toMatchObject({ error: { code: 'room_store_unavailable' } })
    }
    // The room itself goes on: someone leaves, the other is told.
    far.socket.send(JSON.stringify({ v: 1, type: 'leave' }))
    await hears(line, 'room-changed')
    expect(line.closedWith).toBeNull()

    await redis.start()
    await vi.waitFor(async () => expect((await requestRoom()).status).toBe(201), {
      timeout: 15_000,
      interval: 200,
    })
    const later = await vi.waitFor(() => joinRoom(roomId), { timeout: 15_000, interval: 200 })
    expect(await infoOf(roomId)).toEqual({
      occupancyCount: 1,
      occupants: {
        [host.occupantId]: { isHost: true, isPresent: true },
        [later.occupantId]: { isHost: false, isPresent: false },
      },
    })
  })

  it('SIGSTOP: refusals stay bounded however many ask, and SIGCONT is enough', async () => {
    const { roomId, hostToken } = await createRoom()
    await joinRoom(roomId, { hostToken })
    redis.pause()
    const startedMs = performance.now()
    const refused = await Promise.all(Array.from({ length: 30 }, () => requestJoin(roomId)))
    expect(refused.map(({ status }) => status).filter((status) => status !== 503)).toEqual([])
    expect(performance.now() - startedMs).toBeLessThan(2 * limits.gateAnswerMs)
    redis.resume()
    await vi.waitFor(() => joinRoom(roomId), { timeout: 15_000, interval: 200 })
  })

  it('a Redis that forgot everything learns its living rooms anew', async () => {
    const { roomId, hostToken } = await createRoom()
    const host = await joinRoom(roomId, { hostToken })
    await openSocket(roomId, host.resumeToken)
    await redis.redis.flushall()
    await vi.waitFor(() => joinRoom(roomId), { timeout: 15_000, interval: 200 })
    expect(await infoOf(roomId)).toMatchObject({
      occupancyCount: 1,
      occupants: { [host.occupantId]: { isHost: true, isPresent: true } },
    })
  })
})
