/**
 * The relay's network, put together: ICE and DTLS on the control thread, everything per packet on the media threads. What
 * passes between them are the messages of media/boundary.ts.
 */
import type { LinkId } from '@video-room/shared/ids.ts'
import { assertNever } from '@video-room/shared/lang.ts'
import type { ThreadCandidate } from '@video-room/shared/relay-threads.ts'
import type { RelayCandidate, RelayTicket } from '@video-room/shared/ticket.ts'
import type { LinkCommand } from '../control/link-command.ts'
import { notMeasured, type Measured } from '../control/relay-distances.ts'
import { relayLimits } from '../limits.ts'
import type { MediaCommand, MediaReport, RemoteAddress, Speaker } from '../media/boundary.ts'
import { dialTargets, probeTarget } from './dial-targets.ts'
import { Dialler } from './dialler.ts'
import { makeDtlsIdentity, type DtlsIdentity } from './dtls-identity.ts'
import { warmUpDtls } from './dtls-warm-up.ts'
import { LinkChecks, probingThread, type DatagramEvent } from './link-checks.ts'
import { LinkHandshakes } from './link-handshakes.ts'
import { mediaCommand } from './media-commands.ts'
import { summedCounts } from './media-reports.ts'
import { MediaThreads, type StartMedia, type ThreadEvent } from './media-threads.ts'
import { Prober } from './prober.ts'
import { TransportLinks, type TransportLink } from './transport-links.ts'
import type { LinkPlace, LinkSpeaker, Transport, TransportEvents, TransportOptions } from './transport.ts'

/** Binds the sockets; rejects when that fails. A media thread that ends later ends the process. */
export async function startTransport(
  options: TransportOptions,
  events: TransportEvents,
  startMedia?: StartMedia,
): Promise<Transport> {
  const identity = await makeDtlsIdentity()
  // The first handshake of a process takes a quarter second; nobody should have to wait for it.
  await warmUpDtls(identity)
  const transport = new RelayTransport(options, events, identity)
  await transport.start(startMedia)
  return transport
}

type LostReason = Parameters<TransportEvents['onLost']>[1]

class RelayTransport implements Transport {
  readonly fingerprint: string
  readonly #options: TransportOptions
  readonly #events: TransportEvents
  readonly #links = new TransportLinks()
  readonly #threads = new MediaThreads((event, thread) => this.#receive(event, thread))
  readonly #checks: LinkChecks
  readonly #handshakes: LinkHandshakes
  readonly #dialler: Dialler
  readonly #prober: Prober
  /** Of what reached this thread: requests refused, handshakes failed, by reason. */
  readonly #refusals: Record<string, number> = {}
  #sweep: NodeJS.Timeout | null = null

  constructor(options: TransportOptions, events: TransportEvents, identity: DtlsIdentity) {
    this.#options = options
    this.#events = events
    this.fingerprint = identity.fingerprint
    this.#handshakes = new LinkHandshakes(identity, this.#links, {
      send: (link, bytes, to) => this.#threads.send(link.thread, bytes, to),
      onSecured: (link) => this.#secured(link),
      onFailed: (link, why) => {
        this.#refuse(why)
        this.#lose(link, 'refused')
      },
      onClosed: (link) => this.#lose(link, 'closed'),
      onTooMany: () => this.#refuse('too-many-handshakes'),
    })
    this.#dialler = new Dialler({
      send: (linkId, { bytes, to }) => {
        const link = this.#links.get(linkId)
        if (link) this.#threads.send(link.thread, bytes, to)
      },
      onConnected: (linkId, at) => this.#greet(this.#links.get(linkId), at),
      onSilent: (linkId) => this.#lose(this.#links.get(linkId), 'silent'),
    })
    this.#prober = new Prober((bytes, to) => this.#threads.send(probingThread, bytes, to))
    this.#checks = new LinkChecks(options.iceKey, {
      threads: this.#threads,
      links: this.#links,
      dialler: this.#dialler,
      prober: this.#prober,
      heard: (link) => this.#heard(link),
      refuse: (why) => this.#refuse(why),
    })
  }

  get candidates(): readonly ThreadCandidate[] {
    return this.#threads.candidates
  }

  async start(startMedia?: StartMedia): Promise<void> {
    await this.#threads.start(this.#options, startMedia)
    this.#sweep = setInterval(() => this.#sweepLinks(), relayLimits.linkSweepMs)
  }

  open(linkId: LinkId, { isTrunk, thread = 0 }: LinkPlace = {}): void {
    this.#links.unbar(linkId)
    const known = this.#links.get(linkId)
    if (known?.isOpen) return
    const isHere = known?.thread === thread
    // Its ticket names other ports: whoever it was comes again, to where it is expected (RG8).
    if (known && !isHere) this.#remove(known)
    if (known && isHere) this.#links.adopt(known)
    const link = known && isHere ? known : this.#add(linkId, true, thread)
    if (link === null) return
    this.#openMedia(link, isTrunk === true)
    if (link.fingerprint === null) return
    // Later, as it would be for a link that comes now: no event during a call.
    queueMicrotask(() => {
      if (this.#links.get(linkId) === link) this.#tellSecured(link)
    })
  }

  dial(linkId: LinkId, ticket: RelayTicket, thread = 0): void {
    const known = this.#links.get(linkId)
    if (known?.isOpen) return
    // Whoever came with a ticket of ours is not who is meant: a link has one dialling end.
    if (known) this.#remove(known)
    this.#links.unbar(linkId)
    const link = this.#add(linkId, true, thread)
    if (link === null) return
    this.#openMedia(link, true)
    const targets = dialTargets(link.index, ticket.candidates, this.#options.bindAddresses)
    // The sockets are the link's alone: answers are those of an acquaintance, and no stranger's flood is before them.
    for (const from of targets) this.#post(link, { type: 'add-address', link: link.index, from })
    if (targets.length > 0 && this.#dialler.begin(linkId, ticket, targets)) return
    queueMicrotask(() => this.#lose(link, 'refused'))
  }

  close(linkId: LinkId): void {
    this.#links.bar(linkId, performance.now())
    const link = this.#links.get(linkId)
    if (link) this.#remove(link)
  }

  command(linkId: LinkId, command: LinkCommand): void {
    const link = this.#links.get(linkId)
    if (!link?.isOpen) return
    this.#post(
      link,
      mediaCommand(command, link.index, (id) => this.#links.onThread(id, link.thread)?.index),
    )
  }

  roundTripMs(linkId: LinkId): number | null {
    return this.#dialler.roundTripMs(linkId)
  }

  async probe(candidates: readonly RelayCandidate[]): Promise<Measured> {
    const to = probeTarget(candidates, this.#options.bindAddresses)
    return to === null ? notMeasured : this.#prober.probe(to)
  }

  /** Neither pending links nor what was refused here is known to the media threads. */
  async report(): Promise<MediaReport> {
    const report = await this.#threads.report()
    const droppedPackets = summedCounts([report.droppedPackets, this.#refusals])
    return { ...report, links: report.links + this.#links.pending, droppedPackets }
  }

  async stop(): Promise<void> {
    if (this.#sweep !== null) clearInterval(this.#sweep)
    for (const link of this.#links.all()) this.#remove(link)
    this.#prober.stop()
    await this.#threads.stop()
  }

  #post({ thread }: TransportLink, command: MediaCommand): void {
    this.#threads.post(thread, command)
  }

  #receive(event: ThreadEvent, thread: number): void {
    switch (event.type) {
      case 'datagram':
        if (event.kind === 'stun') this.#checks.receive(event, thread)
        else this.#receiveDtls(event)
        return
      case 'heard':
        this.#heard(this.#links.at(event.link))
        return
      case 'speakers':
        this.#events.onSpeakers(
          event.speakers.flatMap((speaker) => this.#named(speaker)),
          thread,
        )
        return
      case 'misbehaved':
        this.#refuse(event.why)
        this.#lose(this.#links.at(event.link), 'misbehaved')
        return
      case 'link-closed':
        this.#links.freeIndex(event.link)
        return
      default:
        return assertNever(event)
    }
  }

  #named({ link, ...section }: Speaker): readonly LinkSpeaker[] {
    const linkId = this.#links.at(link)?.id
    return linkId === undefined ? [] : [{ linkId, ...section }]
  }

  /** A dialled relay is where it answered: the handshake begins. */
  #greet(link: TransportLink | undefined, at: RemoteAddress): void {
    if (!link) return
    this.#checks.moveTo(link, at)
    this.#handshakes.begin(link)
  }

  #receiveDtls({ bytes, link: index }: DatagramEvent): void {
    const link = index === null ? undefined : this.#links.at(index)
    if (!link) return
    // Who is dialled answers, and says nothing by themselves.
    if (link.dtls === null && this.#dialler.has(link.id)) return
    this.#handshakes.receive(link, bytes)
  }

  #secured(link: TransportLink): void {
    this.#heard(link)
    this.#dialler.secured(link.id)
    if (!link.isOpen) return
    this.#handKeys(link)
    this.#tellSecured(link)
  }

  /** Not before the room's word: only then is it known what kind of link it is. */
  #openMedia(link: TransportLink, isTrunk: boolean): void {
    this.#post(link, { type: 'open-link', link: link.index, ...(isTrunk ? { isTrunk } : {}) })
    this.#handKeys(link)
  }

  #handKeys(link: TransportLink): void {
    if (link.keys !== null) this.#post(link, { type: 'set-keys', link: link.index, keys: link.keys })
    link.keys = null
  }

  #tellSecured(link: TransportLink): void {
    if (link.fingerprint !== null) this.#events.onSecured(link.id, link.fingerprint)
  }

  #add(linkId: LinkId, isOpen: boolean, thread: number): TransportLink | null {
    return this.#links.add(linkId, isOpen, performance.now(), thread)
  }

  #heard(link: TransportLink | undefined): void {
    if (!link) return
    link.heardAtMs = performance.now()
    this.#dialler.hear(link.id)
  }

  /** Ends a link that the room has not ended. Its tickets open nothing more: the far end comes back with a new link. */
  #lose(link: TransportLink | undefined, why: LostReason): void {
    if (!link || this.#links.get(link.id) !== link) return
    this.#links.bar(link.id, performance.now())
    this.#remove(link)
    if (link.isOpen) this.#events.onLost(link.id, why)
  }

  #remove(link: TransportLink): void {
    link.dtls?.session.close()
    this.#links.remove(link)
    this.#dialler.end(link.id)
    this.#checks.forget(link.id)
    this.#post(link, { type: 'close-link', link: link.index })
  }

  #sweepLinks(): void {
    const nowMs = performance.now()
    for (const link of this.#links.all()) {
      const due = this.#links.due(link, nowMs)
      // The room may still ask for it, with a ticket that is as good as this one was.
      if (due === 'unasked') this.#remove(link)
      else if (due !== null) this.#lose(link, due)
    }
  }

  #refuse(why: string): void {
    this.#refusals[why] = (this.#refusals[why] ?? 0) + 1
  }
}
