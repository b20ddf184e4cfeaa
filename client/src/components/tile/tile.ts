import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { RoomElement } from '../base/room-element.ts'
import { microphoneOffIcon, screenIcon } from '../base/icons.ts'
import { baseStyles } from '../base/styles.ts'
import { initialsOf, words } from '../words.ts'
import type { Presented } from './pace.ts'
import { PictureStack } from './pictures.ts'
import { SoundPair } from './sounds.ts'
import { tileStyles } from './styles.ts'
import type { TileFacts } from './tile-facts.ts'

/** Coarse, so that a window being resized is told of now and then, and no layer is chosen by a single pixel. */
const widthStepPx = 80

/**
 * `<vr-tile>`: one person, or one shared screen: picture or avatar, name, mute badge, speaking ring, veil.
 * Picture and sound are separate elements, and two of each, so that either goes on while a track takes another's place.
 */
export class Tile extends RoomElement {
  static override styles = [baseStyles, tileStyles]
  static override properties = {
    facts: { attribute: false },
    speaking: { type: Boolean },
    speakerId: { attribute: false },
    soundTries: { attribute: false },
    presented: { attribute: false },
  }

  declare facts: TileFacts | null
  declare speaking: boolean
  /** Where the sound goes; null = the default speaker. */
  declare speakerId: string | null
  /** Rises when the person allowed sound: what was held back is played now. */
  declare soundTries: number
  /** Hears of each new picture of someone else, while it is in sight. */
  declare presented: Presented
  #observer: IntersectionObserver | null = null
  #sizes: ResizeObserver | null = null
  #isSeen = true
  #widthPx = 0
  /** What the session was told last. */
  #told = ''
  readonly #pictures = new PictureStack((atMs) => {
    if (this.facts !== null) this.presented(this.facts.key, atMs)
  })
  readonly #sounds = new SoundPair(() => this.request({ type: 'sound-blocked' }))

  constructor() {
    super()
    this.facts = null
    this.speaking = false
    this.speakerId = null
    this.soundTries = 0
    this.presented = () => {}
  }

  override connectedCallback(): void {
    super.connectedCallback()
    // Browsers pause media elements that are moved in the document.
    if (this.hasUpdated) this.#playAll()
    this.#observer = new IntersectionObserver((entries) => {
      this.#isSeen = entries.at(-1)?.isIntersecting === true
      this.#measure()
      this.#tell()
    })
    this.#observer.observe(this)
    this.#sizes = new ResizeObserver(([entry]) => {
      const widthPx = (entry?.contentRect.width ?? 0) * devicePixelRatio
      // Without a width it is out of sight, which the other observer says.
      this.#widthPx = Math.ceil(widthPx / widthStepPx) * widthStepPx || this.#widthPx
      this.#tell()
    })
    this.#sizes.observe(this)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#observer?.disconnect()
    this.#sizes?.disconnect()
    this.#pictures.measure(false)
  }

  override render(): TemplateResult | typeof nothing {
    const { facts } = this
    if (facts === null) return nothing
    return html`<div class="frame ${facts.kind}" role="group" aria-label=${facts.label} part="tile">
      ${facts.kind === 'person' || facts.video === null ? this.#beneath(facts) : nothing}
      ${this.#pictures.element}${this.#sounds.element}
      ${facts.veil === null ? nothing : this.#veil(facts.veil)}
      <div class="ring ${this.#isSpeaking(facts) ? 'speaking' : ''}"></div>
      ${this.#plate(facts)}
    </div>`
  }

  override updated(changed: PropertyValues<this>): void {
    const { facts } = this
    if (facts === null) return
    const before = changed.get('facts')
    if (before !== undefined && before?.key !== facts.key) {
      // Another person's tile keeps nothing of the one before.
      this.presented(before?.key ?? '', null)
      this.#pictures.show(null, null, false)
      this.#sounds.hear(null, null, this.speakerId)
    }
    this.#pictures.show(facts.video, facts.nextVideo, facts.isMirrored)
    this.#sounds.hear(facts.sound, facts.nextSound, this.speakerId)
    this.#measure()
    if (changed.has('facts') || changed.has('soundTries')) this.#playAll()
  }

  /** Cameras of others that are on: a screen may stand still for good. */
  #measure(): void {
    const { facts } = this
    const isDue = facts?.kind === 'person' && !facts.isSelf && facts.isPresent && facts.camera === 'live'
    this.#pictures.measure(isDue && this.#isSeen && this.isConnected)
  }

  /** Whether anybody can see the picture, and how wide it is (M8, RL8). */
  #tell(): void {
    if (this.facts === null || this.facts.isSelf || this.#widthPx === 0) return
    const { occupantId, kind } = this.facts
    const source = kind === 'screen' ? 'screen' : 'camera'
    const request = {
      type: 'watch',
      occupantId,
      source,
      isWatched: this.#isSeen,
      widthPx: this.#widthPx,
    } as const
    const telling = Object.values(request).join()
    if (telling === this.#told) return
    this.#told = telling
    this.request(request)
  }

  #isSpeaking(facts: TileFacts): boolean {
    return this.speaking && facts.kind === 'person' && facts.microphone === 'live'
  }

  /** Stands beneath the picture, so that a picture without its first frame shows it too. */
  #beneath(facts: TileFacts): TemplateResult {
    if (facts.kind === 'screen') {
      const says = facts.isSelf ? words.yourScreenHint : words.connecting
      return html`<div class="sharing">${screenIcon}<span>${says}</span></div>`
    }
    const label = facts.camera === 'muted-by-host' ? words.cameraMutedByHost : words.cameraOff
    const isOff = facts.camera !== 'live'
    return html`<div
      class="avatar"
      part="avatar"
      role=${isOff ? 'img' : nothing}
      aria-label=${isOff ? label : nothing}
      style="--hue:${hueOf(facts.name)}"
    >
      <span aria-hidden="true">${initialsOf(facts.name)}</span>
    </div>`
  }

  #plate(facts: TileFacts): TemplateResult {
    const badge = facts.kind === 'person' ? this.#badge(facts) : nothing
    return html`<div class="plate" part="name">
      ${badge}<bdi class="name">${facts.label}</bdi>${
        facts.isHost && facts.kind === 'person' ? html`<span class="role">${words.host}</span>` : nothing
      }
    </div>`
  }

  #badge({ microphone }: TileFacts): TemplateResult | typeof nothing {
    if (microphone === 'live') return nothing
    const label = {
      off: words.microphoneOff,
      none: words.noMicrophone,
      'muted-by-host': words.microphoneMutedByHost,
    }[microphone]
    return html`<span class="badge" role="img" aria-label=${label} title=${label}>${microphoneOffIcon}</span>`
  }

  #veil(text: string): TemplateResult {
    return html`<div class="veil" part="veil">
      <span class="spinner" aria-hidden="true"></span><span class="words">${text}</span>
    </div>`
  }

  #playAll(): void {
    this.#pictures.play()
    this.#sounds.play()
  }
}

/** A colour of one's own, the same on every screen: the name decides. Degrees. */
function hueOf(name: string): number {
  let hash = 7
  for (const character of name) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 360
  return hash
}
