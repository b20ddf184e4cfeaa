/**
 * Decides: which outgoing number a source's packet gets while one source feeds a slot, and the way back.
 * Does not decide: when another source takes over (rtp-munger.ts).
 * Invariants: one to one; numbers given out never change their meaning; what is dropped before anything later was
 * mapped leaves no gap.
 */

/** Packets without payload come in bursts of probes; a burst older than this many is asked for by nobody. */
const dropsMax = 64
const noDrops = new Float64Array(0)

/** All numbers here are extended (wire/sequence.ts). */
export class SequenceMap {
  /** The source's number that was mapped first, and the highest so far. */
  first = 0
  highest = -1
  #offset = 0
  /** Dropped source numbers, ascending; `#offset` holds for what lies after all of them. */
  #drops: Float64Array = noDrops
  #dropCount = 0

  start(sourceSequence: number, outgoingSequence: number): void {
    this.first = sourceSequence
    this.highest = sourceSequence - 1
    this.#offset = outgoingSequence - sourceSequence
    this.#dropCount = 0
  }

  /** −1: it lies before the first, was dropped, or is too old to tell. */
  map(sourceSequence: number): number {
    const outgoing = this.find(sourceSequence)
    if (outgoing !== -1 && sourceSequence > this.highest) this.highest = sourceSequence
    return outgoing
  }

  /** Like `map`, and nothing is noted. */
  find(sourceSequence: number): number {
    if (sourceSequence < this.first) return -1
    const below = this.#dropsUpTo(sourceSequence)
    if (below > 0 && this.#drops[below - 1] === sourceSequence) return -1
    return sourceSequence + this.#offset + (this.#dropCount - below)
  }

  /** The source's number behind an outgoing one. */
  reverse(outgoingSequence: number): number {
    let source = outgoingSequence - this.#offset
    for (let at = this.#dropCount - 1; at >= 0; at -= 1) {
      if (source > (this.#drops[at] ?? 0)) break
      source -= 1
    }
    return source < this.first ? -1 : source
  }

  /** Takes a number out of the row. False: something later was mapped already, or the list is full; then it must be filled. */
  drop(sourceSequence: number): boolean {
    if (sourceSequence <= this.highest || sourceSequence < this.first) return false
    // Most sources never need it: those that have RTX probe with that.
    if (this.#drops === noDrops) this.#drops = new Float64Array(dropsMax)
    if (this.#dropCount === dropsMax && !this.#forgetOldest()) return false
    const at = this.#dropsUpTo(sourceSequence)
    if (at > 0 && this.#drops[at - 1] === sourceSequence) return true
    this.#drops.copyWithin(at + 1, at, this.#dropCount)
    this.#drops[at] = sourceSequence
    this.#dropCount += 1
    this.#offset -= 1
    return true
  }

  /** Nothing is mapped above the oldest drops any more: what lies below the oldest is out of reach from now on. */
  #forgetOldest(): boolean {
    const oldest = this.#drops[0] ?? 0
    if (oldest >= this.highest) return false
    this.first = oldest + 1
    this.#drops.copyWithin(0, 1, this.#dropCount)
    this.#dropCount -= 1
    return true
  }

  #dropsUpTo(sourceSequence: number): number {
    let at = this.#dropCount
    while (at > 0 && (this.#drops[at - 1] ?? 0) > sourceSequence) at -= 1
    return at
  }
}
