import { css } from 'lit'

export const controlBarStyles = css`
  :host {
    display: block;
  }
  .bar {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: center;
    gap: 0.5rem;
  }
  .gap {
    inline-size: 0.75rem;
  }
  .control {
    position: relative;
    inline-size: 3rem;
    min-block-size: 3rem;
    padding: 0;
    border-radius: 999px;
    font-size: 1.125rem;
  }
  .control.wide {
    inline-size: 4rem;
  }
  .control.off {
    background: var(--vr-danger-soft);
    color: var(--vr-danger-text);
  }
  .control.sharing,
  .control[aria-expanded='true'] {
    background: var(--vr-accent);
    color: var(--vr-on-accent);
  }
  .control[aria-busy='true'] {
    animation: pulse 1s ease-in-out infinite alternate;
  }
  .control[data-count]::before {
    content: attr(data-count);
    position: absolute;
    inset-block-start: -0.25rem;
    inset-inline-end: -0.25rem;
    min-inline-size: 1.25rem;
    padding: 0 0.3125rem;
    border-radius: 999px;
    font-size: 0.75rem;
    line-height: 1.25rem;
    color: var(--vr-surface);
    background: var(--vr-text-quiet);
  }
  .control.knocking[data-count]::before {
    color: var(--vr-on-danger);
    background: var(--vr-danger);
  }
  /* The tip is the accessible name with its shortcut; it is for the eye only. */
  .control::after {
    content: attr(data-tip);
    position: absolute;
    inset-block-end: calc(100% + 0.5rem);
    inset-inline-start: 50%;
    translate: -50% 0;
    padding: 0.25rem 0.625rem;
    border-radius: 0.5rem;
    font-size: 0.8125rem;
    font-weight: 400;
    white-space: nowrap;
    color: var(--vr-ground);
    background: var(--vr-text);
    opacity: 0;
    visibility: hidden;
    pointer-events: none;
    transition: opacity 120ms;
    z-index: 5;
  }
  @media (hover: hover) {
    .control:hover::after {
      opacity: 1;
      visibility: visible;
    }
  }
  .control:focus-visible::after {
    opacity: 1;
    visibility: visible;
  }
  @keyframes pulse {
    to {
      opacity: 0.5;
    }
  }
  @container (inline-size < 30rem) {
    .control::after {
      display: none;
    }
    .bar {
      gap: 0.25rem;
      justify-content: space-between;
      flex-wrap: nowrap;
    }
    .gap {
      display: none;
    }
    .control {
      inline-size: 2.75rem;
      min-block-size: 2.75rem;
    }
    .control.wide {
      inline-size: 3.25rem;
    }
  }
  @container (inline-size < 22rem) {
    .control {
      inline-size: 2.5rem;
      min-block-size: 2.5rem;
      font-size: 1rem;
    }
    .control.wide {
      inline-size: 2.75rem;
    }
  }
`
