/**
 * One person's stay in one room, without any user interface: the driver that carries out what the pure core decides.
 * Runs in a browser, and wherever a `Platform` is given (Node, React Native).
 */
import { instanceIdSchema, roomIdSchema, secretSchema, type OccupantId, type RoomId } from '@video-room/shared/ids.ts'
import { assertNever } from '@video-room/shared/lang.ts'
import { Loop } from '@video-room/shared/machine/loop.ts'
import type { Source } from '@video-room/shared/source.ts'
import * as v from 'valibot'
import type { SessionAnnouncement, SessionEffect } from './core/effect.ts'
import type { SessionEvent } from './core/event.ts'
import { reduceSession, sessionDeadline } from './core/reduce.ts'
import { initialSession, type SessionState } from './core/state.ts'
import { isPlayable } from './core/track-table.ts'
import { viewOf } from './core/view-of.ts'
import type { EndReason, LinkSample, MediaTrack, Refusal, SessionView } from './core/view.ts'
import { LinkSet, type OwnTracks } from './link-set.ts'
import type { PreferredCodec } from './links/codecs.ts'
import type { OpenLink } from './links/link.ts'
import { meshLinks } from './links/mesh-link.ts'
import { Listeners } from './listeners.ts'
import type { CaptureStatus, LocalMediaPort } from './media/view.ts'
import { browserPlatform, type Platform } from './platform.ts'
import { ResumeStore } from './resume-store.ts'
import { socketAddress } from './signal/address.ts'
import { joinRoom } from './signal/room-http.ts'
import { SignalSocket } from './signal/signal-socket.ts'

export interface RoomSessionOptions {
  /** Address of the signalling service, absolute or relative to the page. */
  readonly signal: string
  readonly roomId: RoomId | string
  /** Makes its holder the host. */
  readonly hostToken?: string | null
  readonly displayName?: string
  /** Camera, microphone and screen; without it the session only receives. It stays the caller's until `close`. */
  readonly media?: LocalMediaPort | null
  /** Parts of the machine to replace; the rest is this browser's. */
  readonly platform?: Partial<Platform>
  /** `relay` keeps the own address from the others, and needs a TURN server. Default `all`. */
  readonly iceTransportPolicy?: 'all' | 'relay'
  readonly preferredCodec?: PreferredCodec
  /** Another kind of link, for tests. */
  readonly openLink?: OpenLink
}

/** What listeners get, by name. `changed` comes at most once a microtask, `sampled` every `limits.linkSampleMs`. */
export type SessionEvents = {
  readonly [Type in SessionAnnouncement['type']]: Extract<SessionAnnouncement, { readonly type: Type }>
} & {
  readonly changed: SessionView
  readonly sampled: readonly LinkSample[]
}

export type JoinResult =
  | { readonly ok: true; readonly occupantId: OccupantId; readonly isHost: boolean }
  | {
      readonly ok: false
      /** Why not; an `EndReason` when the session ended before it was welcomed (`left`: by this side). */
      readonly code: Refusal['code'] | EndReason
      /** When another try makes sense, milliseconds; null when nobody knows. */
      readonly retryAfterMs: number | null
    }

const noTracks: OwnTracks = { microphone: null, camera: null, screen: null, 'screen-audio': null }

export class RoomSession {
  readonly #options: RoomSessionOptions
  readonly #platform: Platform
  readonly #roomId: RoomId
  readonly #media: LocalMediaPort | null
  readonly #resume: ResumeStore
  readonly #links: LinkSet
  readonly #listeners: Listeners<SessionEvents>
  readonly #loop: Loop<SessionState, SessionEvent, SessionEffect>
  readonly #stops: (() => void)[] = []
  #waitingForJoin: ((result: JoinResult) => void)[] = []
  #socket: { readonly attempt: number; readonly socket: SignalSocket } | null = null
  #request: { readonly attempt: number; readonly controller: AbortController } | null = null
  #cancelTimer: () => void = () => {}
  #view: SessionView | null = null
  #isAnnouncing = false
  #isClosed = false

  /** Throws on a room id or host token that cannot be one: that is a mistake of the page, not of a person. */
  constructor(options: RoomSessionOptions) {
    this.#options = options
    this.#platform = { ...browserPlatform(), ...options.platform }
    this.#roomId = v.parse(roomIdSchema, options.roomId)
    this.#media = options.media ?? null
    this.#resume = new ResumeStore(this.#platform.storage, this.#roomId)
    this.#listeners = new Listeners(this.#platform.after)
    this.#links = new LinkSet(options.openLink ?? this.#meshLinks(), {
      onSignal: (occupantId, generation, payload) =>
        this.#dispatch({ type: 'link-signalled', atMs: this.#now(), occupantId, generation, payload }),
      onConnected: (occupantId, generation) =>
        this.#dispatch({ type: 'link-connected', atMs: this.#now(), occupantId, generation }),
      onClosed: (occupantId, generation) =>
        this.#dispatch({ type: 'link-closed', atMs: this.#now(), occupantId, generation }),
      onTrack: () => this.#changed(),
    })
    const hostToken = options.hostToken ? v.parse(secretSchema, options.hostToken) : null
    const instanceId = v.parse(instanceIdSchema, `i_${base64Url(this.#platform.randomBytes(12))}`)
    this.#loop = new Loop(initialSession({ roomId: this.#roomId, hostToken, instanceId }), {
      reduce: reduceSession,
      deadlineOf: sessionDeadline,
      keep: (state) => this.#kept(state),
      run: (effect) => this.#run(effect),
      arm: (deadlineMs) => this.#arm(deadlineMs),
    })
    if (this.#media !== null) {
      this.#stops.push(this.#media.onChanged(() => this.#mediaChanged()))
      this.#mediaChanged()
    }
    this.#stops.push(
      this.#platform.onOnline(() => this.#dispatch({ type: 'online', atMs: this.#now() })),
    )
  }

  /** What there is to show now. The same object until something changed. */
  get view(): SessionView {
    this.#view ??= viewOf(this.#loop.state, this.#trackOf)
    return this.#view
  }

  /** Listens; answers with the way to stop. */
  on<Type extends keyof SessionEvents>(
    type: Type,
    listener: (detail: SessionEvents[Type]) => void,
  ): () => void {
    return this.#listeners.on(type, listener)
  }

  /**
   * Enters the room, from the lobby or after an end; returns to the seat of this tab when it still has one. Settles with
   * the room's welcome or with the reason why not, and never rejects.
   */
  join({ displayName = this.#options.displayName ?? '' }: { readonly displayName?: string } = {}): Promise<JoinResult> {
    if (this.#isClosed) return Promise.resolve({ ok: false, code: 'left', retryAfterMs: null })
    const settled = new Promise<JoinResult>((resolve) => this.#waitingForJoin.push(resolve))
    this.#dispatch({ type: 'join', atMs: this.#now(), displayName, resumeToken: this.#resume.read() })
    this.#settleJoins(this.#loop.state)
    return settled
  }

  /** Gives up the seat, or the attempt to get one. Links and socket are closed when it returns; capture stays as it is. */
  leave(): void {
    this.#dispatch({ type: 'leave', atMs: this.#now() })
  }

  setMicrophone(on: boolean): void {
    this.#wish('microphone', on)
  }

  setCamera(on: boolean): void {
    this.#wish('camera', on)
  }

  /** Shows the browser's picker, or ends the sharing. Sound comes along where the browser offers it. */
  shareScreen(on: boolean): void {
    this.#wish('screen', on)
  }

  /** Host only. Mutes; nobody can un-mute someone else (MD3). A refusal comes as `error`. */
  muteOccupant(occupantId: OccupantId, source: Source): void {
    this.#dispatch({ type: 'mute-wished', atMs: this.#now(), occupantId, source })
  }

  /** Host only. The occupant cannot come back with the same token (MD5). */
  removeOccupant(occupantId: OccupantId): void {
    this.#dispatch({ type: 'removal-wished', atMs: this.#now(), occupantId })
  }

  /** Host only. Ends the room for everyone. */
  endRoom(): void {
    this.#dispatch({ type: 'end-wished', atMs: this.#now() })
  }

  /** One fresh look at every link. */
  async samples(): Promise<readonly LinkSample[]> {
    return (await this.#links.sample(this.#now())).samples
  }

  /** Leaves, and releases everything: links, socket, timers, listeners, and the local media. Idempotent. */
  close(): void {
    if (this.#isClosed) return
    this.leave()
    this.#isClosed = true
    for (const stop of this.#stops.splice(0)) stop()
    this.#links.closeAll()
    this.#cancelTimer()
    this.#media?.close()
    this.#listeners.clear()
  }

  #now(): number {
    return this.#platform.now()
  }

  #dispatch(event: SessionEvent): void {
    if (!this.#isClosed) this.#loop.dispatch(event)
  }

  #wish(source: Source, on: boolean): void {
    this.#dispatch({ type: 'capture-wished', atMs: this.#now(), source, on })
  }

  readonly #trackOf = (occupantId: OccupantId, source: Source): MediaTrack | null =>
    occupantId === this.#loop.state.seat?.occupantId
      ? (this.#media?.view.captures[source].track ?? null)
      : this.#links.received(occupantId, source)

  #ownTracks(): OwnTracks {
    const captures = this.#media?.view.captures
    if (captures === undefined) return noTracks
    return {
      microphone: captures.microphone.track,
      camera: captures.camera.track,
      screen: captures.screen.track,
      'screen-audio': captures['screen-audio'].track,
    }
  }

  #mediaChanged(): void {
    const captures = this.#media?.view.captures
    if (captures === undefined) return
    const statuses: Readonly<Record<Source, CaptureStatus>> = {
      microphone: captures.microphone.status,
      camera: captures.camera.status,
      screen: captures.screen.status,
      'screen-audio': captures['screen-audio'].status,
    }
    // The tracks first: a camera that went off must not send one frame more.
    void this.#links.send(this.#ownTracks())
    this.#dispatch({ type: 'captures-changed', atMs: this.#now(), captures: statuses })
    this.#changed()
  }

  #kept(state: SessionState): void {
    this.#links.enforce((occupantId, source) => isPlayable(state, occupantId, source))
    this.#changed()
    this.#settleJoins(state)
  }

  #changed(): void {
    this.#view = null
    if (this.#isAnnouncing) return
    this.#isAnnouncing = true
    queueMicrotask(() => {
      this.#isAnnouncing = false
      this.#listeners.emit('changed', this.view)
    })
  }

  #settleJoins(state: SessionState): void {
    const result = joinResultOf(state)
    if (result === null) return
    for (const resolve of this.#waitingForJoin.splice(0)) resolve(result)
  }

  #arm(deadlineMs: number | null): void {
    this.#cancelTimer()
    if (deadlineMs === null) return
    this.#cancelTimer = this.#platform.after(Math.max(0, deadlineMs - this.#now()), () => {
      this.#loop.disarmed()
      this.#dispatch({ type: 'timer', atMs: this.#now(), random: this.#platform.random() })
    })
  }

  #run(effect: SessionEffect): void {
    switch (effect.type) {
      case 'http-join':
        return this.#askForSeat(effect)
      case 'cancel-join':
        if (this.#request?.attempt === effect.attempt) this.#request.controller.abort()
        return
      case 'open-socket':
        return this.#openSocket(effect)
      case 'close-socket':
        return this.#socketOf(effect.attempt)?.close()
      case 'probe-socket':
        return this.#socketOf(effect.attempt)?.probe()
      case 'send':
        return this.#socketOf(effect.attempt)?.send(effect.message)
      case 'open-link':
        return this.#links.open(effect, this.#ownTracks())
      case 'close-link':
        return this.#links.close(effect.occupantId, effect.generation)
      case 'link-signal':
        return this.#links.signal(effect.occupantId, effect.generation, effect.payload)
      case 'restart-link':
        return this.#links.restart(effect.occupantId, effect.generation)
      case 'sample-links':
        return void this.#sample()
      case 'set-capture':
        return void this.#media?.set(effect.source, effect.on)
      case 'save-resume-token':
        return this.#resume.save(effect.resumeToken)
      case 'forget-resume-token':
        return this.#resume.forget()
      case 'emit':
        return this.#listeners.emit(effect.announcement.type, effect.announcement as never) // keyed by its own type
      default:
        return assertNever(effect)
    }
  }

  #askForSeat({ attempt, request }: Extract<SessionEffect, { type: 'http-join' }>): void {
    const controller = new AbortController()
    this.#request = { attempt, controller }
    const { signal } = this.#options
    void joinRoom(this.#platform, { signal, roomId: this.#roomId, request, aborted: controller.signal }).then(
      (answer) => {
        const random = this.#platform.random()
        this.#dispatch({ type: 'join-answered', atMs: this.#now(), random, attempt, answer })
      },
    )
  }

  #openSocket({ attempt, resumeToken }: Extract<SessionEffect, { type: 'open-socket' }>): void {
    const address = socketAddress(this.#options.signal, this.#platform.baseUrl, this.#roomId)
    const chance = (): { atMs: number; random: number; attempt: number } => ({
      atMs: this.#now(),
      random: this.#platform.random(),
      attempt,
    })
    const socket = new SignalSocket(this.#platform, address, resumeToken, {
      onMessage: (message) => this.#dispatch({ type: 'message-received', ...chance(), message }),
      onLost: (code) => this.#dispatch({ type: 'socket-lost', ...chance(), code }),
    })
    this.#socket = { attempt, socket }
  }

  #socketOf(attempt: number): SignalSocket | null {
    return this.#socket?.attempt === attempt ? this.#socket.socket : null
  }

  async #sample(): Promise<void> {
    const { samples, readings } = await this.#links.sample(this.#now())
    this.#dispatch({ type: 'links-sampled', atMs: this.#now(), readings })
    if (!this.#isClosed) this.#listeners.emit('sampled', samples)
  }

  #meshLinks(): OpenLink {
    const { webRtc, after, now, isAndroid } = this.#platform
    const { iceTransportPolicy = 'all', preferredCodec = 'auto' } = this.#options
    if (webRtc !== null) return meshLinks({ webRtc, after, now, isAndroid, iceTransportPolicy, preferredCodec })
    return (_options, events) => {
      const cancel = after(0, events.onClosed)
      return {
        signal: () => {},
        replaceTrack: () => Promise.resolve(),
        restart: () => {},
        sample: () => Promise.resolve(null),
        close: cancel,
      }
    }
  }
}

/** Null while the answer is still out. */
function joinResultOf(state: SessionState): JoinResult | null {
  switch (state.phase) {
    case 'joining':
      return null
    case 'live':
      return state.seat === null
        ? null
        : { ok: true, occupantId: state.seat.occupantId, isHost: state.seat.isHost }
    case 'lobby':
      return state.refusal === null ? null : { ok: false, ...state.refusal }
    case 'ended':
      return { ok: false, code: state.endReason ?? 'left', retryAfterMs: null }
    default:
      return assertNever(state.phase)
  }
}

function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}
