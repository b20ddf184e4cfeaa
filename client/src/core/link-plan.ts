/**
 * Decides: which links there should be, and the way there from those there are.
 * Does not decide: when a link has failed (link-health.ts), who offers (the room, rule LK1), or when a draining link is
 * closed (link-table.ts).
 * Invariants: every open stands before every close; at most one link per endpoint; never one to oneself; what drains was
 * wanted before, works still, and is not wanted now.
 */
import { isRelayId, type EndpointId, type OccupantId, type RelayId } from '@video-room/shared/ids.ts'
import type { LinkAssignment, RelayAssignment } from '@video-room/shared/protocol/messages.ts'
import type { Route } from '@video-room/shared/route.ts'
import { homeOf } from '@video-room/shared/route-tree.ts'
import { occupantOf, type Snapshot } from '@video-room/shared/snapshot.ts'
import type { RelayTicket } from '@video-room/shared/ticket.ts'

export interface LinkName {
  readonly endpointId: EndpointId
  readonly generation: number
}
/** The same in one word. */
export const linkKey = ({ endpointId, generation }: LinkName): `${EndpointId} ${number}` =>
  `${endpointId} ${generation}`

interface Wanted extends LinkName {
  readonly use: 'media' | 'standby'
}
export type WantedLink =
  | (Wanted & { readonly endpointId: OccupantId; readonly initiator: boolean })
  | (Wanted & { readonly endpointId: RelayId; readonly ticket: RelayTicket })

const useOf = ({ isStandby }: { readonly isStandby?: boolean | undefined }): Wanted['use'] =>
  isStandby === true ? 'standby' : 'media'

/**
 * The room's list: of mesh links as far as the snapshot knows the occupants, where of a doubled one the last entry counts;
 * and the relay links, one of which may be known before any snapshot is (RL3). The list, not the route, says which: it always
 * fits the route and the one that is prepared (RT2, MG1), and arrives whole.
 */
export function wantedLinks(
  assigned: readonly LinkAssignment[],
  relays: readonly RelayAssignment[],
  snapshot: Snapshot | null,
  self: OccupantId | null,
): readonly WantedLink[] {
  const wanted = new Map<EndpointId, WantedLink>()
  for (const { occupantId, initiator, generation, ...more } of assigned) {
    if (occupantId === self || snapshot === null || occupantOf(snapshot, occupantId) === undefined) continue
    wanted.set(occupantId, { endpointId: occupantId, generation, initiator, use: useOf(more) })
  }
  for (const { relayId, generation, ticket, ...more } of relays) {
    wanted.set(relayId, { endpointId: relayId, generation, ticket, use: useOf(more) })
  }
  return [...wanted.values()]
}

export const routeNames = (route: Route | null | undefined, id: EndpointId): boolean =>
  route?.kind === 'relayed' && route.relays.some(({ relayId }) => relayId === id)

/** Would media between us and others flow over a link to this end, were this the route? Of a tree it is the own home's. */
export function isOfRoute(route: Route, id: EndpointId, self: OccupantId | null): boolean {
  if (!isRelayId(id)) return route.kind === 'mesh'
  return self === null ? routeNames(route, id) : homeOf(route, self) === id
}

/** RT2: nothing goes direct, and there is no relay yet. */
export const isWaitingForRelay = (route: Route | undefined): boolean =>
  route?.kind === 'relayed' && route.relays.length === 0

/**
 * Has the route left this link behind, rather than the room its other end? Then it is kept until its successors stand, so
 * that no picture is lost: a mesh link while the room is relayed, a relay link while the room is a mesh again or has
 * another relay. `wanted`: the links that are to carry media.
 */
export function isOvertaken(id: EndpointId, wanted: readonly LinkName[], snapshot: Snapshot | null): boolean {
  if (wanted.some(({ endpointId }) => endpointId === id)) return false
  const route = snapshot?.route
  if (isRelayId(id)) return wanted.length > 0 || (route?.kind === 'relayed' && !routeNames(route, id))
  if (snapshot === null || occupantOf(snapshot, id) === undefined) return false
  return route?.kind === 'relayed' || wanted.some(({ endpointId }) => isRelayId(endpointId))
}

export interface LinkPlan {
  readonly open: readonly WantedLink[]
  readonly close: readonly LinkName[]
}

/** A link of another generation is another link: it is opened anew, then the old one is closed (LK4). */
export function planLinks(present: readonly LinkName[], wanted: readonly WantedLink[]): LinkPlan {
  const isSame = (a: LinkName, b: LinkName): boolean =>
    a.endpointId === b.endpointId && a.generation === b.generation
  return {
    open: wanted.filter((link) => !present.some((other) => isSame(other, link))),
    close: present.filter((link) => !wanted.some((other) => isSame(other, link))),
  }
}
