/**
 * Decides: which layer of a publication a viewer's slot aims at, and which it shows until that one arrives.
 * Does not decide: what the downlink carries (layer-allocation.ts), when the switch happens (layer-selector.ts).
 * Invariants: of a publication whose link is here only what arrives is aimed at; what comes over a trunk comes because it is
 * aimed at, and meanwhile the best that arrives is shown.
 */
import { activeLayer, fittingLayer } from './layer-choice.ts'
import type { LayerSelector } from './layer-selector.ts'
import type { Publication } from './publication.ts'

/** Without regard to the downlink; `target`: what was aimed at before. −1: nobody looks. */
export function aimedLayer({ kind, layers, choices }: Publication, wantPx: number, target: number): number {
  if (kind === 'audio') return 0
  if (wantPx <= 0) return -1
  // A single layer is waited for: there is nothing else.
  return layers.length === 1 ? 0 : activeLayer(choices, fittingLayer(choices, wantPx, target))
}

/** The target as soon as it arrives, whoever else it came for: a key frame of it is asked for; −1: nothing arrives. */
export function arrivingLayer(publication: Publication, { current, target }: LayerSelector): number {
  const { layers, isOnDemand } = publication
  if (!isOnDemand || target === -1 || layers[target]?.isActive) return target
  // The way down is short: nothing is begun that is left at once.
  if (current !== -1 && target > current && layers[current]?.isActive) return current
  return activeLayer(layers, target)
}
