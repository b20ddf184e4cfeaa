import { css } from 'lit'

export const gridStyles = css`
  :host {
    display: block;
    position: relative;
    min-inline-size: 0;
    min-block-size: 0;
    container-type: size;
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
  /* The stage hangs on the host, beside the row that scrolls, so that it stays when the row is scrolled. */
  .tiles.staged {
    position: static;
    block-size: 100%;
    display: grid;
    grid-auto-flow: column;
    grid-template-rows: var(--row-height);
    grid-auto-columns: calc(var(--row-height) * 1.5);
    align-content: end;
    justify-content: safe center;
    overflow: auto hidden;
    scrollbar-width: thin;
    --row-height: clamp(4.5rem, 16cqb, 7rem);
  }
  .tiles.staged vr-tile {
    inline-size: auto;
    block-size: auto;
  }
  .tiles.staged vr-tile.stage {
    position: absolute;
    inset: 0 0 calc(var(--row-height) + var(--vr-gap)) 0;
  }
`
