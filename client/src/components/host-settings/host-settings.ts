import { css, html, nothing, type TemplateResult } from 'lit'
import { live } from 'lit/directives/live.js'
import { limits } from '@video-room/shared/limits.ts'
import { routeWishSchema } from '@video-room/shared/route.ts'
import type { RoomSettings, SettingsChange } from '@video-room/shared/room-info.ts'
import { RoomElement } from '../base/room-element.ts'
import { baseStyles, buttonStyles, fieldStyles } from '../base/styles.ts'
import { switchStyles } from '../base/switch-styles.ts'
import { routeWishHints, routeWishWords } from '../route-words.ts'
import { durationWords, hostLeaveWords, words } from '../words.ts'

interface Switch {
  readonly label: string
  readonly hint: string
  readonly isOn: boolean
  readonly change: (isOn: boolean) => SettingsChange
}

interface Choice {
  readonly label: string
  readonly hint?: string
  readonly value: string
  readonly options: readonly { readonly value: string; readonly label: string }[]
  readonly change: (value: string) => SettingsChange
}

/** What a room may wait for its host; another that the room was made with is offered beside them. */
const waitsMs: readonly number[] = [60_000, 5 * 60_000, 15 * 60_000, 3_600_000, limits.hostGraceMaxMs]

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
      label {
        margin-block-start: 0.625rem;
      }
      .actions {
        display: grid;
        gap: 0.5rem;
        margin-block-start: 0.75rem;
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
    return html`<h3>${words.hostControls}</h3>
      ${this.#switches(settings).map((item) => this.#switch(item))}
      ${this.#choices(settings).map((item) => this.#choice(item))}
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

  #switches(settings: RoomSettings): readonly Switch[] {
    const picture: Switch = {
      label: words.askPicture,
      hint: words.askPictureHint,
      isOn: settings.knockPicture,
      change: (knockPicture) => ({ knockPicture }),
    }
    return [
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
      // Without a door nobody stands before it.
      ...(settings.admission === 'knock' ? [picture] : []),
      {
        label: words.mayUnmute,
        hint: words.mayUnmuteHint,
        isOn: settings.mayUnmute,
        change: (mayUnmute) => ({ mayUnmute }),
      },
    ]
  }

  #choices({ maxParticipants, onHostLeave, hostGraceMs, route }: RoomSettings): readonly Choice[] {
    const seats = Array.from({ length: limits.maxParticipantsCeiling + 1 }, (_, count) => String(count))
    const leaves = (['wait', 'promote', 'end'] as const).map((value) => ({
      value,
      label: hostLeaveWords[value],
    }))
    const waits = [...new Set([...waitsMs, hostGraceMs])].toSorted((one, other) => one - other)
    const wait: Choice = {
      label: words.hostWait,
      value: String(hostGraceMs),
      options: waits.map((ms) => ({ value: String(ms), label: durationWords(ms) })),
      change: (value) => ({ hostGraceMs: Number(value) }),
    }
    return [
      {
        label: words.seats,
        value: String(maxParticipants),
        options: seats.map((count) => ({ value: count, label: count })),
        change: (value) => ({ maxParticipants: Number(value) }),
      },
      {
        label: words.whenHostLeaves,
        value: onHostLeave,
        options: leaves,
        change: (value) => ({ onHostLeave: leaves.find((leave) => leave.value === value)?.value }),
      },
      ...(onHostLeave === 'end' ? [] : [wait]),
      {
        label: words.mediaRoute,
        hint: routeWishHints[route],
        value: route,
        options: routeWishSchema.options.map((wish) => ({ value: wish, label: routeWishWords[wish] })),
        change: (value) => ({ route: routeWishSchema.options.find((wish) => wish === value) }),
      },
    ]
  }

  #choice({ label, hint, value, options, change }: Choice): TemplateResult {
    const ask = (event: Event): void => {
      if (!(event.currentTarget instanceof HTMLSelectElement)) return
      const wished = event.currentTarget.value
      // As with the switches: it moves with the room's word, and not at all when the room says no.
      event.currentTarget.value = value
      this.request({ type: 'change-settings', settings: change(wished) })
    }
    return html`<label>
      ${label}
      <select @change=${ask}>
        ${options.map(
          (option) =>
            html`<option value=${option.value} .selected=${live(option.value === value)}>
              ${option.label}
            </option>`,
        )}
      </select>
      ${hint === undefined ? nothing : html`<span class="hint">${hint}</span>`}
    </label>`
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
