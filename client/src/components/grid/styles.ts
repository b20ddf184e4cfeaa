import { css } from 'lit'

export const gridStyles = css`
  :host {
    display: block;
    position: relative;
    min-inline-size: 0;
    min-block-size: 0;
  }
  .tiles {
    position: absolute;
    inset: 0;
    display: flex;
    flex-wrap: wrap;
    gap: var(--vr-gap);
    place-content: center;
    justify-content: center;
  }
  .tiles vr-tile {
    inline-size: var(--tile-width);
    block-size: var(--tile-height);
    flex: none;
  }
  .tiles.staged {
    display: grid;
    grid-auto-flow: column;
    place-content: stretch;
    justify-content: start;
    grid-template-rows: minmax(0, 1fr) 6.5rem;
    grid-auto-columns: 10rem;
    overflow-x: auto;
    overflow-y: hidden;
    scrollbar-width: thin;
  }
  .tiles.staged vr-tile {
    grid-row: 2;
    inline-size: auto;
    block-size: auto;
  }
  .tiles.staged vr-tile.stage {
    position: sticky;
    inset-inline-start: 0;
    grid-row: 1;
    grid-column: 1 / 2;
    inline-size: var(--box-width);
    z-index: 1;
  }
`
