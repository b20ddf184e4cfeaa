/** Opens connections to Redis: the only file that knows ioredis. */
import { limits } from '@video-room/shared/limits.ts'
import { Cluster, Redis } from 'ioredis'
import type { RedisAddress } from './redis-address.ts'

export type RedisConnection = Redis | Cluster

/** As `CLIENT LIST` shows them. */
export const connectionName = 'video-room'

function optionsOf({ username, password, isTls }: RedisAddress) {
  return {
    // Answers are the same in both protocols; the older one needs no handshake and passes every proxy.
    protocol: 2 as const,
    connectionName,
    disableClientInfo: true,
    enableReadyCheck: false,
    connectTimeout: limits.redisAnswerMs,
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
    ...(isTls ? { tls: {} } : {}),
  }
}

/** For commands. It connects with the first of them; once lost it stays lost, and whoever holds it opens another. */
export function openForCommands(address: RedisAddress): RedisConnection {
  const common = { lazyConnect: true, enableAutoPipelining: true, enableReadyCheck: false }
  const options = { ...optionsOf(address), maxRetriesPerRequest: 1 }
  if (address.isCluster) {
    return new Cluster([...address.nodes], {
      ...common,
      redisOptions: options,
      clusterRetryStrategy: () => null,
      slotsRefreshTimeout: limits.redisAnswerMs,
    })
  }
  const [node] = address.nodes
  return new Redis({ ...options, ...common, ...node, db: address.db, retryStrategy: () => null })
}

/** For a subscription. It comes back by itself, and subscribes again when it does. */
export function openForListening(address: RedisAddress): RedisConnection {
  const again = (times: number): number => Math.min(limits.redisRestMs * times, limits.reconnectMaxMs)
  const options = { ...optionsOf(address), maxRetriesPerRequest: null }
  if (address.isCluster) {
    return new Cluster([...address.nodes], {
      redisOptions: options,
      lazyConnect: true,
      enableReadyCheck: false,
      clusterRetryStrategy: again,
      slotsRefreshTimeout: limits.redisAnswerMs,
    })
  }
  const [node] = address.nodes
  return new Redis({ ...options, ...node, db: address.db, lazyConnect: true, retryStrategy: again })
}
