/**
 * Decides: what a viewer is told of its slots: sender reports (RFC 3550, section 6.4.1) and their CNAME.
 * Does not decide: when they are due (media-link.ts).
 * Invariants: a report relates a slot's timestamps to the relay's clock as the publisher's own report did to the publisher's,
 * with one shift for all sources of the publisher: sound and picture stay in step. Without a report of the publisher none
 * is made up.
 */
import { writeCname, writeSenderReport } from '../wire/rtcp-write.ts'
import { rtcpPacketsMax } from '../wire/rtcp.ts'
import type { Egress } from './egress.ts'
import { clockRateOf } from './layer.ts'
import type { LinkSender } from './link-sender.ts'
import { ntpFraction, ntpSeconds } from './ntp.ts'
import type { PublisherClock } from './publisher-clock.ts'
import { relayCname } from './upstream-reports.ts'

/** A report and a CNAME each: one datagram in place of sixteen, and no more packets in it than the other end of a trunk reads. */
const pairsMax = rtcpPacketsMax / 2
const scratch = new Uint8Array(1_200)

/** `clockOf` answers the clock of a slot's publisher, or null. */
export function sendSenderReports(
  slots: readonly (Egress | null)[],
  clockOf: (slot: Egress) => PublisherClock | null,
  sender: LinkSender,
  wallMs: number,
): void {
  let end = 0
  let pairs = 0
  for (const slot of slots) {
    const clock = slot ? clockOf(slot) : null
    if (!slot || !clock) continue
    if (pairs === pairsMax) {
      sender.sendRtcp(scratch, end)
      end = 0
      pairs = 0
    }
    const before = end
    end = writeSlotReport(slot, clock, end, wallMs)
    if (end > before) pairs += 1
  }
  sender.sendRtcp(scratch, end)
}

function writeSlotReport(slot: Egress, clock: PublisherClock, offset: number, wallMs: number): number {
  const epoch = slot.munger.current
  const report = epoch?.source?.report
  if (!epoch || !report || slot.output.sentPackets === 0) return offset
  const sinceMs = wallMs - clock.relayMs(report.publisherMs)
  const ticks = Math.round((sinceMs * clockRateOf(slot.kind)) / 1_000)
  const end = writeSenderReport(
    scratch,
    offset,
    slot.output.ssrc,
    ntpSeconds(wallMs),
    ntpFraction(wallMs),
    (report.rtpTimestamp + ticks + epoch.timestampOffset) >>> 0,
    slot.output.sentPackets,
    slot.output.sentOctets,
  )
  return writeCname(scratch, end, slot.output.ssrc, relayCname)
}
