/**
 * Decides: what a view of a room session looks like: all that a user interface, in any framework, needs to draw.
 * Does not decide: how the state behind it changes (reduce.ts) or how it is drawn (components/).
 * Invariants: plain readonly data; tracks are opaque handles; no DOM types, so that it serves React Native too (N1).
 */
import type { CloseReason, HttpErrorCode } from '@video-room/shared/errors.ts'
import type { OccupantId, RelayId } from '@video-room/shared/ids.ts'
import type { Knock } from '@video-room/shared/protocol/messages.ts'
import type { RoomSettings } from '@video-room/shared/room-info.ts'
import type { Route } from '@video-room/shared/route.ts'
import type { MutedBy } from '@video-room/shared/snapshot.ts'
import type { Source } from '@video-room/shared/source.ts'
import type { RoomName } from '@video-room/shared/room-name.ts'

/**
 * lobby → joining → (knocking →) waiting-for-host ⇄ in-room ⇄ reconnecting → ended. `ended` is final for this attempt: `join()` starts
 * anew from it, and a refused join falls back to `lobby` with `refusal` set.
 */
export type SessionStatus =
  | 'lobby'
  | 'joining'
  | 'knocking'
  | 'waiting-for-host'
  | 'in-room'
  | 'reconnecting'
  | 'ended'

/** Why a session ended: the room's own reasons, or `left` (this person), or `unreachable` (gave up reconnecting). */
export type EndReason = CloseReason | 'left' | 'unreachable'

/** Why a join was refused. `unreachable`: no answer at all; `media_required`: the room wants a device. */
export interface Refusal {
  readonly code: HttpErrorCode | 'unreachable' | 'media_required'
  /** When trying again makes sense, milliseconds from the refusal. */
  readonly retryAfterMs: number | null
}

/** The platform's media track, seen through the few members the core relies on. A browser's MediaStreamTrack is one. */
export interface MediaTrack {
  readonly id: string
  readonly kind: string
  readonly readyState: string
  enabled: boolean
  stop(): void
  addEventListener(type: 'ended', listener: () => void): void
  removeEventListener(type: 'ended', listener: () => void): void
}

export interface SourceView {
  /** Is this source offered at all? */
  readonly offered: boolean
  readonly mutedBy: MutedBy
  /** What to render; null while muted, by whomever, and while no media path exists. */
  readonly track: MediaTrack | null
  /**
   * What will be `track` when the next route is committed (MG1): a picture of it can be made ready out of sight; a sound is silent
   * (`enabled` is false) until then. Null while no migration is under way, or nothing has come over the next route yet.
   */
  readonly nextTrack: MediaTrack | null
}

/**
 * How media to and from an occupant does; at one relay it is the same of everyone, as one link carries all. `none`: no
 * link is wanted (it is you, or the host is missing).
 */
export type LinkStatus = 'none' | 'connecting' | 'connected' | 'recovering'

export interface OccupantState {
  readonly occupantId: OccupantId
  readonly displayName: string
  readonly isSelf: boolean
  readonly isHost: boolean
  /** False while the seat is kept for someone who lost the connection. */
  readonly isPresent: boolean
  readonly link: LinkStatus
  readonly sources: Readonly<Record<Source, SourceView>>
}

export interface KnockState extends Knock {
  /** The address of a small JPEG (`data:`), when the room asks for pictures and this person wants to be seen (KN8). */
  readonly picture?: string
}

/** One route of this stay, since when it was committed. */
export interface RouteEntry {
  readonly route: Route
  readonly atMs: number
}

/** How long a picture stood still at most around the beginning of a route, and in the seconds before; milliseconds. */
export interface RouteGap {
  /** Of the route. */
  readonly epoch: number
  readonly gapMs: number
  /** Null: too little was seen before. */
  readonly steadyMs: number | null
}

export interface SessionView {
  readonly status: SessionStatus
  /** As it was named: the same room may be open by its UUID and by its code. */
  readonly roomId: RoomName
  readonly endReason: EndReason | null
  readonly refusal: Refusal | null
  readonly occupantId: OccupantId | null
  readonly isHost: boolean
  readonly settings: RoomSettings | null
  readonly route: Route | null
  /** The route that is being prepared while media goes on over `route`, and since when. */
  readonly migration: { readonly route: Route; readonly sinceMs: number } | null
  /** The routes of this stay, oldest first, the present one last; at most `limits.routeHistoryMax`. */
  readonly routeHistory: readonly RouteEntry[]
  /** Who is at the door; always empty for participants. */
  readonly knocks: readonly KnockState[]
  /** May you show the host a picture while you knock, and which one do you show? Null: this room does not ask for one. */
  readonly knockPicture: { readonly shown: string | null } | null
  /** Sources that the host asks you to un-mute, until you do or decline. */
  readonly unmuteAsked: readonly Source[]
  /** In order of arrival, yourself included; empty before the room has welcomed you. */
  readonly occupants: readonly OccupantState[]
}

/** What a link has brought of one source since it was opened. */
export interface ReceivedSource {
  readonly occupantId: OccupantId
  readonly source: Source
  readonly packets: number
  /** Decoded; 0 for sound. */
  readonly frames: number
}

/** One look at one connection; the same shape for every kind of link. */
export interface ConnectionSample {
  readonly atMs: number
  /** How the selected candidate pair reaches the other side (RFC 8445 candidate types), null before one is selected. */
  readonly localCandidate: 'host' | 'srflx' | 'prflx' | 'relay' | null
  readonly remoteCandidate: 'host' | 'srflx' | 'prflx' | 'relay' | null
  readonly rttMs: number | null
  /** Everything received on the transport; grows while the link lives. */
  readonly receivedPackets: number
  readonly receivedBytes: number
  readonly sentBytes: number
  readonly lostPackets: number
  readonly jitterMs: number | null
  readonly framesDecoded: number
  /** What has come of each source so far. */
  readonly received: readonly ReceivedSource[]
  /** Pictures are sent smaller than wished for want of bandwidth (`qualityLimitationReason`). */
  readonly isUplinkLimited: boolean
  readonly freezeCount: number
  readonly availableOutgoingBps: number | null
  /** How loud each received sound is, 0 to 1. */
  readonly heard: readonly {
    readonly occupantId: OccupantId
    readonly source: Source
    readonly level: number
  }[]
}

/** One look at one link (every `limits.linkSampleMs`). */
export interface LinkSample extends ConnectionSample {
  /** The other end: an occupant, or a relay, which carries everyone. */
  readonly endpointId: OccupantId | RelayId
  readonly via: 'direct' | 'relay'
  /** It stands by and carries no media (MG6). */
  readonly isStandby: boolean
}
