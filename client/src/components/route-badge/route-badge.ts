import { html, nothing, type TemplateResult } from 'lit'
import type { Route } from '@video-room/shared/route.ts'
import type { LinkSample, OccupantState } from '../../core/view.ts'
import { RoomElement } from '../base/room-element.ts'
import { baseStyles, buttonStyles } from '../base/styles.ts'
import { figureWords, nameOf, words } from '../words.ts'
import { figuresOf, isTurned, type LinkFigures } from './link-figures.ts'
import { routeBadgeStyles } from './styles.ts'

export type Listen = (listener: (samples: readonly LinkSample[]) => void) => () => void

/**
 * `<vr-route-badge>`: how media flows now, in words; on request the figures of each link. What it says changes with the route and
 * is then read out.
 */
export class RouteBadge extends RoomElement {
  static override styles = [baseStyles, buttonStyles, routeBadgeStyles]
  static override properties = {
    route: { attribute: false },
    occupants: { attribute: false },
    listen: { attribute: false },
    isOpen: { state: true },
    isTurned: { state: true },
    figures: { state: true },
  }

  declare route: Route | null
  declare occupants: readonly OccupantState[]
  /** Calls back with every sample of all links; answers with the way to stop. */
  declare listen: Listen | null
  declare private isOpen: boolean
  declare private isTurned: boolean
  declare private figures: readonly LinkFigures[]
  #before: readonly LinkSample[] = []
  #stop: () => void = () => {}

  constructor() {
    super()
    this.route = null
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

  override render(): TemplateResult | typeof nothing {
    const text = this.#text()
    if (text === null) return nothing
    const toggle = (): void => {
      this.isOpen = !this.isOpen
      // Rates need a second look, which is half a second away.
      this.figures = this.#before.map((sample) => figuresOf(sample, undefined))
    }
    return html`<span class="hidden-visually" role="status">${words.media(text)}</span>
      <button
        type="button"
        aria-expanded=${String(this.isOpen)}
        aria-label=${words.media(text)}
        title=${words.mediaDetails}
        part="route"
        @click=${toggle}
      >
        <span>${text}</span>
      </button>
      ${this.isOpen ? this.#details() : nothing}`
  }

  #text(): string | null {
    const { route } = this
    if (route === null) return null
    if (route.kind === 'mesh') return this.isTurned ? words.throughTurn : words.direct
    const [relay] = route.relays
    return relay === undefined ? words.waitingForRelay : words.via(relay.region)
  }

  #details(): TemplateResult {
    return html`<div class="details" role="group" aria-label=${words.mediaDetails} tabindex="0">
      ${
        this.figures.length === 0
          ? html`<p>${words.noFigures}</p>`
          : this.figures.map(
              (link) =>
                html`<section>
                  <h3><bdi>${this.#nameOf(link)}</bdi></h3>
                  <dl>
                    ${figureWords(link).map(
                      ([term, value]) =>
                        html`<dt>${term}</dt>
                          <dd>${value}</dd>`,
                    )}
                  </dl>
                </section>`,
            )
      }
    </div>`
  }

  /** Whom the link leads to: a person, or the place of a relay. */
  #nameOf({ endpointId }: LinkFigures): string {
    const occupant = this.occupants.find(({ occupantId }) => occupantId === endpointId)
    if (occupant !== undefined) return nameOf(occupant.displayName)
    const relays = this.route?.kind === 'relayed' ? this.route.relays : []
    return relays.find(({ relayId }) => relayId === endpointId)?.region ?? words.formerRelay
  }

  #sampled(samples: readonly LinkSample[]): void {
    this.isTurned = samples.some(isTurned)
    if (this.isOpen) {
      this.figures = samples.map((sample) =>
        figuresOf(
          sample,
          this.#before.find(({ endpointId }) => endpointId === sample.endpointId),
        ),
      )
    }
    this.#before = samples
  }
}
