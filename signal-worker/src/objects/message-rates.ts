/** How many messages each socket may still send (VR5). In memory only: by the time an object falls asleep every bucket is full again. */
import {
  fullBucket,
  spend,
  type BucketRate,
  type TokenBucket,
} from '@video-room/shared/machine/token-bucket.ts'
import type { ConnectionId } from '../room/connection-id.ts'

export class MessageRates {
  readonly #buckets = new Map<ConnectionId, TokenBucket>()

  admits(connectionId: ConnectionId, rate: BucketRate, atMs: number): boolean {
    const { allowed, bucket } = spend(this.#buckets.get(connectionId) ?? fullBucket(rate, atMs), rate, atMs)
    this.#buckets.set(connectionId, bucket)
    return allowed
  }

  forget(connectionId: ConnectionId): void {
    this.#buckets.delete(connectionId)
  }
}
