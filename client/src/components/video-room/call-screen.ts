/** What a call looks like, from its facts; the element (video-room.ts) keeps them. */
import { html, nothing, type TemplateResult } from 'lit'
import { assertNever } from '@video-room/shared/lang.ts'
import type { SessionView } from '../../core/view.ts'
import type { LocalMediaView } from '../../media/view.ts'
import { closeIcon, peopleIcon, waitIcon } from '../base/icons.ts'
import type { Panel, RoomRequest } from '../requests.ts'
import type { Listen } from '../route-badge/route-badge.ts'
import type { Presented } from '../tile/pace.ts'
import { tilesOf, type TileFacts } from '../tile/tile-facts.ts'
import { words } from '../words.ts'
import { strips } from './strips.ts'

export interface CallFacts {
  readonly view: SessionView
  readonly media: LocalMediaView
  readonly canShareScreen: boolean
  readonly speaking: ReadonlySet<string>
  readonly panel: Panel | null
  /** What others open to get here. */
  readonly inviteUrl: string
  /** The browser held the sound back, and waits for a gesture. */
  readonly soundIsBlocked: boolean
  readonly soundTries: number
  /** Hears of every new picture of the others (FX3). */
  readonly presented: Presented
  /** Brings the samples of all links to the badge. */
  readonly listen: Listen
}

type Ask = (request: RoomRequest) => void

export function callScreen(facts: CallFacts, ask: Ask): TemplateResult {
  const { view, media, panel } = facts
  const tiles = tilesOf(view.occupants, media)
  return html`<section class="call" aria-label=${words.room} tabindex="-1" part="call">
    <div class="body ${panel === null ? '' : 'with-panel'}">
      <div class="stage">
        ${view.status === 'waiting-for-host' ? waiting(tiles) : grid(facts, tiles)} ${strips(facts, ask)}
        ${below(view, ask)} ${badge(facts)}
      </div>
      ${panel === null ? nothing : sidePanel(facts, panel, ask)}
    </div>
    <vr-control-bar
      class="bar"
      .media=${media}
      .panel=${panel}
      .peopleCount=${view.occupants.length}
      .knockCount=${view.knocks.length}
      .canShareScreen=${facts.canShareScreen}
    ></vr-control-bar>
  </section>`
}

function grid(
  { media, speaking, soundTries, presented }: CallFacts,
  tiles: readonly TileFacts[],
): TemplateResult {
  return html`<vr-grid
    .tiles=${tiles}
    .speaking=${speaking}
    .speakerId=${media.selected.speaker}
    .soundTries=${soundTries}
    .presented=${presented}
  ></vr-grid>`
}

function waiting(tiles: readonly TileFacts[]): TemplateResult {
  const self = tiles.find((tile) => tile.isSelf && tile.kind === 'person')
  return html`<div class="waiting">
    <vr-notice .icon=${waitIcon} heading=${words.waitingForHost} hint=${words.waitingForHostHint}></vr-notice>
    ${self === undefined ? nothing : html`<vr-tile .facts=${self}></vr-tile>`}
  </div>`
}

function below(view: SessionView, ask: Ask): TemplateResult | typeof nothing {
  const isAlone = view.status === 'in-room' && view.occupants.length === 1
  if (!isAlone) return nothing
  return html`<div class="over below">
    <div class="strip">
      ${peopleIcon}
      <div class="two"><strong>${words.alone}</strong><span>${words.aloneHint}</span></div>
      <button type="button" class="primary" @click=${() => ask({ type: 'copy-link' })}>
        ${words.copyLink}
      </button>
    </div>
  </div>`
}

/** Of what there is: alone, nothing flows. */
function badge({ view, listen }: CallFacts): TemplateResult | typeof nothing {
  if (view.status === 'waiting-for-host' || view.occupants.length < 2) return nothing
  return html`<vr-route-badge
    class="route"
    .route=${view.route}
    .migration=${view.migration}
    .history=${view.routeHistory}
    .setting=${view.settings?.route ?? null}
    .occupants=${view.occupants}
    .listen=${listen}
  ></vr-route-badge>`
}

const panelWords: Readonly<Record<Panel, string>> = {
  people: words.people,
  devices: words.devices,
  share: words.invite,
}

function sidePanel(facts: CallFacts, panel: Panel, ask: Ask): TemplateResult {
  const title = panelWords[panel]
  return html`<aside class="panel" aria-label=${title} part="panel">
    <header>
      <h2 tabindex="-1">${title}</h2>
      <button
        type="button"
        class="icon"
        aria-label=${words.close}
        @click=${() => ask({ type: 'close-panel' })}
      >
        ${closeIcon}
      </button>
    </header>
    <div class="content">${panelContent(facts, panel)}</div>
  </aside>`
}

function panelContent({ view, media, inviteUrl }: CallFacts, panel: Panel): TemplateResult {
  switch (panel) {
    case 'people':
      return html`${view.knocks.length === 0 ? nothing : html`<vr-door .knocks=${view.knocks}></vr-door>`}
        <vr-occupant-list .occupants=${view.occupants} .canModerate=${view.isHost}></vr-occupant-list>
        ${view.isHost ? html`<vr-host-settings .settings=${view.settings}></vr-host-settings>` : nothing}`
    case 'devices':
      return html`<vr-device-pickers .media=${media}></vr-device-pickers>`
    case 'share':
      return html`<vr-share .room=${view.roomId} .link=${inviteUrl}></vr-share>`
    default:
      return assertNever(panel)
  }
}
