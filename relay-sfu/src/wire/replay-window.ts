/**
 * Decides: whether a packet index was seen before (RFC 3711, section 3.3.2).
 * Does not decide: whether a packet is authentic.
 * Invariants: `isFresh` changes nothing; only `accept`, called for what was authenticated, does. An index is accepted once.
 */

/** Twice the packets that a link of 10 Mbit/s has in flight within 500 ms of reordering; RFC 3711 asks for 64 at least. */
export const replayWindowPackets = 1_024

export class ReplayWindow {
  /** The highest index accepted; −1: none yet. */
  highest = -1
  /** Bit `index % replayWindowPackets`: that index was accepted. */
  readonly #seen = new Int32Array(replayWindowPackets / 32)

  isFresh(index: number): boolean {
    if (index > this.highest) return true
    if (index < 0 || index <= this.highest - replayWindowPackets) return false
    const bit = index % replayWindowPackets
    return ((this.#seen[bit >>> 5] ?? 0) & (1 << (bit & 31))) === 0
  }

  accept(index: number): void {
    if (index - this.highest >= replayWindowPackets) this.#seen.fill(0)
    else for (let passed = this.highest + 1; passed < index; passed += 1) this.#mark(passed, false)
    this.#mark(index, true)
    if (index > this.highest) this.highest = index
  }

  #mark(index: number, isSeen: boolean): void {
    const bit = index % replayWindowPackets
    const word = this.#seen[bit >>> 5] ?? 0
    const mask = 1 << (bit & 31)
    this.#seen[bit >>> 5] = isSeen ? word | mask : word & ~mask
  }
}
