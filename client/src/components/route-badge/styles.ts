import { css } from 'lit'

/** A quiet line in the corner; what it opens lies over the pictures and never wider than them. */
export const routeBadgeStyles = css`
  :host {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    justify-items: start;
    gap: 0.5rem;
    pointer-events: none;
  }
  button {
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
  .details {
    display: grid;
    gap: 0.75rem;
    inline-size: min(18rem, 100%);
    max-block-size: 16rem;
    overflow: auto;
    padding: 0.75rem 1rem;
    font-size: 0.8125rem;
    color: var(--vr-text);
    background: var(--vr-surface);
    border: 1px solid var(--vr-border);
    border-radius: var(--vr-radius);
    box-shadow: var(--vr-shadow);
    pointer-events: auto;
  }
  h3 {
    font-size: 0.875rem;
    overflow-wrap: anywhere;
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
