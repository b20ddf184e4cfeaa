/** Makes a display name safe to show on one line, whatever was typed. Escaping stays the renderer's duty. */
import { limits } from './limits.ts'

/** Control characters, line separators, and marks that reverse or isolate the text around them (UAX #9). */
// oxlint-disable-next-line no-control-regex -- finding control characters is the purpose
const unsafe = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff]/gu

/** Trimmed, single-spaced, at most `limits.displayNameMaxLength` code points; empty when nothing is left. */
export function cleanDisplayName(raw: string): string {
  const line = raw.toWellFormed().normalize('NFC').replace(unsafe, ' ').replace(/\s+/gu, ' ').trim()
  return Array.from(line).slice(0, limits.displayNameMaxLength).join('').trim()
}
