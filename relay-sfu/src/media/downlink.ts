/**
 * Decides: how much a viewer's downlink carries, from REMB where it is sent and from the loss in receiver reports.
 * Does not decide: what is left out when it is not enough (layer-allocation.ts).
 * Invariants: without a sign of trouble there is no bound; one report changes the bound once.
 */

/** As in draft-ietf-rmcat-gcc-02, section 6: below 2 % loss is noise, above 10 % is a queue that overflows. */
const lossIsTrouble = 0.1
const lossIsCalm = 0.02
/** Calm for this long before more is tried; then 8 % more with every report, which come once a second. */
const calmMs = 3_000
const growth = 1.08
/** Far above what is sent the bound says nothing any more. */
const freeShare = 3
/** Estimates are sent once a second at least; one that has not been renewed for this long is none. */
const rembMs = 5_000
/**
 * A receiver's estimate follows what it receives: at most 1.5 times as much while all is well, 0.85 of it when a queue
 * builds up. Only one that is about what is sent, or less, says anything.
 */
const rembIsBoundShare = 1.1
/** After a bound was met it is tried again this much later: each try costs the viewer a stutter. */
const rembHoldMs = 15_000
/** Below this nothing recognisable gets through, and audio comes first anyway. */
const floorBps = 100_000

export class Downlink {
  /** Of the last report; for the metrics. */
  lossShare = 0
  #lossBoundBps = Infinity
  #calmSinceMs: number | null = null
  #rembBps = Infinity
  #rembAtMs = -Infinity
  #heldUntilMs = -Infinity

  /** `sentBps` is what the estimate is about. */
  noteRemb(bitrateBps: number, sentBps: number, nowMs: number): void {
    this.#rembAtMs = nowMs
    if (bitrateBps < sentBps * rembIsBoundShare) {
      this.#rembBps = bitrateBps
      this.#heldUntilMs = nowMs + rembHoldMs
    } else if (nowMs >= this.#heldUntilMs) this.#rembBps = Infinity
    else this.#rembBps = Math.max(this.#rembBps, bitrateBps)
  }

  /** `sentBps` is what flowed when the loss happened. */
  noteLoss(lossShare: number, sentBps: number, nowMs: number): void {
    this.lossShare = lossShare
    if (lossShare > lossIsCalm) this.#calmSinceMs = null
    else if (this.#calmSinceMs === null) this.#calmSinceMs = nowMs
    if (lossShare > lossIsTrouble) {
      const held = Math.min(this.#lossBoundBps, sentBps)
      this.#lossBoundBps = Math.max(floorBps, held * (1 - lossShare / 2))
    } else if (this.#calmSinceMs !== null && nowMs - this.#calmSinceMs >= calmMs) {
      this.#lossBoundBps *= growth
      if (this.#lossBoundBps > sentBps * freeShare) this.#lossBoundBps = Infinity
    }
  }

  /**
   * How often a repair is sent. A browser that sends nothing knows no round trip and asks again after 100 ms only: a repair lost in
   * turn may then be a freeze, and by count 5 % of loss lose 3 repairs in 20 s. Where a queue overflows, more would lengthen it.
   */
  get repairCopies(): number {
    return this.lossShare > lossIsTrouble ? 1 : 2
  }

  budgetBps(nowMs: number): number {
    const remb = nowMs - this.#rembAtMs < rembMs ? this.#rembBps : Infinity
    return Math.min(this.#lossBoundBps, remb)
  }
}
