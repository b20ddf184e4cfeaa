import { css, html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import type { DeviceKind, LocalMediaView } from '../../media/view.ts'
import { RoomElement } from '../base/room-element.ts'
import { baseStyles, fieldStyles } from '../base/styles.ts'
import { deviceKindWords, words } from '../words.ts'

const kinds: readonly DeviceKind[] = ['microphone', 'camera', 'speaker']

/** `<vr-device-pickers>`: a list per kind of device; a kind without a choice is left out. */
export class DevicePickers extends RoomElement {
  static override styles = [
    baseStyles,
    fieldStyles,
    css`
      :host {
        display: grid;
        gap: 0.75rem;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 10rem), 1fr));
      }
      @container (inline-size < 46rem) {
        :host {
          grid-template-columns: minmax(0, 1fr);
        }
      }
    `,
  ]
  static override properties = { media: { attribute: false } }

  declare media: LocalMediaView | null

  constructor() {
    super()
    this.media = null
  }

  override render(): TemplateResult {
    return html`${kinds.map((kind) => this.#picker(kind))}`
  }

  #picker(kind: DeviceKind): TemplateResult | typeof nothing {
    const options = this.media?.devices[kind] ?? []
    if (options.length === 0) return nothing
    const selected = this.media?.selected[kind] ?? ''
    const choose = (event: Event): void => {
      if (!(event.currentTarget instanceof HTMLSelectElement)) return
      const { value } = event.currentTarget
      this.request({ type: 'select-device', kind, deviceId: value === '' ? null : value })
    }
    return html`<label>
      ${deviceKindWords[kind]}
      <select @change=${choose}>
        <option value="" ?selected=${selected === ''}>${words.systemDefault}</option>
        ${repeat(
          options,
          (option) => option.deviceId,
          (option, index) =>
            html`<option value=${option.deviceId} ?selected=${option.deviceId === selected}>
              ${option.label === '' ? `${deviceKindWords[kind]} ${index + 1}` : option.label}
            </option>`,
        )}
      </select>
    </label>`
  }
}
