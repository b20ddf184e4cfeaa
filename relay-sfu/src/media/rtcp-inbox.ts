/**
 * Decides: what is done about each statement of a link's RTCP.
 * Does not decide: what the bytes say (wire/rtcp.ts).
 * Invariants: a link speaks only for SSRCs it sends and about slots it has; anything else changes nothing.
 */
import { slotSsrc } from '@video-room/shared/sdp/facts.ts'
import { readRtcp, type RtcpHandler } from '../wire/rtcp.ts'
import type { Egress } from './egress.ts'
import type { MediaLink } from './media-link.ts'
import { roundTripMs, unixMsOfNtp } from './ntp.ts'

/**
 * Fewer packets than this say nothing about a share of them. Of 20, at 5 % of loss by chance, one window in thirteen loses more
 * than a tenth, which would pass for an overflowing queue (downlink.ts) and cost the viewer a layer; of 200, one in a thousand.
 */
const packetsForShare = 200
/** A report that steps further began anew. */
const stepMax = 0xff_ff

export class RtcpInbox implements RtcpHandler {
  #link: MediaLink | null = null
  #nowMs = 0
  #wallMs = 0

  /** False: malformed. */
  read(link: MediaLink, bytes: Uint8Array, length: number, nowMs: number, wallMs: number): boolean {
    this.#link = link
    this.#nowMs = nowMs
    this.#wallMs = wallMs
    const isGood = readRtcp(bytes, length, this)
    if (link.expectedPackets >= packetsForShare) {
      const share = Math.max(0, Math.min(1, link.lostPackets / link.expectedPackets))
      link.sender.downlink.noteLoss(share, link.sender.meter.bitrateBps(nowMs), nowMs)
      link.expectedPackets = 0
      link.lostPackets = 0
    }
    this.#link = null
    return isGood
  }

  onSenderReport(ssrc: number, ntpSeconds: number, ntpFraction: number, rtpTimestamp: number): void {
    const entry = this.#link?.ingress.ssrcs.get(ssrc)
    if (!entry || entry.isRtx) return
    entry.layer.noteReport(ntpSeconds, ntpFraction, rtpTimestamp, this.#nowMs)
    this.#link?.ingress.clock.note(unixMsOfNtp(ntpSeconds, ntpFraction), this.#wallMs)
  }

  onReportBlock(
    _reporterSsrc: number,
    ssrc: number,
    fractionLost: number,
    _cumulativeLost: number,
    extendedHighest: number,
    _jitter: number,
    lastSr: number,
    delaySinceLastSr: number,
  ): void {
    const slot = this.#slotOf(ssrc)
    const link = this.#link
    if (!slot || !link) return
    link.sender.roundTrip.note(roundTripMs(this.#wallMs, lastSr, delaySinceLastSr))
    const expected = slot.reportedHighest === -1 ? 0 : (extendedHighest - slot.reportedHighest) >>> 0
    slot.reportedHighest = extendedHighest
    if (expected > stepMax) return
    link.expectedPackets += expected
    link.lostPackets += (expected * fractionLost) / 256
  }

  onCname(): void {
    // A link is one endpoint whatever it calls itself.
  }

  onBye(ssrc: number): void {
    this.#link?.ingress.ssrcs.forget(ssrc)
  }

  onNack(mediaSsrc: number, sequenceNumber: number): void {
    this.#slotOf(mediaSsrc)?.resend(sequenceNumber, this.#nowMs)
  }

  onPli(mediaSsrc: number): void {
    this.#slotOf(mediaSsrc)?.requestKeyFrame()
  }

  onFir(mediaSsrc: number): void {
    this.#slotOf(mediaSsrc)?.requestKeyFrame()
  }

  onRemb(_mediaSsrc: number, bitrateBps: number): void {
    const sender = this.#link?.sender
    sender?.downlink.noteRemb(bitrateBps, sender.timedMeter.bitrateBps(this.#nowMs), this.#nowMs)
  }

  onTransportFeedback(): void {
    // The estimator that reads it comes with the quality issue; loss and REMB serve until then.
  }

  onApplication(): void {
    // An occupant has no such words.
  }

  #slotOf(ssrc: number): Egress | null {
    const index = (ssrc - slotSsrc(0)) / 2
    return this.#link?.slots[index] ?? null
  }
}
