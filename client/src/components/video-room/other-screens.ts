/** What is shown outside of a call: the lobby, the ending, and the advice for a page that forgot to name the room. */
import { html, nothing, type TemplateResult } from 'lit'
import { roomNameOf } from '@video-room/shared/room-name.ts'
import type { EndReason, SessionView } from '../../core/view.ts'
import { doneIcon, warningIcon } from '../base/icons.ts'
import type { RoomRequest } from '../requests.ts'
import type { MediaPort } from '../session-port.ts'
import { words } from '../words.ts'
import { cancelledWords, endingWords } from '../trouble-words.ts'

/** A link of the page's own, for whoever cannot or need not come (back) in. */
const wayOut = html`<slot name="way-out"></slot>`

export const lobbyScreen = (view: SessionView, media: MediaPort, displayName: string): TemplateResult =>
  html`<vr-lobby
    .media=${media.view}
    .levels=${levelsOf(media)}
    .displayName=${displayName}
    .status=${view.status}
    .refusal=${view.refusal}
    .knockPicture=${view.knockPicture}
    >${view.refusal === null ? nothing : wayOut}</vr-lobby
  >`

/** One function per media, so that the lobby does not listen anew with every rendering. */
const levels = new WeakMap<MediaPort, (listener: (level: number) => void) => () => void>()
function levelsOf(media: MediaPort) {
  const known = levels.get(media) ?? ((listener: (level: number) => void) => media.onLevel(listener))
  levels.set(media, known)
  return known
}

export function endedScreen(
  reason: EndReason,
  wasInside: boolean,
  ask: (request: RoomRequest) => void,
): TemplateResult {
  const { title, hint, again } = reason === 'left' && !wasInside ? cancelledWords : endingWords[reason]
  const icon = reason === 'left' || reason === 'room_ended' ? doneIcon : warningIcon
  return html`<vr-notice .icon=${icon} heading=${title} hint=${hint}>
    ${
      again === null
        ? nothing
        : html`<button type="button" class="primary" @click=${() => ask({ type: 'rejoin' })}>
            ${again}
          </button>`
    }
    ${wayOut}
  </vr-notice>`
}

/** The page named no room, or something that is the address of none. */
export const unconfiguredScreen = (room: string): TemplateResult => {
  const isWrong = room !== '' && roomNameOf(room) === null
  return html`<vr-notice
    .icon=${warningIcon}
    heading=${isWrong ? words.notAnAddress : words.missingAttributes}
    hint=${isWrong ? words.notAnAddressHint : words.missingAttributesHint}
    >${wayOut}</vr-notice
  >`
}
