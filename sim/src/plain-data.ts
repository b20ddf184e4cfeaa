/**
 * Decides: whether a state is plain data: what JSON can write and read again as the same.
 * Does not decide: what stands in it.
 * Invariants: what was looked at once is not looked at again, and may not change any more: it is frozen, so that a core that
 * changed what it was given would throw.
 */
import { assert } from '@video-room/shared/lang.ts'

export class PlainData {
  readonly #known = new WeakSet<object>()

  check(value: unknown): void {
    if (typeof value === 'object' && value !== null) return this.#checkObject(value)
    const isPlain = value === null || ['string', 'boolean'].includes(typeof value) || Number.isFinite(value)
    assert(isPlain, 'state is JSON')
  }

  #checkObject(value: object): void {
    if (this.#known.has(value)) return
    this.#known.add(value)
    const kind: unknown = Object.getPrototypeOf(value)
    assert(kind === Object.prototype || kind === Array.prototype, 'state is JSON')
    for (const part of Object.values(value)) this.check(part)
    Object.freeze(value)
  }
}
