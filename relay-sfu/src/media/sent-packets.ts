/**
 * Decides: what became of each packet that was sent with a transport-wide number.
 * Does not decide: what that says about the way (send-side-estimate.ts).
 * Invariants: a packet is received once and lost once at most, however often reports repeat that; what was never sent, or too long
 * ago, is nothing; nothing is allocated after the start.
 */
import { extendSequence, firstExtended } from '../wire/sequence.ts'

export const fates = { nothing: 0, received: 1, lost: 2, recovered: 3 } as const
/** `recovered`: it had been reported lost, and came late. */
export type Fate = (typeof fates)[keyof typeof fates]

const states = { gone: 0, underWay: 1, lost: 2 } as const

export class SentPackets {
  /** Of the packet that `settle` spoke of. */
  sentMs = 0
  bytes = 0
  readonly #sentMs: Float64Array
  readonly #bytes: Uint16Array
  readonly #states: Uint8Array
  readonly #kept: number
  #highest = -1

  /** `kept`: a power of two, at most half of the numbers there are. */
  constructor(kept: number) {
    this.#kept = kept
    this.#sentMs = new Float64Array(kept)
    this.#bytes = new Uint16Array(kept)
    this.#states = new Uint8Array(kept)
  }

  /** Numbers come in their order; those that are left out were not sent. */
  note(sequenceNumber: number, bytes: number, nowMs: number): void {
    const before = this.#highest
    const extended = before === -1 ? firstExtended(sequenceNumber) : extendSequence(before, sequenceNumber)
    if (extended <= before) return
    const from = before === -1 ? extended : Math.max(before + 1, extended - this.#kept)
    for (let at = from; at < extended; at += 1) this.#states[at % this.#kept] = states.gone
    const at = extended % this.#kept
    this.#sentMs[at] = nowMs
    this.#bytes[at] = bytes
    this.#states[at] = states.underWay
    this.#highest = extended
  }

  /** A report speaks of the number. */
  settle(sequenceNumber: number, isReceived: boolean): Fate {
    if (this.#highest === -1) return fates.nothing
    const extended = extendSequence(this.#highest, sequenceNumber)
    if (extended > this.#highest || extended <= this.#highest - this.#kept) return fates.nothing
    const at = extended % this.#kept
    const before = this.#states[at]
    if (before === states.gone || (before === states.lost && !isReceived)) return fates.nothing
    this.sentMs = this.#sentMs[at] ?? 0
    this.bytes = this.#bytes[at] ?? 0
    this.#states[at] = isReceived ? states.gone : states.lost
    if (!isReceived) return fates.lost
    return before === states.lost ? fates.recovered : fates.received
  }
}
