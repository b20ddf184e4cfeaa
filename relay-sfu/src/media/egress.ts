/**
 * Decides: what a slot of a link sends: which packets of the publication it is pointed at, and under which numbers.
 * Does not decide: which layer is aimed at (layer-plan.ts), how a packet is written (slot-output.ts) or sent again (slot-repairs.ts).
 * Invariants: one row of sequence numbers for the life of the slot (T1); one number never names two packets, which would also
 * repeat an SRTP nonce; nothing of a publication is sent after the slot was pointed elsewhere or the publication was muted.
 */
import type { SectionFacts } from '@video-room/shared/sdp/facts.ts'
import type { PublicationRef } from './boundary.ts'
import type { Counters } from './counters.ts'
import { aimedLayer, arrivingLayer } from './layer-aim.ts'
import { LayerSelector, verdicts } from './layer-selector.ts'
import { clockRateOf, type Layer } from './layer.ts'
import type { LinkSender } from './link-sender.ts'
import type { MediaPacket } from './media-packet.ts'
import type { Publication, Subscriber } from './publication.ts'
import { RtpMunger, type Epoch } from './rtp-munger.ts'
import { Handover } from './slot-handover.ts'
import { SlotOutput, type SlotShape } from './slot-output.ts'
import { SlotRepairs } from './slot-repairs.ts'

/** What all slots of a thread share. */
export interface EgressShared {
  readonly counters: Counters
  /** For packets that come out of a history. */
  readonly storedPacket: MediaPacket
  readonly wakeAt: (atMs: number) => void
  readonly random32: () => number
}

/** The packets of a large key frame that were there before its first one. */
const catchUpMax = 256
/** A layer that has been silent for longer is not asked, over and over, for a key frame; its next packet changes that. */
const askWithinMs = 2_000

const bitOf = (layer: number): number => (layer === -1 ? 0 : 1 << layer)

export class Egress implements Subscriber {
  /** Where the slot is pointed, whether or not it is published there already. */
  ref: PublicationRef | null = null
  wantPx: number
  /** Of a stream of a trunk: its layer crosses. */
  isCrossing = false
  /** Of the last receiver report about this slot; −1: none yet. */
  reportedHighest = -1
  /** What it said was lost in all, and `holes` at that time. */
  reportedLost = 0
  reportedHoles = 0
  readonly selector = new LayerSelector()
  readonly munger: RtpMunger<Layer>
  readonly output: SlotOutput
  readonly #pinned: number | null
  readonly #sender: LinkSender
  readonly #shared: EgressShared
  readonly #repairs: SlotRepairs
  readonly #beforeFirst: number
  #publication: Publication | null = null
  #handover: Handover | null = null

  constructor(shape: SlotShape, wantPx: number, sender: LinkSender, shared: EgressShared) {
    this.wantPx = wantPx
    this.output = new SlotOutput(shape, sender, shared.random32)
    this.#pinned = shape.pinned
    this.#sender = sender
    this.#shared = shared
    this.munger = new RtpMunger(clockRateOf(shape.section.kind), shared.random32(), shared.random32())
    this.#repairs = new SlotRepairs(this.munger, this.output, sender, shared.storedPacket)
    this.#beforeFirst = this.munger.highestOutgoing
  }

  get publication(): Publication | null {
    return this.#publication
  }

  get kind(): SectionFacts['kind'] {
    return this.output.section.kind
  }

  /** Points the slot at what is published now; null: nothing. */
  show(given: Publication | null, nowMs: number): void {
    const publication = given?.kind === this.kind ? given : null
    if (publication === this.#publication) return
    if (this.#isHandingOver(nowMs)) return this.#handover?.waitFor(publication, nowMs)
    this.endHandover(nowMs)
    this.#publication?.remove(this)
    this.#begin(publication)
    if (!publication) return
    publication.add(this)
    this.reconsider(nowMs)
  }

  /** Nothing of this slot is left anywhere. */
  empty(): void {
    this.endHandover(0)
    this.show(null, 0)
  }

  /** What the slot shows next is the same publication by another way. */
  beginHandover(nowMs: number): void {
    this.endHandover(nowMs)
    if (this.isShowing) this.#handover = new Handover(this, this.#shared.wakeAt, nowMs)
  }

  endHandover(nowMs: number): void {
    this.#handover?.waitFor(null, nowMs)
    this.#handover = null
  }

  /** A handover that takes too long is none. */
  settle(nowMs: number): void {
    if (!this.#handover) return
    if (this.#isHandingOver(nowMs)) this.#handover.reconsider(nowMs)
    else this.show(this.#handover.next, nowMs)
  }

  takeOver(publication: Publication, aim: LayerSelector, before: Subscriber): void {
    this.#handover = null
    this.#publication?.remove(this)
    publication.replace(before, this)
    this.#begin(publication)
    this.selector.target = aim.target
    this.selector.meanwhile = aim.meanwhile
  }

  /** Aims at the layer that suits, without regard to the downlink; what was aimed at on demand may only have come or gone. */
  reconsider(nowMs: number): void {
    const { target } = this.selector
    const isDecided = this.#publication?.isOnDemand === true && target !== -1
    this.aim(isDecided ? target : this.fittingLayer(), nowMs)
  }

  fittingLayer(): number {
    const publication = this.#publication
    if (!publication) return -1
    if (this.#pinned !== null) return this.isCrossing ? this.#pinned : -1
    return aimedLayer(publication, this.wantPx, this.selector.target)
  }

  aim(layer: number, nowMs: number): void {
    const publication = this.#publication
    const { selector } = this
    selector.aim(layer, nowMs)
    if (publication && this.#pinned === null) selector.meanwhile = arrivingLayer(publication, selector)
    const isOver = this.kind === 'audio' ? selector.target === -1 : selector.current === -1
    if (isOver) this.munger.closeCurrent()
    const next = publication?.layers[selector.meanwhile]
    // On a trunk another layer crosses in place of one that died.
    if (!next || (this.#pinned !== null && !next.isActive)) return
    if (nowMs - next.lastPacketMs < askWithinMs) this.#wishForStart()
  }

  get wantedLayers(): number {
    const { current, target } = this.selector
    return this.#sender.isOpen ? bitOf(current) | bitOf(target) : 0
  }

  /** Something of the publication was sent, and nothing broke off since. */
  get isShowing(): boolean {
    return this.munger.current !== null
  }

  /** Numbers of the row that were never sent: what was lost before it came here. */
  get holes(): number {
    return this.munger.highestOutgoing - this.#beforeFirst - this.output.sentPackets
  }

  watches(layer: Layer): boolean {
    const { current, target, meanwhile } = this.selector
    return layer.index === current || layer.index === target || layer.index === meanwhile
  }

  interrupt(layer: Layer | null): void {
    // Whoever brings the publication may bring it in another codec from here on.
    if (layer === null) this.output.setCodec(this.#publication?.codec.name ?? null)
    if (layer === null || this.munger.current?.source === layer) {
      this.munger.closeCurrent()
      this.selector.stop()
    }
    this.#wishForStart()
  }

  /** The viewer cannot decode what it gets. */
  requestKeyFrame(): void {
    const layers = this.#publication?.layers
    const layer = layers?.[this.selector.current === -1 ? this.selector.meanwhile : this.selector.current]
    if (layer && this.kind === 'video') this.#wish(layer)
  }

  forward(layer: Layer, packet: MediaPacket, nowMs: number): void {
    if (!this.output.isOpen) return
    const isBegin = this.#isBegin(layer, packet)
    const epoch = isBegin
      ? this.munger.switchTo(layer, packet.extendedSequence, packet.timestamp, nowMs)
      : this.#epochOf(layer, packet)
    const outgoing = epoch?.sequences.map(packet.extendedSequence) ?? -1
    if (!epoch || outgoing === -1) return
    // RFC 3551, section 4.1: the first packet after silence is marked.
    this.#send(packet, epoch, outgoing, packet.marker || (isBegin && this.kind === 'audio'), nowMs)
    if (isBegin) this.#catchUp(layer, epoch, nowMs)
  }

  skip(layer: Layer, packet: MediaPacket, nowMs: number): void {
    if (!this.output.isOpen) return
    const epoch = this.#epochOf(layer, packet)
    if (!epoch || (epoch.isOpen && epoch.sequences.drop(packet.extendedSequence))) return
    // Its number was given a place already: an empty packet fills it.
    const outgoing = epoch.sequences.map(packet.extendedSequence)
    if (outgoing !== -1) this.#send(packet, epoch, outgoing, false, nowMs)
  }

  /** The far end asks for a packet again. */
  resend(sequenceNumber: number, nowMs: number): void {
    if (this.#publication) this.#repairs.resend(this.#publication, sequenceNumber, nowMs)
  }

  #begin(publication: Publication | null): void {
    this.munger.forgetSources()
    this.selector.clear()
    this.#publication = publication
    this.output.setCodec(publication?.codec.name ?? null)
  }

  #isHandingOver(nowMs: number): boolean {
    return this.#handover?.isOver(nowMs) === false && this.#publication?.hasEnded === false
  }

  #isBegin(layer: Layer, packet: MediaPacket): boolean {
    if (this.kind === 'audio') return this.munger.current === null && this.selector.target !== -1
    return this.selector.judge(layer.index, packet.isStart) === verdicts.switchHere
  }

  #epochOf(layer: Layer, packet: MediaPacket): Epoch<Layer> | null {
    if (this.kind === 'video') {
      if (this.selector.current === -1) return null
      if (layer.index !== this.selector.current && !packet.isLate) return null
    }
    return this.munger.epochOf(layer, packet.extendedSequence)
  }

  #send(packet: MediaPacket, epoch: Epoch<Layer>, outgoing: number, marker: boolean, nowMs: number): void {
    if (!this.output.send(packet, epoch, outgoing, marker, nowMs)) return
    this.munger.noteSent(outgoing, (packet.timestamp + epoch.timestampOffset) >>> 0, nowMs)
  }

  /** The first packet of a key frame can come after others of it, as a repair. */
  #catchUp(layer: Layer, epoch: Epoch<Layer>, nowMs: number): void {
    const codec = this.#publication?.codec.name
    if (codec === undefined) return
    const packet = this.#shared.storedPacket
    const { first } = epoch.sequences
    const last = Math.min(layer.stats.highest, first + catchUpMax)
    for (let sequence = first + 1; sequence <= last; sequence += 1) {
      if (!layer.load(sequence, codec, packet)) continue
      this.#send(packet, epoch, epoch.sequences.map(sequence), packet.marker, nowMs)
    }
  }

  #wishForStart(): void {
    const layer = this.#publication?.layers[this.selector.meanwhile]
    if (layer && this.kind === 'video' && this.selector.needsKeyFrame) this.#wish(layer)
  }

  #wish(layer: Layer): void {
    if (!this.#publication?.isForwarded) return
    layer.keyFrames.wish()
    this.#shared.wakeAt(layer.keyFrames.nextMs)
  }
}
