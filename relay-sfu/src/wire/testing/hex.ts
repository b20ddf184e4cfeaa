/**
 * Decides: how tests and fuzz targets write bytes down.
 * Does not decide: what the bytes mean.
 * Invariants: blanks and line ends carry no meaning.
 */

/** The bytes of pairs of hex digits. */
export const fromHex = (text: string): Uint8Array =>
  Uint8Array.from(text.replaceAll(/\s+/g, '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
