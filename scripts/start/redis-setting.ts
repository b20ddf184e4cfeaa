/**
 * Decides: what REDIS_URL in the environment of `npm start` means for it.
 * Does not decide: how Redis is used (signal-worker/src/store/redis.ts).
 * Invariants: nothing that is shown holds a password.
 */
import { parseRedisUrl, redisAddressShown } from '@video-room/signal-worker/store/redis-address.ts'

export interface RedisSetting {
  /** For the worker: the same address with nothing in it that a settings file would read otherwise. */
  readonly url: string
  /** For people. */
  readonly shown: string
}

/** Null when there is none. Throws one line, without the value, when it is not understood. */
export function redisSettingOf(env: Readonly<Record<string, string | undefined>>): RedisSetting | null {
  const url = env['REDIS_URL'] ?? ''
  if (url === '') return null
  const address = parseRedisUrl(url)
  if (address === null) {
    throw new Error(
      'REDIS_URL is not understood: expected redis://[[user]:password@]host[:port][/db] or rediss://…',
    )
  }
  const plain = url.replaceAll(/['"`$\\#]/g, (character) => `%${character.charCodeAt(0).toString(16)}`)
  return { url: plain, shown: redisAddressShown(address) }
}
