/** Hears one channel of Redis, comes back after every loss, and can be asked to look whether it still hears. */
import { limits } from '@video-room/shared/limits.ts'
import { logBug } from '../log.ts'
import type { RedisAddress } from './redis-address.ts'
import { openForListening, type RedisConnection } from './redis-open.ts'
import { withDeadline } from './redis-runner.ts'

export class RedisListener {
  readonly #address: RedisAddress
  readonly #channel: string
  readonly #onMessage: (message: string) => void
  #connection: RedisConnection | null = null

  constructor(address: RedisAddress, channel: string, onMessage: (message: string) => void) {
    this.#address = address
    this.#channel = channel
    this.#onMessage = onMessage
  }

  /** Subscribes when it does not, and proves a connection that is silent: a network may die without a word. */
  async check(): Promise<void> {
    const connection = this.#connection
    if (connection === null) return this.#open()
    try {
      await withDeadline(connection.ping(), limits.redisAnswerMs)
    } catch {
      // Lost, or trying to come back by itself: a new one is as good, and certain.
      if (this.#connection === connection) this.close()
      this.#open()
    }
  }

  close(): void {
    this.#connection?.disconnect()
    this.#connection = null
  }

  #open(): void {
    const connection = openForListening(this.#address)
    this.#connection = connection
    connection.on('error', () => null)
    connection.on('message', (channel: string, message: string) => {
      if (channel === this.#channel) this.#onMessage(message)
    })
    connection.subscribe(this.#channel).catch((error: unknown) => {
      // Closed while it was subscribing: there is another by now, or the next check opens one.
      if (this.#connection !== connection) return
      this.close()
      logBug('redis-listen', error)
    })
  }
}
