/** The link as a picture that a phone's camera reads; the only file that knows the QR library. */
import { generate } from 'lean-qr/nano'
import { svg, type SVGTemplateResult } from 'lit'

/** Blank modules around the code that a reader needs (ISO/IEC 18004). */
const quietZone = 4
/** Version 40 at the lowest correction holds 2,953 bytes; a link near that could not be read from a screen anyway. */
const textMax = 1_000

export interface QrCode {
  /** Modules on one side, the quiet zone included. */
  readonly size: number
  readonly path: SVGTemplateResult
}

/** Null for a text that is too long. */
export function qrCodeOf(text: string): QrCode | null {
  if (new TextEncoder().encode(text).length > textMax) return null
  const code = generate(text)
  let d = ''
  for (let y = 0; y < code.size; y += 1) {
    for (let x = 0; x < code.size; x += 1) {
      if (!code.get(x, y)) continue
      // A run of dark modules is one bar: a tenth of the path, and no hairlines between modules.
      const from = x
      while (code.get(x + 1, y)) x += 1
      d += `M${from + quietZone} ${y + quietZone}h${x - from + 1}v1h${from - x - 1}z`
    }
  }
  return { size: code.size + 2 * quietZone, path: svg`<path d=${d}></path>` }
}
