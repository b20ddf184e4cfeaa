/**
 * Decides: how the bitrate of one viewer's downlink is shared among the pictures it shows.
 * Does not decide: how much there is (downlink.ts), which layer would suit each (layer-choice.ts).
 * Invariants: what is shown wider is served first; nobody falls below the smallest layer that arrives: a still picture says
 * less than a blurred one; a viewer's budget touches no other viewer (T4).
 */
import { smallestActiveLayer, type LayerView } from './layer-choice.ts'

export interface LayerDemand {
  readonly layers: readonly LayerView[]
  readonly wantPx: number
  /** What would suit; −1: nothing. */
  readonly fitting: number
  /** What is shown now, or −1. */
  readonly current: number
}

/** Room that must be free before a picture becomes better: encoders overshoot, and a switch back is seen. */
export const headroomShare = 1.2

/** Answers a layer for each demand, in the same order. */
export function allocateLayers(demands: readonly LayerDemand[], budgetBps: number): readonly number[] {
  if (budgetBps === Infinity) return demands.map((demand) => demand.fitting)
  const chosen = demands.map((demand) =>
    demand.fitting === -1 ? -1 : smallestActiveLayer(demand.layers, demand.fitting),
  )
  let leftBps = budgetBps
  for (const [at, demand] of demands.entries()) leftBps -= rateOf(demand, chosen[at] ?? -1)
  const byWidth = demands.map((_, at) => at).toSorted((a, b) => wantOf(demands, b) - wantOf(demands, a))
  for (const at of byWidth) {
    const demand = demands[at]
    if (!demand) continue
    const least = chosen[at] ?? -1
    const best = bestThatFits(demand, least, leftBps + rateOf(demand, least))
    leftBps += rateOf(demand, least) - rateOf(demand, best)
    chosen[at] = best
  }
  return chosen
}

function bestThatFits(demand: LayerDemand, least: number, roomBps: number): number {
  if (least === -1) return -1
  for (let index = demand.fitting; index < least; index += 1) {
    if (!demand.layers[index]?.isActive) continue
    const isUp = demand.current === -1 || index < demand.current
    if (rateOf(demand, index) * (isUp ? headroomShare : 1) <= roomBps) return index
  }
  return least
}

const rateOf = (demand: LayerDemand, index: number): number => demand.layers[index]?.bitrateBps ?? 0

const wantOf = (demands: readonly LayerDemand[], at: number): number => demands[at]?.wantPx ?? 0
