import { css, html, nothing, type TemplateResult } from 'lit'
import { RoomElement } from '../base/room-element.ts'
import { baseStyles } from '../base/styles.ts'

/**
 * `<vr-notice>`: one thing said in the middle of the room: waiting for the host, the end, a page that lacks attributes.
 * Buttons come by the slot.
 */
export class Notice extends RoomElement {
  static override styles = [
    baseStyles,
    css`
      :host {
        display: grid;
        place-items: center;
        padding: 1.5rem;
        min-block-size: 0;
      }
      .card {
        display: grid;
        justify-items: center;
        gap: 0.5rem;
        max-inline-size: 28rem;
        text-align: center;
      }
      .mark {
        display: grid;
        place-items: center;
        inline-size: 4.5rem;
        aspect-ratio: 1;
        border-radius: 50%;
        font-size: 1.75rem;
        color: var(--vr-text-quiet);
        background: var(--vr-raised);
        margin-block-end: 0.5rem;
      }
      h2 {
        font-size: 1.5rem;
        line-height: 1.25;
        text-wrap: balance;
      }
      p {
        color: var(--vr-text-quiet);
        text-wrap: pretty;
      }
      .actions {
        display: flex;
        flex-wrap: wrap;
        justify-content: center;
        gap: 0.625rem;
        margin-block-start: 0.75rem;
      }
    `,
  ]
  static override properties = {
    icon: { attribute: false },
    heading: { type: String },
    hint: { type: String },
  }

  declare icon: TemplateResult | null
  declare heading: string
  declare hint: string

  constructor() {
    super()
    this.icon = null
    this.heading = ''
    this.hint = ''
  }

  override render(): TemplateResult {
    return html`<div class="card" part="notice">
      ${this.icon === null ? nothing : html`<div class="mark">${this.icon}</div>`}
      <h2 tabindex="-1">${this.heading}</h2>
      <p>${this.hint}</p>
      <div class="actions"><slot></slot></div>
    </div>`
  }
}
