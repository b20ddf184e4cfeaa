/**
 * Decides: when a slot goes over from one publication to another that is the same to its viewer: whoever publishes it came to
 * another relay. With the first key frame, or the first sound, of the new one.
 * Does not decide: which publication follows which (control), what happens to the slot's numbers (egress.ts).
 * Invariants: it ends after `handoverMs`, and when the old publication does; nothing of the new one is sent before it.
 */
import { aimedLayer, arrivingLayer } from './layer-aim.ts'
import { LayerSelector } from './layer-selector.ts'
import type { Layer } from './layer.ts'
import type { MediaPacket } from './media-packet.ts'
import type { Publication, Subscriber } from './publication.ts'

/** Several key frames' time over the longest way; an old picture that stands still is worse than none. */
const handoverMs = 2_000

/** What a handover needs of its slot. */
export interface HandoverSlot {
  readonly wantPx: number
  readonly selector: LayerSelector
  /** The key frame is here. The slot takes the place of `before` among those who get the publication. */
  takeOver(publication: Publication, aim: LayerSelector, before: Subscriber): void
  forward(layer: Layer, packet: MediaPacket, nowMs: number): void
}

export class Handover implements Subscriber {
  readonly #slot: HandoverSlot
  readonly #wakeAt: (atMs: number) => void
  readonly #untilMs: number
  readonly #selector = new LayerSelector()
  #next: Publication | null = null

  constructor(slot: HandoverSlot, wakeAt: (atMs: number) => void, nowMs: number) {
    this.#slot = slot
    this.#wakeAt = wakeAt
    this.#untilMs = nowMs + handoverMs
  }

  /** Null: it is not here yet. */
  get next(): Publication | null {
    return this.#next
  }

  isOver(nowMs: number): boolean {
    return nowMs >= this.#untilMs
  }

  waitFor(publication: Publication | null, nowMs: number): void {
    if (publication === this.#next) return
    this.#next?.remove(this)
    this.#next = publication
    publication?.add(this)
    this.reconsider(nowMs)
  }

  forward(layer: Layer, packet: MediaPacket, nowMs: number): void {
    if (!this.#next || !packet.isStart || !this.watches(layer)) return
    this.#slot.takeOver(this.#next, this.#selector, this)
    this.#slot.forward(layer, packet, nowMs)
  }

  skip(): void {
    // Nothing was sent that it could leave a hole in.
  }

  interrupt(): void {
    this.#wish()
  }

  /** Nothing larger than before: the downlink carries no more than it did. */
  reconsider(nowMs: number): void {
    if (!this.#next) return
    const { selector, wantPx } = this.#slot
    const fitting = aimedLayer(this.#next, wantPx, this.#selector.target)
    const largest = Math.min(selector.target, this.#next.layers.length - 1)
    this.#selector.aim(fitting === -1 ? -1 : Math.max(fitting, largest), nowMs)
    this.#selector.meanwhile = arrivingLayer(this.#next, this.#selector)
    this.#wish()
  }

  watches({ index }: Layer): boolean {
    return index === this.#selector.target || index === this.#selector.meanwhile
  }

  get wantedLayers(): number {
    const { target } = this.#selector
    return target === -1 ? 0 : 1 << target
  }

  #wish(): void {
    const layer = this.#next?.layers[this.#selector.meanwhile]
    if (layer?.kind !== 'video' || !layer.isActive || this.#next?.isForwarded !== true) return
    layer.keyFrames.wish()
    this.#wakeAt(layer.keyFrames.nextMs)
  }
}
