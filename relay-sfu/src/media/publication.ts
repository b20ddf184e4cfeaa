/**
 * Decides: what one send section of a link is to the relay: its layers, who takes them, and whether they may be forwarded.
 * Does not decide: what a slot shows (egress.ts).
 * Invariants: a layer counts as arriving in relation to the others, so that a camera that pauses as a whole changes nothing.
 */
import type { CodecFacts, SectionFacts } from '@video-room/shared/sdp/facts.ts'
import { kindOf, type MediaKind, type Source } from '@video-room/shared/source.ts'
import { Voice } from './active-speaker.ts'
import type { LinkIndex } from './boundary.ts'
import type { LayerView } from './layer-choice.ts'
import { LayerEstimates } from './layer-estimates.ts'
import { Layer } from './layer.ts'
import type { MediaPacket } from './media-packet.ts'

/** Ten frames of a camera in a dark room; a layer that is switched off is left within a blink. */
const layerDeadMs = 500

/** A slot that is pointed at the publication. */
export interface Subscriber {
  forward(layer: Layer, packet: MediaPacket, nowMs: number): void
  /** A packet without payload took this number; `packet` has its timestamp. */
  skip(layer: Layer, packet: MediaPacket, nowMs: number): void
  /** Nothing of this layer (null: of any) follows what came before: only a key frame begins again. */
  interrupt(layer: Layer | null): void
  /** Other layers arrive than did before. */
  reconsider(nowMs: number): void
  /** The layer is shown, or waited for. */
  watches(layer: Layer): boolean
  /** Which layers should arrive for it, whether or not they do: bit n for layer n. */
  readonly wantedLayers: number
}

export class Publication {
  readonly link: LinkIndex
  readonly source: Source
  readonly kind: MediaKind
  readonly layers: readonly Layer[]
  readonly subscribers: Subscriber[] = []
  /** Of a microphone. */
  readonly voice: Voice | null
  /** It comes over a trunk: its layers cross when they are wanted (trunk-wants.ts), and in any codec. */
  readonly isOnDemand: boolean
  /** What a viewer may aim at: what arrives; on demand, what could. */
  readonly choices: readonly LayerView[]
  /** Nothing comes of it any more. */
  hasEnded = false
  /** False: muted (H3). */
  isForwarded: boolean
  section: SectionFacts
  codec: CodecFacts
  readonly #estimates: LayerEstimates | null

  constructor(
    link: LinkIndex,
    source: Source,
    section: SectionFacts,
    codec: CodecFacts,
    isForwarded: boolean,
    isOnDemand = false,
  ) {
    this.link = link
    this.source = source
    this.kind = kindOf[source]
    this.section = section
    this.codec = codec
    this.isForwarded = isForwarded
    this.voice =
      source === 'microphone' ? new Voice(isOnDemand ? { link, mid: section.mid } : { link }) : null
    this.isOnDemand = isOnDemand
    this.layers = Array.from(
      { length: Math.max(1, section.rids.length) },
      (_, index) => new Layer(index, this.kind),
    )
    this.#estimates = isOnDemand ? new LayerEstimates(this.layers) : null
    this.choices = this.#estimates?.views ?? this.layers
  }

  /** The codec whose packets, or their repairs, have this payload type; null: none that may come. */
  codecOf(payloadType: number): CodecFacts | null {
    const isOf = (codec: CodecFacts): boolean =>
      codec.payloadType === payloadType || codec.rtxPayloadType === payloadType
    if (isOf(this.codec)) return this.codec
    return this.isOnDemand ? (this.section.codecs.find(isOf) ?? null) : null
  }

  /** The far end of a trunk began to send another codec, as after a restart. False: such packets may not come, or come too late. */
  takeCodec(payloadType: number, layer: Layer, sequenceNumber: number): boolean {
    const codec = this.codecOf(payloadType)
    if (codec?.payloadType !== payloadType || !layer.stats.isNewest(sequenceNumber)) return false
    this.codec = codec
    this.forgetPackets()
    return true
  }

  /** Newer facts of the same section; false: it is another publication now. */
  follows(source: Source, section: SectionFacts, codec: CodecFacts): boolean {
    const isSame =
      source === this.source &&
      section.mid === this.section.mid &&
      codec.name === this.codec.name &&
      section.rids.join() === this.section.rids.join()
    if (!isSame) return false
    this.section = section
    this.codec = codec
    return true
  }

  end(): void {
    this.hasEnded = true
    this.voice?.hush()
  }

  setForwarded(isForwarded: boolean): void {
    if (isForwarded === this.isForwarded) return
    this.isForwarded = isForwarded
    if (!isForwarded) this.voice?.hush()
    this.forgetPackets()
  }

  /** What came before is of no use any more. */
  forgetPackets(): void {
    this.interrupt(null)
    for (const layer of this.layers) {
      layer.missing.clear()
      layer.history?.clear()
    }
  }

  interrupt(layer: Layer | null): void {
    for (const subscriber of this.subscribers) subscriber.interrupt(layer)
  }

  /** The first packet of a layer is there: who waits for one need not wait for the next round of decisions. */
  layerArrived(layer: Layer, nowMs: number): void {
    layer.isActive = true
    for (const subscriber of this.subscribers) subscriber.reconsider(nowMs)
  }

  /** The far end of a trunk stopped sending the layer, and said so. */
  layerRested(layer: Layer, nowMs: number): void {
    layer.rest()
    for (const subscriber of this.subscribers) subscriber.reconsider(nowMs)
  }

  get wantedLayers(): number {
    let mask = 0
    for (const subscriber of this.subscribers) mask |= subscriber.wantedLayers
    return mask
  }

  isWatched(layer: Layer): boolean {
    return this.subscribers.some((subscriber) => subscriber.watches(layer))
  }

  add(subscriber: Subscriber): void {
    this.subscribers.push(subscriber)
  }

  /** In its place: this may happen while a packet goes round. */
  replace(subscriber: Subscriber, by: Subscriber): void {
    const at = this.subscribers.indexOf(subscriber)
    if (at !== -1) this.subscribers[at] = by
  }

  remove(subscriber: Subscriber): void {
    const at = this.subscribers.indexOf(subscriber)
    if (at !== -1) this.subscribers.splice(at, 1)
  }

  /** Brings `isActive` and `bitrateBps` of the layers up to date. */
  measure(nowMs: number): void {
    let newestMs = -Infinity
    for (const layer of this.layers) newestMs = Math.max(newestMs, layer.lastPacketMs)
    for (const layer of this.layers) {
      layer.measure(nowMs)
      layer.isActive = layer.lastPacketMs !== -Infinity && layer.lastPacketMs >= newestMs - layerDeadMs
    }
    this.#estimates?.update()
  }
}
