/**
 * Decides: which packets of one SSRC are asked for again, when, and when hope is given up (RFC 4585, section 6.2.1).
 * Does not decide: how the request is written, and how packets arrive.
 * Invariants: the list is bounded; a number is asked for at most `triesMax` times, one round trip apart, never after it came.
 */

/** More is no loss but an outage: a key frame mends it, 256 retransmissions would only add to the load. */
const missingMax = 256
/** Reordering on a Wi-Fi link or between two routes: most packets that look lost here come within this. */
const reorderMs = 8
/** The last request must still be answered while viewers wait: their jitter buffers hold on for about a second. */
const giveUpMs = 1_000
const triesMax = 10
/** Two requests within one interrupt of a sleepy sender would be answered twice. */
const paceMinMs = 20

export class MissingPackets {
  /** Numbers asked for by the last `collect`, extended. */
  readonly asked: number[] = []
  /** When the next request is due. */
  nextMs = Infinity
  #count = 0
  // Made with the first loss: most encodings of a room never miss a packet.
  #sequences = new Float64Array(0)
  #sinceMs = new Float64Array(0)
  #askedMs = new Float64Array(0)
  #tries = new Uint8Array(0)

  get count(): number {
    return this.#count
  }

  /** Everything between `from` and `to` (both excluded) did not come. False: too much; the list is empty now. */
  addBetween(from: number, to: number, nowMs: number): boolean {
    if (this.#count + to - from - 1 > missingMax) {
      this.clear()
      return false
    }
    if (this.#sequences.length === 0) this.#makeRoom()
    for (let sequence = from + 1; sequence < to; sequence += 1) {
      this.#sequences[this.#count] = sequence
      this.#sinceMs[this.#count] = nowMs
      this.#tries[this.#count] = 0
      this.#count += 1
      this.nextMs = Math.min(this.nextMs, nowMs + reorderMs)
    }
    return true
  }

  /** It came. Answers how long after the only request for it, which is a round trip; −1: that cannot be told. */
  remove(sequence: number, nowMs: number): number {
    for (let at = 0; at < this.#count; at += 1) {
      if (this.#sequences[at] !== sequence) continue
      const roundTripMs = this.#tries[at] === 1 ? nowMs - (this.#askedMs[at] ?? nowMs) : -1
      this.#removeAt(at)
      return roundTripMs
    }
    return -1
  }

  clear(): void {
    this.#count = 0
    this.nextMs = Infinity
  }

  /** Fills `asked` with what is due. Answers how many were given up on. */
  collect(nowMs: number, rttMs: number): number {
    this.asked.length = 0
    this.nextMs = Infinity
    const paceMs = Math.max(paceMinMs, rttMs * 1.25)
    let givenUp = 0
    for (let at = 0; at < this.#count;) {
      const tries = this.#tries[at] ?? 0
      const sinceMs = this.#sinceMs[at] ?? 0
      const dueMs = tries === 0 ? sinceMs + reorderMs : (this.#askedMs[at] ?? 0) + paceMs
      if (nowMs - sinceMs >= giveUpMs || (tries >= triesMax && nowMs >= dueMs)) {
        this.#removeAt(at)
        givenUp += 1
        continue
      }
      if (nowMs >= dueMs) {
        this.asked.push(this.#sequences[at] ?? 0)
        this.#askedMs[at] = nowMs
        this.#tries[at] = tries + 1
        this.nextMs = Math.min(this.nextMs, nowMs + paceMs)
      } else {
        this.nextMs = Math.min(this.nextMs, dueMs)
      }
      at += 1
    }
    return givenUp
  }

  #makeRoom(): void {
    this.#sequences = new Float64Array(missingMax)
    this.#sinceMs = new Float64Array(missingMax)
    this.#askedMs = new Float64Array(missingMax)
    this.#tries = new Uint8Array(missingMax)
  }

  /** Order is kept: requests are written as runs. */
  #removeAt(at: number): void {
    const next = at + 1
    this.#sequences.copyWithin(at, next, this.#count)
    this.#sinceMs.copyWithin(at, next, this.#count)
    this.#askedMs.copyWithin(at, next, this.#count)
    this.#tries.copyWithin(at, next, this.#count)
    this.#count -= 1
    if (this.#count === 0) this.nextMs = Infinity
  }
}
