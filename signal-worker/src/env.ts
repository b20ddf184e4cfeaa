/** What the platform binds to this worker (wrangler.toml). Variables are read by config.ts; rooms need only one, and wake often. */
import type { CreatorLedger } from './objects/creator-ledger.ts'
import type { RelayRegistry } from './objects/relay-registry.ts'
import type { RoomInfoGateway } from './objects/room-info-gateway.ts'
import type { Room } from './objects/room-object.ts'
import type { RouteTally } from './objects/route-tally.ts'
import { parseRedisUrl, type RedisAddress } from './store/redis-address.ts'

export interface Env {
  readonly ROOM: DurableObjectNamespace<Room>
  readonly CREATOR_LEDGER: DurableObjectNamespace<CreatorLedger>
  readonly ROOM_INFO_GATEWAY: DurableObjectNamespace<RoomInfoGateway>
  readonly RELAY_REGISTRY: DurableObjectNamespace<RelayRegistry>
  readonly ROUTE_TALLY: DurableObjectNamespace<RouteTally>
  /** See config.ts. */
  readonly REDIS_URL?: string
  /** The built demo page; absent where only signalling is deployed. */
  readonly ASSETS?: Fetcher
}

/** Null: no Redis is configured. config.ts has refused an address that is not understood. */
export const redisOf = (env: Env): RedisAddress | null => parseRedisUrl(env.REDIS_URL ?? '')
