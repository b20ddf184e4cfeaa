/**
 * Decides: which packets of one layer are still at hand for repairs (T2), and where their bytes are.
 * Does not decide: who may ask for them, and what a slot calls them (rtp-munger.ts maps the numbers back).
 * Invariants: one copy serves all slots; a packet that is found is whole; the memory grows with the bitrate, to what
 * `keptMs` of the layer take, and is then used again and again.
 */

/** Viewers ask again for about as long as their jitter buffers wait. */
const keptMs = 1_000
/** A second of 5 Mbit/s; a power of two. */
const packetsKept = 512
const firstBytes = 16 * 1024
/** A second at 4 Mbit/s; what comes faster is kept for less long. */
const maxBytes = 512 * 1024

const noEntry = 0
const entry = 1
const entryWithMarker = 2

export class PacketHistory {
  /** Of the packet found last: its payload is `bytes[offset … offset + length − 1]`. */
  bytes = new Uint8Array(firstBytes)
  offset = 0
  length = 0
  timestamp = 0
  marker = false

  /** By extended source number, of which 32 bits are plenty to tell one from another. */
  readonly #sequences = new Uint32Array(packetsKept)
  readonly #offsets = new Uint32Array(packetsKept)
  readonly #lengths = new Uint16Array(packetsKept)
  readonly #timestamps = new Uint32Array(packetsKept)
  readonly #states = new Uint8Array(packetsKept)
  /** `#written` when the packet's bytes began (modulo 2^32). */
  readonly #begins = new Uint32Array(packetsKept)
  /** All bytes ever written, and the ends of the ring that were skipped. */
  #written = 0
  #next = 0
  #lapMs = 0

  store(sequence: number, timestamp: number, marker: boolean, payload: Uint8Array, nowMs: number): void {
    if (payload.length > 0xff_ff) return
    if (this.#written === 0) this.#lapMs = nowMs
    if (this.#next + payload.length > this.bytes.length) this.#turn(nowMs)
    const at = sequence & (packetsKept - 1)
    this.#sequences[at] = sequence
    this.#offsets[at] = this.#next
    this.#lengths[at] = payload.length
    this.#timestamps[at] = timestamp
    this.#states[at] = marker ? entryWithMarker : entry
    this.#begins[at] = this.#written
    this.bytes.set(payload, this.#next)
    this.#next += payload.length
    this.#written += payload.length
  }

  /** True: the fields show it, until the next call. */
  find(sequence: number): boolean {
    const at = sequence & (packetsKept - 1)
    const state = this.#states[at] ?? noEntry
    if (state === noEntry || this.#sequences[at] !== sequence >>> 0) return false
    if ((this.#written - (this.#begins[at] ?? 0)) >>> 0 > this.bytes.length) return false
    this.offset = this.#offsets[at] ?? 0
    this.length = this.#lengths[at] ?? 0
    this.timestamp = this.#timestamps[at] ?? 0
    this.marker = state === entryWithMarker
    return true
  }

  clear(): void {
    this.#states.fill(noEntry)
  }

  /** At the end of the ring: on from its begin, or, if that is still young, with twice the room. */
  #turn(nowMs: number): void {
    const isYoung = nowMs - this.#lapMs < keptMs
    const size = this.bytes.length
    this.#written += size - this.#next
    if (isYoung && size < maxBytes) {
      this.#forgetOlder(size)
      const larger = new Uint8Array(size * 2)
      larger.set(this.bytes)
      this.bytes = larger
      this.#next = size
    } else {
      this.#next = 0
      this.#lapMs = nowMs
    }
  }

  /** What was written over in the smaller ring must not seem whole by the measure of the larger one. */
  #forgetOlder(size: number): void {
    for (let at = 0; at < packetsKept; at += 1) {
      if ((this.#written - (this.#begins[at] ?? 0)) >>> 0 > size) this.#states[at] = noEntry
    }
  }
}
