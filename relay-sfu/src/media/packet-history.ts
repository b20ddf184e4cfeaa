/**
 * Decides: which packets of one layer are still at hand for repairs (T2), and where their bytes are.
 * Does not decide: who may ask for them, and what a slot calls them (rtp-munger.ts maps the numbers back).
 * Invariants: one copy serves all slots; a packet that is found is whole; the memory grows with the bitrate, to what
 * `keptMs` of the layer take, and is then used again and again.
 */

/** Viewers ask again for about as long as their jitter buffers wait. */
const keptMs = 1_000
const firstBytes = 16 * 1024
/** A second at 4 Mbit/s; what comes faster is kept for less long. */
const maxBytes = 512 * 1024

export class PacketHistory {
  /** Of the packet found last: its payload is `bytes[offset … offset + length − 1]`. */
  bytes = new Uint8Array(firstBytes)
  offset = 0
  length = 0
  timestamp = 0
  marker = false
  /** RFC 6464, with the voice bit; −1: the packet did not say. */
  audioLevel = -1

  readonly #mask: number
  /** By extended source number, of which 32 bits are plenty to tell one from another. */
  readonly #sequences: Uint32Array
  readonly #offsets: Uint32Array
  readonly #lengths: Uint16Array
  readonly #timestamps: Uint32Array
  readonly #marks: Uint16Array
  /** `#written` when the packet's bytes began (modulo 2^32). */
  readonly #begins: Uint32Array
  /** All bytes ever written, and the ends of the ring that were skipped. */
  #written = 0
  #next = 0
  #lapMs = 0

  /** `packets` is a power of two: what `keptMs` of the fastest source of the kind hold. */
  constructor(packets: 64 | 512) {
    this.#mask = packets - 1
    this.#sequences = new Uint32Array(packets)
    this.#offsets = new Uint32Array(packets)
    this.#lengths = new Uint16Array(packets)
    this.#timestamps = new Uint32Array(packets)
    this.#marks = new Uint16Array(packets)
    this.#begins = new Uint32Array(packets)
  }

  store(
    sequence: number,
    timestamp: number,
    marker: boolean,
    audioLevel: number,
    payload: Uint8Array,
    nowMs: number,
  ): void {
    if (payload.length > 0xff_ff) return
    if (this.#next + payload.length > this.bytes.length) this.#turn(nowMs)
    const at = sequence & this.#mask
    this.#sequences[at] = sequence
    this.#offsets[at] = this.#next
    this.#lengths[at] = payload.length
    this.#timestamps[at] = timestamp
    this.#marks[at] = markOfEntry | (marker ? markOfMarker : 0) | (audioLevel & 0xff) | levelBit(audioLevel)
    this.#begins[at] = this.#written
    this.bytes.set(payload, this.#next)
    this.#next += payload.length
    this.#written += payload.length
  }

  /** True: the fields show it, until the next call. */
  find(sequence: number): boolean {
    const at = sequence & this.#mask
    const marks = this.#marks[at] ?? 0
    if (marks === 0 || this.#sequences[at] !== sequence >>> 0) return false
    if ((this.#written - (this.#begins[at] ?? 0)) >>> 0 > this.bytes.length) return false
    this.offset = this.#offsets[at] ?? 0
    this.length = this.#lengths[at] ?? 0
    this.timestamp = this.#timestamps[at] ?? 0
    this.marker = (marks & markOfMarker) !== 0
    this.audioLevel = (marks & markOfLevel) === 0 ? -1 : marks & 0xff
    return true
  }

  clear(): void {
    this.#marks.fill(0)
  }

  /** At the end of the ring: on from its begin, or, if that is still young, with twice the room. */
  #turn(nowMs: number): void {
    const isYoung = nowMs - this.#lapMs < keptMs
    const size = this.bytes.length
    this.#written += size - this.#next
    if (isYoung && size < maxBytes) {
      const larger = new Uint8Array(size * 2)
      larger.set(this.bytes)
      this.bytes = larger
      this.#next = size
    } else {
      this.#next = 0
      this.#lapMs = nowMs
    }
  }
}

const markOfEntry = 0x8000
const markOfMarker = 0x4000
const markOfLevel = 0x2000
const levelBit = (audioLevel: number): number => (audioLevel === -1 ? 0 : markOfLevel)
