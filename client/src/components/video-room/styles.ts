import { css } from 'lit'

export const videoRoomStyles = css`
  :host {
    display: grid;
    inline-size: 100%;
    block-size: 100%;
    min-block-size: 30rem;
    overflow: hidden;
    font-family: var(--vr-font);
    font-size: 1rem;
    line-height: 1.5;
    text-align: start;
    color: var(--vr-text);
    background: var(--vr-ground);
  }
  .room {
    position: relative;
    display: grid;
    grid-template: minmax(0, 1fr) / minmax(0, 1fr);
    min-block-size: 0;
    min-inline-size: 0;
    container: room / inline-size;
  }
  .call {
    display: grid;
    grid-template-rows: minmax(0, 1fr) auto;
    gap: 0.75rem;
    padding: 0.75rem;
    padding-block-end: max(0.75rem, env(safe-area-inset-bottom));
    min-block-size: 0;
    min-inline-size: 0;
  }
  .body {
    position: relative;
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 0.75rem;
    min-block-size: 0;
  }
  .body.with-panel {
    grid-template-columns: minmax(0, 1fr) 22rem;
  }
  .stage {
    position: relative;
    display: grid;
    min-block-size: 0;
    min-inline-size: 0;
  }
  .waiting {
    display: grid;
    grid-template-rows: minmax(0, 1fr) minmax(0, auto);
    justify-items: center;
    gap: 1rem;
    min-block-size: 0;
  }
  .waiting vr-notice {
    align-self: center;
  }
  .waiting vr-tile {
    inline-size: min(100%, 18rem);
    aspect-ratio: 16 / 10;
    max-block-size: 30cqb;
  }
  .over {
    position: absolute;
    inset-inline: 0;
    display: grid;
    justify-items: center;
    gap: 0.5rem;
    padding: 0.75rem;
    pointer-events: none;
    z-index: 4;
  }
  .over > * {
    pointer-events: auto;
  }
  .above {
    inset-block-start: 0;
  }
  .below {
    inset-block-end: 0;
  }
  .route {
    position: absolute;
    inset: 0.5rem;
    z-index: 3;
  }
  .strip {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.75rem;
    max-inline-size: min(100%, 36rem);
    padding: 0.5rem 1rem;
    border-radius: var(--vr-radius);
    font-size: 0.9375rem;
    color: var(--vr-text);
    background: var(--vr-surface);
    border: 1px solid var(--vr-border);
    box-shadow: var(--vr-shadow);
  }
  .strip.warn {
    color: var(--vr-notice-text);
    background: var(--vr-notice-soft);
    border-color: transparent;
  }
  .strip button {
    flex: none;
    min-block-size: 2.25rem;
  }
  /* Words take what is left beside the icon; when that is too little for a line, the buttons go below. */
  .strip > span:not(.answers),
  .strip > .two {
    flex: 1 1 0;
    min-inline-size: min(12rem, 100% - 2.5rem);
    overflow-wrap: anywhere;
  }
  .strip img {
    flex: none;
    object-fit: cover;
    border-radius: var(--vr-radius-small);
  }
  .strip .answers {
    display: flex;
    gap: 0.5rem;
  }
  .strip > button,
  .strip .answers {
    margin-inline-start: auto;
  }
  .strip .two {
    display: grid;
    line-height: 1.35;
  }
  .strip .two span {
    font-size: 0.875rem;
    color: var(--vr-text-quiet);
  }
  .panel {
    display: grid;
    grid-template-rows: auto minmax(0, 1fr);
    gap: 0.75rem;
    padding: 1rem;
    border-radius: var(--vr-radius);
    background: var(--vr-surface);
    border: 1px solid var(--vr-border);
    min-block-size: 0;
    overflow: hidden;
  }
  .panel header {
    display: flex;
    align-items: center;
    justify-content: space-between;
  }
  .panel h2 {
    font-size: 1.0625rem;
  }
  .panel header button {
    background: transparent;
  }
  .panel header button:hover {
    background: var(--vr-raised);
  }
  .panel .content {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    align-content: start;
    gap: 1.25rem;
    overflow: auto;
    min-block-size: 0;
    padding: 0.25rem;
    margin: -0.25rem;
  }
  .bar {
    min-inline-size: 0;
  }
  ::slotted([slot='way-out']) {
    display: inline-flex;
    align-items: center;
    min-block-size: 2.75rem;
    padding: 0.25rem 1rem;
    font-weight: 600;
    color: var(--vr-text);
    border: 1px solid var(--vr-border);
    border-radius: var(--vr-radius-small);
    text-decoration: none;
  }
  vr-toasts {
    position: absolute;
    inset-inline: 0.75rem;
    inset-block-end: 5rem;
    z-index: 6;
  }
  @container (inline-size < 46rem) {
    .call {
      padding: 0.5rem;
      padding-block-end: max(0.5rem, env(safe-area-inset-bottom));
      gap: 0.5rem;
    }
    .body.with-panel {
      grid-template-columns: minmax(0, 1fr);
    }
    .panel {
      position: absolute;
      inset-inline: 0;
      inset-block-end: 0;
      max-block-size: 80%;
      z-index: 5;
      box-shadow: var(--vr-shadow);
    }
    .strip {
      gap: 0.5rem;
      padding: 0.5rem 0.75rem;
    }
  }
`
