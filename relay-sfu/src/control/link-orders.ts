/**
 * Decides: what the transport shall do for one link now, and which commands lead there from what it was told before.
 * Does not decide: which slot carries what (slot-plan.ts), nor who is admitted (room-state.ts).
 * Invariants: what is muted, or not in the snapshot, is not forwarded (RL9); the same orders again are no commands.
 */
import type { OccupantId } from '@video-room/shared/ids.ts'
import type { SectionFacts } from '@video-room/shared/sdp/facts.ts'
import { occupantOf, publicationOf } from '@video-room/shared/snapshot.ts'
import { kindOf, sources, type Source } from '@video-room/shared/source.ts'
import { relayLimits } from '../limits.ts'
import type { LinkCommand, LinkPublication } from './link-command.ts'
import { publicationOf as publicationAt } from './origins.ts'
import { isAdmitted, type RelayRoomState, type RoomLink } from './room-state.ts'
import { isSame, isWanted, type Placement } from './slot-plan.ts'

export interface SlotOrder {
  readonly slot: number
  readonly publication: LinkPublication | null
  /** Whose it is: another way to the same source takes over without a break. */
  readonly owner: OccupantId
  /** Null: no picture. */
  readonly widthPx: number | null
}

export interface LinkOrders {
  /** Occupant and generation: another one is another link, should the id be the same. */
  readonly servedAs: string
  readonly sections: readonly SectionFacts[] | null
  readonly isAdmitted: boolean
  readonly forwarded: Readonly<Partial<Record<Source, boolean>>>
  /** Filled ones; every other slot is empty. */
  readonly slots: readonly SlotOrder[]
}

/** A link as the transport opens it: nothing was ordered yet. */
export const noOrders = (servedAs: string): LinkOrders => ({
  servedAs,
  sections: null,
  isAdmitted: false,
  forwarded: {},
  slots: [],
})

export function ordersOf(state: RelayRoomState, link: RoomLink): LinkOrders {
  return {
    servedAs: `${link.occupantId} ${link.generation}`,
    sections: link.facts?.sections ?? null,
    isAdmitted: isAdmitted(state, link),
    forwarded: Object.fromEntries(sources.map((source) => [source, isForwarded(state, link, source)])),
    slots: link.placements.map((placement) => slotOrder(state, link, placement)),
  }
}

/** The gate: this occupant's source may pass on to others now. */
export function isForwarded(state: RelayRoomState, link: RoomLink, source: Source): boolean {
  if (state.snapshot === null || !isAdmitted(state, link)) return false
  return publicationOf(occupantOf(state.snapshot, link.occupantId), source)?.mutedBy === null
}

function slotOrder(state: RelayRoomState, viewer: RoomLink, placement: Placement): SlotOrder {
  const { slot, occupantId: owner, source } = placement
  const publication = publicationAt(state, owner, source)
  // A sound has no width to be zero: one that is not wanted is not pointed at.
  if (kindOf[source] === 'audio') {
    return { slot, owner, publication: isWanted(viewer.wants, placement) ? publication : null, widthPx: null }
  }
  return { slot, owner, publication, widthPx: widthOf(viewer, placement) }
}

function widthOf({ wants }: RoomLink, placement: Placement): number {
  if (wants === null) return relayLimits.modestWidthPx
  return wants.find((want) => isSame(want, placement))?.widthPx ?? 0
}

/** Commands in two rows: what stops something goes out before anything that starts something, over all links of the room. */
export interface Orders {
  readonly stopping: readonly LinkCommand[]
  readonly starting: readonly LinkCommand[]
}

export function commandsBetween(before: LinkOrders, after: LinkOrders): Orders {
  const stopping: LinkCommand[] = []
  const starting: LinkCommand[] = []
  if (after.sections !== before.sections && after.sections !== null) {
    starting.push({ type: 'set-sections', sections: after.sections })
  }
  if (after.isAdmitted !== before.isAdmitted) {
    const row = after.isAdmitted ? starting : stopping
    row.push({ type: 'set-admitted', isAdmitted: after.isAdmitted })
  }
  for (const source of sources) {
    const isNow = after.forwarded[source] ?? false
    if (isNow === before.forwarded[source]) continue
    const row = isNow ? starting : stopping
    row.push({ type: 'set-forwarded', source, isForwarded: isNow })
  }
  for (const { slot, publication } of before.slots) {
    if (publication === null || after.slots.some((one) => one.slot === slot)) continue
    stopping.push({ type: 'set-slot', slot, publication: null })
  }
  for (const order of after.slots) {
    const earlier = before.slots.find((one) => one.slot === order.slot)
    const row = order.publication === null ? stopping : starting
    row.push(...slotCommands(earlier, order))
  }
  return { stopping, starting }
}

function slotCommands(before: SlotOrder | undefined, after: SlotOrder): LinkCommand[] {
  const commands: LinkCommand[] = []
  const { slot, publication, widthPx } = after
  const earlier = before?.publication ?? null
  const isOther =
    earlier?.linkId !== publication?.linkId ||
    earlier?.source !== publication?.source ||
    earlier?.mid !== publication?.mid
  const isSuccessor =
    earlier !== null &&
    publication !== null &&
    before?.owner === after.owner &&
    earlier.source === publication.source
  if (isOther) commands.push({ type: 'set-slot', slot, publication, ...(isSuccessor ? { isSuccessor } : {}) })
  // Said again with every filling: a slot that changes hands keeps nothing of the earlier wish.
  if (widthPx !== null && publication !== null && (isOther || before?.widthPx !== widthPx)) {
    commands.push({ type: 'set-want', slot, widthPx })
  }
  return commands
}
