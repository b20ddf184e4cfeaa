/**
 * Decides: what is assumed of a layer that could be had over a trunk and does not cross now.
 * Does not decide: which layers cross (trunk-layers.ts).
 * Invariants: what arrives counts as it is; of a publication of which nothing arrives nothing is assumed.
 */
import type { LayerView } from './layer-choice.ts'

/** Half as wide and half as high: about a quarter of the bits. */
const rateStep = 4

class LayerEstimate implements LayerView {
  readonly isActive = true
  widthPx = 0
  bitrateBps = 0
}

export class LayerEstimates {
  readonly #layers: readonly LayerView[]
  readonly #estimates: readonly LayerEstimate[]

  constructor(layers: readonly LayerView[]) {
    this.#layers = layers
    this.#estimates = layers.map(() => new LayerEstimate())
  }

  get views(): readonly LayerView[] {
    return this.#estimates
  }

  update(): void {
    for (const [index, estimate] of this.#estimates.entries()) {
      estimate.widthPx = this.#layers[index]?.widthPx ?? 0
      estimate.bitrateBps = this.#bitrateBps(index)
    }
  }

  /** By the nearest layer that flows; of two, the smaller one. */
  #bitrateBps(index: number): number {
    for (let distance = 0; distance < this.#layers.length; distance += 1) {
      const smallerBps = this.#layers[index + distance]?.bitrateBps ?? 0
      if (smallerBps > 0) return smallerBps * rateStep ** distance
      const largerBps = this.#layers[index - distance]?.bitrateBps ?? 0
      if (largerBps > 0) return largerBps / rateStep ** distance
    }
    return 0
  }
}
