/**
 * Decides: which layers the slots of one link aim at, now.
 * Does not decide: when each switches (layer-selector.ts).
 * Invariants: all pictures of a link share one downlink; audio is never given up for them.
 */
import type { Egress } from './egress.ts'
import { allocateLayers, type LayerDemand } from './layer-allocation.ts'
import type { LinkSender } from './link-sender.ts'

export function planLayers(slots: readonly (Egress | null)[], sender: LinkSender, nowMs: number): void {
  const shown: Egress[] = []
  const demands: LayerDemand[] = []
  for (const slot of slots) {
    slot?.settle(nowMs)
    if (slot?.kind !== 'video' || !slot.publication) continue
    shown.push(slot)
    demands.push({
      layers: slot.publication.choices,
      wantPx: slot.wantPx,
      fitting: slot.fittingLayer(),
      current: slot.selector.current,
    })
  }
  const layers = allocateLayers(demands, sender.budgetBps(nowMs))
  for (const [at, slot] of shown.entries()) slot.aim(layers[at] ?? -1, nowMs)
}
