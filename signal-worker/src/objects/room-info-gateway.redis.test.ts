import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { roomIdSchema, type RoomId } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { roomInfoStoreAcceptance } from '../store/acceptance.ts'
import { RedisRoomInfoStore, type RedisAnswer, type RoomCommand, type RunCommand } from '../store/redis.ts'
import { startRedis, type RedisServer } from '../testing/redis-server.ts'
import { bundleWorker, serveWorker, type BundledWorker, type ServedWorker } from '../testing/workerd.ts'

const entry = join(import.meta.dirname, '../testing/gateway-worker.ts')

let redis: RedisServer
let bundle: BundledWorker
let worker: ServedWorker
beforeAll(async () => {
  redis = await startRedis()
  bundle = await bundleWorker(entry)
  worker = await serveWorker({ script: bundle.script, vars: { REDIS_URL: redis.url } })
}, 90_000)
afterAll(async () => {
  // In the order of their start: what failed to start has nothing to end.
  await redis.end()
  await bundle.remove()
  await worker.end()
})

const newRoomId = (): RoomId => v.parse(roomIdSchema, randomUUID())

const run: RunCommand = async (command) => {
  const response = await fetch(`${worker.origin}/command`, { method: 'POST', body: JSON.stringify(command) })
  return (await response.json()) as RedisAnswer
}
const read = (roomId: RoomId): RoomCommand => ({ script: 'read', roomId, words: [], clockMs: null })

roomInfoStoreAcceptance('Redis through a gateway in workerd', async (now) => {
  return new RedisRoomInfoStore({ roomId: newRoomId(), run, now, clock: now })
})

async function connections(): Promise<number> {
  const list = String(await redis.redis.client('LIST'))
  return list.split('\n').filter((line) => line.includes('name=video-room')).length
}

describe('the gateways', () => {
  it('hold one connection each and one for the channel, however many rooms ask', async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, () => run(read(newRoomId()))))
    expect(answers.every(({ ok }) => ok)).toBe(true)
    await vi.waitFor(async () => expect(await connections()).toBe(limits.gateways + 1), { timeout: 5_000 })
  })

  it('RC1 what is published on the control channel reaches its room within a second; what is malformed reaches nobody', async () => {
    await run(read(newRoomId()))
    await vi.waitFor(
      async () =>
        expect(await redis.redis.pubsub('NUMSUB', 'video-room:control')).toEqual(['video-room:control', 1]),
      {
        timeout: 5_000,
      },
    )
    const roomId = newRoomId()
    const occupantId = 'o_ada_____________'
    await redis.redis.publish('video-room:control', 'lock')
    await redis.redis.publish('video-room:control', JSON.stringify({ roomId, action: 'explode' }))
    await redis.redis.publish('video-room:control', JSON.stringify({ roomId, action: 'lock' }))
    await redis.redis.publish('video-room:control', JSON.stringify({ roomId, action: 'remove', occupantId }))
    await vi.waitFor(
      async () => {
        const told = await fetch(`${worker.origin}/controls?room=${roomId}`)
        expect(await told.json()).toEqual([{ action: 'lock' }, { action: 'remove', occupantId }])
      },
      { timeout: 1_000, interval: 20 },
    )
  })
})
