/** The relay's whole transport, media thread included, in a process of its own; the benchmark stands in for its rooms. */
import { randomBytes } from 'node:crypto'
import type { LinkId } from '@video-room/shared/ids.ts'
import type { SectionFacts } from '@video-room/shared/sdp/facts.ts'
import type { Source } from '@video-room/shared/source.ts'
import type { RelayCandidate } from '@video-room/shared/ticket.ts'
import { startTransport } from '../src/io/start-transport.ts'
import type { MediaReport } from '../src/media/boundary.ts'
import { serveOrders } from '../src/io/testing/child-process.ts'
import { collectGarbage } from '../src/io/testing/held-memory.ts'

export interface LinkPlan {
  readonly linkId: LinkId
  readonly sections: readonly SectionFacts[]
  /** What its slots carry. */
  readonly slots: readonly { readonly slot: number; readonly linkId: LinkId; readonly source: Source }[]
}

export interface RelayHello {
  readonly iceKey: Uint8Array
  readonly candidate: RelayCandidate
}

export type RelayOrder =
  | { readonly type: 'open'; readonly links: readonly LinkPlan[] }
  | { readonly type: 'collect' }
  | { readonly type: 'look' }

/** What the process used since it began, of all its threads and of the control thread alone; and what it holds. */
export interface RelayLook {
  readonly cpuUs: number
  readonly controlCpuUs: number
  readonly rssBytes: number
  readonly report: MediaReport
}

const iceKey = randomBytes(32)
const transport = await startTransport(
  { iceKey, udpPort: 0, tcpPort: null, bindAddresses: ['127.0.0.1'], publicAddresses: [] },
  { onSecured: () => {}, onLost: () => {}, onSpeakers: () => {} },
)

function open(links: readonly LinkPlan[]): void {
  for (const { linkId } of links) transport.open(linkId)
  for (const { linkId, sections } of links) {
    transport.command(linkId, { type: 'set-sections', sections })
    transport.command(linkId, { type: 'set-admitted', isAdmitted: true })
  }
  for (const { linkId, slots } of links) {
    for (const { slot, ...publication } of slots)
      transport.command(linkId, { type: 'set-slot', slot, publication })
  }
}

async function look(): Promise<RelayLook> {
  const report = await transport.report()
  const { user, system } = process.cpuUsage()
  const control = process.threadCpuUsage()
  return {
    cpuUs: user + system,
    controlCpuUs: control.user + control.system,
    rssBytes: process.memoryUsage.rss(),
    report,
  }
}

const [candidate] = transport.candidates
serveOrders({ iceKey, candidate }, async (order: RelayOrder): Promise<RelayLook> => {
  if (order.type === 'open') open(order.links)
  else if (order.type === 'collect') await collectGarbage()
  return look()
})
