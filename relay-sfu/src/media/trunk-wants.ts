/**
 * Decides: which layers the two ends of a trunk want of each other's publications, and when they say so.
 * Does not decide: which of them cross (trunk-layers.ts), how wants are written (wire/rtcp-want.ts).
 * Invariants: nothing is acknowledged: a want is repeated as long as it holds, and what was not repeated for `wantLastsMs` is
 * wanted no more; what one relay says of publications it does not know costs bounded memory.
 */
import { WantWriter } from '../wire/rtcp-want.ts'
import { relayLimits } from '../limits.ts'
import type { LinkSender } from './link-sender.ts'
import type { Publication } from './publication.ts'
import { relaySsrc } from './upstream-reports.ts'

/** A want that was lost is made good within this; a full room's wants take a kilobyte. */
const wantEveryMs = 500
/** Six lost ones in a row, or a relay that is gone. */
const wantLastsMs = 3_000

interface HeardWant {
  mask: number
  atMs: number
}

/** What the far end wants, by MID; also of what this end does not send yet. */
export class HeardWants {
  readonly #wants = new Map<string, HeardWant>()

  /** False: nothing new. */
  note(mid: string, mask: number, nowMs: number): boolean {
    const want = this.#wants.get(mid)
    if (want) {
      const isNews = want.mask !== mask
      want.mask = mask
      want.atMs = nowMs
      return isNews
    }
    if (this.#wants.size >= relayLimits.trunkWantsMax) return false
    this.#wants.set(mid, { mask, atMs: nowMs })
    return true
  }

  maskOf(mid: string): number {
    return this.#wants.get(mid)?.mask ?? 0
  }

  forgetOld(nowMs: number): void {
    for (const [mid, { atMs }] of this.#wants) if (nowMs - atMs >= wantLastsMs) this.#wants.delete(mid)
  }
}

/** A publication that comes over the trunk, and what was last said of it. */
export class TrunkSource {
  readonly publication: Publication
  readonly mid: Uint8Array
  toldMask = -1

  constructor(publication: Publication) {
    this.publication = publication
    this.mid = Uint8Array.from(publication.section.mid, (letter) => letter.codePointAt(0) ?? 0)
  }
}

/** Leaves room for SRTP and fits every path. Bytes. */
const scratch = new Uint8Array(1_200)
const writer = new WantWriter()

/** Says what changed, at once, and everything when it is time. */
export class ToldWants {
  #repeatAtMs = -Infinity

  tell(sources: Iterable<TrunkSource>, sender: LinkSender, nowMs: number): void {
    if (!sender.isOpen) return
    const isRepeat = nowMs >= this.#repeatAtMs
    if (isRepeat) this.#repeatAtMs = nowMs + wantEveryMs
    writer.begin(scratch, relaySsrc)
    for (const source of sources) {
      const mask = source.publication.wantedLayers
      if (!isRepeat && mask === source.toldMask) continue
      source.toldMask = mask
      if (writer.add(source.mid, mask)) continue
      sender.sendRtcp(scratch, writer.end())
      writer.begin(scratch, relaySsrc)
      writer.add(source.mid, mask)
    }
    sender.sendRtcp(scratch, writer.end())
  }
}
