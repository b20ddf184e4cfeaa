import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { limits } from '@video-room/shared/limits.ts'
import type { Refusal, SessionStatus, SessionView } from '../../core/view.ts'
import type { LocalMediaView } from '../../media/view.ts'
import {
  cameraIcon,
  cameraOffIcon,
  doorIcon,
  microphoneIcon,
  microphoneOffIcon,
  warningIcon,
} from '../base/icons.ts'
import { RoomElement } from '../base/room-element.ts'
import { baseStyles, buttonStyles, fieldStyles } from '../base/styles.ts'
import { attachTrack, play } from '../tile/play.ts'
import { switchStyles } from '../base/switch-styles.ts'
import { words } from '../words.ts'
import { problemWords, refusalWords, type Advice } from '../trouble-words.ts'
import { lobbyStyles } from './styles.ts'

type Device = 'microphone' | 'camera'
/** Refusals that do not pass, whoever waits. */
const finalRefusals: ReadonlySet<Refusal['code']> = new Set(['removed', 'denied', 'room_ended'])

export type LevelSource = (listener: (level: number) => void) => () => void

/** `<vr-lobby>`: see yourself, choose devices, say your name, go in. Nobody is seen or heard before that. */
export class Lobby extends RoomElement {
  static override styles = [baseStyles, buttonStyles, fieldStyles, switchStyles, lobbyStyles]
  static override properties = {
    media: { attribute: false },
    displayName: { attribute: false },
    status: { attribute: false },
    refusal: { attribute: false },
    knockPicture: { attribute: false },
    levels: { attribute: false },
    waitSeconds: { state: true },
  }

  declare media: LocalMediaView | null
  declare displayName: string
  declare status: SessionStatus
  declare refusal: Refusal | null
  /** May a picture be shown at the door, and which one is? (KN8) */
  declare knockPicture: SessionView['knockPicture']
  declare levels: LevelSource | null
  /** Until the room may be asked again, after it was full. */
  declare private waitSeconds: number
  #waitTimer: ReturnType<typeof setInterval> | undefined
  #stopLevels: (() => void) | null = null

  constructor() {
    super()
    this.media = null
    this.displayName = ''
    this.status = 'lobby'
    this.refusal = null
    this.knockPicture = null
    this.levels = null
    this.waitSeconds = 0
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#listenToLevels()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    clearInterval(this.#waitTimer)
    this.#stopLevels?.()
    this.#stopLevels = null
  }

  override render(): TemplateResult {
    return html`<form class="lobby" @submit=${this.#submit} part="lobby" novalidate>
      ${this.#preview()}
      <div class="entry">${this.status === 'knocking' ? this.#door() : this.#entry()}</div>
      <vr-device-pickers .media=${this.media}></vr-device-pickers>
    </form>`
  }

  get #isBarred(): boolean {
    return this.refusal !== null && finalRefusals.has(this.refusal.code)
  }

  #entry(): TemplateResult {
    // Asking again would be answered the same: the way out is all there is.
    if (this.#isBarred) {
      return html`${this.#refusal()}
        <div class="actions"><slot></slot></div>`
    }
    return html`<div class="intro">
        <h2>${words.ready}</h2>
        <p>${words.readyHint}</p>
      </div>
      ${this.#refusal()} ${this.#problems()}
      <label>
        ${words.yourName}
        <input
          name="display-name"
          autocomplete="name"
          maxlength=${limits.displayNameMaxLength}
          .value=${this.displayName}
          enterkeyhint="go"
        />
      </label>
      <div class="actions">${this.#actions()}</div>`
  }

  /** In place of the form while the host is asked: the preview stays, so that one can still look after oneself. */
  #door(): TemplateResult {
    return html`<div class="door" part="door">
        <div class="mark">${doorIcon}</div>
        <h2 tabindex="-1">${words.knocking}</h2>
        <p>${words.knockingHint}</p>
      </div>
      ${this.#picture()} ${this.#problems()}
      <div class="actions">
        <button type="button" class="quiet join" @click=${() => this.request({ type: 'leave' })}>
          ${words.cancel}
        </button>
      </div>`
  }

  /** Off until the person says otherwise, and they see what is seen of them. */
  #picture(): TemplateResult | typeof nothing {
    if (this.knockPicture === null) return nothing
    const { shown } = this.knockPicture
    const isShown = shown !== null
    const canShow = isShown || this.media?.captures.camera.status === 'live'
    const ask = (): void => {
      if (canShow) this.request({ type: 'show-picture', isShown: !isShown })
    }
    return html`<div class="spyhole">
      <button
        type="button"
        class="switch"
        role="switch"
        aria-checked=${String(isShown)}
        aria-disabled=${canShow ? nothing : 'true'}
        @click=${ask}
      >
        <span class="says">
          <span class="label">${words.showPicture}</span>
          <span class="hint">${canShow ? words.showPictureHint : words.showPictureNeedsCamera}</span>
        </span>
        <span class="track" aria-hidden="true"></span>
      </button>
      ${isShown ? html`<img src=${shown} alt=${words.shownPicture} />` : nothing}
    </div>`
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('refusal')) this.#startWaiting()
  }

  override updated(changed: PropertyValues<this>): void {
    const video = this.renderRoot.querySelector('video')
    if (video !== null) {
      attachTrack(video, this.media?.captures.camera.track ?? null)
      if (video.paused) void play(video)
    }
    if (changed.has('levels')) this.#listenToLevels()
  }

  #preview(): TemplateResult {
    const camera = this.media?.captures.camera.status ?? 'absent'
    const microphone = this.media?.captures.microphone.status ?? 'absent'
    const says = camera === 'starting' ? words.askingForDevices : words.cameraIsOff
    return html`<div class="preview" role="group" aria-label=${words.preview}>
      <video ?hidden=${camera !== 'live'} autoplay playsinline .muted=${true} aria-hidden="true"></video>
      ${camera === 'live' ? nothing : html`<p class="says">${says}</p>`}
      <div class="meter" aria-hidden="true" ?hidden=${microphone !== 'live'}>
        <i></i><i></i><i></i><i></i><i></i>
      </div>
      <div class="toggles">${this.#toggle('microphone', 'm')} ${this.#toggle('camera', 'v')}</div>
    </div>`
  }

  #toggle(source: Device, shortcut: string): TemplateResult {
    const status = this.media?.captures[source].status ?? 'absent'
    const on = status === 'live' || status === 'starting'
    const icons = source === 'microphone' ? [microphoneIcon, microphoneOffIcon] : [cameraIcon, cameraOffIcon]
    const label = words[source]
    return html`<button
      type="button"
      class="toggle ${on ? '' : 'off'}"
      aria-label=${label}
      aria-pressed=${String(on)}
      aria-busy=${status === 'starting' ? 'true' : nothing}
      aria-keyshortcuts=${shortcut}
      title=${words.shortcut(label, shortcut)}
      @click=${() => this.request({ type: 'set-source', source, on: !on })}
    >
      ${icons[on ? 0 : 1]}
    </button>`
  }

  /** What went wrong with the devices. One advice when both were refused for one reason. */
  #problems(): TemplateResult {
    const problems = (['microphone', 'camera'] as const).flatMap((source) => {
      const problem = this.media?.captures[source].problem ?? null
      return problem === null ? [] : [{ source, advice: problemWords[problem](source) }]
    })
    return html`<div class="problems" role="status">
      ${problems.map(({ source, advice }) =>
        this.#advice(
          advice,
          html`<button
            type="button"
            class="quiet small"
            aria-label="${words.tryAgain}: ${words[source]}"
            @click=${() => this.request({ type: 'set-source', source, on: true })}
          >
            ${words.tryAgain}
          </button>`,
        ),
      )}
    </div>`
  }

  #refusal(): TemplateResult {
    return html`<div role="alert">
      ${this.refusal === null ? nothing : this.#advice(refusalWords[this.refusal.code], nothing)}
    </div>`
  }

  #advice({ title, hint }: Advice, action: TemplateResult | typeof nothing): TemplateResult {
    return html`<div class="advice">
      ${warningIcon}
      <div><strong>${title}</strong><br />${hint}</div>
      ${action}
    </div>`
  }

  #actions(): TemplateResult {
    if (this.status === 'joining') {
      return html`<button type="submit" class="primary join" aria-disabled="true">
          <span class="spinner" aria-hidden="true"></span>${words.joining}
        </button>
        <button type="button" class="quiet" @click=${() => this.request({ type: 'leave' })}>
          ${words.cancel}
        </button>`
    }
    const isWaiting = this.waitSeconds > 0
    return html`<button type="submit" class="primary join" aria-disabled=${isWaiting ? 'true' : nothing}>
        ${isWaiting ? words.remainsToTry(this.waitSeconds) : this.#joinLabel()}
      </button>
      <slot></slot>`
  }

  #joinLabel(): string {
    if (this.refusal !== null) return words.tryAgain
    const { microphone, camera } = this.media?.captures ?? {}
    const hasNothing = microphone?.status === 'absent' && camera?.status === 'absent'
    return hasNothing ? words.joinWithout : words.join
  }

  readonly #submit = (event: Event): void => {
    event.preventDefault()
    if (this.status !== 'lobby' || this.#isBarred || this.waitSeconds > 0) return
    const displayName = this.renderRoot.querySelector('input')?.value ?? ''
    this.request({ type: 'join', displayName })
  }

  #startWaiting(): void {
    clearInterval(this.#waitTimer)
    const waitMs = this.refusal?.retryAfterMs ?? 0
    this.waitSeconds = Math.ceil(waitMs / 1_000)
    if (waitMs === 0) return
    const untilMs = performance.now() + waitMs
    this.#waitTimer = setInterval(() => {
      this.waitSeconds = Math.max(0, Math.ceil((untilMs - performance.now()) / 1_000))
      if (this.waitSeconds === 0) clearInterval(this.#waitTimer)
    }, 250)
  }

  /** The meter moves ten times a second: straight to the style, past the rendering. */
  #listenToLevels(): void {
    this.#stopLevels?.()
    this.#stopLevels =
      this.levels?.((level) => {
        const meter = this.renderRoot.querySelector<HTMLElement>('.meter')
        meter?.style.setProperty('--level', String(loudness(level)))
      }) ?? null
  }
}

/** Root mean square → 0 to 1 as the ear hears it: −50 dBFS is nothing, −10 dBFS is full. */
const loudness = (level: number): number =>
  Math.min(1, Math.max(0, (20 * Math.log10(level + 1e-6) + 50) / 40))
