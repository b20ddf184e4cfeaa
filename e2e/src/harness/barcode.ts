/**
 * Decides: how a number stands in the top rows of a picture, so that it survives a codec, a layer a quarter of the size, and a tile.
 * Does not decide: who draws it (barcode-camera.ts) or who looks (gap-meter.ts).
 * Invariants: every bit stands beside its opposite: a black, white, grey or half-decoded picture reads as no number at all.
 */

/** The numbers of a camera go round after this many frames: 6.4 s at 20 a second, longer than any gap that is looked for. */
const codeBits = 7
export const codeCount = 2 ** codeBits
export const cellCount = codeBits * 2

/** Dark and bright cells, left to right. */
export const cellsOf = (code: number): readonly boolean[] =>
  Array.from({ length: codeBits }, (_, bit) => (code & (1 << bit)) !== 0).flatMap((on) => [on, !on])

/** The number in these brightnesses (0 to 255) of the middles of the cells, or null where there is none. */
export function readCells(brightness: readonly number[]): number | null {
  /** What a codec leaves of black beside white is apart by 150 and more; noise is not. */
  const leastContrast = 60
  let code = 0
  for (let bit = 0; bit < codeBits; bit += 1) {
    const difference = (brightness[bit * 2] ?? 0) - (brightness[bit * 2 + 1] ?? 0)
    if (Math.abs(difference) < leastContrast) return null
    if (difference > 0) code |= 1 << bit
  }
  return code
}
