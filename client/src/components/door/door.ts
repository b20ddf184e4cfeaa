import { css, html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import type { KnockState } from '../../core/view.ts'
import { admitIcon, closeIcon } from '../base/icons.ts'
import { keepFocus } from '../base/keep-focus.ts'
import { RoomElement } from '../base/room-element.ts'
import { baseStyles, buttonStyles } from '../base/styles.ts'
import { nameOf, words } from '../words.ts'

/** More at once would push the people inside out of sight; the rest is one press away. */
const shownMax = 4

/** `<vr-door>`: who asks to come in, for the host: admit or turn away, one by one or all together. */
export class Door extends RoomElement {
  static override styles = [
    baseStyles,
    buttonStyles,
    css`
      :host {
        display: block;
      }
      .door {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 0.25rem;
        padding: 0.75rem;
        border-radius: var(--vr-radius-small);
        background: var(--vr-notice-soft);
      }
      header {
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: 0.5rem;
        min-block-size: 2.25rem;
      }
      h3 {
        font-size: 0.9375rem;
        color: var(--vr-notice-text);
      }
      ul {
        list-style: none;
        margin: 0;
        padding: 0;
      }
      li {
        display: flex;
        align-items: center;
        gap: 0.25rem;
        min-block-size: 2.75rem;
      }
      img {
        flex: none;
        object-fit: cover;
        border-radius: var(--vr-radius-small);
        margin-inline-end: 0.25rem;
      }
      bdi {
        flex: 1;
        min-inline-size: 0;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        font-weight: 600;
      }
      button {
        min-block-size: 2.25rem;
        padding-inline: 0.75rem;
        font-size: 0.875rem;
      }
      button.icon {
        inline-size: 2.25rem;
        padding: 0;
        background: transparent;
      }
      button.icon:hover {
        background: var(--vr-raised);
      }
      .more {
        justify-self: start;
        color: var(--vr-notice-text);
        border-color: currentColor;
        margin-block-start: 0.25rem;
      }
    `,
  ]
  static override properties = { knocks: { attribute: false }, showsAll: { state: true } }

  /** In the order in which they came. */
  declare knocks: readonly KnockState[]
  declare private showsAll: boolean

  constructor() {
    super()
    keepFocus(this, () => this.renderRoot.querySelector<HTMLElement>('li .primary')?.focus())
    this.knocks = []
    this.showsAll = false
  }

  override render(): TemplateResult | typeof nothing {
    const { knocks } = this
    if (knocks.length === 0) return nothing
    const shown = this.showsAll ? knocks : knocks.slice(0, shownMax)
    return html`<section class="door" aria-labelledby="title" part="door">
      <header>
        <h3 id="title" tabindex="-1">${words.atTheDoor} (${knocks.length})</h3>
        ${
          knocks.length === 1
            ? nothing
            : html`<button type="button" class="primary" @click=${() => this.#admit(knocks)}>
                ${words.admitAll}
              </button>`
        }
      </header>
      <ul>
        ${repeat(
          shown,
          (knock) => knock.occupantId,
          (knock) => this.#row(knock),
        )}
      </ul>
      ${
        shown.length === knocks.length
          ? nothing
          : html`<button type="button" class="quiet more" @click=${() => (this.showsAll = true)}>
              ${words.showAll}
            </button>`
      }
    </section>`
  }

  #row(knock: KnockState): TemplateResult {
    const name = nameOf(knock.displayName)
    const deny = (): void => this.request({ type: 'deny', occupantId: knock.occupantId })
    return html`<li>
      ${
        knock.picture === undefined
          ? nothing
          : html`<img src=${knock.picture} alt=${words.pictureOf(name)} width="48" height="36" />`
      }
      <bdi>${name}</bdi>
      <button
        type="button"
        class="icon"
        aria-label=${words.denyName(name)}
        title=${words.denyName(name)}
        @click=${deny}
      >
        ${closeIcon}
      </button>
      <button
        type="button"
        class="primary"
        aria-label=${words.admitName(name)}
        @click=${() => this.#admit([knock])}
      >
        ${admitIcon}${words.admit}
      </button>
    </li>`
  }

  #admit(knocks: readonly KnockState[]): void {
    this.request({ type: 'admit', occupantIds: knocks.map(({ occupantId }) => occupantId) })
  }
}
