/** What several media threads report, as one. */
import { entriesOf } from '@video-room/shared/lang.ts'
import type { MediaReport } from '../media/boundary.ts'

type Sums = Omit<MediaReport, 'droppedPackets' | 'byLink'>

const nothing: Sums = {
  links: 0,
  publications: 0,
  filledSlots: 0,
  receivedPackets: 0,
  receivedBytes: 0,
  forwardedPackets: 0,
  forwardedBytes: 0,
  retransmittedPackets: 0,
  sentNacks: 0,
  sentKeyFrameRequests: 0,
}

/** Links have numbers of their own over all threads, so their lists are simply put together. */
export function summedReports(reports: readonly MediaReport[]): MediaReport {
  const sums: Record<keyof Sums, number> = { ...nothing }
  for (const [key] of entriesOf(nothing)) for (const report of reports) sums[key] += report[key]
  const droppedPackets = summedCounts(reports.map((report) => report.droppedPackets))
  return { ...sums, droppedPackets, byLink: reports.flatMap(({ byLink }) => byLink) }
}

export function summedCounts(
  all: readonly Readonly<Record<string, number>>[],
): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {}
  for (const counts of all)
    for (const [reason, count] of Object.entries(counts)) sums[reason] = (sums[reason] ?? 0) + count
  return sums
}
