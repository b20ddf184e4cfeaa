/** What every kind of link offers to the session: media between this occupant and one other end, whatever carries it. */
import type { OccupantId } from '@video-room/shared/ids.ts'
import type { IceServer } from '@video-room/shared/protocol/http.ts'
import type { Source } from '@video-room/shared/source.ts'
import type { ConnectionSample, MediaTrack } from '../core/view.ts'

/** Runs something later; the answer takes it back. */
export type After = (delayMs: number, run: () => void) => () => void

/** What a link reports. Nothing is reported once `close` was called. */
export interface LinkEvents {
  /** Bring this to the other end's `signal`, in order. */
  readonly onSignal: (payload: string) => void
  /** Media flows both ways from now on; the received tracks are there. */
  readonly onConnected: () => void
  /** The track that carries a source of the other end; known from the start, silent until something is sent. */
  readonly onTrack: (source: Source, track: MediaTrack) => void
  /** It closed by itself and cannot come back. */
  readonly onClosed: () => void
}

/** One look at a link, as its kind takes it. */
export interface LinkLook extends ConnectionSample {
  /** Answers to ICE's own checks so far: a sign of life where nothing else flows; browsers do not count them as bytes. */
  readonly answeredChecks: number
  /** The uplink would hold the same once more, sent on another link beside it. */
  readonly hasUplinkRoom: boolean
}

export interface LinkOptions {
  readonly occupantId: OccupantId
  /** This end makes the offers (LK1). */
  readonly initiator: boolean
  readonly iceServers: readonly IceServer[]
  /** What is sent from the first packet on; null or absent: nothing yet. */
  readonly tracks: Readonly<Partial<Record<Source, MediaTrack | null>>>
}

export interface Link {
  /** Takes what the other end's `onSignal` gave. Garbage is ignored. */
  signal(payload: string): void
  /** Sends this track as `source` from now on, or nothing; never negotiates (LK2). Settles when the sender has it. */
  replaceTrack(source: Source, track: MediaTrack | null): Promise<void>
  /**
   * Names all sources of the other end that nobody here looks at now; it stops sending them on this link, and others keep
   * seeing them (M8). Replaces the earlier list; good before the link is connected, too.
   */
  pause(sources: readonly Source[]): void
  /** Looks for a new way between the same two ends, without interrupting what still flows (ICE restart). */
  restart(): void
  /** Holds what its pictures may take to this share of what they take now, or lets go (null); never negotiates. */
  cap(share: number | null): Promise<void>
  /** One look at the link; null when it cannot be looked at any more. */
  sample(atMs: number): Promise<LinkLook | null>
  /** Ends the link and its timers; the tracks stay their owners'. Idempotent. */
  close(): void
}

export type OpenLink = (options: LinkOptions, events: LinkEvents) => Link
