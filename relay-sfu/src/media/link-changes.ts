/**
 * Decides: what an order of the control thread changes of an open link.
 * Does not decide: which links are open (engine.ts), and why anything is ordered (control).
 * Invariants: orders for slots mean nothing to a trunk, and the lists of a trunk nothing to an occupant's link; after every
 * change slots aim at what suits now.
 */
import { assertNever } from '@video-room/shared/lang.ts'
import type { MediaCommand } from './boundary.ts'
import { planLayers } from './layer-plan.ts'
import type { LinkTable } from './link-table.ts'
import type { MediaLink } from './media-link.ts'
import { planTrunk } from './trunk-layers.ts'

export type LinkChange = Extract<
  MediaCommand,
  {
    readonly type:
      | 'set-keys'
      | 'set-sections'
      | 'set-admitted'
      | 'set-forwarded'
      | 'set-slot'
      | 'set-want'
      | 'set-trunk'
  }
>

/** Which layers the link is sent. */
export function planLink(link: MediaLink, nowMs: number): void {
  if (link.trunk) planTrunk(link.trunk, link.sender, nowMs)
  else planLayers(link.slots, link.sender, nowMs)
}

export function applyChange(link: MediaLink, command: LinkChange, links: LinkTable, nowMs: number): void {
  switch (command.type) {
    case 'set-keys':
      return link.sender.setKeys(command.keys)
    case 'set-sections':
      link.setSections(command.sections)
      return links.pointSlots(nowMs)
    case 'set-admitted':
      link.setAdmitted(command.isAdmitted)
      return planLink(link, nowMs)
    case 'set-forwarded':
      return link.setForwarded(command.source, command.isForwarded)
    case 'set-slot': {
      const slot = link.trunk ? null : link.slots[command.slot]
      if (!slot) return
      slot.ref = command.publication
      if (command.isSuccessor) slot.beginHandover(nowMs)
      else slot.endHandover(nowMs)
      slot.show(links.publicationOf(slot.ref), nowMs)
      return planLink(link, nowMs)
    }
    case 'set-want': {
      const slot = link.trunk ? null : link.slots[command.slot]
      if (!slot) return
      slot.wantPx = command.widthPx
      return planLink(link, nowMs)
    }
    case 'set-trunk':
      link.setTrunk(command.incoming, command.outgoing)
      links.pointSlots(nowMs)
      return planLink(link, nowMs)
    default:
      assertNever(command)
  }
}
