/** The looks that several parts share. Everything that can be themed comes from the tokens (video-room/tokens.ts). */
import { css } from 'lit'

export const baseStyles = css`
  :host {
    box-sizing: border-box;
  }
  :host([hidden]),
  [hidden] {
    display: none !important;
  }
  *,
  *::before,
  *::after {
    box-sizing: inherit;
  }
  h1,
  h2,
  h3,
  p {
    margin: 0;
  }
  svg {
    inline-size: 1.25em;
    block-size: 1.25em;
    flex: none;
    display: block;
  }
  :focus {
    outline: none;
  }
  :focus-visible {
    outline: 3px solid var(--vr-focus);
    outline-offset: 2px;
  }
  .hidden-visually {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    margin: -1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  @media (prefers-reduced-motion: reduce) {
    *,
    *::before,
    *::after {
      animation-duration: 1ms !important;
      animation-iteration-count: 1 !important;
      transition-duration: 1ms !important;
    }
  }
`

export const buttonStyles = css`
  button {
    font: inherit;
    font-weight: 600;
    color: inherit;
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 0.5em;
    min-block-size: 2.75rem;
    padding: 0.25rem 1rem;
    border: 1px solid transparent;
    border-radius: var(--vr-radius-small);
    background: var(--vr-raised);
    cursor: pointer;
    transition:
      background-color 120ms,
      border-color 120ms;
    -webkit-tap-highlight-color: transparent;
  }
  button:hover {
    background: var(--vr-raised-hover);
  }
  button[aria-disabled='true'] {
    cursor: default;
    opacity: 0.65;
  }
  button.primary {
    background: var(--vr-accent);
    color: var(--vr-on-accent);
  }
  button.primary:hover {
    background: var(--vr-accent-hover);
  }
  button.danger {
    background: var(--vr-danger);
    color: var(--vr-on-danger);
  }
  button.danger:hover {
    background: var(--vr-danger-hover);
  }
  button.quiet {
    background: transparent;
    border-color: var(--vr-border);
  }
  button.quiet:hover {
    background: var(--vr-raised);
  }
  button.icon {
    padding: 0;
    inline-size: 2.75rem;
    flex: none;
  }
  @media (forced-colors: active) {
    button {
      border-color: ButtonBorder;
    }
    button[aria-pressed='true'],
    button[aria-expanded='true'] {
      border-color: Highlight;
    }
  }
`

export const fieldStyles = css`
  label {
    display: grid;
    gap: 0.25rem;
    font-size: 0.875rem;
    font-weight: 600;
    min-inline-size: 0;
  }
  input,
  select {
    font: inherit;
    font-weight: 400;
    font-size: 1rem;
    color: var(--vr-text);
    background: var(--vr-field);
    border: 1px solid var(--vr-field-border);
    border-radius: var(--vr-radius-small);
    min-block-size: 2.75rem;
    padding: 0.25rem 0.75rem;
    inline-size: 100%;
    min-inline-size: 0;
    text-overflow: ellipsis;
  }
`
