/**
 * One person's stay in one room, without any user interface.
 * Runs in a browser, and wherever a `Platform` is given (Node, React Native).
 */
import { instanceIdSchema, secretSchema, type OccupantId } from '@video-room/shared/ids.ts'
import { knockPictureSchema } from '@video-room/shared/knock-picture.ts'
import { assertNever } from '@video-room/shared/lang.ts'
import { limits } from '@video-room/shared/limits.ts'
import type { SettingsChange } from '@video-room/shared/room-info.ts'
import type { RouteWish } from '@video-room/shared/route.ts'
import type { Source } from '@video-room/shared/source.ts'
import * as v from 'valibot'
import type { SessionAnnouncement } from './core/effect.ts'
import type { HostMessage } from './core/event.ts'
import { roomNameOf, type RoomName } from '@video-room/shared/room-name.ts'
import type { SessionState } from './core/state.ts'
import { viewOf } from './core/view-of.ts'
import type { EndReason, LinkSample, Refusal, RouteGap, SessionView } from './core/view.ts'
import type { PreferredCodec } from './links/codecs.ts'
import type { Link, LinkEvents, OpenLink } from './links/link.ts'
import type { OpenRelayLink, RelayLink } from './links/relay-link-port.ts'
import { relayLinks } from './links/relay-link.ts'
import { notReached, relayProbes, type ProbeRelay } from './links/relay-probe.ts'
import { meshLinks } from './links/mesh-link.ts'
import type { LinkOpeners } from './link-set.ts'
import { Listeners } from './listeners.ts'
import type { LocalMediaPort } from './media/view.ts'
import { browserPlatform, type Platform } from './platform.ts'
import { SessionDriver } from './session-driver.ts'

export interface RoomSessionOptions {
  /** Address of the signalling service, absolute or relative to the page. */
  readonly signal: string
  /** The room's UUID, or its emoji address in any form: emoji, percent-encoded, words, or the short code. */
  readonly roomId: string
  /** Makes its holder the host. */
  readonly hostToken?: string | null
  readonly displayName?: string
  /** Camera, microphone and screen; without it the session only receives. It stays the caller's until `close`. */
  readonly media?: LocalMediaPort | null
  /** Parts of the machine to replace; the rest is this browser's. */
  readonly platform?: Partial<Platform>
  /**
   * How this person's media may flow where the room leaves it open: `relay` takes the whole room through a relay, which hides
   * addresses and needs no TURN server. What the room's own setting says wins. Default `auto`.
   */
  readonly route?: RouteWish
  /** `relay` keeps the own address from the others, and needs a TURN server. Default `all`. */
  readonly iceTransportPolicy?: 'all' | 'relay'
  readonly preferredCodec?: PreferredCodec
  /** Another kind of link, for tests. */
  readonly openLink?: OpenLink
  /** Another kind of relay link, for tests. */
  readonly openRelayLink?: OpenRelayLink
}

/** What listeners get, by name. `changed` comes at most once a microtask, `sampled` every `limits.linkSampleMs`. */
export type SessionEvents = {
  readonly [Type in SessionAnnouncement['type']]: Extract<SessionAnnouncement, { readonly type: Type }>
} & {
  readonly changed: SessionView
  readonly sampled: readonly LinkSample[]
  /** Who speaks, loudest first, as a relay hears it; in a room without one see `heard` of the samples. */
  readonly speakers: readonly OccupantId[]
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

export class RoomSession {
  readonly #displayName: string
  readonly #listeners: Listeners<SessionEvents>
  readonly #driver: SessionDriver
  #waitingForJoin: ((result: JoinResult) => void)[] = []
  #view: SessionView | null = null
  #isTelling = false
  #isClosed = false

  /** Throws on a room id or host token that cannot be one: that is a mistake of the page, not of a person. */
  constructor(options: RoomSessionOptions) {
    const platform: Platform = { ...browserPlatform(), ...options.platform }
    this.#displayName = options.displayName ?? ''
    this.#listeners = new Listeners(platform.after)
    this.#driver = new SessionDriver(
      {
        config: {
          roomId: roomNamed(options.roomId),
          hostToken: options.hostToken ? v.parse(secretSchema, options.hostToken) : null,
          routeWish: options.route ?? 'auto',
          savesData: platform.savesData,
          instanceId: v.parse(instanceIdSchema, `i_${base64Url(platform.randomBytes(12))}`),
        },
        signal: options.signal,
        platform,
        media: options.media ?? null,
        openers: openersOf(options, platform),
        probeRelay: probesOf(options, platform),
      },
      {
        onChanged: (state) => this.#changed(state),
        onAnnounced: (announcement) => this.#listeners.emit(announcement.type, announcement),
        onSampled: (samples) => this.#listeners.emit('sampled', samples),
        onSpeakers: (occupantIds) => this.#listeners.emit('speakers', occupantIds),
      },
    )
  }

  /** What there is to show now. The same object until something changed. */
  get view(): SessionView {
    this.#view ??= viewOf(this.#driver.state, (id, source, route) => this.#driver.trackOf(id, source, route))
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
   * the room's welcome or with the reason why not, and never rejects. Where the host is asked first, that may take long.
   */
  join({ displayName = this.#displayName }: { readonly displayName?: string } = {}): Promise<JoinResult> {
    if (this.#isClosed) return Promise.resolve({ ok: false, code: 'left', retryAfterMs: null })
    this.#driver.join(displayName)
    return new Promise<JoinResult>((resolve) => {
      this.#waitingForJoin.push(resolve)
      this.#settleJoins(this.#driver.state)
    })
  }

  /** Gives up the seat, or the attempt to get one. Links and socket are closed when it returns; capture stays as it is. */
  leave(): void {
    this.#driver.dispatch({ type: 'leave' })
  }

  setMicrophone(on: boolean): void {
    this.#driver.dispatch({ type: 'capture-wished', source: 'microphone', on })
  }

  setCamera(on: boolean): void {
    this.#driver.dispatch({ type: 'capture-wished', source: 'camera', on })
  }

  /** Shows the browser's picker, or ends the sharing. Sound comes along where the browser offers it. */
  shareScreen(on: boolean): void {
    this.#driver.dispatch({ type: 'capture-wished', source: 'screen', on })
  }

  /** Host only. Mutes; nobody can un-mute someone else (MD3). A refusal comes as `error`. */
  muteOccupant(occupantId: OccupantId, source: Source): void {
    this.#asHost({ type: 'mute-occupant', occupantId, source })
  }

  /** Host only. Mutes this source of every participant. */
  muteAll(source: Source): void {
    this.#asHost({ type: 'mute-all', source })
  }

  /** Host only. Asks someone to un-mute; only that person can, and may decline (MD10). */
  askUnmute(occupantId: OccupantId, source: Source): void {
    this.#asHost({ type: 'ask-unmute', occupantId, source })
  }

  /** Answers the host's question (`unmute-asked`, `view.unmuteAsked`): yes switches the source on. */
  answerUnmute(source: Source, yes: boolean): void {
    this.#driver.dispatch({ type: 'unmute-answered', source, yes })
  }

  /** Host only. Lets in someone at the door (`view.knocks`). Without a free seat the knock stays: `error` room_full. */
  admit(occupantId: OccupantId): void {
    this.#asHost({ type: 'admit', occupantId })
  }

  /** Host only. Turns away someone at the door; the same token cannot knock again (KN3). */
  deny(occupantId: OccupantId): void {
    this.#asHost({ type: 'deny', occupantId })
  }

  /**
   * At the door, where `view.knockPicture` says that the room asks for one: lets the host see this picture (`LocalMedia.takeStill` takes
   * one), or takes it back (null). Elsewhere it does nothing. Throws on what is no JPEG of at most 96 pixels a side in 6,144
   * characters of base64 (KN8).
   */
  showKnockPicture(picture: string | null): void {
    const checked = v.safeParse(v.nullable(knockPictureSchema), picture)
    if (!checked.success) throw new TypeError('the picture is no small JPEG')
    this.#driver.dispatch({ type: 'knock-picture-wished', picture: checked.output })
  }

  /** Host only. Takes effect at once for everyone; what is left out stays (MD11). */
  changeSettings(settings: SettingsChange): void {
    this.#asHost({ type: 'change-settings', settings })
  }

  /** Host only. Makes this participant the host; you stay as a participant (MD8). */
  handOver(occupantId: OccupantId): void {
    this.#asHost({ type: 'hand-over', occupantId })
  }

  /** Host only. The occupant cannot come back with the same token (MD5). */
  removeOccupant(occupantId: OccupantId): void {
    this.#asHost({ type: 'remove-occupant', occupantId })
  }

  /** Host only. Ends the room for everyone. */
  endRoom(): void {
    this.#asHost({ type: 'end-room' })
  }

  /**
   * Tells whether anyone here looks at a picture of this occupant (a tile off screen: no). The occupant then sends it to us
   * no more, and to others as before; it is back within a key frame. The default is yes (M8). `widthPx` says how wide it is
   * shown, in device pixels: a relay sends no more than that needs.
   */
  setWatched(occupantId: OccupantId, source: Source, isWatched: boolean, widthPx?: number): void {
    const shownPx = Math.min(Math.ceil(widthPx ?? 0) || limits.shownWidthDefaultPx, limits.shownWidthMaxPx)
    this.#driver.show(occupantId, source, isWatched ? shownPx : 0)
  }

  /**
   * For whoever draws the pictures without the element: how long one stood still at most from 1 s before `route-changed` until 3 s
   * after, and in the 5 s before that. Once for each route; the room counts it for its operator, and `route-gap` says it here (FX3).
   */
  tellRouteGap(gap: RouteGap): void {
    this.#driver.dispatch({ type: 'gap-measured', gap })
  }

  /** One fresh look at every link. */
  samples(): Promise<readonly LinkSample[]> {
    return this.#driver.samples()
  }

  /** Leaves, and releases everything: links, socket, timers, listeners, and the local media. Idempotent. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#driver.close()
    this.#listeners.clear()
  }

  #asHost(message: HostMessage): void {
    this.#driver.dispatch({ type: 'host-wished', message })
  }

  #changed(state: SessionState): void {
    this.#view = null
    this.#settleJoins(state)
    if (this.#isTelling) return
    this.#isTelling = true
    queueMicrotask(() => {
      this.#isTelling = false
      this.#listeners.emit('changed', this.view)
    })
  }

  #settleJoins(state: SessionState): void {
    const result = joinResultOf(state)
    if (result === null) return
    for (const resolve of this.#waitingForJoin.splice(0)) resolve(result)
  }
}

function roomNamed(text: string): RoomName {
  const name = roomNameOf(text)
  if (name === null) throw new TypeError('roomId is neither a UUID nor an emoji address')
  return name
}

/** Straight to each other, and to relays. Without WebRTC a link closes as soon as it was wanted; the room itself still works. */
/** Without WebRTC nothing can be measured. */
function probesOf(
  { iceTransportPolicy = 'all', preferredCodec = 'auto' }: RoomSessionOptions,
  platform: Platform,
): ProbeRelay {
  const { webRtc, after } = platform
  return webRtc === null
    ? () => Promise.resolve(notReached)
    : relayProbes({ webRtc, after, iceTransportPolicy, preferredCodec })
}

function openersOf(options: RoomSessionOptions, platform: Platform): LinkOpeners {
  const { webRtc, after, now, isAndroid } = platform
  const { iceTransportPolicy = 'all', preferredCodec = 'auto', openLink, openRelayLink } = options
  const noLink = (_options: unknown, { onClosed }: Pick<LinkEvents, 'onClosed'>): Link & RelayLink => ({
    signal: () => {},
    replaceTrack: () => Promise.resolve(),
    pause: () => {},
    want: () => {},
    expect: () => {},
    repeatFacts: () => {},
    ensureSlots: () => {},
    restart: () => {},
    renew: () => {},
    cap: () => Promise.resolve(),
    sample: () => Promise.resolve(null),
    close: after(0, onClosed),
  })
  const ports = webRtc && { webRtc, after, now, isAndroid, iceTransportPolicy, preferredCodec }
  return {
    openLink: openLink ?? (ports === null ? noLink : meshLinks(ports)),
    openRelayLink: openRelayLink ?? (ports === null ? noLink : relayLinks(ports)),
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
