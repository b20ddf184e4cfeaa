/**
 * Decides: how much of what strangers send reaches the control thread, so that a flood costs a fixed share of it and a
 * genuine client is still heard.
 * Does not decide: whether a request is genuine.
 * Invariants: fixed memory whoever sends; sources share a bucket only by chance, with a seed that nobody outside knows.
 */
import type { BucketRate } from '@video-room/shared/machine/token-bucket.ts'
import { relayLimits } from '../limits.ts'
import type { LinkIndex } from '../media/boundary.ts'

const buckets = 4_096

/** Many token buckets (shared/machine/token-bucket.ts) in two arrays: nothing is allocated for a packet. */
class BucketArray {
  readonly #rate: BucketRate
  readonly #tokens: Float64Array
  readonly #filledAtMs: Float64Array

  constructor(count: number, rate: BucketRate) {
    this.#rate = rate
    this.#tokens = new Float64Array(count).fill(rate.burst)
    this.#filledAtMs = new Float64Array(count)
  }

  spend(at: number, nowMs: number): boolean {
    const elapsedMs = Math.max(0, nowMs - (this.#filledAtMs[at] ?? 0))
    const grown = (this.#tokens[at] ?? 0) + (elapsedMs / 1_000) * this.#rate.perSecond
    const tokens = Math.min(this.#rate.burst, grown)
    const isAllowed = tokens >= 1
    this.#tokens[at] = isAllowed ? tokens - 1 : tokens
    this.#filledAtMs[at] = nowMs
    return isAllowed
  }
}

export class FloodBudget {
  readonly #seed: number
  readonly #strangers = new BucketArray(buckets, {
    burst: relayLimits.strangerBurst,
    perSecond: relayLimits.strangerPerSecond,
  })
  readonly #allStrangers = new BucketArray(1, {
    burst: relayLimits.strangersBurst,
    perSecond: relayLimits.strangersPerSecond,
  })
  readonly #plain = new BucketArray(1, {
    burst: relayLimits.plainStunBurst,
    perSecond: relayLimits.plainStunPerSecond,
  })
  readonly #acquaintances = new BucketArray(buckets, {
    burst: relayLimits.acquaintanceBurst,
    perSecond: relayLimits.acquaintancePerSecond,
  })

  constructor(seed: number) {
    this.#seed = seed
  }

  allowsStranger(address: string, port: number, isPlain: boolean, nowMs: number): boolean {
    // One source's own bucket first: a single loud one must not empty that of all.
    if (!this.#strangers.spend(this.#bucketOf(address, port), nowMs)) return false
    return isPlain ? this.#plain.spend(0, nowMs) : this.#allStrangers.spend(0, nowMs)
  }

  /** From an address of this link. */
  allowsAcquaintance(link: LinkIndex, nowMs: number): boolean {
    return this.#acquaintances.spend(link % buckets, nowMs)
  }

  /** FNV-1a over the text of the address, then the port. */
  #bucketOf(address: string, port: number): number {
    let hash = this.#seed
    for (let at = 0; at < address.length; at += 1)
      hash = Math.imul(hash ^ address.charCodeAt(at), 0x01_00_01_93)
    hash = Math.imul(hash ^ port, 0x01_00_01_93)
    hash = Math.imul(hash ^ (hash >>> 15), 0x01_00_01_93)
    return (hash >>> 8) % buckets
  }
}
