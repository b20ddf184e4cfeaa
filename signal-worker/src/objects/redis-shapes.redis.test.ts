/** Other shapes of Redis than one plain server, through a gateway in workerd: TLS with a password, and a cluster. */
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { roomIdSchema, secretHashSchema } from '@video-room/shared/ids.ts'
import { defaultSettings } from '@video-room/shared/room-info.ts'
import * as v from 'valibot'
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest'
import { RedisRoomInfoStore } from '../store/redis.ts'
import { makeCertificates } from '../testing/certificate.ts'
import { startRedis } from '../testing/redis-server.ts'
import { bundleWorker, serveWorker, type BundledWorker, type ServedWorker } from '../testing/workerd.ts'

let bundle: BundledWorker
beforeAll(async () => {
  bundle = await bundleWorker(join(import.meta.dirname, '../testing/gateway-worker.ts'))
}, 90_000)
afterAll(() => bundle.remove())

async function serve(redisUrl: string, trustedCertificate?: string): Promise<ServedWorker> {
  const trust = trustedCertificate === undefined ? {} : { trustedCertificate }
  const worker = await serveWorker({ script: bundle.script, vars: { REDIS_URL: redisUrl }, ...trust })
  onTestFinished(() => worker.end())
  return worker
}

function newRoom(worker: ServedWorker): RedisRoomInfoStore {
  return new RedisRoomInfoStore({
    roomId: v.parse(roomIdSchema, randomUUID()),
    run: async (command) => {
      const response = await fetch(`${worker.origin}/command`, {
        method: 'POST',
        body: JSON.stringify(command),
      })
      return response.json()
    },
  })
}

const create = (room: RedisRoomInfoStore) =>
  room.create({
    settings: defaultSettings,
    expiresAtMs: Date.now() + 3_600_000,
    lifetimeMs: 3_600_000,
    hostTokenHash: v.parse(secretHashSchema, 'h'.repeat(43)),
    creatorId: null,
  })

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'video-room-test-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}

it('rediss:// speaks TLS with an authority that the deployment trusts, and a password', async () => {
  const { authority, authorityFile, certificateFile, keyFile } = await makeCertificates(
    await temporaryDirectory(),
  )
  const files = [
    '--tls-cert-file',
    certificateFile,
    '--tls-key-file',
    keyFile,
    '--tls-ca-cert-file',
    authorityFile,
  ]
  const words = [...files, '--tls-auth-clients', 'no', '--requirepass', 'pass word']
  const server = await startRedis(words, { isTls: true, password: 'pass word' })
  onTestFinished(() => server.end())
  const url = `rediss://:pass%20word@localhost:${server.port}`

  const trusting = newRoom(await serve(url, authority))
  expect(await create(trusting)).toMatchObject({ ok: true })
  expect(await trusting.read()).toMatchObject({ ok: true, value: { status: 'open' } })
  // Without that trust nothing is told to whoever answers.
  expect(await create(newRoom(await serve(url)))).toEqual({ ok: false, code: 'room_store_unavailable' })
  // A wrong password, too, is a store that is not there.
  const wrong = await serve(url.replace('pass%20word', 'guess'), authority)
  expect(await create(newRoom(wrong))).toEqual({ ok: false, code: 'room_store_unavailable' })
})

it('redis-cluster:// finds the node of each room, and its three keys on it', async () => {
  const masters = await Promise.all(
    [1, 2, 3].map(() => startRedis(['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000'])),
  )
  onTestFinished(async () => {
    await Promise.all(masters.map((master) => master.end()))
  })
  const nodes = masters.map(({ port }) => `127.0.0.1:${port}`)
  await promisify(execFile)('redis-cli', ['--cluster', 'create', ...nodes, '--cluster-yes'])
  for (const { redis } of masters) {
    await vi.waitFor(async () => expect(await redis.cluster('INFO')).toContain('cluster_state:ok'), {
      timeout: 10_000,
    })
  }
  const worker = await serve(`redis-cluster://${nodes.slice(0, 2).join(',')}`)
  const rooms = Array.from({ length: 30 }, () => newRoom(worker))
  expect((await Promise.all(rooms.map(create))).filter(({ ok }) => !ok)).toEqual([])
  expect((await Promise.all(rooms.map((room) => room.read()))).filter(({ ok }) => !ok)).toEqual([])
  const counts = await Promise.all(masters.map(({ redis }) => redis.dbsize()))
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(30)
  expect(Math.min(...counts)).toBeGreaterThan(0)

  // The control channel is heard whichever node it is published on.
  const roomId = randomUUID()
  for (const { redis } of masters) {
    const heardBefore = (await controlsOf(worker, roomId)).length
    await vi.waitFor(
      async () => {
        await redis.publish('video-room:control', JSON.stringify({ roomId, action: 'lock' }))
        expect((await controlsOf(worker, roomId)).length).toBeGreaterThan(heardBefore)
      },
      { timeout: 10_000, interval: 200 },
    )
  }
})

async function controlsOf(worker: ServedWorker, roomId: string): Promise<readonly unknown[]> {
  const told = await fetch(`${worker.origin}/controls?room=${roomId}`)
  return v.parse(v.array(v.unknown()), await told.json())
}
