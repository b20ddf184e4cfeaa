/** A transport that keeps a book of its orders, and news on demand. */
import type { LinkId } from '@video-room/shared/ids.ts'
import type { RelayCandidate, RelayTicket } from '@video-room/shared/ticket.ts'
import type { LinkCommand } from '../control/link-command.ts'
import type { Measured } from '../control/relay-distances.ts'
import type { LinkPlace, Transport, TransportEvents, TransportOptions } from '../io/transport.ts'
import type { StartTransport } from '../relay-driver.ts'

export class FakeTransport implements Transport {
  readonly candidates = [{ protocol: 'udp', address: '192.0.2.1', port: 3478 }] as const
  readonly fingerprint = Array.from({ length: 32 }, () => 'EF').join(':')
  readonly orders = new Map<LinkId, LinkCommand[]>()
  /** Which media thread each link was opened on. */
  readonly threads = new Map<LinkId, number | undefined>()
  isStopped = false
  /** What relays answer that are asked how far they are, by address. */
  readonly distancesMs = new Map<string, number>()
  #options: TransportOptions | null = null
  #events: TransportEvents | null = null

  readonly start: StartTransport = async (options, events) => {
    this.#options = options
    this.#events = events
    return this
  }

  get options(): TransportOptions {
    if (this.#options === null) throw new Error('not started')
    return this.#options
  }

  get events(): TransportEvents {
    if (this.#events === null) throw new Error('not started')
    return this.#events
  }

  open(linkId: LinkId, place: LinkPlace = {}): void {
    this.orders.set(linkId, [])
    this.threads.set(linkId, place.thread)
  }

  dial(linkId: LinkId, _ticket: RelayTicket, thread?: number): void {
    this.orders.set(linkId, [])
    this.threads.set(linkId, thread)
  }

  roundTripMs(): number | null {
    return null
  }

  close(linkId: LinkId): void {
    this.orders.delete(linkId)
  }

  command(linkId: LinkId, command: LinkCommand): void {
    this.orders.get(linkId)?.push(command)
  }

  isAdmitted(linkId: LinkId): boolean {
    return this.orders.get(linkId)?.findLast((one) => one.type === 'set-admitted')?.isAdmitted ?? false
  }

  async probe([candidate]: readonly RelayCandidate[]): Promise<Measured> {
    const rttMs = this.distancesMs.get(candidate?.address ?? '') ?? null
    return { rttMs, asked: 4, answered: rttMs === null ? 0 : 4 }
  }

  async report() {
    return {
      links: this.orders.size,
      publications: 0,
      filledSlots: 0,
      receivedPackets: 1,
      receivedBytes: 2,
      forwardedPackets: 3,
      forwardedBytes: 4,
      droppedPackets: { muted: 5 },
      retransmittedPackets: 6,
      sentNacks: 7,
      sentKeyFrameRequests: 8,
      byLink: [],
    }
  }

  async stop(): Promise<void> {
    this.isStopped = true
  }
}
