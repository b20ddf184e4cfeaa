/** Packets at a given rate, as senders pace them: a burst every few milliseconds, each sender in a phase of its own. */

const burstMs = 5
/** After a pause of this process what is overdue is left out: no sender makes up for a second in one burst. */
const behindMaxMs = 50

interface Paced {
  readonly send: () => void
  readonly phaseMs: number
  sent: number
}

export class Pacer {
  readonly #paced: readonly Paced[]
  readonly #packetsPerMs: number
  #startMs = 0
  #lastMs = 0
  #timer: NodeJS.Timeout | null = null

  /** `packetsPerSecond` each. */
  constructor(senders: readonly (() => void)[], packetsPerSecond: number) {
    this.#packetsPerMs = packetsPerSecond / 1_000
    this.#paced = senders.map((send, at) => ({ send, phaseMs: (burstMs * at) / senders.length, sent: 0 }))
  }

  start(): void {
    this.#startMs = performance.now()
    this.#lastMs = this.#startMs
    this.#timer = setInterval(() => this.#pump(), 1)
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
  }

  #pump(): void {
    const nowMs = performance.now()
    if (nowMs - this.#lastMs > behindMaxMs) this.#startMs += nowMs - this.#lastMs
    this.#lastMs = nowMs
    for (const one of this.#paced) {
      const bursts = Math.floor((nowMs - this.#startMs - one.phaseMs) / burstMs) + 1
      const due = Math.floor(bursts * burstMs * this.#packetsPerMs)
      for (; one.sent < due; one.sent += 1) one.send()
    }
  }
}
