import { css, html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import type { Source } from '@video-room/shared/source.ts'
import type { OccupantState } from '../../core/view.ts'
import {
  cameraIcon,
  cameraOffIcon,
  hostIcon,
  microphoneIcon,
  microphoneOffIcon,
  removeIcon,
  screenOffIcon,
} from '../base/icons.ts'
import { RoomElement } from '../base/room-element.ts'
import { baseStyles, buttonStyles } from '../base/styles.ts'
import { nameOf, words } from '../words.ts'

/** `<vr-occupant-list>`: who is here, and what the host may do about it. */
export class OccupantList extends RoomElement {
  static override styles = [
    baseStyles,
    buttonStyles,
    css`
      :host {
        display: grid;
        gap: 1rem;
      }
      ul {
        list-style: none;
        margin: 0;
        padding: 0;
        display: grid;
        gap: 0.25rem;
      }
      li {
        display: flex;
        align-items: center;
        gap: 0.25rem;
        min-block-size: 3rem;
        border-block-end: 1px solid var(--vr-border);
      }
      .who {
        flex: 1;
        min-inline-size: 0;
        display: grid;
        line-height: 1.3;
      }
      .name {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        font-weight: 600;
      }
      .about {
        font-size: 0.8125rem;
        color: var(--vr-text-quiet);
      }
      .state {
        display: grid;
        place-items: center;
        inline-size: 2rem;
        block-size: 2rem;
        color: var(--vr-text-quiet);
      }
      button.icon {
        inline-size: 2.5rem;
        min-block-size: 2.5rem;
        background: transparent;
      }
      button.icon:hover {
        background: var(--vr-raised);
      }
    `,
  ]
  static override properties = { occupants: { attribute: false }, canModerate: { attribute: false } }

  declare occupants: readonly OccupantState[]
  declare canModerate: boolean

  constructor() {
    super()
    this.occupants = []
    this.canModerate = false
  }

  override render(): TemplateResult {
    return html`<ul aria-label=${words.people}>
      ${repeat(
        this.occupants,
        (occupant) => occupant.occupantId,
        (occupant) => this.#row(occupant),
      )}
    </ul>`
  }

  #row(occupant: OccupantState): TemplateResult {
    const name = nameOf(occupant.displayName)
    const about = [
      occupant.isSelf ? words.you : '',
      occupant.isHost ? words.host : '',
      occupant.isPresent ? '' : words.away,
    ].filter((word) => word !== '')
    return html`<li>
      <span class="who"
        ><bdi class="name">${name}</bdi>${
          about.length === 0 ? nothing : html`<span class="about">${about.join(' · ')}</span>`
        }</span
      >
      ${this.canModerate && !occupant.isSelf ? this.#actions(occupant, name) : this.#states(occupant)}
    </li>`
  }

  #states({ sources }: OccupantState): TemplateResult {
    const microphone = sources.microphone
    const says = !microphone.offered
      ? words.noMicrophone
      : microphone.mutedBy === 'host'
        ? words.microphoneMutedByHost
        : words.microphoneOff
    const cameraIsOff = !sources.camera.offered || sources.camera.mutedBy !== null
    return html`${
      microphone.offered && microphone.mutedBy === null
        ? nothing
        : html`<span class="state" role="img" aria-label=${says} title=${says}>${microphoneOffIcon}</span>`
    }
    ${
      cameraIsOff
        ? html`<span class="state" role="img" aria-label=${words.cameraOff} title=${words.cameraOff}
            >${cameraOffIcon}</span
          >`
        : nothing
    }`
  }

  #actions(occupant: OccupantState, name: string): TemplateResult {
    const { sources, occupantId } = occupant
    const isLive = (source: Source): boolean => sources[source].offered && sources[source].mutedBy === null
    return html`${
      isLive('screen')
        ? this.#action(words.stopScreenOf(name), screenOffIcon, () =>
            this.request({ type: 'mute-occupant', occupantId, source: 'screen' }),
          )
        : nothing
    }
    ${this.#mute(occupant, 'microphone', words.muteMicrophoneOf(name), words.askMicrophoneOf(name))}
    ${this.#mute(occupant, 'camera', words.muteCameraOf(name), words.askCameraOf(name))}
    ${this.#action(
      words.makeHost(name),
      hostIcon,
      () => {
        if (occupant.isPresent) this.request({ type: 'hand-over', occupantId, displayName: name })
      },
      !occupant.isPresent,
    )}
    ${this.#action(words.removeName(name), removeIcon, () =>
      this.request({ type: 'remove-occupant', occupantId, displayName: name }),
    )}`
  }

  /**
   * The icon shows what is now, the label what a press does: mute, or ask to un-mute (only that person can). The button
   * stays in its place, and rests while there is nothing to switch.
   */
  #mute(
    { sources, occupantId }: OccupantState,
    source: 'microphone' | 'camera',
    muteLabel: string,
    askLabel: string,
  ): TemplateResult {
    const { offered, mutedBy } = sources[source]
    const isLive = offered && mutedBy === null
    const icons = source === 'microphone' ? [microphoneIcon, microphoneOffIcon] : [cameraIcon, cameraOffIcon]
    const icon = icons[isLive ? 0 : 1] ?? microphoneIcon
    const ask = (): void => {
      if (offered) this.request({ type: isLive ? 'mute-occupant' : 'ask-unmute', occupantId, source })
    }
    return this.#action(isLive ? muteLabel : askLabel, icon, ask, !offered)
  }

  #action(label: string, icon: TemplateResult, ask: () => void, isResting = false): TemplateResult {
    return html`<button
      type="button"
      class="icon"
      aria-label=${label}
      title=${label}
      aria-disabled=${isResting ? 'true' : nothing}
      @click=${ask}
    >
      ${icon}
    </button>`
  }
}
