import { css } from 'lit'

export const tileStyles = css`
  /*
   * What fills the tile is round itself. A round clip around it would have a browser without a graphics card paint every picture
   * twice: into a surface of the tile, then from there.
   */
  :host {
    display: block;
    position: relative;
    border-radius: var(--vr-radius);
    background: var(--vr-tile);
    container: tile / size;
    min-inline-size: 0;
    min-block-size: 0;
  }
  .frame {
    position: absolute;
    inset: 0;
    overflow: hidden;
    display: grid;
    place-items: center;
  }
  video,
  .still {
    position: absolute;
    inset: 0;
    inline-size: 100%;
    block-size: 100%;
    object-fit: cover;
    border-radius: var(--vr-radius);
  }
  .pictures {
    position: absolute;
    inset: 0;
    isolation: isolate;
  }
  /* Not by display: a picture that is made ready must present frames. */
  .pictures video:not(.shown, .leaving) {
    opacity: 0;
  }
  .pictures video.shown {
    z-index: 1;
  }
  .pictures .still {
    z-index: 2;
  }
  .pictures.mirrored :is(video, .still) {
    transform: scaleX(-1);
  }
  .screen video,
  .screen .still {
    object-fit: contain;
    background: #000;
  }
  .avatar {
    display: grid;
    place-items: center;
    inline-size: clamp(2.25rem, 34cqmin, 8rem);
    aspect-ratio: 1;
    border-radius: 50%;
    font-size: clamp(0.875rem, 13cqmin, 3rem);
    font-weight: 600;
    letter-spacing: 0.02em;
    color: #ffffff;
    background: hsl(var(--hue) 45% 38%);
  }
  .sharing {
    display: grid;
    gap: 0.5rem;
    justify-items: center;
    text-align: center;
    padding: 1rem;
    color: var(--vr-text-quiet);
    font-size: clamp(0.8125rem, 4cqmin, 1rem);
  }
  .sharing svg {
    inline-size: 2.5em;
    block-size: 2.5em;
  }
  .ring {
    position: absolute;
    inset: 0;
    border-radius: var(--vr-radius);
    pointer-events: none;
    border: 3px solid transparent;
    transition: border-color 160ms;
  }
  .ring.speaking {
    border-color: var(--vr-speaking);
  }
  .plate {
    position: absolute;
    inset-inline-start: 0.5rem;
    inset-block-end: 0.5rem;
    max-inline-size: calc(100% - 1rem);
    display: flex;
    align-items: center;
    gap: 0.375rem;
    min-block-size: 1.75rem;
    padding: 0.125rem 0.625rem;
    border-radius: 999px;
    font-size: 0.8125rem;
    font-weight: 600;
    color: var(--vr-on-overlay);
    background: var(--vr-overlay);
  }
  .plate .name {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .plate .role {
    opacity: 0.85;
    font-weight: 400;
  }
  .badge {
    display: grid;
    place-items: center;
    color: #ffb3ba;
  }
  .badge svg {
    inline-size: 1rem;
    block-size: 1rem;
  }
  .badge.by-host {
    display: flex;
    gap: 0.25rem;
    font-weight: 400;
  }
  .veil {
    position: absolute;
    inset: 0;
    border-radius: var(--vr-radius);
    display: flex;
    align-items: end;
    justify-content: center;
    gap: 0.625rem;
    padding: 0.75rem 0.75rem 2.75rem;
    text-align: center;
    text-wrap: balance;
    font-size: 0.875rem;
    line-height: 1.35;
    font-weight: 600;
    color: var(--vr-on-overlay);
    background: var(--vr-veil);
  }
  .spinner {
    flex: none;
    inline-size: 1.25rem;
    aspect-ratio: 1;
    border-radius: 50%;
    border: 3px solid rgb(255 255 255 / 30%);
    border-block-start-color: #ffffff;
    animation: turn 900ms linear infinite;
  }
  @keyframes turn {
    to {
      rotate: 1turn;
    }
  }
  @container (inline-size < 11rem) {
    .badge .by-whom,
    .plate .role {
      display: none;
    }
    .plate {
      inset-inline-start: 0.25rem;
      inset-block-end: 0.25rem;
      max-inline-size: calc(100% - 0.5rem);
      font-size: 0.75rem;
    }
  }
  @container (block-size < 8rem) {
    .veil .words {
      font-size: 0.75rem;
    }
    .veil .spinner {
      display: none;
    }
  }
  @media (forced-colors: active) {
    :host {
      border: 1px solid CanvasText;
    }
    .ring.speaking {
      border-color: Highlight;
    }
  }
`
