/** Where a room keeps its room info: in Redis when one is configured, else in the SQLite of its own object. */
import { roomIdSchema } from '@video-room/shared/ids.ts'
import { fail } from '@video-room/shared/lang.ts'
import * as v from 'valibot'
import { redisOf, type Env } from '../env.ts'
import { logBug } from '../log.ts'
import { EmbeddedRoomInfoStore, isKeptEmbedded } from '../store/embedded.ts'
import { RedisRoomInfoStore, type RunCommand } from '../store/redis.ts'
import type { RoomInfoStore } from '../store/room-info-store.ts'
import { gatewayOf } from './room-info-gateway.ts'

/** A room stays where it was made: those of before Redis was configured go on in SQLite until they end. */
export function roomInfoStoreOf(ctx: DurableObjectState, env: Env): RoomInfoStore {
  if (redisOf(env) === null || isKeptEmbedded(ctx.storage)) return new EmbeddedRoomInfoStore(ctx.storage)
  // Rooms are only ever reached by name, which is their id.
  const roomId = v.parse(roomIdSchema, ctx.id.name)
  const run: RunCommand = async (command) => {
    try {
      return await gatewayOf(env, roomId).run(command)
    } catch (error) {
      // The gateway was moved, restarted or is overloaded: the next call finds it again.
      logBug('gateway', error)
      return fail('room_store_unavailable')
    }
  }
  return new RedisRoomInfoStore({ roomId, run })
}
