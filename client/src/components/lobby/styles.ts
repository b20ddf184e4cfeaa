import { css } from 'lit'

export const lobbyStyles = css`
  :host {
    display: grid;
    overflow: auto;
    min-block-size: 0;
  }
  .lobby {
    display: grid;
    grid-template-columns: minmax(0, 7fr) minmax(18rem, 5fr);
    grid-template-rows: auto auto;
    gap: 1.25rem 3rem;
    align-items: center;
    inline-size: min(100%, 68rem);
    margin: auto;
    padding: 2rem;
  }
  .entry {
    grid-row: span 2;
    position: relative;
    display: grid;
    gap: 1.25rem;
    min-inline-size: 0;
  }
  /* An empty live region stays in the document, but takes no place. */
  [role='alert']:not(:has(*)),
  [role='status']:not(:has(*)) {
    position: absolute;
  }
  .intro p {
    margin-block-start: 0.25rem;
    color: var(--vr-text-quiet);
  }
  .door {
    display: grid;
    justify-items: center;
    gap: 0.5rem;
    text-align: center;
    text-wrap: balance;
  }
  .door p {
    color: var(--vr-text-quiet);
  }
  .spyhole {
    display: grid;
    justify-items: center;
    gap: 0.625rem;
  }
  .spyhole button {
    inline-size: 100%;
  }
  .spyhole img {
    inline-size: 6rem;
    border-radius: var(--vr-radius-small);
  }
  .mark {
    display: grid;
    place-items: center;
    inline-size: 4.5rem;
    aspect-ratio: 1;
    border-radius: 50%;
    font-size: 1.75rem;
    color: var(--vr-on-accent);
    background: var(--vr-accent);
    margin-block-end: 0.5rem;
    animation: call 1.6s ease-out infinite;
  }
  @keyframes call {
    from {
      box-shadow: 0 0 0 0 color-mix(in srgb, var(--vr-accent) 55%, transparent);
    }
    to {
      box-shadow: 0 0 0 1.25rem transparent;
    }
  }
  h2 {
    font-size: 1.625rem;
    line-height: 1.25;
  }
  .preview {
    position: relative;
    aspect-ratio: 16 / 10;
    border-radius: var(--vr-radius);
    background: #14181f;
    color: #f1f3f8;
    display: grid;
    place-items: center;
    box-shadow: var(--vr-shadow);
  }
  .preview video {
    position: absolute;
    inset: 0;
    inline-size: 100%;
    block-size: 100%;
    object-fit: cover;
    border-radius: inherit;
    transform: scaleX(-1);
  }
  .preview .says {
    padding: 1rem 1.5rem 4rem;
    text-align: center;
    text-wrap: balance;
  }
  .toggles {
    position: absolute;
    inset-block-end: 1rem;
    inset-inline: 0;
    display: flex;
    justify-content: center;
    gap: 0.75rem;
  }
  .toggle {
    inline-size: 3.25rem;
    block-size: 3.25rem;
    padding: 0;
    border-radius: 999px;
    font-size: 1.125rem;
    color: #ffffff;
    background: rgb(14 17 23 / 78%);
    border-color: rgb(255 255 255 / 35%);
  }
  .toggle:hover {
    background: rgb(45 52 68 / 92%);
  }
  .toggle.off {
    background: var(--vr-danger);
    border-color: transparent;
    color: var(--vr-on-danger);
  }
  .toggle[aria-busy='true'] {
    animation: pulse 1s ease-in-out infinite alternate;
  }
  .toggle:focus-visible {
    outline-color: #ffffff;
  }
  .meter {
    position: absolute;
    inset-block-start: 1rem;
    inset-inline-start: 1rem;
    display: flex;
    gap: 0.25rem;
    padding: 0.5rem;
    border-radius: 999px;
    background: rgb(14 17 23 / 70%);
    --level: 0;
  }
  .meter i {
    inline-size: 0.25rem;
    block-size: 0.875rem;
    border-radius: 1rem;
    background: #3ddc84;
    opacity: clamp(0.2, calc((var(--level) - var(--from)) * 8), 1);
    transition: opacity 80ms;
  }
  .meter i:nth-child(1) {
    --from: 0;
  }
  .meter i:nth-child(2) {
    --from: 0.2;
  }
  .meter i:nth-child(3) {
    --from: 0.4;
  }
  .meter i:nth-child(4) {
    --from: 0.6;
  }
  .meter i:nth-child(5) {
    --from: 0.8;
  }
  .problems {
    display: grid;
    gap: 0.625rem;
  }
  .advice {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr) auto;
    gap: 0.25rem 0.75rem;
    align-items: center;
    padding: 0.75rem 1rem;
    border-radius: var(--vr-radius-small);
    font-size: 0.9375rem;
    color: var(--vr-notice-text);
    background: var(--vr-notice-soft);
  }
  .advice button {
    border-color: currentColor;
  }
  .advice button:hover {
    background: transparent;
    text-decoration: underline;
  }
  .small {
    min-block-size: 2.25rem;
    padding-inline: 0.75rem;
    font-size: 0.875rem;
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    gap: 0.625rem;
  }
  .join {
    flex: 1 1 12rem;
    min-block-size: 3.125rem;
    font-size: 1.0625rem;
  }
  .spinner {
    inline-size: 1.125rem;
    aspect-ratio: 1;
    border-radius: 50%;
    border: 3px solid rgb(255 255 255 / 35%);
    border-block-start-color: #ffffff;
    animation: turn 900ms linear infinite;
  }
  @keyframes turn {
    to {
      rotate: 1turn;
    }
  }
  @keyframes pulse {
    to {
      opacity: 0.6;
    }
  }
  @container (inline-size < 46rem) {
    .lobby {
      grid-template-columns: minmax(0, 1fr);
      gap: 1.25rem;
      padding: 1rem;
      inline-size: min(100%, 32rem);
      align-content: start;
    }
    .entry {
      grid-row: auto;
    }
    .advice {
      grid-template-columns: auto minmax(0, 1fr);
    }
    .advice button {
      grid-column: 2;
      justify-self: start;
    }
  }
`
