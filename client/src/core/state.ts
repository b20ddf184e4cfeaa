/**
 * Decides: what one session remembers.
 * Does not decide: how it changes (reduce.ts and the files beside it).
 * Invariants: plain data, no handles; at most one link per endpoint; `attempt` names the request or socket in use.
 */
import type { EndpointId, InstanceId, OccupantId, Secret } from '@video-room/shared/ids.ts'
import type { KnockPicture } from '@video-room/shared/knock-picture.ts'
import type { IceServer } from '@video-room/shared/protocol/http.ts'
import type { LinkAssignment, RelayAssignment } from '@video-room/shared/protocol/messages.ts'
import type { Want } from '@video-room/shared/protocol/relay-signal.ts'
import type { RoomSettings } from '@video-room/shared/room-info.ts'
import type { RouteWish } from '@video-room/shared/route.ts'
import type { MutedBy, Publication, Snapshot } from '@video-room/shared/snapshot.ts'
import type { Source } from '@video-room/shared/source.ts'
import type { CaptureStatus } from '../media/view.ts'
import type { LinkHealth } from './link-health.ts'
import type { RoomName } from '@video-room/shared/room-name.ts'
import type { EndReason, KnockState, Refusal } from './view.ts'

export interface SessionConfig {
  readonly roomId: RoomName
  readonly instanceId: InstanceId
  readonly hostToken: Secret | null
  /** How this person's media may flow (RT2). */
  readonly routeWish: RouteWish
}

/** What a join gave. */
export interface Seat {
  readonly occupantId: OccupantId
  readonly isHost: boolean
  readonly iceServers: readonly IceServer[]
  readonly settings: RoomSettings
}

/**
 * idle: nothing wanted · requesting: `POST join` is under way · opening: the socket is, until the welcome ·
 * knocking: it is, and the host has not let us in · open: welcomed · waiting: the next try is due at the deadline.
 */
export type Connection =
  | { readonly kind: 'idle' }
  | { readonly kind: 'requesting'; readonly deadlineMs: number; readonly resuming: boolean }
  | {
      readonly kind: 'opening'
      readonly deadlineMs: number
      /** What was announced ahead of the welcome; null = nothing yet. */
      readonly announced: readonly Publication[] | null
    }
  | { readonly kind: 'knocking'; readonly sinceMs: number; readonly mayShowPicture: boolean }
  | { readonly kind: 'open'; readonly sinceMs: number }
  | { readonly kind: 'waiting'; readonly deadlineMs: number }

/** How many publications of each kind a relay link can receive at once. */
export interface SlotCounts {
  readonly audio: number
  readonly video: number
}

/** What a relay link has beside what every link has. */
export interface RelaySide {
  /** It asked for one and has not got it (RL5). */
  readonly ticketWanted: boolean
  /** A `start` has named it; the next one that does means that the relay may have missed something (RL6). */
  readonly isNamed: boolean
  readonly slots: SlotCounts
  /** The wants that the relay was told last, and when; null = none yet, or they may have gone down with a socket. */
  readonly told: { readonly wants: readonly Want[]; readonly atMs: number } | null
}

export interface LinkState {
  readonly generation: number
  readonly health: LinkHealth
  /** Media came from there before, over another link: people see "recovering", not "connecting". */
  readonly remade: boolean
  /** Outgoing signals that wait until the room and the far end are back (at most `limits.heldSignalsMax`). */
  readonly held: readonly string[]
  /** When it is closed at the latest, as another route takes its place; null while it is wanted. */
  readonly drainUntilMs: number | null
  /** Null: a mesh link. */
  readonly relay: RelaySide | null
}

export interface EarlySignal {
  readonly from: EndpointId
  readonly generation: number
  readonly payload: string
}

/** What the room believes of our publications once our messages in flight have arrived. */
export type Told = Readonly<Partial<Record<Source, MutedBy>>>

export interface SessionState {
  readonly config: SessionConfig
  readonly phase: 'lobby' | 'joining' | 'live' | 'ended'
  readonly refusal: Refusal | null
  readonly endReason: EndReason | null
  readonly displayName: string
  /** The room said that the host must let us in first (KN1); stays while a lost socket is sought anew. */
  readonly isKnocking: boolean
  /** We gave the host's seat to someone: only a person's own `join` may take it back by the host token (MD8). */
  readonly handedOver: boolean
  readonly attempt: number
  /** Tries in a row that did not lead to a steady socket. */
  readonly failures: number
  /** Since when there is no socket although one is wanted; null while it is open. */
  readonly lostAtMs: number | null
  readonly connection: Connection
  readonly seat: Seat | null
  readonly resumeToken: Secret | null
  readonly snapshot: Snapshot | null
  /** The newest `start` list. */
  readonly assigned: readonly LinkAssignment[]
  /** The relay link of the newest `start`, or of the join ahead of it (RL3). */
  readonly assignedRelay: RelayAssignment | null
  readonly links: Readonly<Record<EndpointId, LinkState>>
  /** Signals of a generation that no `start` named yet (at most `limits.heldSignalsMax`). */
  readonly early: readonly EarlySignal[]
  readonly captures: Readonly<Record<Source, CaptureStatus>>
  readonly told: Told
  /** Sources that a host muted and whose capture has not stopped yet. */
  readonly obeying: readonly Source[]
  /** Our un-mutes that the room has not shown yet, in the order in which it will answer them (MD7). */
  readonly unmuting: readonly Source[]
  /** Sources that the host asked us to un-mute, until we do or decline (MD10). */
  readonly unmuteAsked: readonly Source[]
  /** Who is at the door; told to a host only (KN1). */
  readonly knocks: readonly KnockState[]
  /** What this person lets the host see of them at the door (KN8). */
  readonly knockPicture: KnockPicture | null
  readonly nextSampleAtMs: number | null
  /** How wide each picture of the others is shown, by `shownKey`; absent = nobody said, 0 = nobody looks. */
  readonly shown: Readonly<Record<string, number>>
  /** When the relay is to hear what has changed since; null = nothing has. */
  readonly nextWantsAtMs: number | null
}

export const noCaptures: Readonly<Record<Source, CaptureStatus>> = {
  microphone: 'absent',
  camera: 'absent',
  screen: 'absent',
  'screen-audio': 'absent',
}

export const initialSession = (config: SessionConfig): SessionState => ({
  config,
  phase: 'lobby',
  refusal: null,
  endReason: null,
  displayName: '',
  isKnocking: false,
  handedOver: false,
  attempt: 0,
  failures: 0,
  lostAtMs: null,
  connection: { kind: 'idle' },
  seat: null,
  resumeToken: null,
  snapshot: null,
  assigned: [],
  assignedRelay: null,
  links: {},
  early: [],
  captures: noCaptures,
  told: {},
  obeying: [],
  unmuting: [],
  unmuteAsked: [],
  knocks: [],
  knockPicture: null,
  nextSampleAtMs: null,
  shown: {},
  nextWantsAtMs: null,
})

/** Is there a socket on which the room knows us, welcomed or at the door? */
export const isHeard = ({ connection }: SessionState): boolean =>
  connection.kind === 'open' || connection.kind === 'knocking'

/** May a message go to the room now? */
export const isOpen = (state: SessionState): boolean => state.connection.kind === 'open'
