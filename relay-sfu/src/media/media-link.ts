/**
 * Decides: what one link is to a media thread: what it sends, its slots, what of it is due when.
 * Does not decide: which link gets what (control); what is written (upstream-reports.ts, downstream-reports.ts).
 * Invariants: known sections keep their state over newer facts, slots their numbers; a closed link leaves nothing behind.
 */
import { relayLimits } from '../limits.ts'
import type { SectionFacts } from '@video-room/shared/sdp/facts.ts'
import type { Source } from '@video-room/shared/source.ts'
import type { LinkIndex } from './boundary.ts'
import { Egress, type EgressShared } from './egress.ts'
import { Ingress, type IngressShared } from './ingress.ts'
import { LinkSender } from './link-sender.ts'
import type { MediaPorts } from './ports.ts'
import { Publication } from './publication.ts'
import { RoundTrip } from './round-trip.ts'
import { feedbackEveryMs } from './transport-arrivals.ts'
import { sendRequests, sendTransportFeedback } from './upstream-reports.ts'

export class MediaLink {
  readonly index: LinkIndex
  readonly ingress: Ingress
  readonly sender: LinkSender
  /** By the index of their sections. */
  slots: readonly (Egress | null)[] = []
  readonly mutedSources = new Set<Source>()
  receivedPackets = 0
  /** When it was last reported as heard. */
  heardMs = -Infinity
  hasMisbehaved = false
  /** Of receiver reports, since the last share of loss. */
  expectedPackets = 0
  lostPackets = 0
  #feedbackMs = -Infinity
  readonly #shared: IngressShared & EgressShared

  constructor(index: LinkIndex, ports: MediaPorts, shared: IngressShared & EgressShared) {
    const roundTrip = new RoundTrip()
    this.index = index
    this.#shared = shared
    this.ingress = new Ingress(shared, roundTrip)
    this.sender = new LinkSender(index, ports, shared.counters, roundTrip)
  }

  publicationOf(source: Source): Publication | null {
    return this.ingress.publications.find((publication) => publication?.source === source) ?? null
  }

  /** Slots of other links that showed what is not published any more must be pointed anew. */
  setSections(sections: readonly SectionFacts[]): void {
    const before = this.ingress.publications
    const publications = sections.map((section, index) =>
      this.#publicationFor(section, before[index] ?? null),
    )
    this.ingress.setPublications(publications)
    const slots = sections.map((section, index) => this.#slotFor(section, index))
    for (const slot of this.slots) if (slot && !slots.includes(slot)) slot.show(null, 0)
    this.slots = slots
  }

  setForwarded(source: Source, isForwarded: boolean): void {
    if (isForwarded) this.mutedSources.delete(source)
    else this.mutedSources.add(source)
    this.publicationOf(source)?.setForwarded(isForwarded)
  }

  setAdmitted(isAdmitted: boolean): void {
    if (isAdmitted === this.sender.isAdmitted) return
    this.sender.isAdmitted = isAdmitted
    for (const publication of this.ingress.publications) {
      if (!isAdmitted) publication?.voice?.hush()
      publication?.interrupt(null)
    }
    for (const slot of this.slots) slot?.interrupt(null)
  }

  /** What it published is gone. */
  close(): void {
    this.ingress.setPublications([])
  }

  /** Sends what is due, and answers when it wants to be asked again. */
  serve(nowMs: number): number {
    let nextMs = Infinity
    if (this.ingress.arrivals?.isDue) {
      if (nowMs >= this.#feedbackMs + feedbackEveryMs) {
        sendTransportFeedback(this.ingress, this.sender)
        this.#feedbackMs = nowMs
      } else nextMs = this.#feedbackMs + feedbackEveryMs
    }
    for (const publication of this.ingress.publications) {
      if (!publication?.isForwarded || !this.sender.isOpen) continue
      for (const layer of publication.layers) {
        sendRequests(layer, this.sender, this.#shared.counters, nowMs)
        if (layer.ssrc !== -1) nextMs = Math.min(nextMs, layer.missing.nextMs, layer.keyFrames.nextMs)
      }
    }
    return nextMs
  }

  #publicationFor(section: SectionFacts, before: Publication | null): Publication | null {
    const codec = section.codecs[0]
    if (section.direction !== 'send' || section.source === null || !codec) return null
    if (before?.follows(section.source, section, codec)) return before
    return new Publication(this.index, section.source, section, codec, !this.mutedSources.has(section.source))
  }

  #slotFor(section: SectionFacts, index: number): Egress | null {
    if (section.direction !== 'receive') return null
    const before = this.slots[index]
    if (before?.kind !== section.kind) {
      return new Egress(index, section, relayLimits.modestWidthPx, this.sender, this.#shared)
    }
    before.output.setSection(section)
    return before
  }
}
