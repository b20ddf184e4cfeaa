/** What stands over the pictures while it matters: the connection, people at the door, a question, sound, a muted voice. */
import { html, nothing, type TemplateResult } from 'lit'
import type { Source } from '@video-room/shared/source.ts'
import type { KnockState } from '../../core/view.ts'
import {
  cameraIcon,
  doorIcon,
  microphoneIcon,
  microphoneOffIcon,
  screenIcon,
  soundIcon,
  warningIcon,
} from '../base/icons.ts'
import type { RoomRequest } from '../requests.ts'
import { nameOf, words } from '../words.ts'
import type { CallFacts } from './call-screen.ts'

type Ask = (request: RoomRequest) => void

/** Nothing moves when one comes and goes. The live region is always there, since one that comes with its text is not read. */
export function strips({ view, media, panel, soundIsBlocked }: CallFacts, ask: Ask): TemplateResult {
  return html`<div class="over above" role="status">
    ${
      view.status === 'reconnecting'
        ? html`<div class="strip warn">${warningIcon}<span>${words.reconnecting}</span></div>`
        : nothing
    }
    ${doorbell(view.knocks, panel === 'people', ask)}
    ${view.unmuteAsked.map((source) => question(source, ask))}
    ${
      soundIsBlocked
        ? html`<button type="button" class="primary" @click=${() => ask({ type: 'allow-sound' })}>
            ${soundIcon}${words.tapToHear}
          </button>`
        : nothing
    }
    ${
      media.talkingWhileMuted
        ? html`<div class="strip warn">
            ${microphoneOffIcon}<span>${words.talkingWhileMuted}</span>
            <button
              type="button"
              class="quiet"
              @click=${() => ask({ type: 'set-source', source: 'microphone', on: true })}
            >
              ${words.turnOn}
            </button>
          </div>`
        : nothing
    }
  </div>`
}

/** Who asks to come in. While the list is open it shows them with their buttons; then this is for ears only. */
function doorbell(
  knocks: readonly KnockState[],
  listIsOpen: boolean,
  ask: Ask,
): TemplateResult | typeof nothing {
  const [first] = knocks
  if (first === undefined) return nothing
  const name = nameOf(first.displayName)
  const text = words.knocks(name, knocks.length - 1)
  if (listIsOpen) return html`<span class="hidden-visually">${text}</span>`
  return html`<div class="strip">
    ${knocks.length === 1 && first.picture !== undefined ? portrait(name, first.picture) : doorIcon}<span
      >${text}</span
    >
    ${
      knocks.length === 1
        ? html`<span class="answers"
            ><button
              type="button"
              class="quiet"
              aria-label=${words.denyName(name)}
              @click=${() => ask({ type: 'deny', occupantId: first.occupantId })}
            >
              ${words.deny}
            </button>
            <button
              type="button"
              class="primary"
              aria-label=${words.admitName(name)}
              @click=${() => ask({ type: 'admit', occupantIds: [first.occupantId] })}
            >
              ${words.admit}
            </button></span
          >`
        : html`<button
            type="button"
            class="primary"
            @click=${() => ask({ type: 'toggle-panel', panel: 'people' })}
          >
            ${words.showAll}
          </button>`
    }
  </div>`
}

const portrait = (name: string, picture: string): TemplateResult =>
  html`<img src=${picture} alt=${words.pictureOf(name)} width="48" height="36" />`

const questionWords: Readonly<Record<Source, string>> = {
  microphone: words.askedToUnmute,
  camera: words.askedForCamera,
  screen: words.askedForScreen,
  'screen-audio': words.askedForScreen,
}
const questionIcons: Readonly<Record<Source, TemplateResult>> = {
  microphone: microphoneIcon,
  camera: cameraIcon,
  screen: screenIcon,
  'screen-audio': screenIcon,
}

function question(source: Source, ask: Ask): TemplateResult {
  const answer = (yes: boolean) => () => ask({ type: 'answer-unmute', source, yes })
  return html`<div class="strip">
    ${questionIcons[source]}<span>${questionWords[source]}</span>
    <span class="answers">
      <button type="button" class="quiet" @click=${answer(false)}>${words.stayMuted}</button>
      <button type="button" class="primary" @click=${answer(true)}>${words.turnOn}</button>
    </span>
  </div>`
}
