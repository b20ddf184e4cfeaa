import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import type { Route, RouteWish } from '@video-room/shared/route.ts'
import type { LinkSample, OccupantState, RouteEntry, SessionView } from '../../core/view.ts'
import { Delay } from '../base/delay.ts'
import { RoomElement } from '../base/room-element.ts'
import { baseStyles, buttonStyles } from '../base/styles.ts'
import { wayWords } from '../route-words.ts'
import { words } from '../words.ts'
import { evidence, selfOf } from './evidence.ts'
import { figuresOf, isTurnedNow, type LinkFigures } from './link-figures.ts'
import { reachOf, type Reach } from './reach.ts'
import { routeBadgeStyles } from './styles.ts'

export type Listen = (listener: (samples: readonly LinkSample[]) => void) => () => void

/** A migration that is quicker is nobody's business. */
const switchingMs = 1_000
/** Direct attempts are judged after 3 s (`limits.directJudgedMs`), and a relay connects in one more. */
const unreachedMs = 5_000
/** Figures that change more often cannot be read. */
const refreshMs = 2_000

/**
 * `<vr-route-badge>`: how media flows now, in words; on request why, since when, with the figures of each link and of what stands
 * by, and the ways before. What it says changes with the route and is then read out.
 */
export class RouteBadge extends RoomElement {
  static override styles = [baseStyles, buttonStyles, routeBadgeStyles]
  static override properties = {
    route: { attribute: false },
    migration: { attribute: false },
    history: { attribute: false },
    setting: { attribute: false },
    occupants: { attribute: false },
    listen: { attribute: false },
    isOpen: { state: true },
    isTurned: { state: true },
    figures: { state: true },
  }

  declare route: Route | null
  declare migration: SessionView['migration']
  declare history: readonly RouteEntry[]
  /** What the host allows. */
  declare setting: RouteWish | null
  declare occupants: readonly OccupantState[]
  /** Calls back with every sample of all links; answers with the way to stop. */
  declare listen: Listen | null
  declare private isOpen: boolean
  declare private isTurned: boolean
  declare private figures: readonly LinkFigures[]
  readonly #switching = new Delay(this)
  readonly #unreached = new Delay(this)
  #reach: Reach | null = null
  #latest: readonly LinkSample[] = []
  /** What the rates shown are measured from. */
  #before: readonly LinkSample[] = []
  #shownAtMs = -Infinity
  #stop: () => void = () => {}

  constructor() {
    super()
    this.route = null
    this.migration = null
    this.history = []
    this.setting = null
    this.occupants = []
    this.listen = null
    this.isOpen = false
    this.isTurned = false
    this.figures = []
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#stop = this.listen?.((samples) => this.#sampled(samples)) ?? (() => {})
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#stop()
  }

  override willUpdate(changed: PropertyValues<this>): void {
    const { route, migration } = this
    const age = migration === null ? 0 : performance.now() - migration.sinceMs
    this.#switching.follow(migration?.route.epoch ?? null, Math.max(0, switchingMs - age))
    this.#reach = reachOf(route, this.setting, this.occupants)
    const isKnown = route?.reasons?.includes('no-relay') === true
    this.#unreached.follow(this.#reach === null ? null : isKnown, isKnown ? 0 : unreachedMs)
    if (!changed.has('route') && !changed.has('migration')) return
    this.isTurned = isTurnedNow(this.#latest, route)
    if (this.isOpen) this.#show()
  }

  override render(): TemplateResult | typeof nothing {
    const { route, isOpen } = this
    if (route === null) return nothing
    const present = this.#present(route)
    const way = this.#switching.isOver ? words.switching : present
    const advice = this.#unreached.isOver ? this.#reach?.advice : undefined
    return html`<span class="hidden-visually" role="status">${words.media(way)} ${advice ?? nothing}</span>
      <button
        type="button"
        aria-expanded=${String(isOpen)}
        aria-controls=${isOpen ? 'evidence' : nothing}
        aria-label=${words.media(way)}
        title=${words.mediaDetails}
        part="route"
        @click=${this.#toggle}
        @keydown=${this.#pressed}
      >
        <span>${way}</span>
      </button>
      ${advice === undefined ? nothing : html`<p class="advice">${advice}</p>`}
      ${isOpen ? this.#details(route, present) : nothing}`
  }

  #present(route: Route): string {
    const isUnreached = this.#unreached.isOver && this.#reach?.nobody === true
    return isUnreached && route.kind === 'mesh'
      ? words.notConnected
      : wayWords(route, this.isTurned, selfOf(this.occupants))
  }

  #details(route: Route, way: string): TemplateResult {
    const { history, occupants, figures } = this
    const next = this.migration?.route ?? null
    return html`<div
      id="evidence"
      class="details"
      role="region"
      aria-label=${words.mediaDetails}
      tabindex="0"
      part="evidence"
      @keydown=${this.#pressed}
    >
      ${evidence({ route, way, next, history, occupants, figures })}
    </div>`
  }

  readonly #toggle = (): void => {
    this.isOpen = !this.isOpen
    // Rates need a second look, which comes soon.
    this.#before = []
    this.#show()
  }

  /** Escape closes what the person is in, and no panel beside it. */
  readonly #pressed = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || !this.isOpen) return
    event.stopPropagation()
    this.isOpen = false
    this.renderRoot.querySelector('button')?.focus()
  }

  #sampled(samples: readonly LinkSample[]): void {
    this.#latest = samples
    this.isTurned = isTurnedNow(samples, this.route)
    if (!this.isOpen) return
    const isDue = (samples[0]?.atMs ?? 0) - this.#shownAtMs >= refreshMs
    const hasRates = this.figures.some(({ receivedBps }) => receivedBps !== null)
    const hasOthers = samples.length !== this.figures.length
    if (isDue || !hasRates || hasOthers) this.#show()
  }

  #show(): void {
    const before = new Map(this.#before.map((sample) => [sample.endpointId, sample]))
    this.figures = this.#latest.map((sample) => figuresOf(sample, before.get(sample.endpointId), this.route))
    this.#before = this.#latest
    this.#shownAtMs = this.#latest[0]?.atMs ?? -Infinity
  }
}
