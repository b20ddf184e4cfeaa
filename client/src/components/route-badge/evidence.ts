/** What the badge opens: the present way and why, its figures beside those of what stands by, and the ways before. */
import { html, nothing, type TemplateResult } from 'lit'
import type { OccupantId } from '@video-room/shared/ids.ts'
import type { Route } from '@video-room/shared/route.ts'
import type { OccupantState, RouteEntry } from '../../core/view.ts'
import { figureWords, linkPlaceWords, timeWords, wayWords, whyWords } from '../route-words.ts'
import { nameOf, words } from '../words.ts'
import type { LinkFigures, LinkPlace } from './link-figures.ts'

export interface EvidenceFacts {
  readonly route: Route
  /** The present way in words; not that it is being left. */
  readonly way: string
  /** The route that is being prepared. */
  readonly next: Route | null
  readonly history: readonly RouteEntry[]
  readonly occupants: readonly OccupantState[]
  readonly figures: readonly LinkFigures[]
}

/** Who looks: ways are told from where they are. */
export const selfOf = (occupants: readonly OccupantState[]): OccupantId | null =>
  occupants.find(({ isSelf }) => isSelf)?.occupantId ?? null

export function evidence(facts: EvidenceFacts): TemplateResult {
  const { route, way, next, figures, occupants } = facts
  const self = selfOf(occupants)
  const since = facts.history.find((entry) => entry.route.epoch === route.epoch)?.atMs
  return html`<h3>${words.wayNow}: ${way}</h3>
    <div class="why">
      ${whyWords(route).map((sentence) => html`<p>${sentence}</p>`)}
      ${since === undefined ? nothing : html`<p>${words.sinceTime(timeWords(since))}</p>`}
    </div>
    ${
      next === null
        ? nothing
        : html`<h3>${words.wayPrepared}: ${wayWords(next, false, self)}</h3>
            <div class="why">${whyWords(next).map((sentence) => html`<p>${sentence}</p>`)}</div>`
    }
    ${figures.length === 0 ? html`<p>${words.noFigures}</p>` : links(facts)} ${past(facts.history, self)}`
}

const places: readonly LinkPlace[] = ['now', 'next', 'standby']

/** Side by side: the present way and those it could be. After a move the links before it go on for a second: nobody's business. */
function links({ figures, occupants, route, next }: EvidenceFacts): TemplateResult {
  const shown = places
    .filter((place) => place !== 'next' || next !== null)
    .flatMap((place) => figures.filter((link) => link.place === place))
  return html`<div class="links">
    ${shown.map(
      (link) =>
        html`<section class=${link.place}>
          <h4><bdi>${endOf(link, occupants, [route, next])}</bdi></h4>
          <p class="why">${linkPlaceWords[link.place]}</p>
          <dl>
            ${figureWords(link).map(
              ([term, value]) =>
                html`<dt>${term}</dt>
                  <dd>${value}</dd>`,
            )}
          </dl>
        </section>`,
    )}
  </div>`
}

/** Whom the link leads to: a person, or the place of a relay. Where a relay stands is known of those of a route only. */
function endOf(
  { endpointId }: LinkFigures,
  occupants: readonly OccupantState[],
  routes: readonly (Route | null)[],
): string {
  const occupant = occupants.find(({ occupantId }) => occupantId === endpointId)
  if (occupant !== undefined) return nameOf(occupant.displayName)
  const relays = routes.flatMap((route) => (route?.kind === 'relayed' ? route.relays : []))
  return relays.find(({ relayId }) => relayId === endpointId)?.region ?? words.someRelay
}

/** The newest first. One way alone is no history. */
function past(history: readonly RouteEntry[], self: OccupantId | null): TemplateResult | typeof nothing {
  if (history.length < 2) return nothing
  return html`<h3>${words.wayHistory}</h3>
    <ol class="past">
      ${history.toReversed().map(
        ({ route, atMs }) =>
          html`<li>
            <time>${timeWords(atMs)}</time>
            <div>
              <strong>${wayWords(route, false, self)}</strong>
              ${whyWords(route).map((sentence) => html`<p>${sentence}</p>`)}
            </div>
          </li>`,
      )}
    </ol>`
}
