/**
 * Decides: what a picture at the door is (KN8): one small JPEG in base64, and nothing else.
 * Does not decide: who may show one (signal-worker/src/room/knock-picture.ts), nor how it is taken (client/src/media/still.ts).
 * Invariants: whatever passes is small in bytes and in pixels, so that a picture from a stranger costs its reader nothing.
 */
import * as v from 'valibot'
import { limits } from './limits.ts'

const base64 = /^(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/**
 * JPEG only: every canvas writes it, and one decoder is less to attack than two. SVG, GIF and what else an `img` would show do
 * not get this far.
 */
export const knockPictureSchema = v.pipe(
  v.string(),
  v.maxLength(limits.knockPictureMaxLength),
  v.regex(base64),
  v.check((text) => isSmallJpeg(bytesOf(text))),
  v.brand('KnockPicture'),
)
export type KnockPicture = v.InferOutput<typeof knockPictureSchema>

/** The address of an `img`, of nothing but what was checked. */
export const addressOfPicture = (picture: KnockPicture): string => `data:image/jpeg;base64,${picture}`

/** Start of image, and the frame headers that every browser decodes: baseline, extended and progressive (ITU-T T.81, table B.1). */
const startOfImage = 0xff_d8
const frames: ReadonlySet<number> = new Set([0xff_c0, 0xff_c1, 0xff_c2])
const startOfScan = 0xff_da

/** Walks the segments up to the frame header, which says how large the picture is: a few bytes may claim 65,535 pixels a side. */
function isSmallJpeg(bytes: Uint8Array): boolean {
  const word = (at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
  const fits = (sidePx: number): boolean => sidePx >= 1 && sidePx <= limits.knockPictureSidePx
  if (word(0) !== startOfImage) return false
  for (let at = 2; at + 9 <= bytes.length; at += 2 + word(at + 2)) {
    const marker = word(at)
    // T.81 B.2.2: length, precision, then lines and samples per line.
    if (frames.has(marker)) return fits(word(at + 5)) && fits(word(at + 7))
    if (marker < 0xff_c0 || marker === startOfScan || word(at + 2) < 2) return false
  }
  return false
}

/** `atob` is the platform's; this folder has none. */
function bytesOf(text: string): Uint8Array {
  const digits = text.replaceAll('=', '')
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4))
  let bits = 0
  for (let at = 0; at < digits.length; at += 1) {
    bits = ((bits << 6) | valueOf(digits.charCodeAt(at))) & 0xff_ff
    const spare = (at * 6 + 6) % 8
    if (spare < 6) bytes[Math.floor((at * 6 + 6) / 8) - 1] = bits >> spare
  }
  return bytes
}

/** RFC 4648 section 4. */
function valueOf(code: number): number {
  if (code >= 97) return code - 71
  if (code >= 65) return code - 65
  if (code >= 48) return code + 4
  return code === 43 ? 62 : 63
}
