/**
 * STUN of all links: what asks to be one, what answers our own questions, and at which thread's port. What a ticket is worth is
 * decided by ice-lite.ts, what an answer means by ice-dial.ts and prober.ts.
 */
import type { LinkId } from '@video-room/shared/ids.ts'
import type { MediaEvent, RemoteAddress } from '../media/boundary.ts'
import { parseStunAnswer, type StunAnswer } from '../wire/stun-ask.ts'
import { isSameAddress } from './demux.ts'
import type { Dialler } from './dialler.ts'
import { IceLite } from './ice-lite.ts'
import type { MediaThreads } from './media-threads.ts'
import type { Prober } from './prober.ts'
import type { TransportLink, TransportLinks } from './transport-links.ts'

export type DatagramEvent = Extract<MediaEvent, { type: 'datagram' }>

/** Relays measure their distances from here to there (RG8). */
export const probingThread = 0

export interface LinkChecksPorts {
  readonly threads: MediaThreads
  readonly links: TransportLinks
  readonly dialler: Dialler
  readonly prober: Prober
  /** Something authentic came. */
  readonly heard: (link: TransportLink) => void
  readonly refuse: (why: string) => void
}

export class LinkChecks {
  readonly #ice: IceLite
  readonly #ports: LinkChecksPorts

  constructor(iceKey: Uint8Array, ports: LinkChecksPorts) {
    this.#ice = new IceLite(iceKey)
    this.#ports = ports
  }

  receive(event: DatagramEvent, thread: number): void {
    const answer = parseStunAnswer(event.bytes)
    if (answer === null) this.#receiveRequest(event, thread)
    else this.#receiveAnswer(answer, event, thread)
  }

  /** Packets for the link go there from now on. */
  moveTo(link: TransportLink, to: RemoteAddress): void {
    if (link.sendTo !== null && isSameAddress(link.sendTo, to)) return
    link.sendTo = to
    this.#ports.threads.post(link.thread, { type: 'set-address', link: link.index, to })
  }

  /** The link is gone, and what opened it. */
  forget(linkId: LinkId): void {
    this.#ice.forget(linkId)
  }

  #receiveAnswer(answer: StunAnswer, { bytes, from, link: index }: DatagramEvent, thread: number): void {
    const { links, dialler, prober, heard, refuse } = this.#ports
    // Sockets have numbers of their own on each thread: what comes to another one is no answer to a probe.
    if (thread === probingThread && prober.receive(answer, from)) return
    const link = index === null ? undefined : links.at(index)
    if (!link) return refuse('stun-unasked')
    const verdict = dialler.receive(link.id, answer, bytes, from)
    if (verdict === 'alive' || verdict === 'connected') heard(link)
    else refuse(verdict)
  }

  #receiveRequest({ bytes, from, link: fromLink }: DatagramEvent, thread: number): void {
    const { threads, links, heard, refuse } = this.#ports
    const verdict = this.#ice.receive(bytes, from, Date.now() / 1_000, (linkId) => links.isBarred(linkId))
    if (verdict.type === 'refused') return refuse(verdict.why)
    if (verdict.type === 'answered') return threads.send(thread, verdict.reply, from)
    const { linkId, useCandidate, reply } = verdict
    const link = links.get(linkId) ?? links.add(linkId, false, performance.now(), thread)
    if (link === null) {
      this.#ice.forget(linkId)
      refuse('too-many-pending')
      return
    }
    // RG8: nobody's ticket names two threads.
    if (link.thread !== thread) return refuse('stun-elsewhere')
    heard(link)
    if (fromLink !== link.index) threads.post(thread, { type: 'add-address', link: link.index, from })
    // The first address is used at once: browsers start DTLS there and nominate (USE-CANDIDATE) 40 to 150 ms later.
    if (link.sendTo === null || useCandidate) this.moveTo(link, from)
    threads.send(thread, reply, from)
  }
}
