/**
 * Decides: what a publisher is told: transport-wide feedback, requests for packets and key frames, reception reports.
 * Does not decide: when each is due (media-link.ts).
 * Invariants: feedback names one of the publisher's own SSRCs, or browsers ignore it; RTX SSRCs are in no report, so that
 * their packets go on naming their sections.
 */
import { slotSsrc } from '@video-room/shared/sdp/facts.ts'
import { writeCname, writeNack, writePli, writeReceiverReport, writeReportBlock } from '../wire/rtcp-write.ts'
import { sequenceNumberOf } from '../wire/sequence.ts'
import { TransportFeedbackWriter } from '../wire/transport-cc.ts'
import type { Counters } from './counters.ts'
import type { Ingress } from './ingress.ts'
import type { Layer } from './layer.ts'
import type { LinkSender } from './link-sender.ts'

/** What the relay calls itself in RTCP: the SSRC of section 0, which is never a slot (RL7). */
export const relaySsrc = slotSsrc(0)
/**
 * One CNAME for all slots: it says that their timestamps are on one clock (RFC 3550, section 6.5.1), the relay's, which is
 * so; and it is what the answer's SSRC lines say, whichever occupant a slot carries.
 */
export const relayCname = Uint8Array.from('relay', (letter) => letter.codePointAt(0) ?? 0)

/** Leaves room for SRTP and fits every path. Bytes. */
const rtcpMaxBytes = 1_200
/** What the five-bit count can say. */
const reportBlocksMax = 31
/** Of what has been silent for longer there is nothing new to say: layers of a trunk that nobody wants. */
const heardWithinMs = 2_000

const scratch = new Uint8Array(rtcpMaxBytes)
const numbers: number[] = []
const feedbackWriter = new TransportFeedbackWriter()

/** Between relays the media SSRC means nothing: what came may be nobody's. */
export function sendTransportFeedback(ingress: Ingress, sender: LinkSender, isTrunk: boolean): void {
  const mediaSsrc = isTrunk ? relaySsrc : anySsrc(ingress)
  const { arrivals } = ingress
  if (mediaSsrc === -1 || !arrivals) return
  while (arrivals.isDue) {
    sender.sendRtcp(scratch, arrivals.write(scratch, feedbackWriter, relaySsrc, mediaSsrc))
  }
}

/** What is due of one layer. */
export function sendRequests(layer: Layer, sender: LinkSender, counters: Counters, nowMs: number): void {
  if (nowMs >= layer.missing.nextMs) {
    const givenUp = layer.missing.collect(nowMs, sender.roundTrip.assumedMs)
    if (givenUp > 0) layer.keyFrames.wish()
    sendNack(layer, sender, counters)
  }
  if (layer.ssrc !== -1 && layer.keyFrames.take(nowMs)) {
    counters.sentKeyFrameRequests += 1
    sender.sendRtcp(scratch, writePli(scratch, 0, relaySsrc, layer.ssrc))
  }
}

function sendNack(layer: Layer, sender: LinkSender, counters: Counters): void {
  const { asked } = layer.missing
  if (asked.length === 0) return
  numbers.length = 0
  for (const sequence of asked) numbers.push(sequenceNumberOf(sequence))
  counters.sentNacks += 1
  sender.sendRtcp(scratch, writeNack(scratch, 0, relaySsrc, layer.ssrc, numbers, numbers.length))
}

/**
 * RFC 3550, section 6.4.2: about every SSRC that was heard. An empty one goes out as well: it is the sign of life by which
 * whoever sends and receives no media knows that the link is there (LK3).
 */
export function sendReceptionReport(ingress: Ingress, sender: LinkSender, nowMs: number): void {
  let end = writeReceiverReport(scratch, 0, relaySsrc)
  let blocks = 0
  for (const publication of ingress.publications) {
    for (const layer of publication?.layers ?? []) {
      if (nowMs - layer.lastPacketMs > heardWithinMs || layer.stats.highest === -1) continue
      // A trunk's streams take several reports.
      if (blocks === reportBlocksMax) {
        sender.sendRtcp(scratch, end)
        end = writeReceiverReport(scratch, 0, relaySsrc)
        blocks = 0
      }
      end = writeBlock(layer, end, nowMs)
      blocks += 1
    }
  }
  sender.sendRtcp(scratch, writeCname(scratch, end, relaySsrc, relayCname))
}

function writeBlock({ ssrc, stats, report }: Layer, offset: number, nowMs: number): number {
  const delay = report === null ? 0 : Math.round((nowMs - report.arrivalMs) * 65.536) >>> 0
  return writeReportBlock(
    scratch,
    0,
    offset,
    ssrc,
    stats.takeFractionLost(),
    stats.cumulativeLost,
    stats.reportedHighest,
    stats.jitter,
    report?.middle ?? 0,
    delay,
  )
}

function anySsrc(ingress: Ingress): number {
  for (const publication of ingress.publications) {
    for (const layer of publication?.layers ?? []) if (layer.ssrc !== -1) return layer.ssrc
  }
  return -1
}
