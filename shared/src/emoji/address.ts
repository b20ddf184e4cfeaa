/**
 * Decides: the forms of a room's emoji address: eight emoji, their words, a short code, and the bytes behind them.
 * Does not decide: which room an address opens (the worker derives it).
 * Invariants: every form of an address leads to the same canonical form; whatever else is typed leads to null.
 */
import { emojiWords } from './emoji-words.ts'

/** Eight bytes: 64 bits of chance, so that nobody finds an open room by trying (E1). */
export const addressBytes = 8

/** Crockford's base32: no I, L, O, U, so that it survives a telephone. */
const codeAlphabet = '0123456789abcdefghjkmnpqrstvwxyz'
const codeLength = 13

const byteOfEmoji = new Map(emojiWords.map(([emoji], byte) => [emoji, byte]))
const byteOfWord = new Map(emojiWords.map(([, word], byte) => [word, byte]))

export interface EmojiAddress {
  /** Canonical and ASCII: what storage and tokens use. Thirteen characters of Crockford's base32. */
  readonly code: string
  /** 🦊🍋… for people's eyes. */
  readonly emoji: string
  /** `fox-lemon-…` for ears and screen readers. */
  readonly words: string
}

/** The address of eight bytes. */
export function addressOfBytes(bytes: Uint8Array): EmojiAddress {
  if (bytes.length !== addressBytes) throw new RangeError(`an address has ${addressBytes} bytes`)
  const entries = Array.from(bytes, (byte) => emojiWords[byte] ?? ['', ''])
  return {
    code: encodeCode(bytes),
    emoji: entries.map(([emoji]) => emoji).join(''),
    words: entries.map(([, word]) => word).join('-'),
  }
}

/**
 * Reads any form: emoji raw or percent-encoded (either case, decoded once), with stray variation selectors and
 * joiners, the words with any separators, or the short code. Null for anything else.
 */
export function parseAddress(text: string): EmojiAddress | null {
  if (text.length > maxTextLength) return null
  const plain = decoded(text)
  if (plain === null) return null
  const tidy = plain
    .normalize('NFC')
    .replace(/[\ufe0e\ufe0f\u200d\s]/gu, (mark) => (/\s/u.test(mark) ? ' ' : ''))
  const bytes = bytesOfEmoji(tidy.trim()) ?? bytesOfWords(tidy.trim()) ?? bytesOfCode(tidy.trim())
  return bytes === null ? null : addressOfBytes(bytes)
}

/** Eight emoji are 96 characters percent-encoded; a marked-up paste three times that. */
const maxTextLength = 512

function decoded(text: string): string | null {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

const bytesOf = (numbers: readonly (number | undefined)[]): Uint8Array | null =>
  numbers.length === addressBytes && numbers.every((byte) => byte !== undefined)
    ? Uint8Array.from(numbers)
    : null

const bytesOfEmoji = (text: string): Uint8Array | null =>
  bytesOf(Array.from(text.replaceAll(' ', ''), (emoji) => byteOfEmoji.get(emoji)))

const bytesOfWords = (text: string): Uint8Array | null =>
  bytesOf(
    text
      .toLowerCase()
      .split(/[^a-z]+/u)
      .filter((word) => word !== '')
      .map((word) => byteOfWord.get(word)),
  )

function encodeCode(bytes: Uint8Array): string {
  let value = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
  let code = ''
  for (let index = 0; index < codeLength; index += 1) {
    code = codeAlphabet.charAt(Number(value & 31n)) + code
    value >>= 5n
  }
  return code
}

function bytesOfCode(text: string): Uint8Array | null {
  // Crockford: read what people write instead of the digits they saw.
  const code = text.toLowerCase().replace(/[\s-]/gu, '').replace(/[il]/gu, '1').replace(/o/gu, '0')
  if (code.length !== codeLength) return null
  let value = 0n
  for (const letter of code) {
    const digit = codeAlphabet.indexOf(letter)
    if (digit < 0) return null
    value = (value << 5n) | BigInt(digit)
  }
  // Thirteen letters hold 65 bits; the first must be 0 or 1, or two codes would name one address.
  if (value >> 64n !== 0n) return null
  const bytes = new Uint8Array(addressBytes)
  for (let index = addressBytes - 1; index >= 0; index -= 1) {
    bytes[index] = Number(value & 255n)
    value >>= 8n
  }
  return bytes
}
