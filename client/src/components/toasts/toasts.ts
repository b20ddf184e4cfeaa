import { css, html, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import { closeIcon } from '../base/icons.ts'
import { RoomElement } from '../base/room-element.ts'
import { baseStyles, buttonStyles } from '../base/styles.ts'
import { words } from '../words.ts'

export interface Toast {
  readonly id: number
  readonly tone: 'news' | 'trouble'
  readonly text: string
}

/** `<vr-toasts>`: short news. The live region is always there, since one that appears with its text is not read out. */
export class Toasts extends RoomElement {
  static override styles = [
    baseStyles,
    buttonStyles,
    css`
      :host {
        display: block;
        pointer-events: none;
      }
      .list {
        display: grid;
        justify-items: center;
        gap: 0.5rem;
      }
      .toast {
        pointer-events: auto;
        display: flex;
        align-items: center;
        gap: 0.5rem;
        max-inline-size: min(100%, 32rem);
        padding: 0.375rem 0.375rem 0.375rem 1rem;
        border-radius: var(--vr-radius);
        border: 1px solid var(--vr-border);
        background: var(--vr-surface);
        box-shadow: var(--vr-shadow);
        font-size: 0.9375rem;
        animation: appear 180ms ease-out;
      }
      .trouble {
        border-color: var(--vr-danger);
      }
      button {
        min-block-size: 2.25rem;
        inline-size: 2.25rem;
        padding: 0;
        flex: none;
        background: transparent;
        border-radius: 999px;
      }
      @keyframes appear {
        from {
          opacity: 0;
          translate: 0 0.5rem;
        }
      }
    `,
  ]
  static override properties = { toasts: { attribute: false } }

  declare toasts: readonly Toast[]

  constructor() {
    super()
    this.toasts = []
  }

  override render(): TemplateResult {
    return html`<div class="list" role="status" aria-live="polite" part="toasts">
      ${repeat(
        this.toasts,
        (toast) => toast.id,
        (toast) =>
          html`<div class="toast ${toast.tone}">
            <span>${toast.text}</span>
            <button
              type="button"
              aria-label=${words.dismiss}
              @click=${() => this.request({ type: 'dismiss-toast', id: toast.id })}
            >
              ${closeIcon}
            </button>
          </div>`,
      )}
    </div>`
  }
}
