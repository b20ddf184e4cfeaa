/** A one-way path with delay, jitter (and so reordering), loss, duplication and a narrowest place, on virtual time. */
interface PathQuality {
  readonly delayMs: number
  readonly jitterMs: number
  readonly lossShare: number
  readonly duplicateShare: number
  /** What passes through the narrowest place; without it, anything does. */
  readonly bitrateBps?: number
  /** How long one may wait before it; who would have to wait longer is lost. */
  readonly queueMaxMs?: number
}

export const goodPath: PathQuality = { delayMs: 10, jitterMs: 0, lossShare: 0, duplicateShare: 0 }

export class LossyPath {
  quality: PathQuality
  sentPackets = 0
  lostPackets = 0
  /** How long the last packet waited before the narrowest place. */
  queuedMs = 0
  readonly #random: () => number
  readonly #deliver: (bytes: Uint8Array, nowMs: number) => void
  #freeAtMs = 0
  #underWay: { readonly atMs: number; readonly bytes: Uint8Array }[] = []

  constructor(
    quality: PathQuality,
    random: () => number,
    deliver: (bytes: Uint8Array, nowMs: number) => void,
  ) {
    this.quality = quality
    this.#random = random
    this.#deliver = deliver
  }

  send(bytes: Uint8Array, nowMs: number): void {
    const { delayMs, jitterMs, lossShare, duplicateShare } = this.quality
    this.sentPackets += 1
    if (this.#random() < lossShare) {
      this.lostPackets += 1
      return
    }
    this.queuedMs = Math.max(0, this.#freeAtMs - nowMs)
    if (this.queuedMs > (this.quality.queueMaxMs ?? Infinity)) {
      this.lostPackets += 1
      return
    }
    const takesMs = (bytes.length * 8_000) / (this.quality.bitrateBps ?? Infinity)
    this.#freeAtMs = nowMs + this.queuedMs + takesMs
    const copies = this.#random() < duplicateShare ? 2 : 1
    for (let copy = 0; copy < copies; copy += 1) {
      this.#underWay.push({
        atMs: this.#freeAtMs + delayMs + this.#random() * jitterMs,
        bytes: bytes.slice(),
      })
    }
  }

  advance(nowMs: number): void {
    const due = this.#underWay.filter(({ atMs }) => atMs <= nowMs).sort((a, b) => a.atMs - b.atMs)
    if (due.length === 0) return
    this.#underWay = this.#underWay.filter(({ atMs }) => atMs > nowMs)
    for (const { bytes } of due) this.#deliver(bytes, nowMs)
  }
}
