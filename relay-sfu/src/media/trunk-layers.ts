/**
 * Decides: which layers of which publications cross a trunk now: those that the other end wants, as far as the trunk carries them.
 * Does not decide: who wants what (trunk-wants.ts); when a layer begins: with its next key frame, for which it is asked (egress.ts).
 * Invariants: a layer that nobody wants does not cross; in place of one that does not flow the nearest one crosses that does;
 * what stops is said to, so that the other end need not find out; when a trunk must give something up the largest layers go
 * first, those of cameras before those of screens; of every picture the smallest stays, and all that is heard.
 */
import { writeBye } from '../wire/rtcp-write.ts'
import { rtcpPacketsMax } from '../wire/rtcp.ts'
import { headroomShare } from './layer-allocation.ts'
import { activeLayer, nearestLayer } from './layer-choice.ts'
import type { LinkSender } from './link-sender.ts'
import type { Publication } from './publication.ts'
import type { Trunk, TrunkBundle } from './trunk.ts'

const byeBytes = 8
/** As many as the other end reads of one datagram. */
const scratch = new Uint8Array(rtcpPacketsMax * byeBytes)

export function planTrunk(trunk: Trunk, sender: LinkSender, nowMs: number): void {
  const bundles = [...trunk.bundles]
  for (const bundle of bundles) bundle.crossing = wantedOf(bundle, trunk.heard.maskOf(bundle.mid))
  giveUp(bundles, sender.budgetBps(nowMs))
  let byesEnd = 0
  for (const bundle of bundles) {
    for (const [layer, slot] of bundle.slots.entries()) {
      slot.isCrossing = has(bundle.crossing, layer)
      if (slot.isShowing && !(slot.isCrossing && isArriving(bundle, layer))) {
        slot.aim(-1, nowMs)
        if (byesEnd === scratch.length) {
          sender.sendRtcp(scratch, byesEnd)
          byesEnd = 0
        }
        byesEnd = writeBye(scratch, byesEnd, slot.output.ssrc)
      }
      slot.aim(slot.isCrossing ? layer : -1, nowMs)
    }
  }
  sender.sendRtcp(scratch, byesEnd)
}

const has = (mask: number, layer: number): boolean => (mask & (1 << layer)) !== 0

const isArriving = (bundle: TrunkBundle, layer: number): boolean =>
  publicationOf(bundle)?.layers[layer]?.isActive === true

const publicationOf = ({ slots }: TrunkBundle): Publication | null => slots[0]?.publication ?? null

/** What should cross of a publication, were the trunk as wide as one wished. */
function wantedOf(bundle: TrunkBundle, wanted: number): number {
  const publication = publicationOf(bundle)
  if (!publication || wanted === 0) return 0
  let mask = 0
  for (const layer of bundle.slots.keys()) {
    // Who publishes a single layer has nothing smaller.
    if (has(wanted, layer)) mask |= inPlaceOf(bundle, Math.min(layer, publication.layers.length - 1))
  }
  return mask
}

/** The layer itself; until it flows the best that arrives, too; and until that flows the best that does. */
function inPlaceOf(bundle: TrunkBundle, layer: number): number {
  const layers = publicationOf(bundle)?.layers ?? []
  const flows = (index: number): boolean =>
    bundle.slots[index]?.isShowing === true && isArriving(bundle, index)
  let mask = 1 << layer
  for (const next of [activeLayer(layers, layer), nearestLayer(layers.length, layer, flows)]) {
    if (flows(layer) || next === -1) break
    mask |= 1 << next
    if (flows(next)) break
  }
  return mask
}

/** A layer of a picture that could be smaller. */
interface Sacrifice {
  readonly bundle: TrunkBundle
  readonly layer: number
  readonly smaller: number
}

function giveUp(bundles: readonly TrunkBundle[], budgetBps: number): void {
  if (budgetBps === Infinity) return
  let leftBps = budgetBps
  for (const bundle of bundles) {
    for (const layer of bundle.slots.keys()) {
      if (has(bundle.crossing, layer)) leftBps -= rateOf(bundle, layer)
    }
  }
  while (leftBps < 0) {
    const largest = largestOf(bundles)
    if (!largest) return
    const { bundle, layer, smaller } = largest
    leftBps += rateOf(bundle, layer)
    if (!has(bundle.crossing, smaller)) leftBps -= rateOf(bundle, smaller)
    bundle.crossing = (bundle.crossing & ~(1 << layer)) | (1 << smaller)
  }
}

function largestOf(bundles: readonly TrunkBundle[]): Sacrifice | null {
  let largest: Sacrifice | null = null
  for (const bundle of bundles) {
    for (const layer of bundle.slots.keys()) {
      const smaller = has(bundle.crossing, layer) ? smallerOf(bundle, layer) : -1
      if (smaller !== -1 && (!largest || goesBefore(bundle, layer, largest)))
        largest = { bundle, layer, smaller }
    }
  }
  return largest
}

/** A smaller face is still a face; a smaller page is not read. */
function goesBefore(bundle: TrunkBundle, layer: number, other: Sacrifice): boolean {
  const isScreen = bundle.source === 'screen'
  if (isScreen !== (other.bundle.source === 'screen')) return !isScreen
  return rateOf(bundle, layer) > rateOf(other.bundle, other.layer)
}

/** The next smaller layer that could be had; −1: there is none. */
function smallerOf(bundle: TrunkBundle, layer: number): number {
  const choices = publicationOf(bundle)?.choices ?? []
  return choices.findIndex((choice, index) => index > layer && choice.isActive)
}

/** What is better than what is sent must fit with some room: encoders overshoot, and a way back is seen. */
function rateOf(bundle: TrunkBundle, layer: number): number {
  const bitrateBps = publicationOf(bundle)?.choices[layer]?.bitrateBps ?? 0
  const isUp = bundle.slots.every((slot, index) => index > layer || !(slot.isShowing || slot.isCrossing))
  return isUp ? bitrateBps * headroomShare : bitrateBps
}
