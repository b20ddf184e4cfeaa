/**
 * Decides: what a trunk carries: a publication for each section that comes, a stream for each layer of each that goes (CH2).
 * Does not decide: which layers cross (trunk-layers.ts), which publications there are (control/trunk-plan.ts).
 * Invariants: what stands in the old and the new list keeps its state, what is only in the old one leaves nothing; no SSRC is
 * used twice in the life of a trunk; nothing that came over a trunk goes back over it (R5).
 */
import type { Source } from '@video-room/shared/source.ts'
import type { LinkIndex, TrunkIncoming, TrunkOutgoing } from './boundary.ts'
import { Egress, type EgressShared } from './egress.ts'
import type { LinkSender } from './link-sender.ts'
import { Publication } from './publication.ts'
import { trunkSection, trunkSsrc, trunkStreamsOf } from './trunk-profile.ts'
import { HeardWants, ToldWants, TrunkSource } from './trunk-wants.ts'

/** A publication that goes: its layers by their index, the largest first. */
export interface TrunkBundle {
  readonly mid: string
  readonly source: Source
  readonly slots: readonly Egress[]
  /** Which of the layers cross: bit n for layer n. */
  crossing: number
}

export class Trunk {
  readonly heard = new HeardWants()
  readonly told = new ToldWants()
  /** The far end wants something else than before. */
  hasNews = false
  readonly #link: LinkIndex
  readonly #sender: LinkSender
  readonly #shared: EgressShared
  #sources: ReadonlyMap<string, TrunkSource> = new Map()
  #bundles: ReadonlyMap<string, TrunkBundle> = new Map()
  readonly #slotsBySsrc = new Map<number, Egress>()
  #madeStreams = 0

  constructor(link: LinkIndex, sender: LinkSender, shared: EgressShared) {
    this.#link = link
    this.#sender = sender
    this.#shared = shared
  }

  get sources(): Iterable<TrunkSource> {
    return this.#sources.values()
  }

  get bundles(): Iterable<TrunkBundle> {
    return this.#bundles.values()
  }

  get publications(): readonly Publication[] {
    return [...this.#sources.values()].map(({ publication }) => publication)
  }

  get slots(): readonly Egress[] {
    return [...this.#slotsBySsrc.values()]
  }

  publicationOf(mid: string): Publication | null {
    return this.#sources.get(mid)?.publication ?? null
  }

  slotOf(ssrc: number): Egress | null {
    return this.#slotsBySsrc.get(ssrc) ?? null
  }

  setIncoming(incoming: readonly TrunkIncoming[]): void {
    const sources = new Map<string, TrunkSource>()
    for (const { mid, source, isForwarded } of incoming) {
      const before = this.#sources.get(mid)
      const kept = before?.publication.source === source ? before : this.#makeSource(mid, source, isForwarded)
      kept.publication.setForwarded(isForwarded)
      sources.set(mid, kept)
    }
    this.#sources = sources
  }

  setOutgoing(outgoing: readonly TrunkOutgoing[]): void {
    const bundles = new Map<string, TrunkBundle>()
    for (const { mid, source, publication } of outgoing) {
      const before = this.#bundles.get(mid)
      const bundle = before?.source === source ? before : this.#makeBundle(mid, source)
      const ref = publication?.link === this.#link ? null : publication
      for (const slot of bundle.slots) slot.ref = ref
      bundles.set(mid, bundle)
    }
    for (const bundle of this.#bundles.values()) {
      if (bundles.get(bundle.mid) !== bundle) this.#drop(bundle)
    }
    this.#bundles = bundles
  }

  #makeSource(mid: string, source: Source, isForwarded: boolean): TrunkSource {
    const section = trunkSection(mid, source, 'send')
    const [codec] = section.codecs
    if (!codec) throw new Error('a section has a codec')
    return new TrunkSource(new Publication(this.#link, source, section, codec, isForwarded, true))
  }

  #makeBundle(mid: string, source: Source): TrunkBundle {
    const section = trunkSection(mid, source, 'receive')
    const slots = Array.from({ length: trunkStreamsOf(source) }, (_, pinned) => {
      const shape = { ssrc: trunkSsrc(this.#madeStreams), section, pinned }
      this.#madeStreams += 1
      const slot = new Egress(shape, 0, this.#sender, this.#shared)
      this.#slotsBySsrc.set(shape.ssrc, slot)
      return slot
    })
    return { mid, source, slots, crossing: 0 }
  }

  #drop({ slots }: TrunkBundle): void {
    for (const slot of slots) {
      slot.empty()
      this.#slotsBySsrc.delete(slot.output.ssrc)
    }
  }
}
