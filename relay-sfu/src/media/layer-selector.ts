/**
 * Decides: which packets of a publication a slot lets through: one layer at a time, changed on key frames only.
 * Does not decide: which layer is aimed at (layer-choice.ts, layer-allocation.ts).
 * Invariants: a slot shows the old layer until the first packet of the new one's key frame, then only the new one; a better
 * layer is aimed at only after it was wanted for a while, a smaller one at once; until what is aimed at arrives, something else
 * that does may be shown.
 */

/** Estimates and window sizes tremble; a better picture half a second later is not missed. */
const upAfterMs = 500

export const verdicts = { drop: 0, forward: 1, switchHere: 2 } as const
export type Verdict = (typeof verdicts)[keyof typeof verdicts]

export class LayerSelector {
  /** Index of the layer that is shown; −1: none. */
  current = -1
  /** Index of the layer that is wanted; −1: none. */
  target = -1
  /** Shown until the target is: the same, unless the target does not arrive. */
  meanwhile = -1
  #upSinceMs: number | null = null

  aim(layer: number, nowMs: number): void {
    // Layers stand largest first. `shown` is what it will be when nothing changes.
    const shown = this.target === -1 ? this.current : this.target
    const isUp = layer !== -1 && layer !== this.current && this.current !== -1 && layer < shown
    if (!isUp) this.#upSinceMs = null
    else if (this.#upSinceMs === null) this.#upSinceMs = nowMs
    if (isUp && nowMs - (this.#upSinceMs ?? nowMs) < upAfterMs) return
    this.#upSinceMs = null
    this.target = layer
    this.meanwhile = layer
    if (layer === -1) this.current = -1
  }

  /** Nothing is aimed at, and nothing shown. */
  clear(): void {
    this.aim(-1, 0)
  }

  /** After a break (mute, another publication, a source that began anew) only a key frame begins again. */
  stop(): void {
    this.current = -1
  }

  /** What could be shown now is not shown yet. */
  get needsKeyFrame(): boolean {
    return this.meanwhile !== -1 && this.meanwhile !== this.current
  }

  judge(layer: number, isKeyFrameStart: boolean): Verdict {
    if (layer === this.current) return verdicts.forward
    if (!isKeyFrameStart || (layer !== this.target && layer !== this.meanwhile)) return verdicts.drop
    this.current = layer
    return verdicts.switchHere
  }
}
