/**
 * Decides: how many columns a number of tiles takes in a box so that the tiles are largest.
 * Does not decide: what is in them: the pictures' own sizes never move anything.
 * Invariants: all tiles are equal and fit the box; a tile is never wider than 16:9 nor taller than 4:5.
 */
export interface GridFit {
  readonly columns: number
  readonly rows: number
  /** CSS pixels. */
  readonly tileWidth: number
  readonly tileHeight: number
}

const widest = 16 / 9
const tallest = 4 / 5

export function fitGrid(width: number, height: number, count: number, gap: number): GridFit {
  let best: GridFit = { columns: 1, rows: 1, tileWidth: 0, tileHeight: 0 }
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns)
    const cellWidth = Math.max(0, (width - gap * (columns - 1)) / columns)
    const cellHeight = Math.max(0, (height - gap * (rows - 1)) / rows)
    const tileWidth = Math.floor(Math.min(cellWidth, cellHeight * widest))
    const tileHeight = Math.floor(Math.min(cellHeight, cellWidth / tallest))
    if (tileWidth * tileHeight > best.tileWidth * best.tileHeight) {
      best = { columns, rows, tileWidth, tileHeight }
    }
  }
  return best
}
