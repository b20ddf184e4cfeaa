/**
 * Decides: whether a packet may be sent once more already.
 * Does not decide: whether there is anything to send.
 * Invariants: one packet at most once a round trip: a viewer asks again before the first answer can have arrived.
 */

/** Packets that can be under repair at once; a power of two. */
const kept = 256
/** A request may be on its way for a little less than the last one was: clocks and timers tremble by milliseconds. */
const earlyShare = 0.75
/** Faster than this no viewer can have noticed that the answer was lost, too. */
const spacingMinMs = 10

export class RepairTimes {
  #sequences: Int32Array | null = null
  #sentMs: Float64Array | null = null

  mayRepeat(sequenceNumber: number, nowMs: number, rttMs: number): boolean {
    this.#sequences ??= new Int32Array(kept).fill(-1)
    this.#sentMs ??= new Float64Array(kept)
    const at = sequenceNumber & (kept - 1)
    const sinceMs = nowMs - (this.#sentMs[at] ?? 0)
    if (this.#sequences[at] === sequenceNumber && sinceMs < Math.max(spacingMinMs, rttMs * earlyShare))
      return false
    this.#sequences[at] = sequenceNumber
    this.#sentMs[at] = nowMs
    return true
  }
}
