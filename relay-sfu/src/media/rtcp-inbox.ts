/**
 * Decides: what is done about each statement of a link's RTCP.
 * Does not decide: what the bytes say (wire/rtcp.ts).
 * Invariants: a link speaks only for SSRCs it sends and about slots it has; anything else changes nothing.
 */
import { readWants } from '../wire/rtcp-want.ts'
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
  #isGood = true
  readonly #onWant = (mid: string, mask: number): void => {
    const trunk = this.#link?.trunk
    if (trunk?.heard.note(mid, mask, this.#nowMs)) trunk.hasNews = true
  }

  /** False: malformed. */
  read(link: MediaLink, bytes: Uint8Array, length: number, nowMs: number, wallMs: number): boolean {
    this.#link = link
    this.#nowMs = nowMs
    this.#wallMs = wallMs
    this.#isGood = true
    const isGood = readRtcp(bytes, length, this)
    if (link.expectedPackets >= packetsForShare) {
      const share = Math.max(0, Math.min(1, link.lostPackets / link.expectedPackets))
      link.sender.downlink.noteLoss(share, link.sender.meter.bitrateBps(nowMs), nowMs)
      link.expectedPackets = 0
      link.lostPackets = 0
    }
    this.#link = null
    return isGood && this.#isGood
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
    _fractionLost: number,
    cumulativeLost: number,
    extendedHighest: number,
    _jitter: number,
    lastSr: number,
    delaySinceLastSr: number,
  ): void {
    const slot = this.#slotOf(ssrc)
    const link = this.#link
    if (!slot || !link) return
    link.sender.roundTrip.note(roundTripMs(this.#wallMs, lastSr, delaySinceLastSr))
    const isFirst = slot.reportedHighest === -1
    const expected = isFirst ? 0 : (extendedHighest - slot.reportedHighest) >>> 0
    // By totals: browsers report when something is missing, and what is on its way by then would count each time. What was never
    // sent is missed there, too, and says nothing of this way (T4).
    const lost = Math.min(expected, cumulativeLost - slot.reportedLost) - (slot.holes - slot.reportedHoles)
    slot.reportedHighest = extendedHighest
    slot.reportedLost = cumulativeLost
    slot.reportedHoles = slot.holes
    if (isFirst || expected > stepMax) return
    link.expectedPackets += expected
    link.lostPackets += lost
  }

  onCname(): void {
    // A link is one endpoint whatever it calls itself.
  }

  /** An occupant's SSRC is gone; a trunk's stream rests, and goes on under the same one. */
  onBye(ssrc: number): void {
    const ssrcs = this.#link?.ingress.ssrcs
    const entry = ssrcs?.get(ssrc)
    if (!this.#link?.trunk) return ssrcs?.forget(ssrc)
    if (entry && !entry.isRtx) entry.publication.layerRested(entry.layer, this.#nowMs)
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

  /** Of a trunk. A viewer's loss and REMB serve until its slots are numbered as well. */
  onTransportFeedback(bytes: Uint8Array, offset: number, length: number): void {
    const isGood = this.#link?.sender.estimate?.noteFeedback(bytes, offset, length, this.#nowMs)
    if (isGood === false) this.#isGood = false
  }

  /** A relay says what it wants; an occupant says that by way of the room. */
  onApplication(bytes: Uint8Array, offset: number, length: number): void {
    if (this.#link?.trunk) readWants(bytes, offset, length, this.#onWant)
  }

  #slotOf(ssrc: number): Egress | null {
    return this.#link?.slotOf(ssrc) ?? null
  }
}
