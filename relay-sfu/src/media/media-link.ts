/**
 * Decides: what one link is to a media thread: what it sends, its slots, what of it is due when.
 * Does not decide: which link gets what (control); what is written (upstream-reports.ts, downstream-reports.ts).
 * Invariants: known sections keep their state over newer facts, slots their numbers; a closed link leaves nothing behind.
 */
import { relayLimits } from '../limits.ts'
import { slotSsrc, type SectionFacts } from '@video-room/shared/sdp/facts.ts'
import type { Source } from '@video-room/shared/source.ts'
import type { LinkIndex, PublicationRef, TrunkIncoming, TrunkOutgoing } from './boundary.ts'
import { Egress, type EgressShared } from './egress.ts'
import { Ingress, type IngressShared } from './ingress.ts'
import { occupantBounds, trunkBounds } from './link-bounds.ts'
import { LinkSender } from './link-sender.ts'
import type { MediaPorts } from './ports.ts'
import { Publication } from './publication.ts'
import { RoundTrip } from './round-trip.ts'
import { feedbackEveryMs } from './transport-arrivals.ts'
import { Trunk } from './trunk.ts'
import { sendRequests, sendTransportFeedback } from './upstream-reports.ts'

export class MediaLink {
  readonly index: LinkIndex
  readonly ingress: Ingress
  readonly sender: LinkSender
  /** Null: the other end is an occupant. */
  readonly trunk: Trunk | null
  /** By the index of their sections; of a trunk, all its streams. */
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

  constructor(index: LinkIndex, ports: MediaPorts, shared: IngressShared & EgressShared, isTrunk = false) {
    const roundTrip = new RoundTrip()
    const bounds = isTrunk ? trunkBounds : occupantBounds
    this.index = index
    this.#shared = shared
    this.ingress = new Ingress(shared, roundTrip, bounds, isTrunk)
    this.sender = new LinkSender(index, ports, shared.counters, roundTrip, bounds)
    this.trunk = isTrunk ? new Trunk(index, this.sender, shared) : null
  }

  publicationOf({ source, mid }: Pick<PublicationRef, 'source' | 'mid'>): Publication | null {
    if (this.trunk) return mid === undefined ? null : this.trunk.publicationOf(mid)
    return this.ingress.publications.find((publication) => publication?.source === source) ?? null
  }

  /** What has this SSRC at the far end. */
  slotOf(ssrc: number): Egress | null {
    return this.trunk ? this.trunk.slotOf(ssrc) : (this.slots[(ssrc - slotSsrc(0)) / 2] ?? null)
  }

  /** Slots that showed what does not come any more must be pointed anew, here and below. */
  setTrunk(incoming: readonly TrunkIncoming[], outgoing: readonly TrunkOutgoing[]): void {
    if (!this.trunk) return
    this.trunk.setIncoming(incoming)
    this.trunk.setOutgoing(outgoing)
    this.ingress.setPublications(this.trunk.publications)
    this.slots = this.trunk.slots
  }

  setSections(sections: readonly SectionFacts[]): void {
    if (this.trunk) return
    const before = this.ingress.publications
    const publications = sections.map((section, index) =>
      this.#publicationFor(section, before[index] ?? null),
    )
    this.ingress.setPublications(publications)
    const slots = sections.map((section, index) => this.#slotFor(section, index))
    for (const slot of this.slots) if (slot && !slots.includes(slot)) slot.empty()
    this.slots = slots
  }

  setForwarded(source: Source, isForwarded: boolean): void {
    if (this.trunk) return
    if (isForwarded) this.mutedSources.delete(source)
    else this.mutedSources.add(source)
    this.publicationOf({ source })?.setForwarded(isForwarded)
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
        sendTransportFeedback(this.ingress, this.sender, this.trunk !== null)
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
      const shape = { ssrc: slotSsrc(index), section, pinned: null }
      return new Egress(shape, relayLimits.modestWidthPx, this.sender, this.#shared)
    }
    before.output.setSection(section)
    return before
  }
}
