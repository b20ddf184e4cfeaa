import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { RoomElement } from '../base/room-element.ts'
import { baseStyles, buttonStyles, fieldStyles } from '../base/styles.ts'
import { words } from '../words.ts'

export interface DialogContent {
  readonly title: string
  readonly hint: string
  /** The button that does it; null for a dialog that only shows something. */
  readonly confirm: string | null
  /** Text to copy by hand. */
  readonly text: string | null
}

/** `<vr-confirm-dialog>`: asks before something that cannot be undone. The browser's own modal keeps the focus inside. */
export class ConfirmDialog extends RoomElement {
  static override styles = [
    baseStyles,
    buttonStyles,
    fieldStyles,
    css`
      dialog {
        inline-size: min(26rem, calc(100vw - 2rem));
        border: 1px solid var(--vr-border);
        border-radius: var(--vr-radius);
        padding: 1.5rem;
        color: var(--vr-text);
        background: var(--vr-surface);
        box-shadow: var(--vr-shadow);
        font-family: var(--vr-font);
        line-height: 1.5;
      }
      dialog::backdrop {
        background: rgb(8 10 16 / 60%);
      }
      h2 {
        font-size: 1.1875rem;
        line-height: 1.3;
        overflow-wrap: anywhere;
      }
      p {
        margin-block: 0.5rem 1.25rem;
        color: var(--vr-text-quiet);
      }
      input {
        margin-block-end: 1.25rem;
      }
      .actions {
        display: flex;
        flex-wrap: wrap;
        justify-content: end;
        gap: 0.625rem;
      }
    `,
  ]
  static override properties = { content: { attribute: false } }

  declare content: DialogContent | null

  constructor() {
    super()
    this.content = null
  }

  override render(): TemplateResult | typeof nothing {
    const { content } = this
    if (content === null) return nothing
    return html`<dialog
      role=${content.confirm === null ? 'dialog' : 'alertdialog'}
      aria-labelledby="title"
      aria-describedby="hint"
      @cancel=${this.#close}
      part="dialog"
    >
      <h2 id="title">${content.title}</h2>
      <p id="hint">${content.hint}</p>
      ${
        content.text === null
          ? nothing
          : html`<input readonly aria-label=${content.title} .value=${content.text} @focus=${selectAll} />`
      }
      <div class="actions">
        <button type="button" class="quiet" @click=${this.#close}>
          ${content.confirm === null ? words.close : words.cancel}
        </button>
        ${
          content.confirm === null
            ? nothing
            : html`<button type="button" class="danger" @click=${() => this.#leave('confirm')}>
                ${content.confirm}
              </button>`
        }
      </div>
    </dialog>`
  }

  override updated(changed: PropertyValues<this>): void {
    const dialog = this.renderRoot.querySelector('dialog')
    if (changed.has('content') && dialog !== null && !dialog.open) dialog.showModal()
  }

  readonly #close = (event: Event): void => {
    event.preventDefault()
    this.#leave('close-dialog')
  }

  /** Closed before it is taken away: only then does the browser put the focus back where it was. */
  #leave(type: 'confirm' | 'close-dialog'): void {
    this.renderRoot.querySelector('dialog')?.close()
    this.request({ type })
  }
}

function selectAll(event: Event): void {
  if (event.currentTarget instanceof HTMLInputElement) event.currentTarget.select()
}
