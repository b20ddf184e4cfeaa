/**
 * The one bridge between a session and the elements: it asks for a new rendering whenever session or media changed, hands
 * announcements on, knows who is speaking, and has the gaps of pictures watched.
 */
import type { ReactiveController, ReactiveControllerHost } from 'lit'
import type { OccupantId } from '@video-room/shared/ids.ts'
import type { SessionAnnouncement } from '../core/effect.ts'
import type { LinkSample } from '../core/view.ts'
import { GapWatch } from './gap-watch.ts'
import type { MediaPort, SessionPort } from './session-port.ts'
import type { Presented } from './tile/pace.ts'

/** −34 dBFS, 0 to 1 linear: speech through a room microphone is louder, breath and fans are not. */
const speakingLevel = 0.02

export class SessionController implements ReactiveController {
  readonly #host: ReactiveControllerHost
  readonly #announced: (announcement: SessionAnnouncement) => void
  readonly #stops: (() => void)[] = []
  readonly #gapWatch = new GapWatch()
  #session: SessionPort | null = null
  #media: MediaPort | null = null
  #speaking: ReadonlySet<string> = new Set()
  #selfSpeaks = false
  #samples: readonly LinkSample[] = []
  /** Whom the relay called speaking last. */
  #called: readonly string[] = []

  constructor(host: ReactiveControllerHost, announced: (announcement: SessionAnnouncement) => void) {
    this.#host = host
    this.#announced = announced
    host.addController(this)
  }

  get session(): SessionPort | null {
    return this.#session
  }

  get media(): MediaPort | null {
    return this.#media
  }

  /** Ids of the occupants who speak, oneself included. */
  get speaking(): ReadonlySet<string> {
    return this.#speaking
  }

  /** The latest look at every link. */
  get samples(): readonly LinkSample[] {
    return this.#samples
  }

  /** Samples of the session's links for whoever shows them; the same function for good. */
  readonly listen = (listener: (samples: readonly LinkSample[]) => void): (() => void) =>
    this.#session?.on('sampled', listener) ?? (() => {})

  /** For the tiles: every new picture of the others. */
  readonly presented: Presented = this.#gapWatch.presented

  hostConnected(): void {
    this.#host.requestUpdate()
  }

  open(session: SessionPort, media: MediaPort): void {
    this.close()
    this.#session = session
    this.#media = media
    this.#gapWatch.start((gap) => session.tellRouteGap(gap))
    const update = (): void => this.#host.requestUpdate()
    this.#stops.push(
      session.on('changed', update),
      session.on('sampled', (samples) => this.#sampled(samples)),
      session.on('speakers', (occupantIds) => this.#calledByRelay(occupantIds)),
      session.on('state-changed', this.#announced),
      session.on('joined', this.#announced),
      session.on('occupant-joined', this.#announced),
      session.on('occupant-left', this.#announced),
      session.on('mute-changed', this.#announced),
      session.on('knock', this.#announced),
      session.on('unmute-asked', this.#announced),
      session.on('settings-changed', this.#announced),
      session.on('host-changed', this.#announced),
      session.on('route-changed', this.#announced),
      session.on('route-changed', ({ route }) => this.#gapWatch.moved(route.epoch)),
      session.on('route-gap', this.#announced),
      session.on('ended', this.#announced),
      session.on('error', this.#announced),
      media.onChanged(update),
      media.onLevel((level) => this.#selfSpoke(level >= speakingLevel)),
    )
    this.#host.requestUpdate()
  }

  /** Lets go of both without touching them. */
  close(): void {
    for (const stop of this.#stops.splice(0)) stop()
    this.#gapWatch.stop()
    this.#session = null
    this.#media = null
    this.#speaking = new Set()
    this.#samples = []
    this.#called = []
    this.#host.requestUpdate()
  }

  #calledByRelay(occupantIds: readonly OccupantId[]): void {
    this.#called = occupantIds
    this.#lookWhoSpeaks()
  }

  #sampled(samples: readonly LinkSample[]): void {
    this.#samples = samples
    this.#lookWhoSpeaks()
  }

  /**
   * Who is loud in what arrives here. A relay hears everyone, also whom it does not send here: of those its word counts, which comes
   * only when another speaks.
   */
  #lookWhoSpeaks(): void {
    const view = this.#session?.view
    const heard = this.#samples
      .filter(({ isStandby }) => !isStandby)
      .flatMap((sample) => sample.heard)
      .filter(({ source }) => source === 'microphone')
    const speaking = heard
      .filter(({ level }) => level >= speakingLevel)
      .map(({ occupantId }): string => occupantId)
    const here = new Set(heard.map(({ occupantId }): string => occupantId))
    const called = view?.route?.kind === 'relayed' ? this.#called : []
    this.#show([...speaking, ...called.filter((id) => !here.has(id) && id !== view?.occupantId)])
  }

  #selfSpoke(speaks: boolean): void {
    if (speaks === this.#selfSpeaks) return
    this.#selfSpeaks = speaks
    const self = this.#session?.view.occupantId
    this.#show([...this.#speaking].filter((id) => id !== self))
  }

  #show(others: readonly string[]): void {
    const self = this.#session?.view.occupantId ?? null
    const speaking = new Set(self !== null && this.#selfSpeaks ? [...others, self] : others)
    if (speaking.size === this.#speaking.size && [...speaking].every((id) => this.#speaking.has(id))) return
    this.#speaking = speaking
    this.#host.requestUpdate()
  }
}
