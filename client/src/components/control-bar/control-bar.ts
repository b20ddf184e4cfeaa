import { html, nothing, type TemplateResult } from 'lit'
import type { LocalMediaView } from '../../media/view.ts'
import { RoomElement } from '../base/room-element.ts'
import {
  cameraIcon,
  cameraOffIcon,
  devicesIcon,
  leaveIcon,
  linkIcon,
  microphoneIcon,
  microphoneOffIcon,
  peopleIcon,
  screenIcon,
  screenOffIcon,
} from '../base/icons.ts'
import { baseStyles, buttonStyles } from '../base/styles.ts'
import type { Panel, RoomRequest } from '../requests.ts'
import { words } from '../words.ts'
import { controlBarStyles } from './styles.ts'

interface Control {
  readonly label: string
  readonly icon: TemplateResult
  readonly ask: RoomRequest
  readonly pressed?: boolean
  readonly expanded?: boolean
  readonly shortcut?: string
  readonly busy?: boolean
  readonly look?: string
  readonly count?: number
  /** More for a screen reader than the label says. */
  readonly about?: string
}

/**
 * `<vr-control-bar>`: what one can do during a call. A label never changes with the state; `aria-pressed` tells it,
 * for the eye the icon does.
 */
export class ControlBar extends RoomElement {
  static override styles = [baseStyles, buttonStyles, controlBarStyles]
  static override properties = {
    media: { attribute: false },
    panel: { attribute: false },
    peopleCount: { attribute: false },
    knockCount: { attribute: false },
    canShareScreen: { attribute: false },
  }

  declare media: LocalMediaView | null
  declare panel: Panel | null
  declare peopleCount: number
  /** How many wait at the door; they outrank the count of people. */
  declare knockCount: number
  declare canShareScreen: boolean

  constructor() {
    super()
    this.media = null
    this.panel = null
    this.peopleCount = 0
    this.knockCount = 0
    this.canShareScreen = false
  }

  /** Where the focus goes after joining, and back to when a panel closes. */
  focusControl(name: 'microphone' | Panel): void {
    this.renderRoot.querySelector<HTMLElement>(`[data-name=${name}]`)?.focus()
  }

  override render(): TemplateResult {
    return html`<div class="bar" role="toolbar" aria-label=${words.controls} part="controls">
      ${this.#source('microphone')} ${this.#source('camera')}
      ${this.canShareScreen ? this.#screen() : nothing}
      <span class="gap" aria-hidden="true"></span>
      ${this.#control('people', {
        label: words.people,
        icon: peopleIcon,
        ask: { type: 'toggle-panel', panel: 'people' },
        expanded: this.panel === 'people',
        count: this.knockCount > 0 ? this.knockCount : this.peopleCount,
        look: this.knockCount > 0 ? 'knocking' : '',
        ...(this.knockCount > 0 ? { about: words.waitingCount(this.knockCount) } : {}),
      })}
      ${this.#control('devices', {
        label: words.devices,
        icon: devicesIcon,
        ask: { type: 'toggle-panel', panel: 'devices' },
        expanded: this.panel === 'devices',
      })}
      ${this.#control('share', {
        label: words.invite,
        icon: linkIcon,
        ask: { type: 'toggle-panel', panel: 'share' },
        expanded: this.panel === 'share',
      })}
      <span class="gap" aria-hidden="true"></span>
      ${this.#control('leave', {
        label: words.leave,
        icon: leaveIcon,
        ask: { type: 'leave' },
        look: 'danger wide',
      })}
    </div>`
  }

  #source(source: 'microphone' | 'camera'): TemplateResult {
    const status = this.media?.captures[source].status ?? 'absent'
    const on = status === 'live' || status === 'starting'
    const icons = source === 'microphone' ? [microphoneIcon, microphoneOffIcon] : [cameraIcon, cameraOffIcon]
    return this.#control(source, {
      label: source === 'microphone' ? words.microphone : words.camera,
      icon: icons[on ? 0 : 1] ?? microphoneIcon,
      ask: { type: 'set-source', source, on: !on },
      pressed: on,
      busy: status === 'starting',
      shortcut: source === 'microphone' ? 'm' : 'v',
      look: on ? '' : 'off',
    })
  }

  #screen(): TemplateResult {
    const on = this.media?.captures.screen.status === 'live'
    return this.#control('screen', {
      label: words.shareScreen,
      icon: on ? screenOffIcon : screenIcon,
      ask: { type: 'set-source', source: 'screen', on: !on },
      pressed: on,
      look: on ? 'sharing' : '',
    })
  }

  #control(name: string, control: Control): TemplateResult {
    const { label, shortcut, pressed, expanded, count } = control
    const tip = shortcut === undefined ? label : words.shortcut(label, shortcut)
    return html`<button
      type="button"
      data-name=${name}
      class="control ${control.look ?? ''}"
      aria-label=${label}
      aria-pressed=${pressed === undefined ? nothing : String(pressed)}
      aria-expanded=${expanded === undefined ? nothing : String(expanded)}
      aria-busy=${control.busy === true ? 'true' : nothing}
      aria-keyshortcuts=${shortcut ?? nothing}
      data-tip=${tip}
      data-count=${count ?? nothing}
      aria-description=${control.about ?? nothing}
      @click=${() => this.request(control.ask)}
    >
      ${control.icon}
    </button>`
  }
}
