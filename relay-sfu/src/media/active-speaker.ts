/**
 * Decides: who speaks, loudest first, from the audio levels of the microphones (RFC 6464).
 * Does not decide: which room someone is in (the control thread sorts them out), and what is muted.
 * Invariants: a link whose microphone is muted or gone is in no list; the order changes only by a clear difference.
 */
import type { LinkIndex } from './boundary.ts'

/** Rises within a word, falls over a pause between words. Shares of the difference per packet of 20 ms. */
const riseShare = 0.2
const fallShare = 0.04
/** Loudness is 127 − level. Speech lies above 70, a quiet room below 50; between the two nothing changes. */
const speaksFrom = 65
const speaksUntil = 55
/** A clear difference to the ear: less than this and two speakers would change places with every syllable. */
const clearlyLouder = 6
/** With DTX (RFC 6716, section 2.1.9) a silent microphone sends a packet every 400 ms; what sends none is silent. */
const silentMs = 800

export class ActiveSpeaker {
  /** Loudest first. */
  #order: LinkIndex[] = []
  readonly #loudness: number[] = []
  readonly #heardMs: number[] = []

  note(link: LinkIndex, audioLevel: number, nowMs: number): void {
    const loudness = 127 - (audioLevel & 0x7f)
    const before = this.#loudness[link] ?? 0
    this.#loudness[link] = before + (loudness - before) * (loudness > before ? riseShare : fallShare)
    this.#heardMs[link] = nowMs
  }

  /** Muted, emptied or closed. */
  forget(link: LinkIndex): void {
    this.#loudness[link] = 0
  }

  /** The new order, or null when it is as before. */
  take(nowMs: number): readonly LinkIndex[] | null {
    const order = this.#order.filter((link) => this.#now(link, nowMs) >= speaksUntil)
    for (let link = 0; link < this.#loudness.length; link += 1) {
      if (this.#now(link, nowMs) >= speaksFrom && !order.includes(link)) order.push(link)
    }
    for (let at = 1; at < order.length; at += 1) this.#moveUp(order, at, nowMs)
    const isSame = order.length === this.#order.length && order.every((link, at) => link === this.#order[at])
    this.#order = order
    return isSame ? null : order
  }

  #moveUp(order: LinkIndex[], from: number, nowMs: number): void {
    const link = order[from] ?? 0
    const loudness = this.#now(link, nowMs)
    let at = from
    while (at > 0 && loudness > this.#now(order[at - 1] ?? 0, nowMs) + clearlyLouder) {
      order[at] = order[at - 1] ?? 0
      at -= 1
    }
    order[at] = link
  }

  #now(link: LinkIndex, nowMs: number): number {
    return nowMs - (this.#heardMs[link] ?? -Infinity) > silentMs ? 0 : (this.#loudness[link] ?? 0)
  }
}
