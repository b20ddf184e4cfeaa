/**
 * Decides: whether one more request of an address fits its rate.
 * Does not decide: what an address is (app.ts).
 * Invariants: at most `limits.requestSourcesMax` addresses are remembered; the least recently seen leaves first.
 */
import { limits } from '@video-room/shared/limits.ts'
import { fullBucket, spend, type TokenBucket } from '@video-room/shared/machine/token-bucket.ts'

const rate = { burst: limits.requestBurst, perSecond: limits.requestsPerSecond }

export class RequestLimit {
  /** A Map keeps the order of insertion; whoever is seen is put at the end again. */
  readonly #buckets = new Map<string, TokenBucket>()

  get size(): number {
    return this.#buckets.size
  }

  admits(source: string, atMs: number): boolean {
    const { bucket, allowed } = spend(this.#buckets.get(source) ?? fullBucket(rate, atMs), rate, atMs)
    this.#buckets.delete(source)
    this.#buckets.set(source, bucket)
    if (this.#buckets.size > limits.requestSourcesMax) {
      for (const oldest of this.#buckets.keys()) {
        this.#buckets.delete(oldest)
        break
      }
    }
    return allowed
  }
}
