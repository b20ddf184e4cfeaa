import { css, html, nothing, type TemplateResult } from 'lit'
import { parseAddress } from '@video-room/shared/emoji/address.ts'
import { linkIcon } from '../base/icons.ts'
import { RoomElement } from '../base/room-element.ts'
import { baseStyles, buttonStyles } from '../base/styles.ts'
import { words } from '../words.ts'
import { qrCodeOf } from './qr-code.ts'

/** `<vr-share>`: how others get here: the emoji address to look at and to read aloud, the link to copy, a code to scan. */
export class Share extends RoomElement {
  static override styles = [
    baseStyles,
    buttonStyles,
    css`
      :host {
        display: grid;
        gap: 1.25rem;
      }
      .address {
        display: grid;
        gap: 0.375rem;
      }
      h3,
      .hint {
        font-size: 0.875rem;
      }
      .hint,
      figcaption {
        color: var(--vr-text-quiet);
      }
      .emoji {
        display: grid;
        grid-template-columns: repeat(4, 1fr);
        gap: 0.25rem;
        padding: 0.75rem;
        border-radius: var(--vr-radius-small);
        background: var(--vr-raised);
        font-size: 2rem;
        line-height: 1.3;
        text-align: center;
      }
      .words {
        font-weight: 600;
        overflow-wrap: anywhere;
      }
      figure {
        margin: 0;
        display: grid;
        justify-items: center;
        gap: 0.5rem;
        text-align: center;
        font-size: 0.875rem;
      }
      /* Dark on light in every theme: many readers know nothing else. */
      .code {
        inline-size: min(100%, 13rem);
        block-size: auto;
        border-radius: var(--vr-radius-small);
        border: 1px solid var(--vr-border);
        background: #ffffff;
        fill: #000000;
        shape-rendering: crispEdges;
        forced-color-adjust: none;
      }
    `,
  ]
  static override properties = { room: { attribute: false }, link: { attribute: false } }

  /** The name of the room, in any form. */
  declare room: string
  /** What is copied and scanned. */
  declare link: string

  constructor() {
    super()
    this.room = ''
    this.link = ''
  }

  override render(): TemplateResult {
    return html`${this.#address()}
      <button type="button" class="primary" @click=${() => this.request({ type: 'copy-link' })}>
        ${linkIcon}${words.copyLink}
      </button>
      ${this.#code()}`
  }

  /** The picture is for the eye, the words for ears: a screen reader hears the words, once. */
  #address(): TemplateResult | typeof nothing {
    const address = parseAddress(this.room)
    if (address === null) return nothing
    return html`<div class="address">
      <h3>${words.address}</h3>
      <div class="emoji" aria-hidden="true" part="emoji">
        ${Array.from(address.emoji, (emoji) => html`<span>${emoji}</span>`)}
      </div>
      <p class="hint">${words.addressHint}</p>
      <p class="words">${address.words.replaceAll('-', ' ')}</p>
    </div>`
  }

  #code(): TemplateResult | typeof nothing {
    const code = qrCodeOf(this.link)
    if (code === null) return nothing
    return html`<figure>
      <svg class="code" viewBox="0 0 ${code.size} ${code.size}" role="img" aria-label=${words.qrCode}>
        ${code.path}
      </svg>
      <figcaption>${words.scan}</figcaption>
    </figure>`
  }
}
