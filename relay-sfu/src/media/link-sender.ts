/**
 * Decides: the way out to one link: whether it is open, its transport-wide numbers, what it carries, what repairs may take.
 * Does not decide: what is sent.
 * Invariants: nothing leaves unprotected or before the link was admitted; a slot of the back end is queued or released.
 */
import { relayLimits } from '../limits.ts'
import type { LinkIndex, SrtpKeys } from './boundary.ts'
import type { Counters } from './counters.ts'
import { Downlink } from './downlink.ts'
import type { LinkBounds } from './link-bounds.ts'
import type { MediaPorts, SrtpLink } from './ports.ts'
import { RateMeter } from './rate-meter.ts'
import type { RoundTrip } from './round-trip.ts'
import { SendSideEstimate } from './send-side-estimate.ts'
import { TrunkBudget } from './trunk-budget.ts'

/** For so long after an estimate was lowered a queue may still stand on the way. */
const tightMs = 5_000

export class LinkSender {
  srtp: SrtpLink | null = null
  isAdmitted = false
  forwardedPackets = 0
  readonly downlink = new Downlink()
  /** Of a trunk; null: the far end numbers nothing. */
  readonly estimate: SendSideEstimate | null
  readonly #budget = new TrunkBudget()
  readonly #repairMeter = new RateMeter()
  readonly meter = new RateMeter()
  /** Of what the viewer's estimate counts. */
  readonly timedMeter = new RateMeter()
  readonly roundTrip: RoundTrip
  readonly #link: LinkIndex
  readonly #ports: MediaPorts
  readonly #counters: Counters
  readonly #bounds: LinkBounds
  #transportSequence = 0
  #repairBytes: number

  constructor(
    link: LinkIndex,
    ports: MediaPorts,
    counters: Counters,
    roundTrip: RoundTrip,
    bounds: LinkBounds,
  ) {
    this.#link = link
    this.#ports = ports
    this.#counters = counters
    this.roundTrip = roundTrip
    this.#bounds = bounds
    this.#repairBytes = bounds.repairBurstBytes
    this.estimate = bounds.sentKept > 0 ? new SendSideEstimate(bounds.sentKept) : null
  }

  setKeys(keys: SrtpKeys): void {
    this.srtp = this.#ports.makeSrtp(keys, this.#bounds.srtpStreamsMax)
  }

  get isOpen(): boolean {
    return this.srtp !== null && this.isAdmitted
  }

  /** What may flow. Over a trunk whose other end reports arrivals by these alone, and next to the repairs that flow already. */
  budgetBps(nowMs: number): number {
    const { estimate } = this
    if (!estimate?.isAnswered) return this.downlink.budgetBps(nowMs)
    const bitrateBps = this.#budget.bitrateBps(estimate.bitrateBps, estimate.troubledMs, nowMs)
    return Math.max(0, bitrateBps - this.#repairMeter.bitrateBps(nowMs))
  }

  repairCopies(nowMs: number): number {
    return this.#isTight(nowMs) ? 1 : this.downlink.repairCopies
  }

  /** Within it no repair can have been missed. Reports of loss are too rare to know of a queue in time. */
  repairRoundTripMs(nowMs: number): number {
    const tripMs = this.#isTight(nowMs) ? (this.estimate?.roundTripMs ?? 0) : 0
    return Math.max(tripMs, this.roundTrip.assumedMs)
  }

  acquire(): Uint8Array {
    return this.#ports.acquire()
  }

  /** The packet would not fit. */
  abandon(slot: Uint8Array): void {
    this.#ports.release(slot)
    this.#counters.drop('too-large')
  }

  /** For a packet that carries the extension: numbers without one would look lost. */
  takeTransportSequence(): number {
    this.#transportSequence = (this.#transportSequence + 1) & 0xff_ff
    return this.#transportSequence
  }

  /** Protects and queues a packet that stands in a slot of `acquire`. */
  sendRtp(slot: Uint8Array, length: number, isRepair: boolean, isTimed: boolean, nowMs: number): void {
    const protectedLength = this.srtp?.protectRtp(slot, length) ?? -1
    if (protectedLength < 0) {
      this.#ports.release(slot)
      return this.#counters.drop('not-protected')
    }
    this.meter.add(length)
    // All that a trunk sends is numbered, and its number was just taken.
    this.estimate?.noteSent(this.#transportSequence, length, nowMs)
    if (isTimed) this.timedMeter.add(length)
    if (isRepair) {
      this.#counters.retransmittedPackets += 1
      this.#repairMeter.add(length)
    } else {
      this.forwardedPackets += 1
      this.#counters.forwardedPackets += 1
      this.#counters.forwardedBytes += length
      this.#repairBytes = Math.min(
        this.#bounds.repairBurstBytes,
        this.#repairBytes + length * relayLimits.repairShare,
      )
    }
    this.#ports.queue(slot, protectedLength, this.#link)
  }

  /** Copies, since reports are written before it is known whether they fit into one packet. */
  sendRtcp(bytes: Uint8Array, length: number): void {
    if (!this.isOpen || length === 0) return
    const slot = this.#ports.acquire()
    for (let at = 0; at < length; at += 1) slot[at] = bytes[at] ?? 0
    const protectedLength = this.srtp?.protectRtcp(slot, length) ?? -1
    if (protectedLength < 0) {
      this.#ports.release(slot)
      return this.#counters.drop('not-protected')
    }
    this.#ports.queue(slot, protectedLength, this.#link)
  }

  mayRepair(bytes: number): boolean {
    if (this.#repairBytes < bytes) return false
    this.#repairBytes -= bytes
    return true
  }

  #isTight(nowMs: number): boolean {
    return this.estimate !== null && nowMs - this.estimate.troubledMs < tightMs
  }
}
