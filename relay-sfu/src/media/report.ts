/** What a media thread tells of itself when asked (`MediaReport`). */
import type { MediaReport } from './boundary.ts'
import type { Counters } from './counters.ts'
import type { MediaLink } from './media-link.ts'

export function reportOf(all: readonly (MediaLink | null)[], counters: Counters): MediaReport {
  const links = all.filter((link) => link !== null)
  const { receivedPackets, receivedBytes, forwardedPackets, forwardedBytes } = counters
  return {
    links: links.length,
    publications: sum(links, (link) => link.ingress.publications.filter((one) => one !== null).length),
    filledSlots: sum(links, (link) => link.slots.filter((slot) => slot?.publication).length),
    receivedPackets,
    receivedBytes,
    forwardedPackets,
    forwardedBytes,
    droppedPackets: Object.fromEntries(counters.dropped),
    retransmittedPackets: counters.retransmittedPackets,
    sentNacks: counters.sentNacks,
    sentKeyFrameRequests: counters.sentKeyFrameRequests,
    byLink: links.map((link) => ({
      link: link.index,
      receivedPackets: link.receivedPackets,
      forwardedPackets: link.sender.forwardedPackets,
      rttMs: link.sender.roundTrip.measuredMs,
      lossShare: link.sender.downlink.lossShare,
      estimateBps: finite(link.sender.estimate?.bitrateBps ?? Infinity),
    })),
  }
}

const finite = (bitrateBps: number): number | null => (bitrateBps === Infinity ? null : bitrateBps)

const sum = (links: readonly MediaLink[], count: (link: MediaLink) => number): number =>
  links.reduce((total, link) => total + count(link), 0)
