/**
 * Decides: what a relay remembers of one room it serves.
 * Does not decide: how it changes (relay-room.ts and the files beside it).
 * Invariants: plain data; the room's word (snapshot, list of links) is kept as it came, and everything that can be derived
 * from it is derived; `told` is what the transport was ordered, so that orders are differences.
 */
import type { LinkId, OccupantId, RelayId, Secret } from '@video-room/shared/ids.ts'
import type { Want } from '@video-room/shared/protocol/relay-signal.ts'
import type { Route } from '@video-room/shared/route.ts'
import type { OfferFacts } from '@video-room/shared/sdp/facts.ts'
import { occupantOf, type Snapshot } from '@video-room/shared/snapshot.ts'
import type { RelayTicket } from '@video-room/shared/ticket.ts'
import type { LinkOrders } from './link-orders.ts'
import type { RoomEnd } from './room-event.ts'
import type { Placement } from './slot-plan.ts'
import type { TrunkOrders } from './trunk-orders.ts'

/**
 * opening: until the welcome · waiting: the next try is due at the deadline · lingering: the room has moved on, its links last
 * until those that follow stand, the deadline at most · ended: nothing is left, for good.
 */
export type RoomConnection =
  | { readonly kind: 'opening'; readonly deadlineMs: number }
  | { readonly kind: 'open' }
  | { readonly kind: 'waiting'; readonly deadlineMs: number }
  | { readonly kind: 'lingering'; readonly deadlineMs: number; readonly why: RoomEnd }
  | { readonly kind: 'ended'; readonly why: RoomEnd }

/** What occupants heard last, as it was sent; null = unknown, since something may have been missed. */
export interface Told {
  readonly slots: string | null
  readonly speakers: string | null
}

/** lost: the transport says so · refused: its certificate is not the described one (RL6) · late: it never came up. */
export type LinkFailure = 'lost' | 'refused' | 'late'

export interface RoomLink {
  readonly occupantId: OccupantId
  readonly linkId: LinkId
  readonly generation: number
  readonly facts: OfferFacts | null
  /** Of the certificate whose key the far end proved to hold; null until DTLS is up. */
  readonly provedFingerprint: string | null
  /** Not null: closed here; it stays listed until the room names another generation. */
  readonly failure: LinkFailure | null
  /** The socket on which the room was told so. */
  readonly failureToldOn: number | null
  /** The room lists it no more, since its occupant is at home elsewhere: until when it goes on. */
  readonly leavesAtMs: number | null
  /** It must be admitted by then; null = no hurry: the occupant is not there, or it is admitted. */
  readonly upByMs: number | null
  readonly wants: readonly Want[] | null
  readonly placements: readonly Placement[]
  readonly told: Told
}

/** A link to another relay of this room (CH3). */
export interface RoomTrunk {
  readonly relayId: RelayId
  readonly linkId: LinkId
  readonly generation: number
  /** Of the other relay's certificate, as the room knows it. */
  readonly fingerprint: string
  /** Null: the other end dials. */
  readonly ticket: RelayTicket | null
  readonly dialAtMs: number
  /** The transport has it: one that this end dials, once its time has come. */
  readonly hasBegun: boolean
  /** The far end proved that certificate: media may cross. */
  readonly isProved: boolean
  readonly failure: LinkFailure | null
  readonly failureToldOn: number | null
  /** The room lists it no more, since it has let the other relay go: until when it goes on. */
  readonly leavesAtMs: number | null
  readonly upByMs: number | null
  /** When the transport is asked how long it is; null: not by this end, or not yet. */
  readonly measureAtMs: number | null
  readonly reported: { readonly rttMs: number | null; readonly toldOn: number | null } | null
}

export interface RelayRoomState {
  /** This relay. */
  readonly relayId: RelayId
  /** Opens the next socket: the summon's secret, then what the room gave. */
  readonly token: Secret
  /** Names the socket in use. */
  readonly attempt: number
  readonly connection: RoomConnection
  /** Tries in a row without a welcome. */
  readonly failures: number
  /** Since when no socket is welcomed; null while one is. */
  readonly lostAtMs: number | null
  /** The relay drains and wants to be rid of this room. */
  readonly isLeaving: boolean
  readonly leaveToldOn: number | null
  readonly snapshot: Snapshot | null
  /** The route before: what came and went by it goes on until then, as long as there are trunks for it. */
  readonly former: { readonly route: Route; readonly untilMs: number } | null
  /** In the room's order. */
  readonly links: readonly RoomLink[]
  readonly trunks: readonly RoomTrunk[]
  /** Times in a row that trunks to this relay failed. */
  readonly trunkFailures: Readonly<Record<RelayId, number>>
  /** Links that the transport has open, with the orders it got. */
  readonly told: Readonly<Record<LinkId, LinkOrders>>
  readonly toldTrunks: Readonly<Record<LinkId, TrunkOrders>>
  /** As the transport hears it; loudest first. */
  readonly loud: readonly OccupantId[]
  /** Who spoke above the others last; a pause changes nothing. Null: nobody yet, or they were muted. */
  readonly dominant: OccupantId | null
  /** When the occupants were last told who speaks. */
  readonly speakersToldAtMs: number
}

export const newLink = (served: Pick<RoomLink, 'occupantId' | 'linkId' | 'generation'>): RoomLink => ({
  occupantId: served.occupantId,
  linkId: served.linkId,
  generation: served.generation,
  facts: null,
  provedFingerprint: null,
  failure: null,
  failureToldOn: null,
  leavesAtMs: null,
  upByMs: null,
  wants: null,
  placements: [],
  told: { slots: '{"slots":[]}', speakers: '{"speakers":[]}' },
})

/**
 * RL6: the certificate is the one that the occupant described, and its key was proved. Who is no longer in the snapshot
 * gets nothing more, whatever the list of links still says.
 */
export const isAdmitted = (state: RelayRoomState, link: RoomLink): boolean =>
  link.failure === null &&
  link.facts !== null &&
  link.provedFingerprint === link.facts.fingerprint &&
  state.snapshot !== null &&
  occupantOf(state.snapshot, link.occupantId) !== undefined

/** What was said to its occupant last may be lost: it is said again. Before there are facts nothing was said. */
export const unheard = (link: RoomLink): RoomLink =>
  link.facts === null || (link.told.slots === null && link.told.speakers === null)
    ? link
    : { ...link, told: { slots: null, speakers: null } }

/** A signal would reach this occupant now. */
export const isReachable = (state: RelayRoomState, { occupantId }: RoomLink): boolean =>
  state.connection.kind === 'open' &&
  state.snapshot !== null &&
  occupantOf(state.snapshot, occupantId)?.isPresent === true

export const mapLinks = (state: RelayRoomState, change: (link: RoomLink) => RoomLink): RelayRoomState => {
  const links = state.links.map(change)
  return links.every((link, at) => link === state.links[at]) ? state : { ...state, links }
}
