/**
 * Decides: what one session remembers.
 * Does not decide: how it changes (reduce.ts and the files beside it).
 * Invariants: plain data, no handles; at most one link per endpoint; `attempt` names the request or socket in use; a link carries
 * while it is wanted for media or drains, and never else.
 */
import type { EndpointId, InstanceId, OccupantId, Secret } from '@video-room/shared/ids.ts'
import type { KnockPicture } from '@video-room/shared/knock-picture.ts'
import type { IceServer } from '@video-room/shared/protocol/http.ts'
import type { LinkAssignment, RelayAssignment } from '@video-room/shared/protocol/messages.ts'
import type { PathReport } from '@video-room/shared/protocol/path-report.ts'
import type { Want } from '@video-room/shared/protocol/relay-signal.ts'
import type { RoomSettings } from '@video-room/shared/room-info.ts'
import type { RouteWish } from '@video-room/shared/route.ts'
import type { MutedBy, Publication, Snapshot } from '@video-room/shared/snapshot.ts'
import type { Source } from '@video-room/shared/source.ts'
import type { CaptureStatus } from '../media/view.ts'
import type { LinkHealth } from './link-health.ts'
import type { RoomName } from '@video-room/shared/room-name.ts'
import { freshUplink, type Baseline, type PathMemory, type UplinkMemory } from './path-memory.ts'
import type { EndReason, KnockState, Refusal, RouteEntry } from './view.ts'

export interface SessionConfig {
  readonly roomId: RoomName
  readonly instanceId: InstanceId
  readonly hostToken: Secret | null
  /** How this person's media may flow (RT2). */
  readonly routeWish: RouteWish
  /** Bytes cost this person money: nothing stands by (MG6). */
  readonly savesData: boolean
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

/** What the room wants of a link: media, to stand by (MG6), or nothing any more; then it is there only while it drains. */
export type LinkUse = 'media' | 'standby' | 'left'

export interface LinkState {
  readonly generation: number
  readonly health: LinkHealth
  /** Media came from there before, over another link: people see "recovering", not "connecting". */
  readonly remade: boolean
  /** Outgoing signals that wait until the room and the far end are back (at most `limits.heldSignalsMax`). */
  readonly held: readonly string[]
  readonly use: LinkUse
  /** Own media goes over it. */
  readonly carries: boolean
  /** Since when it carries, and when it was opened while it does not. */
  readonly carriesSinceMs: number
  /** It carries although the room wants that no more, until its successors stand; until then at the latest. */
  readonly drainUntilMs: number | null
  /** What it sends is held down, as its successor stands up beside it. */
  readonly isCapped: boolean
  /** At the last look another link could have sent the same beside it. */
  readonly hasUplinkRoom: boolean
  /** The socket on which its failure was told; one more word on the same would change nothing. */
  readonly failureToldOn: number | null
  readonly path: PathMemory
  /** Null: a mesh link. */
  readonly relay: RelaySide | null
}

/** An un-mute that the room is asked for. */
export interface Unmuting {
  readonly source: Source
  /** The room has shown it as muted: a snapshot that shows it live is no longer one of before, but the answer. */
  readonly isMuteSeen: boolean
}

/** What is remembered while the snapshot names a migration. */
export interface MigrationState {
  readonly epoch: number
  readonly sinceMs: number
  /** What each link had brought by then: a link that stood by may have carried long ago. */
  readonly baseline: Baseline
  /** The list of its links has come. */
  readonly hasStart: boolean
  /** The socket on which we said that we are ready (MG3). */
  readonly saidOn: number | null
}

/** The last `report`, and the socket on which it was said. */
export interface Reported {
  readonly attempt: number
  readonly atMs: number
  readonly paths: readonly PathReport[]
  readonly isUplinkLimited: boolean
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
  /** The relay links of the newest `start`, at most two, or that of the join ahead of it (RL3, MG2). */
  readonly assignedRelays: readonly RelayAssignment[]
  readonly links: Readonly<Record<EndpointId, LinkState>>
  /** Signals of a generation that no `start` named yet (at most `limits.heldSignalsMax`). */
  readonly early: readonly EarlySignal[]
  readonly captures: Readonly<Record<Source, CaptureStatus>>
  readonly told: Told
  /** Sources that a host muted and whose capture has not stopped yet. */
  readonly obeying: readonly Source[]
  /** Our un-mutes that the room has not shown yet, in the order in which it will answer them (MD7). */
  readonly unmuting: readonly Unmuting[]
  /** Sources that the host asked us to un-mute, until we do or decline (MD10). */
  readonly unmuteAsked: readonly Source[]
  /** Who is at the door; told to a host only (KN1). */
  readonly knocks: readonly KnockState[]
  /** What this person lets the host see of them at the door (KN8). */
  readonly knockPicture: KnockPicture | null
  readonly nextSampleAtMs: number | null
  /** When all links were looked at last. */
  readonly sampledAllAtMs: number
  /** How wide each picture of the others is shown, by `shownKey`; absent = nobody said, 0 = nobody looks. */
  readonly shown: Readonly<Record<string, number>>
  /** When the relay is to hear what has changed since; null = nothing has. */
  readonly nextWantsAtMs: number | null
  readonly migration: MigrationState | null
  /** The routes of this stay (at most `limits.routeHistoryMax`). */
  readonly routeHistory: readonly RouteEntry[]
  /** The epoch of the last route whose gap was told; null = none (FX3). */
  readonly gapToldOf: number | null
  readonly uplink: UplinkMemory
  /** What the room was told of our links last; null = nothing yet on this socket. */
  readonly reported: Reported | null
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
  assignedRelays: [],
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
  sampledAllAtMs: 0,
  shown: {},
  nextWantsAtMs: null,
  migration: null,
  routeHistory: [],
  gapToldOf: null,
  uplink: freshUplink,
  reported: null,
})

/** Is there a socket on which the room knows us, welcomed or at the door? */
export const isHeard = ({ connection }: SessionState): boolean =>
  connection.kind === 'open' || connection.kind === 'knocking'

/** May a message go to the room now? */
export const isOpen = (state: SessionState): boolean => state.connection.kind === 'open'
