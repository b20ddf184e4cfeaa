/**
 * Redis fails over while people talk: the master dies, a replica takes its place, and the address that REDIS_URL names moves there.
 * So it is done behind a virtual address, a DNS name or a managed service (docs/guides/operate.md).
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { createResponseSchema, joinResponseSchema } from '@video-room/shared/protocol/http.ts'
import type { Secret } from '@video-room/shared/ids.ts'
import { socketProtocol, tokenProtocolPrefix } from '@video-room/shared/protocol/version.ts'
import * as v from 'valibot'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { startRedis, type RedisServer } from '../testing/redis-server.ts'
import { startTcpProxy, type TcpProxy } from '../testing/tcp-proxy.ts'
import { bundleWorker, serveWorker, type BundledWorker, type ServedWorker } from '../testing/workerd.ts'

const creatorKey = 'a-creator-key-of-these-tests'
const patience = { timeout: 20_000, interval: 100 }

let address: TcpProxy
let bundle: BundledWorker
let worker: ServedWorker
let master: RedisServer
let replica: RedisServer

beforeAll(async () => {
  // Leads nowhere until a test says where.
  address = await startTcpProxy(1)
  bundle = await bundleWorker(join(import.meta.dirname, '../testing/probe-worker.ts'))
  const hash = createHash('sha256').update(creatorKey).digest('hex')
  worker = await serveWorker({
    script: bundle.script,
    vars: {
      REDIS_URL: `redis://127.0.0.1:${address.port}`,
      CREATOR_KEYS: `tests:sha256:${hash}`,
      ALLOWED_ORIGINS: 'same-origin',
    },
  })
}, 90_000)
afterAll(async () => {
  await worker.end()
  await bundle.remove()
  await address.end()
})

/** A pair of servers of its own for each test; the address leads to the master. */
beforeEach(async () => {
  master = await startRedis()
  const first = master
  onTestFinished(() => first.end())
  replica = await startRedis(['--replicaof', '127.0.0.1', String(master.port)])
  const second = replica
  onTestFinished(() => second.end())
  await vi.waitFor(
    async () => expect(await replica.redis.info('replication')).toContain('master_link_status:up'),
    patience,
  )
  address.leadTo(master.port)
})

const post = (path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${worker.origin}${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json', ...headers },
  })

const createRoom = (maxParticipants: number) =>
  vi.waitFor(async () => {
    const wish = { maxParticipants }
    const response = await post('/room/create', wish, { Authorization: `Bearer ${creatorKey}` })
    expect(response.status).toBe(201)
    return v.parse(createResponseSchema, await response.json())
  }, patience)

const requestJoin = (roomId: string, body: unknown = {}) => post(`/room/${roomId}/join`, body)

async function joinRoom(roomId: string, body: unknown = {}) {
  const response = await requestJoin(roomId, body)
  expect(response.status).toBe(200)
  return v.parse(joinResponseSchema, await response.json())
}

interface Line {
  readonly socket: WebSocket
  readonly heard: string[]
  closedWith: number | null
}

async function openSocket(roomId: string, token: Secret): Promise<Line> {
  const url = `${worker.origin.replace('http', 'ws')}/room/${roomId}/socket`
  const socket = new WebSocket(url, [socketProtocol, `${tokenProtocolPrefix}${token}`])
  onTestFinished(() => socket.close())
  const line: Line = { socket, heard: [], closedWith: null }
  socket.addEventListener('message', ({ data }) => {
    if (typeof data === 'string') line.heard.push(data)
  })
  socket.addEventListener('close', ({ code }) => (line.closedWith = code))
  await vi.waitFor(() => expect(line.heard.join('\n')).toContain('welcome'), patience)
  const ready = { v: 1, type: 'media-ready', instanceId: 'i_aaaaaaaaaaaaaaaa', publications: [] }
  socket.send(JSON.stringify(ready))
  await vi.waitFor(() => expect(line.heard.join('\n')).toContain('start'), patience)
  return line
}

const infoOf = async (roomId: string): Promise<unknown> =>
  (await fetch(`${worker.origin}/room/${roomId}/info`)).json()

/** The master dies, the replica is promoted, and the address moves. */
async function failOver(): Promise<void> {
  await master.kill()
  await replica.redis.replicaof('NO', 'ONE')
  address.leadTo(replica.port)
}

describe('D5 a failover in the middle of a call', () => {
  it('the call goes on, the room is the same afterwards, and the control channel is heard again', async () => {
    const { roomId, hostToken } = await createRoom(2)
    const host = await joinRoom(roomId, { hostToken })
    const line = await openSocket(roomId, host.resumeToken)
    const guest = await joinRoom(roomId)
    const far = await openSocket(roomId, guest.resumeToken)
    await master.redis.wait(1, 5_000)
    await failOver()

    const third = await vi.waitFor(() => joinRoom(roomId), patience)
    expect([line.closedWith, far.closedWith]).toEqual([null, null])
    expect(await infoOf(roomId)).toEqual({
      occupancyCount: 2,
      occupants: {
        [host.occupantId]: { isHost: true, isPresent: true },
        [guest.occupantId]: { isHost: false, isPresent: true },
        [third.occupantId]: { isHost: false, isPresent: false },
      },
    })
    expect((await requestJoin(roomId)).status, 'no seat came into being').toBe(409)
    const order = JSON.stringify({ roomId, action: 'lock' })
    await vi.waitFor(async () => {
      await replica.redis.publish('video-room:control', order)
      expect(line.heard.join('\n')).toContain('"isLocked":true')
    }, patience)
  })

  it('writes that the replica never got are written anew: nobody is lost, no seat is given twice', async () => {
    const { roomId, hostToken } = await createRoom(1)
    const host = await joinRoom(roomId, { hostToken })
    await openSocket(roomId, host.resumeToken)
    await master.redis.wait(1, 5_000)
    // From here on the replica hears nothing any more: what it does not know is lost with the master.
    await replica.redis.replicaof('NO', 'ONE')
    const guest = await joinRoom(roomId)
    const far = await openSocket(roomId, guest.resumeToken)
    await failOver()

    await vi.waitFor(async () => expect((await requestJoin(roomId)).status).toBe(409), patience)
    const known = {
      occupancyCount: 2,
      occupants: {
        [host.occupantId]: { isHost: true, isPresent: true },
        [guest.occupantId]: { isHost: false, isPresent: true },
      },
    }
    await vi.waitFor(async () => expect(await infoOf(roomId)).toEqual(known), patience)
    expect(far.closedWith).toBeNull()
    expect((await requestJoin(roomId)).status).toBe(409)
  })

  it('a room that the replica never heard of is there again', async () => {
    await createRoom(1)
    await replica.redis.replicaof('NO', 'ONE')
    const { roomId, hostToken } = await createRoom(1)
    const host = await joinRoom(roomId, { hostToken })
    await openSocket(roomId, host.resumeToken)
    await failOver()
    await vi.waitFor(() => joinRoom(roomId), patience)
    expect(await infoOf(roomId)).toMatchObject({
      occupancyCount: 1,
      occupants: { [host.occupantId]: { isHost: true, isPresent: true } },
    })
  })
})
