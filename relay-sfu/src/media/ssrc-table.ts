/**
 * Decides: which layer of which publication an SSRC of a link sends (RFC 8852, RFC 8853, RFC 9143 section 9.2).
 * Does not decide: whether its packets are new or may pass (ingress.ts).
 * Invariants: an SSRC is learned from a packet that names its section, and kept: browsers leave MID and RID out once they
 * were acknowledged; how many may be learned or be unknown is bounded, so that a flood of SSRCs costs no memory. On a trunk
 * every packet names its section: what is unknown costs nothing, and is known as soon as its section is.
 */
import { readExtensionText } from '../wire/header-extensions.ts'
import type { RtpView } from '../wire/rtp.ts'
import { ByteBudget } from './byte-budget.ts'
import type { Layer } from './layer.ts'
import type { LinkBounds } from './link-bounds.ts'
import type { Publication } from './publication.ts'

export interface SsrcEntry {
  readonly publication: Publication
  readonly layer: Layer
  readonly isRtx: boolean
}

/** Before the facts arrive, everything a browser sends is unknown: 14 SSRCs. */
const strangersKept = 32

export class SsrcTable {
  /** More SSRCs came than any browser has. */
  isFlooded = false
  readonly #entries = new Map<number, SsrcEntry>()
  readonly #budget: ByteBudget
  readonly #isTrunk: boolean
  readonly #strangers = new Float64Array(strangersKept).fill(-1)
  #nextStranger = 0
  #publications: ReadonlyMap<string, Publication> = new Map()
  #midId = 0
  #ridId = 0
  #repairedRidId = 0

  constructor(bounds: LinkBounds, isTrunk: boolean) {
    this.#budget = new ByteBudget(bounds.ssrcsBurst, bounds.ssrcsPerSecond)
    this.#isTrunk = isTrunk
  }

  get size(): number {
    return this.#entries.size
  }

  setPublications(publications: readonly Publication[]): void {
    this.#publications = new Map(publications.map((publication) => [publication.section.mid, publication]))
    const ids = publications.map((publication) => publication.section.extensions)
    // One id means one extension all over a BUNDLE group (RFC 9143, section 9.2 and 15).
    this.#midId = ids.find((id) => id.mid !== undefined)?.mid ?? 0
    this.#ridId = ids.find((id) => id.rid !== undefined)?.rid ?? 0
    this.#repairedRidId = ids.find((id) => id['repaired-rid'] !== undefined)?.['repaired-rid'] ?? 0
    const present = new Set(publications)
    for (const [ssrc, entry] of this.#entries) {
      if (!present.has(entry.publication)) this.#entries.delete(ssrc)
    }
  }

  /** Null: nobody knows whose packet it is, or there are too many SSRCs. */
  find(view: RtpView, nowMs: number): SsrcEntry | null {
    return this.#entries.get(view.ssrc) ?? this.#learn(view, nowMs)
  }

  get(ssrc: number): SsrcEntry | null {
    return this.#entries.get(ssrc) ?? null
  }

  /** The far end said goodbye for it (RFC 3550, section 6.6). */
  forget(ssrc: number): void {
    const entry = this.#entries.get(ssrc)
    if (!entry) return
    this.#entries.delete(ssrc)
    if (!entry.isRtx) entry.layer.lastPacketMs = -Infinity
  }

  #learn(view: RtpView, nowMs: number): SsrcEntry | null {
    const entry = this.#resolve(view)
    if (entry === null && (this.#isTrunk || this.#strangers.includes(view.ssrc))) return null
    if (!this.#budget.spend(1, nowMs)) {
      this.isFlooded = true
      return null
    }
    if (entry) this.#keep(view.ssrc, entry)
    else this.#noteStranger(view.ssrc)
    return entry
  }

  #keep(ssrc: number, entry: SsrcEntry): void {
    const { layer } = entry
    this.#entries.delete(entry.isRtx ? layer.rtxSsrc : layer.ssrc)
    this.#entries.set(ssrc, entry)
    if (entry.isRtx) layer.rtxSsrc = ssrc
    else layer.takeSsrc(ssrc)
  }

  #noteStranger(ssrc: number): void {
    this.#strangers[this.#nextStranger] = ssrc
    this.#nextStranger = (this.#nextStranger + 1) % strangersKept
  }

  #resolve(view: RtpView): SsrcEntry | null {
    const publication = this.#publicationOf(view)
    if (!publication) return null
    const { section, layers } = publication
    const codec = publication.codecOf(view.payloadType)
    if (!codec) return null
    const isRtx = view.payloadType === codec.rtxPayloadType
    const ridId = isRtx ? this.#repairedRidId : this.#ridId
    const rid = section.rids.length === 0 || ridId === 0 ? null : readExtensionText(view, ridId)
    const layer = section.rids.length === 0 ? layers[0] : layers[section.rids.indexOf(rid ?? '')]
    return layer ? { publication, layer, isRtx } : null
  }

  /** By MID; without one by payload type, when only one section has it. */
  #publicationOf(view: RtpView): Publication | null {
    const mid = this.#midId === 0 ? null : readExtensionText(view, this.#midId)
    if (mid !== null) return this.#publications.get(mid) ?? null
    if (this.#isTrunk) return null
    const matching = [...this.#publications.values()].filter((one) => one.codecOf(view.payloadType) !== null)
    return matching.length === 1 ? (matching[0] ?? null) : null
  }
}
