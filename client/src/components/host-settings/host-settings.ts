import { css, html, nothing, type TemplateResult } from 'lit'
import { routeWishSchema, type RouteWish } from '@video-room/shared/route.ts'
import type { RoomSettings, SettingsChange } from '@video-room/shared/room-info.ts'
import { RoomElement } from '../base/room-element.ts'
import { baseStyles, buttonStyles, fieldStyles } from '../base/styles.ts'
import { routeWishWords, words } from '../words.ts'
import { switchStyles } from './switch-styles.ts'

interface Switch {
  readonly label: string
  readonly hint: string
  readonly isOn: boolean
  readonly change: (isOn: boolean) => SettingsChange
}

/** `<vr-host-settings>`: what the host decides for everyone. A switch shows what the room says, so it moves with its answer. */
export class HostSettings extends RoomElement {
  static override styles = [
    baseStyles,
    buttonStyles,
    fieldStyles,
    switchStyles,
    css`
      :host {
        display: grid;
        gap: 0.25rem;
      }
      h3 {
        font-size: 0.9375rem;
      }
      .actions {
        display: grid;
        gap: 0.5rem;
        margin-block-start: 0.75rem;
      }
      .route {
        margin-block-start: 0.5rem;
      }
      .end {
        color: var(--vr-danger-text);
      }
    `,
  ]
  static override properties = { settings: { attribute: false } }

  declare settings: RoomSettings | null

  constructor() {
    super()
    this.settings = null
  }

  override render(): TemplateResult | typeof nothing {
    const { settings } = this
    if (settings === null) return nothing
    const switches: readonly Switch[] = [
      {
        label: words.lockRoom,
        hint: words.lockRoomHint,
        isOn: settings.isLocked,
        change: (isLocked) => ({ isLocked }),
      },
      {
        label: words.askFirst,
        hint: words.askFirstHint,
        isOn: settings.admission === 'knock',
        change: (isOn) => ({ admission: isOn ? 'knock' : 'open' }),
      },
      {
        label: words.mayUnmute,
        hint: words.mayUnmuteHint,
        isOn: settings.mayUnmute,
        change: (mayUnmute) => ({ mayUnmute }),
      },
    ]
    return html`<h3>${words.hostControls}</h3>
      ${switches.map((item) => this.#switch(item))} ${this.#route(settings.route)}
      <div class="actions">
        <button
          type="button"
          class="quiet"
          @click=${() => this.request({ type: 'mute-all', source: 'microphone' })}
        >
          ${words.muteAll}
        </button>
        <button type="button" class="quiet end" @click=${() => this.request({ type: 'end-room' })}>
          ${words.endRoom}
        </button>
      </div>`
  }

  #route(route: RouteWish): TemplateResult {
    const ask = ({ currentTarget: list }: Event): void => {
      if (!(list instanceof HTMLSelectElement)) return
      const wish = routeWishSchema.options.find((option) => option === list.value)
      // The room's word moves the choice, not the press.
      list.value = route
      if (wish !== undefined) this.request({ type: 'change-settings', settings: { route: wish } })
    }
    return html`<div class="route">
      <label>
        ${words.mediaRoute}
        <select @change=${ask} aria-describedby="route-hint">
          ${routeWishSchema.options.map(
            (wish) =>
              html`<option value=${wish} .selected=${wish === route}>${routeWishWords[wish]}</option>`,
          )}
        </select>
      </label>
      <span class="hint" id="route-hint">${words.mediaRouteHint}</span>
    </div>`
  }

  #switch({ label, hint, isOn, change }: Switch): TemplateResult {
    const ask = (event: Event): void => {
      // The room's word moves the switch, not the press.
      event.preventDefault()
      this.request({ type: 'change-settings', settings: change(!isOn) })
    }
    return html`<button type="button" class="switch" role="switch" aria-checked=${String(isOn)} @click=${ask}>
      <span class="says"><span class="label">${label}</span><span class="hint">${hint}</span></span>
      <span class="track" aria-hidden="true"></span>
    </button>`
  }
}
