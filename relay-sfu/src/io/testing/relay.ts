/** A relay's transport with its media loops in the test's own thread, and all that it says. */
import { randomBytes } from 'node:crypto'
import type { LinkId } from '@video-room/shared/ids.ts'
import { candidatesOfThread } from '@video-room/shared/relay-threads.ts'
import type { RelayCandidate } from '@video-room/shared/ticket.ts'
import { startMediaInline } from '../media-thread.ts'
import { startTransport } from '../start-transport.ts'
import type { Transport, TransportOptions } from '../transport.ts'
import { EchoLogic } from './echo-logic.ts'
import { mintTicket, randomLinkId, type TestTicket } from './tickets.ts'
import { within } from './wire.ts'

export interface TestRelay {
  readonly transport: Transport
  /** Of thread 0. */
  readonly logic: EchoLogic
  /** Of each thread. */
  readonly logics: readonly EchoLogic[]
  readonly secured: { readonly linkId: LinkId; readonly fingerprint: string }[]
  readonly lost: { readonly linkId: LinkId; readonly why: string }[]
  readonly udp: RelayCandidate
  readonly tcp: RelayCandidate
  /** Where one of its threads is. */
  candidate(protocol: 'udp' | 'tcp', thread: number): RelayCandidate
  mint(linkId?: LinkId, expiresAtS?: number): TestTicket
  /** Resolves when the condition holds; looked at whenever the relay says something. */
  until(what: string, isSo: () => boolean): Promise<void>
  drops(): Promise<Readonly<Record<string, number>>>
}

export async function startTestRelay(options: Partial<TransportOptions> = {}): Promise<TestRelay> {
  const { iceKey = randomBytes(32) } = options
  const secured: TestRelay['secured'][number][] = []
  const lost: TestRelay['lost'][number][] = []
  const watchers = new Set<() => void>()
  const logics: EchoLogic[] = []
  let threads = 0
  const look = (): void => {
    for (const watcher of watchers) watcher()
  }
  const transport = await startTransport(
    {
      udpPort: 0,
      tcpPort: 0,
      bindAddresses: ['127.0.0.1'],
      publicAddresses: [],
      ...options,
      iceKey,
    },
    {
      onSecured: (linkId, fingerprint) => {
        secured.push({ linkId, fingerprint })
        look()
      },
      onLost: (linkId, why) => {
        lost.push({ linkId, why })
        look()
      },
      onSpeakers: look,
    },
    (threadOptions) => {
      const thread = threads
      threads += 1
      return startMediaInline(
        threadOptions,
        (ports) => {
          const logic = new EchoLogic(ports)
          logics[thread] = logic
          return logic
        },
        () => {},
      )
    },
  )
  const candidate = (protocol: 'udp' | 'tcp', thread: number): RelayCandidate =>
    candidatesOfThread(transport.candidates, thread).find((one) => one.protocol === protocol)!
  return {
    transport,
    logic: logics[0]!,
    logics,
    secured,
    lost,
    udp: candidate('udp', 0),
    tcp: candidate('tcp', 0),
    candidate,
    mint: (linkId = randomLinkId(), expiresAtS) => mintTicket(iceKey, linkId, expiresAtS),
    until: (what, isSo) => {
      let watcher = (): void => {}
      const happened = new Promise<void>((resolve) => {
        watcher = () => {
          if (isSo()) resolve()
        }
        watchers.add(watcher)
        watcher()
      })
      return within(5_000, what, happened).finally(() => watchers.delete(watcher))
    },
    drops: async () => (await transport.report()).droppedPackets,
  }
}
