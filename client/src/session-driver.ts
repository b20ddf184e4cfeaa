/** Carries out what the pure core decides: the loop, one timer, one request or socket, the links, and local capture. */
import type { EndpointId, OccupantId } from '@video-room/shared/ids.ts'
import { assertNever } from '@video-room/shared/lang.ts'
import { limits } from '@video-room/shared/limits.ts'
import { Loop } from '@video-room/shared/machine/loop.ts'
import type { Source } from '@video-room/shared/source.ts'
import type { SessionAnnouncement, SessionEffect } from './core/effect.ts'
import type { SessionEvent } from './core/event.ts'
import type { RoomName } from '@video-room/shared/room-name.ts'
import { reduceSession, sessionDeadline } from './core/reduce.ts'
import { initialSession, type SessionConfig, type SessionState } from './core/state.ts'
import { carriersOf, isPlayable, nextCarriersOf } from './core/track-table.ts'
import type { LinkSample, MediaTrack } from './core/view.ts'
import { LinkSet, noTracks, type LinkOpeners, type OwnTracks } from './link-set.ts'
import type { ProbeRelay } from './links/relay-probe.ts'
import type { CaptureStatus, LocalMediaPort } from './media/view.ts'
import type { Platform } from './platform.ts'
import { ResumeStore } from './resume-store.ts'
import { socketAddress } from './signal/address.ts'
import { joinRoom } from './signal/room-http.ts'
import { SignalSocket } from './signal/signal-socket.ts'

export interface DriverOptions {
  readonly config: SessionConfig
  /** Address of the signalling service. */
  readonly signal: string
  readonly platform: Platform
  readonly media: LocalMediaPort | null
  readonly openers: LinkOpeners
  readonly probeRelay: ProbeRelay
}

export interface DriverEvents {
  /** The state, or a track of it, is another one now. */
  readonly onChanged: (state: SessionState) => void
  readonly onAnnounced: (announcement: SessionAnnouncement) => void
  readonly onSampled: (samples: readonly LinkSample[]) => void
  /** Who speaks, as a relay hears it; loudest first. */
  readonly onSpeakers: (occupantIds: readonly OccupantId[]) => void
}

/** An event without the time and chance that the driver adds. */
type Untimed<Event> = Event extends SessionEvent ? Omit<Event, 'atMs' | 'random'> : never
type EffectOf<Type extends SessionEffect['type']> = Extract<SessionEffect, { readonly type: Type }>

const noCarriers: readonly EndpointId[] = []

export class SessionDriver {
  readonly #roomId: RoomName
  readonly #signal: string
  readonly #platform: Platform
  readonly #media: LocalMediaPort | null
  readonly #events: DriverEvents
  readonly #resume: ResumeStore
  readonly #links: LinkSet
  readonly #probeRelay: ProbeRelay
  readonly #loop: Loop<SessionState, SessionEvent, SessionEffect>
  readonly #stops: (() => void)[] = []
  #socket: { readonly attempt: number; readonly socket: SignalSocket } | null = null
  #request: { readonly attempt: number; readonly controller: AbortController } | null = null
  #cancelTimer: () => void = () => {}
  #isClosed = false
  #samplingUntilMs = 0
  /** All links were to be looked at while some were. */
  #owesAll = false

  constructor(options: DriverOptions, events: DriverEvents) {
    const { config, signal, platform, media, openers, probeRelay } = options
    this.#roomId = config.roomId
    this.#signal = signal
    this.#platform = platform
    this.#media = media
    this.#events = events
    this.#resume = new ResumeStore(platform.storage, config.roomId)
    this.#probeRelay = probeRelay
    this.#links = new LinkSet(openers, platform.after, {
      onSignal: (endpointId, generation, payload) =>
        this.dispatch({ type: 'link-signalled', endpointId, generation, payload }),
      onConnected: (endpointId, generation) =>
        this.dispatch({ type: 'link-connected', endpointId, generation }),
      onClosed: (endpointId, generation) => this.dispatch({ type: 'link-closed', endpointId, generation }),
      onTicketWanted: (endpointId, generation) =>
        this.dispatch({ type: 'ticket-wanted', endpointId, generation }),
      onSpeakers: (occupantIds) => this.#events.onSpeakers(occupantIds),
      onTracks: () => this.#kept(this.#loop.state),
    })
    this.#loop = new Loop(initialSession(config), {
      reduce: reduceSession,
      deadlineOf: sessionDeadline,
      keep: (state) => this.#kept(state),
      run: (effect) => this.#run(effect),
      arm: (deadlineMs) => this.#arm(deadlineMs),
    })
    this.#listen()
  }

  get state(): SessionState {
    return this.#loop.state
  }

  dispatch(event: Untimed<SessionEvent>): void {
    if (this.#isClosed) return
    const timed = { ...event, atMs: this.#platform.now(), random: this.#platform.random() }
    this.#loop.dispatch(timed)
  }

  join(displayName: string): void {
    this.dispatch({ type: 'join', displayName, resumeToken: this.#resume.read() })
  }

  /** The handle behind a source: one's own outgoing track, or the one received from an occupant, over the next route too. */
  trackOf(occupantId: OccupantId, source: Source, route: 'present' | 'next'): MediaTrack | null {
    const { state } = this.#loop
    if (occupantId === state.seat?.occupantId) return this.#media?.view.captures[source].track ?? null
    const carriers = route === 'next' ? nextCarriersOf(state, occupantId) : carriersOf(state, occupantId)
    return this.#links.received(carriers, occupantId, source)
  }

  /** A picture is shown so wide, device pixels; 0 = nobody looks at it. */
  show(occupantId: OccupantId, source: Source, widthPx: number): void {
    this.#links.watch(occupantId, source, widthPx > 0)
    this.dispatch({ type: 'shown', occupantId, source, widthPx })
  }

  async samples(): Promise<readonly LinkSample[]> {
    return (await this.#links.sample(this.#platform.now())).samples
  }

  /** Releases everything, the local media included. Idempotent. */
  close(): void {
    if (this.#isClosed) return
    this.dispatch({ type: 'leave' })
    this.#isClosed = true
    for (const stop of this.#stops.splice(0)) stop()
    this.#links.closeAll()
    this.#cancelTimer()
    this.#media?.close()
  }

  #listen(): void {
    this.#stops.push(this.#platform.onOnline(() => this.dispatch({ type: 'online' })))
    if (this.#media === null) return
    this.#stops.push(this.#media.onChanged(() => this.#mediaChanged()))
    this.#mediaChanged()
  }

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
    this.dispatch({ type: 'captures-changed', captures: statuses })
    this.#events.onChanged(this.#loop.state)
  }

  #kept(state: SessionState): void {
    this.#links.enforce((occupantId, source) =>
      isPlayable(state, occupantId, source) ? carriersOf(state, occupantId) : noCarriers,
    )
    this.#events.onChanged(state)
  }

  #arm(deadlineMs: number | null): void {
    this.#cancelTimer()
    if (deadlineMs === null) return
    const { after, now } = this.#platform
    this.#cancelTimer = after(Math.max(0, deadlineMs - now()), () => {
      this.#loop.disarmed()
      this.dispatch({ type: 'timer' })
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
      case 'open-relay-link':
        return this.#links.openRelay(effect, this.#ownTracks())
      case 'close-link':
        return this.#links.close(effect.endpointId, effect.generation)
      case 'carry-link': {
        const { endpointId, generation, carries } = effect
        return void this.#links.carry(endpointId, generation, carries, this.#ownTracks())
      }
      case 'cap-link':
        return this.#links.cap(effect.endpointId, effect.generation, effect.share)
      case 'link-signal':
        return this.#links.signal(effect.endpointId, effect.generation, effect.payload)
      case 'restart-link':
        return this.#links.restart(effect.endpointId, effect.generation)
      case 'repeat-facts':
        return this.#links.repeatFacts(effect.relayId, effect.generation)
      case 'renew-relay-link':
        return this.#links.renew(effect.relayId, effect.generation, effect.ticket)
      case 'want':
        return this.#links.want(effect.relayId, effect.generation, effect.wants)
      case 'ensure-slots':
        return this.#links.ensureSlots(effect.relayId, effect.generation, effect.slots)
      case 'probe-relays':
        return void this.#probe(effect)
      case 'sample-links':
        return void this.#sample(effect.only)
      case 'set-capture':
        return void this.#media?.set(effect.source, effect.on)
      case 'save-resume-token':
        return this.#resume.save(effect.resumeToken)
      case 'forget-resume-token':
        return this.#resume.forget()
      case 'emit':
        return this.#events.onAnnounced(effect.announcement)
      default:
        return assertNever(effect)
    }
  }

  #askForSeat({ attempt, request }: EffectOf<'http-join'>): void {
    const controller = new AbortController()
    this.#request = { attempt, controller }
    const wish = { signal: this.#signal, roomId: this.#roomId, request, aborted: controller.signal }
    void joinRoom(this.#platform, wish).then((answer) =>
      this.dispatch({ type: 'join-answered', attempt, answer }),
    )
  }

  #openSocket({ attempt, resumeToken }: EffectOf<'open-socket'>): void {
    const address = socketAddress(this.#signal, this.#platform.baseUrl, this.#roomId)
    const socket = new SignalSocket(this.#platform, address, resumeToken, {
      onMessage: (message) => this.dispatch({ type: 'message-received', attempt, message }),
      onLost: (code) => this.dispatch({ type: 'socket-lost', attempt, code }),
    })
    this.#socket = { attempt, socket }
  }

  #socketOf(attempt: number): SignalSocket | null {
    return this.#socket?.attempt === attempt ? this.#socket.socket : null
  }

  async #probe({ attempt, relays, iceServers }: EffectOf<'probe-relays'>): Promise<void> {
    const rtts = await Promise.all(
      relays.map(async ({ relayId, ticket }) => ({
        relayId,
        ...(await this.#probeRelay({ ticket, iceServers })),
      })),
    )
    this.dispatch({ type: 'relays-probed', attempt, rtts })
  }

  /** While a route is prepared looks come thick: one that takes long makes the next wait, but not for ever. */
  async #sample(only: readonly EndpointId[] | null): Promise<void> {
    const startedAtMs = this.#platform.now()
    this.#owesAll ||= only === null
    if (startedAtMs < this.#samplingUntilMs) return
    this.#samplingUntilMs = startedAtMs + limits.linkSilentMs
    const asked = this.#owesAll ? null : only
    this.#owesAll = false
    const { samples, readings } = await this.#links.sample(startedAtMs, asked)
    this.#samplingUntilMs = 0
    if (this.#isClosed) return
    this.dispatch({ type: 'links-sampled', readings })
    // Whoever listens draws by it, and of all links.
    if (asked === null) this.#events.onSampled(samples)
  }
}
