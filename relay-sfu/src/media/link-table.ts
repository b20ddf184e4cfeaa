/**
 * Decides: which links a media thread has, and what their slots point at.
 * Does not decide: what flows (engine.ts).
 * Invariants: a slot that is pointed at a publication shows it as soon as, and as long as, it is published; nobody points at a
 * closed link: its index may name another one next.
 */
import type { LinkIndex, PublicationRef } from './boundary.ts'
import type { MediaLink } from './media-link.ts'
import type { Publication } from './publication.ts'

export class LinkTable {
  readonly #links: (MediaLink | null)[] = []

  get all(): readonly (MediaLink | null)[] {
    return this.#links
  }

  get isEmpty(): boolean {
    return this.#links.length === 0
  }

  get(index: LinkIndex): MediaLink | null {
    return this.#links[index] ?? null
  }

  add(link: MediaLink): void {
    while (this.#links.length <= link.index) this.#links.push(null)
    this.#links[link.index] = link
  }

  remove(link: MediaLink, nowMs: number): void {
    for (const slot of link.slots) slot?.empty()
    this.#links[link.index] = null
    for (const other of this.#links) {
      for (const slot of other?.slots ?? []) {
        if (!slot) continue
        if (slot.ref?.link === link.index) slot.ref = null
        // Also one that was to show it next, or that goes on with it until the next one is there.
        slot.show(this.publicationOf(slot.ref), nowMs)
      }
    }
    while (this.#links.length > 0 && this.#links.at(-1) === null) this.#links.pop()
  }

  publicationOf(ref: PublicationRef | null): Publication | null {
    return ref === null ? null : (this.get(ref.link)?.publicationOf(ref) ?? null)
  }

  /** A slot may have been pointed at a publication before its facts came, or at one that is another now. */
  pointSlots(nowMs: number): void {
    for (const link of this.#links) {
      for (const slot of link?.slots ?? []) slot?.show(this.publicationOf(slot.ref), nowMs)
    }
  }
}
