import { css } from 'lit'

/** A row that is one large switch: easy to hit, and its state is told by position, colour and `aria-checked`. */
export const switchStyles = css`
  button.switch {
    justify-content: space-between;
    gap: 0.75rem;
    padding: 0.5rem 0;
    background: transparent;
    border-block-end: 1px solid var(--vr-border);
    border-radius: 0;
    text-align: start;
  }
  button.switch:hover .label {
    text-decoration: underline;
  }
  .says {
    display: grid;
    line-height: 1.35;
    min-inline-size: 0;
  }
  .hint {
    font-size: 0.8125rem;
    font-weight: 400;
    color: var(--vr-text-quiet);
  }
  .track {
    flex: none;
    inline-size: 2.5rem;
    block-size: 1.5rem;
    padding: 0.1875rem;
    border-radius: 999px;
    border: 1px solid var(--vr-field-border);
    background: var(--vr-field);
    transition: background-color 120ms;
  }
  .track::before {
    content: '';
    display: block;
    block-size: 100%;
    aspect-ratio: 1;
    border-radius: 50%;
    background: var(--vr-field-border);
    transition: translate 120ms;
  }
  [aria-checked='true'] .track {
    background: var(--vr-accent);
    border-color: var(--vr-accent);
  }
  [aria-checked='true'] .track::before {
    background: var(--vr-on-accent);
    translate: 1rem 0;
  }
  :host(:dir(rtl)) [aria-checked='true'] .track::before {
    translate: -1rem 0;
  }
  @media (forced-colors: active) {
    [aria-checked='true'] .track::before {
      background: Highlight;
    }
  }
`
