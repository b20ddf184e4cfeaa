/**
 * Decides: how much the way to another relay carries, from what that one reports of arrivals (draft-ietf-rmcat-gcc-02): by delay
 * (section 5) and by loss (section 6).
 * Does not decide: what is left out when it is not enough (trunk-layers.ts), when more is tried (trunk-budget.ts).
 * Invariants: without a sign of trouble there is no bound; who sends little learns little: the bound neither falls for that nor grows
 * far beyond what was seen to arrive; reports that are late, come twice, or mean nothing change nothing; nothing is allocated.
 */
import { sequenceDistance } from '../wire/sequence.ts'
import { readTransportFeedback, type TransportFeedbackHandler } from '../wire/transport-cc.ts'
import { AcknowledgedRate } from './acknowledged-rate.ts'
import { DelayTrend, trends } from './delay-trend.ts'
import { fates, SentPackets, type Fate } from './sent-packets.ts'

/** Section 5.5: of what arrives while a queue grows. */
const backOffShare = 0.85
/** Section 5.5: per second, while nothing is known of where the end is … */
const growthPerSecond = 1.08
/** … and near to where it was, half a packet for each round trip and the 100 ms that it takes to see a queue. */
const seeingMs = 100
const packetBits = 9_600
const nearShare = 0.15
/** Section 5.5: more than what arrives is believed in, but not much more. */
const beliefShare = 1.5
const beliefBps = 10_000
/** A pause in reports is no time in which all was well. */
const stepMaxMs = 1_000
/** Section 6: below 2 % loss is noise, above 10 % a queue that overflows. */
const lossIsTrouble = 0.1
const lossIsCalm = 0.02
/** Of fewer packets, or of a burst, a share says nothing (see rtcp-inbox.ts): 5 % by chance must never pass for a tenth. */
const lossPackets = 200
const lossMs = 1_000
/** Below this nothing recognisable gets through, and audio comes first anyway. */
const floorBps = 100_000
/** The reference time has 24 bits of 64 ms. */
const referenceCycleMs = 2 ** 24 * 64

export class SendSideEstimate implements TransportFeedbackHandler {
  /** Infinity: nothing was ever in the way. */
  bitrateBps = Infinity
  /** When something last was. */
  troubledMs = -Infinity
  /** The far end reports what arrives. */
  isAnswered = false
  /** From sending a packet to the report of it; what waits in queues included. */
  roundTripMs = 0
  readonly #sent: SentPackets
  readonly #trend = new DelayTrend()
  readonly #acknowledged = new AcknowledgedRate()
  /** What arrived when a queue last grew; 0: it has been exceeded since. */
  #ceilingBps = 0
  #isLossCalm = true
  #adaptedMs = 0

  /** Of the report that is being read. */
  #nowMs = 0
  #arrivalMs = 0
  #isNext = false
  #hasNews = false
  #isOverused = false
  #bytes = 0
  #firstBytes = 0
  #firstMs = -1
  #lastMs = 0
  /** The number after the last that was reported; −1: none was. */
  #nextNumber = -1

  /** Of packets whose fate is known, since loss was last looked at: when the first and the last of them were sent. */
  #lossFromMs = 0
  #lossToMs = 0
  #settledPackets = 0
  #settledBytes = 0
  #lostPackets = 0

  /** `packetsKept`: as many as may be under way; a power of two. */
  constructor(packetsKept: number) {
    this.#sent = new SentPackets(packetsKept)
  }

  /** In the order of the numbers. */
  noteSent(sequenceNumber: number, bytes: number, nowMs: number): void {
    this.#sent.note(sequenceNumber, bytes, nowMs)
  }

  /** Reads one packet of transport-wide feedback. False: malformed, and nothing changed. */
  noteFeedback(bytes: Uint8Array, offset: number, length: number, nowMs: number): boolean {
    this.#nowMs = nowMs
    this.#hasNews = false
    this.#isOverused = false
    this.#bytes = 0
    this.#firstBytes = 0
    this.#firstMs = -1
    if (!readTransportFeedback(bytes, offset, length, this)) return false
    if (!this.isAnswered) {
      this.isAnswered = true
      this.#adaptedMs = nowMs
    }
    if (this.#firstMs !== -1) {
      this.#acknowledged.add(this.#bytes, this.#firstBytes, this.#firstMs, this.#lastMs, this.#isNext)
    }
    this.#adaptToLoss()
    if (this.#hasNews) this.#adaptToDelay()
    return true
  }

  onFeedback(
    _mediaSsrc: number,
    _feedbackCount: number,
    baseSequenceNumber: number,
    statusCount: number,
    referenceTimeUs: number,
  ): void {
    const cycles = Math.round((this.#arrivalMs - referenceTimeUs / 1_000) / referenceCycleMs)
    this.#arrivalMs = referenceTimeUs / 1_000 + cycles * referenceCycleMs
    const gap = this.#nextNumber === -1 ? 1 : sequenceDistance(this.#nextNumber, baseSequenceNumber)
    this.#isNext = gap <= 0
    if (gap + statusCount > 0) this.#nextNumber = (baseSequenceNumber + statusCount) & 0xff_ff
  }

  onPacketStatus(sequenceNumber: number, isReceived: boolean, deltaUs: number): void {
    this.#arrivalMs += deltaUs / 1_000
    const fate = this.#sent.settle(sequenceNumber, isReceived)
    if (fate === fates.nothing) return
    const { bytes, sentMs } = this.#sent
    // What was sent before it was lowered says nothing about what it is now.
    if (sentMs >= this.troubledMs) this.#noteLoss(fate, bytes, sentMs)
    if (fate === fates.lost) return
    if (this.#firstMs === -1) {
      this.#firstMs = this.#arrivalMs
      this.#firstBytes = bytes
    }
    this.#bytes += bytes
    this.#lastMs = this.#arrivalMs
    this.roundTripMs = this.#nowMs - sentMs
    if (!this.#trend.add(sentMs, this.#arrivalMs)) return
    this.#hasNews = true
    if (this.#trend.trend === trends.overuse) this.#isOverused = true
  }

  #noteLoss(fate: Fate, bytes: number, sentMs: number): void {
    if (fate === fates.recovered) {
      this.#lostPackets = Math.max(0, this.#lostPackets - 1)
      return
    }
    if (this.#settledPackets === 0) this.#lossFromMs = sentMs
    this.#lossToMs = sentMs
    this.#settledPackets += 1
    this.#settledBytes += bytes
    if (fate === fates.lost) this.#lostPackets += 1
  }

  #forgetLoss(): void {
    this.#settledPackets = 0
    this.#settledBytes = 0
    this.#lostPackets = 0
  }

  #adaptToLoss(): void {
    const elapsedMs = this.#lossToMs - this.#lossFromMs
    if (elapsedMs < lossMs || this.#settledPackets < lossPackets) return
    const share = this.#lostPackets / this.#settledPackets
    this.#isLossCalm = share <= lossIsCalm
    if (share > lossIsTrouble) {
      const sentBps = (this.#settledBytes * 8_000) / elapsedMs
      this.#lower(Math.min(this.bitrateBps, sentBps) * (1 - share / 2))
    }
    this.#forgetLoss()
  }

  #adaptToDelay(): void {
    const elapsedMs = Math.min(Math.max(0, this.#nowMs - this.#adaptedMs), stepMaxMs)
    this.#adaptedMs = this.#nowMs
    const arrivesBps = this.#acknowledged.bitrateBps
    if (this.#isOverused) {
      this.#ceilingBps = arrivesBps
      this.#lower(arrivesBps * backOffShare)
    } else if (this.#trend.trend === trends.calm && this.#isLossCalm) this.#grow(arrivesBps, elapsedMs)
  }

  #lower(bitrateBps: number): void {
    this.bitrateBps = Math.max(floorBps, Math.min(this.bitrateBps, bitrateBps))
    this.troubledMs = this.#nowMs
    this.#forgetLoss()
  }

  #grow(arrivesBps: number, elapsedMs: number): void {
    if (arrivesBps > this.#ceilingBps * (1 + nearShare)) this.#ceilingBps = 0
    const isNear = arrivesBps > this.#ceilingBps * (1 - nearShare) && this.#ceilingBps > 0
    const grown = isNear
      ? this.bitrateBps + (packetBits / 2) * (elapsedMs / (this.roundTripMs + seeingMs))
      : this.bitrateBps * growthPerSecond ** (elapsedMs / 1_000)
    const believedBps = arrivesBps * beliefShare + beliefBps
    this.bitrateBps = Math.max(this.bitrateBps, Math.min(grown, believedBps))
  }
}
