import { css } from 'lit'

/** A quiet line in the corner; what it opens lies over the pictures and never wider than them. */
export const routeBadgeStyles = css`
  :host {
    display: flex;
    flex-direction: column;
    align-items: start;
    gap: 0.5rem;
    pointer-events: none;
  }
  button {
    flex: none;
    min-block-size: 2rem;
    max-inline-size: 100%;
    padding: 0.125rem 0.75rem;
    font-size: 0.8125rem;
    background: var(--vr-surface);
    border-color: var(--vr-border);
    pointer-events: auto;
  }
  button span {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .advice,
  .details {
    inline-size: min(30rem, 100%);
    padding: 0.75rem 1rem;
    font-size: 0.8125rem;
    line-height: 1.4;
    border: 1px solid var(--vr-border);
    border-radius: var(--vr-radius);
    box-shadow: var(--vr-shadow);
    pointer-events: auto;
  }
  .advice {
    flex: none;
    color: var(--vr-notice-text);
    background: var(--vr-notice-soft);
    border-color: transparent;
    overflow-wrap: anywhere;
  }
  /* Never longer than the pictures it lies over: it scrolls within. */
  .details {
    display: grid;
    align-content: start;
    gap: 0.5rem;
    flex: 0 1 auto;
    min-block-size: 0;
    max-block-size: 28rem;
    overflow: auto;
    overscroll-behavior: contain;
    color: var(--vr-text);
    background: var(--vr-surface);
  }
  h3,
  h4 {
    margin: 0;
    font-size: 0.875rem;
    overflow-wrap: anywhere;
  }
  h3:not(:first-child) {
    margin-block-start: 0.25rem;
    padding-block-start: 0.75rem;
    border-block-start: 1px solid var(--vr-border);
  }
  h4 {
    font-size: 0.8125rem;
  }
  .links {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(min(13rem, 100%), 1fr));
    gap: 0.5rem;
  }
  .links section {
    padding: 0.5rem 0.75rem;
    border: 1px solid var(--vr-border);
    border-radius: var(--vr-radius-small);
  }
  .links .now {
    border-color: currentColor;
  }
  .links .why {
    margin-block-end: 0.25rem;
  }
  .why {
    color: var(--vr-text-quiet);
  }
  .past {
    display: grid;
    gap: 0.5rem;
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .past li {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr);
    gap: 0.75rem;
  }
  .past p,
  .past time {
    color: var(--vr-text-quiet);
    font-variant-numeric: tabular-nums;
  }
  dl {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    gap: 0 1rem;
    margin: 0;
  }
  dt {
    color: var(--vr-text-quiet);
  }
  dd {
    margin: 0;
    text-align: end;
    font-variant-numeric: tabular-nums;
  }
`
