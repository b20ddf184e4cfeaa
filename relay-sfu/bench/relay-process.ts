/** The relay's whole transport, media threads included, in a process of its own; the benchmark stands in for its rooms. */
import { randomBytes } from 'node:crypto'
import type { LinkId } from '@video-room/shared/ids.ts'
import { assertNever } from '@video-room/shared/lang.ts'
import type { SectionFacts } from '@video-room/shared/sdp/facts.ts'
import type { RelayCandidate, RelayTicket } from '@video-room/shared/ticket.ts'
import type { LinkCommand, LinkPublication } from '../src/control/link-command.ts'
import { startTransport } from '../src/io/start-transport.ts'
import type { MediaReport } from '../src/media/boundary.ts'
import { serveOrders } from '../src/io/testing/child-process.ts'
import { collectGarbage } from '../src/io/testing/held-memory.ts'

export interface LinkPlan {
  readonly linkId: LinkId
  readonly sections: readonly SectionFacts[]
  /** What its slots carry. */
  readonly slots: readonly (LinkPublication & { readonly slot: number })[]
}

/** As a room lists it: the end with a ticket dials. */
export interface TrunkOrder {
  readonly linkId: LinkId
  readonly ticket: RelayTicket | null
}

export interface RelayHello {
  readonly iceKey: Uint8Array
  readonly fingerprint: string
  /** Of its first media thread. */
  readonly candidate: RelayCandidate
  /** One of each thread. */
  readonly candidates: readonly RelayCandidate[]
}

export type RelayOrder =
  | { readonly type: 'open'; readonly links: readonly LinkPlan[]; readonly thread?: number }
  | { readonly type: 'join'; readonly trunk: TrunkOrder }
  /** Answered when it is up. */
  | { readonly type: 'await'; readonly linkId: LinkId }
  | { readonly type: 'command'; readonly linkId: LinkId; readonly command: LinkCommand }
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
const threads = Number(process.env['MEDIA_THREADS'] ?? 1)
const secured = new Set<LinkId>()
const waiting = new Map<LinkId, () => void>()
const transport = await startTransport(
  { iceKey, threads, udpPort: 0, tcpPort: null, bindAddresses: ['127.0.0.1'], publicAddresses: [] },
  {
    onSecured: (linkId) => {
      secured.add(linkId)
      waiting.get(linkId)?.()
    },
    onLost: () => {},
    onSpeakers: () => {},
  },
)

function open(links: readonly LinkPlan[], thread: number): void {
  for (const { linkId } of links) transport.open(linkId, { thread })
  for (const { linkId, sections } of links) {
    transport.command(linkId, { type: 'set-sections', sections })
    transport.command(linkId, { type: 'set-admitted', isAdmitted: true })
  }
  for (const { linkId, slots } of links) {
    for (const { slot, ...publication } of slots)
      transport.command(linkId, { type: 'set-slot', slot, publication })
  }
}

/** The benchmark knows both ends: whose certificate it is needs no proof. */
function join({ linkId, ticket }: TrunkOrder): void {
  if (ticket === null) transport.open(linkId, { isTrunk: true })
  else transport.dial(linkId, ticket)
  transport.command(linkId, { type: 'set-admitted', isAdmitted: true })
}

const isUp = (linkId: LinkId): Promise<void> =>
  new Promise((resolve) => {
    if (secured.has(linkId)) resolve()
    else waiting.set(linkId, resolve)
  })

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

async function obey(order: RelayOrder): Promise<void> {
  switch (order.type) {
    case 'open':
      return open(order.links, order.thread ?? 0)
    case 'join':
      return join(order.trunk)
    case 'await':
      return isUp(order.linkId)
    case 'command':
      return transport.command(order.linkId, order.command)
    case 'collect':
      await collectGarbage()
      return
    case 'look':
      return
    default:
      assertNever(order)
  }
}

const { candidates, fingerprint } = transport
const [candidate] = candidates
serveOrders({ iceKey, fingerprint, candidate, candidates }, async (order: RelayOrder): Promise<RelayLook> => {
  await obey(order)
  return look()
})
