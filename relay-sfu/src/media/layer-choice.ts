/**
 * Decides: which layer of a publication suits a viewer, by how wide it is shown and by what arrives.
 * Does not decide: what the downlink carries (layer-allocation.ts), when the switch happens (layer-selector.ts).
 * Invariants: a layer that does not arrive is never chosen while another one does; between two sizes the present one stays.
 */

export interface LayerView {
  /** Packets of it arrive. */
  readonly isActive: boolean
  /** Of the newest key frame; 0: none was seen yet. */
  readonly widthPx: number
  readonly bitrateBps: number
}

/** What cameras give when nothing was seen yet; relations matter more than the number. */
const captureWidthPx = 1_280
/** A picture drawn a fifth larger than it is still looks sharp; a size within this band does not change the layer. */
const stretchMax = 1.2

/** Largest first; a layer that showed no key frame yet is taken as twice or half as wide as its neighbour. */
export function layerWidthPx(layers: readonly LayerView[], index: number): number {
  for (let distance = 0; distance < layers.length; distance += 1) {
    const smaller = layers[index + distance]?.widthPx ?? 0
    if (smaller > 0) return smaller * 2 ** distance
    const larger = layers[index - distance]?.widthPx ?? 0
    if (larger > 0) return larger / 2 ** distance
  }
  return captureWidthPx / 2 ** index
}

/** The smallest layer that is wide enough; −1: nobody looks. `current`: what is shown now, or −1. */
export function fittingLayer(layers: readonly LayerView[], wantPx: number, current: number): number {
  if (wantPx <= 0) return -1
  for (let index = layers.length - 1; index > 0; index -= 1) {
    const widthPx = layerWidthPx(layers, index)
    const isDown = current !== -1 && index > current
    if (widthPx * (isDown ? 1 : stretchMax) >= wantPx) return index
  }
  return 0
}

/** The best layer that arrives and is not better than the fitting one, else the next better one; −1: nothing arrives. */
export function activeLayer(layers: readonly LayerView[], fitting: number): number {
  return nearestLayer(layers.length, fitting, (index) => layers[index]?.isActive === true)
}

/** In the same order: the first one from `fitting` on that will do; −1: none does. */
export function nearestLayer(count: number, fitting: number, does: (index: number) => boolean): number {
  if (fitting === -1) return -1
  for (let index = fitting; index < count; index += 1) if (does(index)) return index
  for (let index = fitting - 1; index >= 0; index -= 1) if (does(index)) return index
  return -1
}

/** The smallest layer that arrives, from `from` on; `from` when there is no other. */
export function smallestActiveLayer(layers: readonly LayerView[], from: number): number {
  for (let index = layers.length - 1; index > from; index -= 1) if (layers[index]?.isActive) return index
  return from
}
