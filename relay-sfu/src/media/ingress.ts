/**
 * Decides: what happens to a packet that a link sends: whose it is, whether it is new, what is missing before it.
 * Does not decide: which slots take it (egress.ts), when requests go out (upstream-reports.ts).
 * Invariants: what is acknowledged (transport-arrivals.ts) has state here: a browser never sends it again. A relay does, so that
 * of a trunk all is acknowledged that came. Of a muted source nothing passes, while its statistics go on.
 */
import { relayLimits } from '../limits.ts'
import { readAudioLevel, readTransportSequence } from '../wire/header-extensions.ts'
import type { RtpView } from '../wire/rtp.ts'
import { unwrapRtx } from '../wire/rtx.ts'
import type { ActiveSpeaker } from './active-speaker.ts'
import { ByteBudget } from './byte-budget.ts'
import type { Counters } from './counters.ts'
import { isNew, type Layer } from './layer.ts'
import type { LinkBounds } from './link-bounds.ts'
import { vp8WidthPx, type MediaPacket } from './media-packet.ts'
import type { Publication } from './publication.ts'
import { PublisherClock } from './publisher-clock.ts'
import { arrivals, type Arrival } from './reception-stats.ts'
import type { RoundTrip } from './round-trip.ts'
import { SsrcTable, type SsrcEntry } from './ssrc-table.ts'
import { feedbackEveryMs, TransportArrivals } from './transport-arrivals.ts'
import { trunkTransportId } from './trunk-profile.ts'

/** What all links of a thread share. */
export interface IngressShared {
  readonly counters: Counters
  readonly speaker: ActiveSpeaker
  /** The packet on its way; there is one at a time. */
  readonly packet: MediaPacket
  readonly wakeAt: (atMs: number) => void
}

export class Ingress {
  /** By the index of their sections. */
  publications: readonly (Publication | null)[] = []
  readonly ssrcs: SsrcTable
  readonly clock = new PublisherClock()
  /** Null until a packet came that counts for it. */
  arrivals: TransportArrivals | null = null
  isOverBitrate = false
  readonly #shared: IngressShared
  readonly #roundTrip: RoundTrip
  readonly #budget: ByteBudget
  readonly #arrivalsKept: number
  readonly #isTrunk: boolean
  #transportId: number

  constructor(shared: IngressShared, roundTrip: RoundTrip, bounds: LinkBounds, isTrunk: boolean) {
    const bytesPerSecond = bounds.bitrateBps / 8
    this.ssrcs = new SsrcTable(bounds, isTrunk)
    this.#arrivalsKept = bounds.arrivalsKept
    this.#isTrunk = isTrunk
    this.#transportId = isTrunk ? trunkTransportId : 0
    this.#shared = shared
    this.#roundTrip = roundTrip
    this.#budget = new ByteBudget(bytesPerSecond * relayLimits.publisherBurstSeconds, bytesPerSecond)
  }

  setPublications(publications: readonly (Publication | null)[]): void {
    const present = publications.filter((publication) => publication !== null)
    const kept = new Set(present)
    for (const one of this.publications) if (one && !kept.has(one)) one.end()
    this.publications = publications
    this.ssrcs.setPublications(present)
    if (this.#isTrunk) return
    const ids = present.map(({ section }) => section.extensions['transport-wide-cc'])
    this.#transportId = ids.find((id) => id !== undefined) ?? 0
  }

  /** The view is set, the packet authentic and the link admitted. */
  receive(view: RtpView, nowMs: number): void {
    const { counters } = this.#shared
    if (!this.#budget.spend(view.length, nowMs)) {
      this.isOverBitrate = true
      return counters.drop('over-bitrate')
    }
    // What nobody knows yet, or any more, is no loss of the trunk.
    if (this.#isTrunk) this.#acknowledge(view, nowMs)
    const entry = this.ssrcs.find(view, nowMs)
    if (!entry) return counters.drop(this.ssrcs.isFlooded ? 'too-many-ssrcs' : 'unknown-ssrc')
    if (!this.#isOfItsCodec(entry, view)) return counters.drop('unknown-payload-type')
    // What could be a repair of packets that are not known yet must not be acknowledged.
    if (entry.isRtx && entry.layer.ssrc === -1 && view.payloadLength > 0) return counters.drop('unknown-ssrc')
    if (!this.#isTrunk) this.#acknowledge(view, nowMs)
    if (entry.isRtx) this.#receiveRepair(entry, view, nowMs)
    else this.#receiveOriginal(entry, view, nowMs)
  }

  #isOfItsCodec({ publication, layer, isRtx }: SsrcEntry, view: RtpView): boolean {
    const { codec } = publication
    if (view.payloadType === (isRtx ? codec.rtxPayloadType : codec.payloadType)) return true
    return !isRtx && publication.takeCodec(view.payloadType, layer, view.sequenceNumber)
  }

  #acknowledge(view: RtpView, nowMs: number): void {
    const sequence = this.#transportId === 0 ? -1 : readTransportSequence(view, this.#transportId)
    if (sequence === -1) return
    this.arrivals ??= new TransportArrivals(this.#arrivalsKept)
    if (!this.arrivals.isDue) this.#shared.wakeAt(nowMs + feedbackEveryMs)
    this.arrivals.note(sequence, nowMs)
  }

  #receiveOriginal(entry: SsrcEntry, view: RtpView, nowMs: number): void {
    const { layer, publication } = entry
    const { highest: before, lowest } = layer.stats
    const isFirst = layer.lastPacketMs === -Infinity || (publication.isOnDemand && !layer.isActive)
    const arrival = layer.note(view.sequenceNumber, view.timestamp, view.length, nowMs)
    if (!isNew(arrival)) return this.#dropOld(arrival)
    if (arrival === arrivals.restarted) {
      layer.missing.clear()
      layer.history?.clear()
      publication.interrupt(layer)
    } else this.#noteMissing(entry, before, lowest, nowMs)
    if (isFirst) publication.layerArrived(layer, nowMs)
    this.#pass(entry, view, before, nowMs)
  }

  #receiveRepair(entry: SsrcEntry, view: RtpView, nowMs: number): void {
    const { layer, publication } = entry
    const length = unwrapRtx(view, publication.codec.payloadType, layer.ssrc)
    // Browsers probe the bandwidth with empty retransmissions.
    if (length === -1 || !view.set(view.bytes, length)) return this.#shared.counters.drop('padding')
    const { highest: before, lowest } = layer.stats
    const arrival = layer.stats.noteRepair(view.sequenceNumber)
    if (!isNew(arrival)) return this.#dropOld(arrival)
    const roundTripMs = this.#noteMissing(entry, before, lowest, nowMs)
    if (roundTripMs !== -1) this.#roundTrip.note(roundTripMs)
    this.#pass(entry, view, before, nowMs)
  }

  #dropOld(arrival: Arrival): void {
    const { counters } = this.#shared
    if (arrival === arrivals.duplicate) counters.drop('duplicate')
    else counters.drop(arrival === arrivals.tooOld ? 'too-old' : 'strange-sequence')
  }

  /** Takes a late packet off the list, or puts what a new one skipped on it. Answers a round trip, or −1. */
  #noteMissing({ layer, publication }: SsrcEntry, before: number, lowest: number, nowMs: number): number {
    const { extendedSequence } = layer.stats
    const isEarliest = extendedSequence < lowest
    if (extendedSequence < before && !isEarliest) return layer.missing.remove(extendedSequence, nowMs)
    // The row began with a packet that had overtaken others: what lies between may be lost as well.
    const from = isEarliest ? extendedSequence : before
    const to = isEarliest ? lowest : extendedSequence
    if (before === -1 || to - from <= 1) return -1
    if (layer.kind === 'audio' || !publication.isForwarded || !publication.isWatched(layer)) return -1
    if (!layer.missing.addBetween(from, to, nowMs)) layer.keyFrames.wish()
    this.#shared.wakeAt(Math.min(layer.missing.nextMs, layer.keyFrames.nextMs))
    return -1
  }

  #pass({ layer, publication }: SsrcEntry, view: RtpView, before: number, nowMs: number): void {
    const { counters, packet } = this.#shared
    if (!publication.isForwarded) return counters.drop('muted')
    packet.extendedSequence = layer.stats.extendedSequence
    packet.timestamp = view.timestamp
    packet.marker = view.marker
    packet.isLate = packet.extendedSequence < before
    const payload = view.bytes.subarray(view.payloadOffset, view.payloadOffset + view.payloadLength)
    layer.history?.store(packet.extendedSequence, view.timestamp, view.marker, payload, nowMs)
    packet.audioLevel = -1
    if (payload.length === 0) {
      counters.drop('padding')
      packet.setPayload(publication.codec.name, payload)
      for (const subscriber of publication.subscribers) subscriber.skip(layer, packet, nowMs)
      return
    }
    this.#readPayload(publication, layer, view, payload, nowMs)
    for (const subscriber of publication.subscribers) subscriber.forward(layer, packet, nowMs)
  }

  #readPayload(
    publication: Publication,
    layer: Layer,
    view: RtpView,
    payload: Uint8Array,
    nowMs: number,
  ): void {
    const { packet, speaker } = this.#shared
    packet.setPayload(publication.codec.name, payload)
    if (publication.kind === 'audio') {
      const id = publication.section.extensions['audio-level'] ?? 0
      packet.audioLevel = id === 0 ? -1 : readAudioLevel(view, id)
      if (publication.voice && packet.audioLevel !== -1) {
        speaker.note(publication.voice, packet.audioLevel, nowMs)
      }
    } else if (packet.isStart) {
      layer.keyFrames.keyFrameCame()
      if (packet.isVp8) layer.widthPx = vp8WidthPx(payload, packet.vp8)
    }
  }
}
