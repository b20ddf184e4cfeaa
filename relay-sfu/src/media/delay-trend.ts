/**
 * Decides: whether more is sent than the way carries (draft-ietf-rmcat-gcc-02, section 5): a queue grows, packets come later and later
 * after they were sent.
 * Does not decide: what is sent then (send-side-estimate.ts).
 * Invariants: clocks that are apart, or drift by a part in ten thousand, are no queue; any arrival whatever leaves finite numbers.
 *
 * A relay passes frames on as they come, unpaced, and a large one stands in the queue for a while whatever the rate. So of each
 * window only the quickest packet counts: a queue that drains between frames does not show, one that stands does. The trend of
 * these is taken by least squares in place of the draft's filter.
 */
import { StandingQueue } from './standing-queue.ts'

export const trends = { calm: 0, overuse: 1, settling: 2 } as const
/** `settling`: the queue has grown and goes on no further, or drains. */
export type Trend = (typeof trends)[keyof typeof trends]

/** Three frames, five packets of audio. */
const windowMs = 100
/** The quickest of fewer says little about the way. */
const windowPackets = 5
/** Half a second: long enough for a slope, short enough to act within one. */
const windowsKept = 6
/** The sum of the squared distances of 0 to 5 from their mean. */
const spread = 17.5
/** Section 5.4: where it begins, and how far it goes. Here it is how much the queue grew over all windows: 2 % more than is carried. */
const thresholdMinMs = 12.5
const thresholdMaxMs = 600
/** It follows the delays of those who share the way, who would starve us otherwise: up in half a second, down slowly. Per millisecond. */
const thresholdUp = 0.002
const thresholdDown = 0.000_18
/** A leap is no neighbour's doing. */
const leapMs = 15
/** A queue grows from window to window, by half of the trend at least; a way that became longer, or a late thread, does so once. */
const risingWindows = 2
const risingShare = 0.5
/** The way, or a clock, is another one now. */
const otherWayMs = 5_000

export class DelayTrend {
  trend: Trend = trends.calm
  readonly #standing = new StandingQueue()
  readonly #delaysMs = new Float64Array(windowsKept)
  #windows = 0
  #windowFromMs = -Infinity
  #packets = 0
  #quickestMs = Infinity
  #thresholdMs = thresholdMinMs

  /** The two times are of different clocks. True: there is news. */
  add(sentMs: number, arrivalMs: number): boolean {
    const delayMs = arrivalMs - sentMs
    const lastMs = this.#delaysMs[(this.#windows + windowsKept - 1) % windowsKept] ?? 0
    const isOther = this.#windows > 0 && Math.abs(delayMs - lastMs) > otherWayMs
    if (this.#windowFromMs === -Infinity || isOther) this.#begin(arrivalMs)
    // Of a report that was overtaken.
    if (arrivalMs < this.#windowFromMs) return false
    const elapsedMs = arrivalMs - this.#windowFromMs
    const isFull = elapsedMs >= windowMs && this.#packets >= windowPackets
    if (isFull) {
      this.#close(elapsedMs)
      this.#windowFromMs = arrivalMs
      this.#packets = 0
      this.#quickestMs = Infinity
    }
    this.#packets += 1
    this.#quickestMs = Math.min(this.#quickestMs, delayMs)
    return isFull
  }

  #begin(arrivalMs: number): void {
    this.#windows = 0
    this.#windowFromMs = arrivalMs
    this.#packets = 0
    this.#quickestMs = Infinity
    this.#standing.forget()
    this.trend = trends.calm
  }

  #close(elapsedMs: number): void {
    this.#delaysMs[this.#windows % windowsKept] = this.#quickestMs
    this.#windows += 1
    const isStanding = this.#standing.note(this.#quickestMs, elapsedMs)
    if (this.#windows < windowsKept) return
    const slopeMs = this.#slopeMs()
    const growthMs = slopeMs * windowsKept
    const isGrowing = growthMs > this.#thresholdMs
    if (isStanding || (isGrowing && this.#isRising(slopeMs * risingShare))) this.trend = trends.overuse
    else this.trend = Math.abs(growthMs) > this.#thresholdMs ? trends.settling : trends.calm
    this.#adapt(Math.abs(growthMs), elapsedMs)
  }

  /** How much each window is slower than the one before it. */
  #slopeMs(): number {
    let sum = 0
    for (let index = 0; index < windowsKept; index += 1) {
      sum += (index - (windowsKept - 1) / 2) * this.#delayMs(index)
    }
    return sum / spread
  }

  #isRising(byMs: number): boolean {
    for (let index = windowsKept - risingWindows; index < windowsKept; index += 1) {
      if (this.#delayMs(index) - this.#delayMs(index - 1) < byMs) return false
    }
    return true
  }

  /** Of the windows that are kept; the oldest is 0. */
  #delayMs(index: number): number {
    return this.#delaysMs[(this.#windows + index) % windowsKept] ?? 0
  }

  #adapt(sizeMs: number, elapsedMs: number): void {
    if (sizeMs > this.#thresholdMs + leapMs) return
    const share = (sizeMs < this.#thresholdMs ? thresholdDown : thresholdUp) * Math.min(elapsedMs, windowMs)
    const next = this.#thresholdMs + share * (sizeMs - this.#thresholdMs)
    this.#thresholdMs = Math.min(thresholdMaxMs, Math.max(thresholdMinMs, next))
  }
}
