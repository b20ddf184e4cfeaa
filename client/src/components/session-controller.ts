/**
 * The one bridge between a session and the elements: it asks for a new rendering whenever session or media changed, hands
 * announcements on, and knows who is speaking.
 */
import type { ReactiveController, ReactiveControllerHost } from 'lit'
import type { OccupantId } from '@video-room/shared/ids.ts'
import type { SessionAnnouncement } from '../core/effect.ts'
import type { LinkSample } from '../core/view.ts'
import type { MediaPort, SessionPort } from './session-port.ts'

/** −34 dBFS, 0 to 1 linear: speech through a room microphone is louder, breath and fans are not. */
const speakingLevel = 0.02

export class SessionController implements ReactiveController {
  readonly #host: ReactiveControllerHost
  readonly #announced: (announcement: SessionAnnouncement) => void
  readonly #stops: (() => void)[] = []
  #session: SessionPort | null = null
  #media: MediaPort | null = null
  #speaking: ReadonlySet<string> = new Set()
  #selfSpeaks = false

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

  /** Samples of the session's links for whoever shows them; the same function for good. */
  readonly listen = (listener: (samples: readonly LinkSample[]) => void): (() => void) =>
    this.#session?.on('sampled', listener) ?? (() => {})

  hostConnected(): void {
    this.#host.requestUpdate()
  }

  open(session: SessionPort, media: MediaPort): void {
    this.close()
    this.#session = session
    this.#media = media
    const update = (): void => this.#host.requestUpdate()
    this.#stops.push(
      session.on('changed', update),
      session.on('sampled', (samples) => this.#sampled(samples)),
      session.on('speakers', (occupantIds) => this.#heardByRelay(occupantIds)),
      session.on('state-changed', this.#announced),
      session.on('joined', this.#announced),
      session.on('occupant-joined', this.#announced),
      session.on('occupant-left', this.#announced),
      session.on('mute-changed', this.#announced),
      session.on('knock', this.#announced),
      session.on('unmute-asked', this.#announced),
      session.on('settings-changed', this.#announced),
      session.on('host-changed', this.#announced),
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
    this.#session = null
    this.#media = null
    this.#speaking = new Set()
    this.#host.requestUpdate()
  }

  /** A relay hears everyone, also whom it does not send here; what arrives here is a part of that. */
  #heardByRelay(occupantIds: readonly OccupantId[]): void {
    if (this.#session?.view.route?.kind !== 'relayed') return
    const self = this.#session.view.occupantId
    this.#show(occupantIds.filter((id) => id !== self))
  }

  #sampled(samples: readonly LinkSample[]): void {
    if (samples.some(({ via }) => via === 'relay') && this.#session?.view.route?.kind === 'relayed') return
    const speaking = samples
      .flatMap(({ heard }) => heard)
      .filter(({ source, level }) => source === 'microphone' && level >= speakingLevel)
      .map(({ occupantId }): string => occupantId)
    this.#show(speaking)
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
