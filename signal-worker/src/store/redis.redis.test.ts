import { randomUUID } from 'node:crypto'
import { roomIdSchema, type RoomId } from '@video-room/shared/ids.ts'
import * as v from 'valibot'
import { afterAll, beforeAll } from 'vitest'
import { roomInfoStoreAcceptance } from './acceptance.ts'
import { parseRedisUrl } from './redis-address.ts'
import { RedisRunner } from './redis-runner.ts'
import { RedisRoomInfoStore } from './redis.ts'
import { startRedis, type RedisServer } from '../testing/redis-server.ts'

const newRoomId = (): RoomId => v.parse(roomIdSchema, randomUUID())

let server: RedisServer
let runner: RedisRunner
beforeAll(async () => {
  server = await startRedis()
  const address = parseRedisUrl(server.url)
  if (address === null) throw new Error('the address of the server is sound')
  runner = new RedisRunner(address)
})
afterAll(async () => {
  runner.close()
  await server.end()
})

roomInfoStoreAcceptance('Redis', async (now) => {
  return new RedisRoomInfoStore({
    roomId: newRoomId(),
    run: (command) => runner.run(command),
    now,
    clock: now,
  })
})
