import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addressOfBytes, parseAddress } from './address.ts'
import { emojiWords } from './emoji-words.ts'

const bytes = fc.uint8Array({ minLength: 8, maxLength: 8 })

describe('emoji list', () => {
  it('E1 has 256 emoji with 256 words', () => {
    expect(new Set(emojiWords.map(([emoji]) => emoji)).size).toBe(256)
    expect(new Set(emojiWords.map(([, word]) => word)).size).toBe(256)
  })

  it.each(emojiWords)(
    'E2 E6 %s (%s) is one code point, an emoji by itself, with one plain word',
    (emoji, word) => {
      expect(Array.from(emoji)).toHaveLength(1)
      expect(emoji).toMatch(/^\p{Emoji_Presentation}$/u)
      expect(emoji).not.toMatch(/\p{Emoji_Modifier}|\p{Regional_Indicator}/u)
      expect(emoji.normalize('NFD')).toBe(emoji)
      expect(word).toMatch(/^[a-z]{2,12}$/u)
    },
  )
})

describe('address', () => {
  it('E3 E6 every form of an address leads back to it', () => {
    fc.assert(
      fc.property(bytes, (raw) => {
        const address = addressOfBytes(raw)
        const encoded = encodeURIComponent(address.emoji)
        const forms = [
          address.emoji,
          encoded,
          encoded.toLowerCase(),
          Array.from(address.emoji).join('\ufe0f'),
          Array.from(address.emoji).join('\u200d'),
          Array.from(address.emoji).join(' '),
          address.emoji.normalize('NFD'),
          address.words,
          address.words.toUpperCase().replaceAll('-', ', '),
          address.code,
          address.code.toUpperCase(),
          address.code.replaceAll('0', 'o').replaceAll('1', 'l'),
        ]
        for (const form of forms) expect(parseAddress(form)).toEqual(address)
      }),
    )
  })

  it('E1 different bytes are different addresses', () => {
    fc.assert(
      fc.property(bytes, bytes, (one, other) => {
        const same = one.join() === other.join()
        expect(addressOfBytes(one).code === addressOfBytes(other).code).toBe(same)
      }),
    )
  })

  it('E5 the emoji survive a URL', () => {
    fc.assert(
      fc.property(bytes, (raw) => {
        const { emoji, code } = addressOfBytes(raw)
        const path = new URL(`https://host.example/${emoji}`).pathname.slice(1)
        expect(parseAddress(path)?.code).toBe(code)
        expect(parseAddress(new URL(`https://host.example/#room=${emoji}`).hash.slice(6))?.code).toBe(code)
      }),
    )
  })

  it.each([
    ['nothing', ''],
    ['seven emoji', '🦊🍋🚀🎈🌵🐙🎲'],
    ['nine emoji', '🦊🍋🚀🎈🌵🐙🎲🔔🔔'],
    ['an emoji that is not on the list', '🦊🍋🚀🎈🌵🐙🎲😀'],
    ['a skin tone', '🦊🍋🚀🎈🌵🐙🎲🏽'],
    ['a split surrogate', `🦊🍋🚀🎈🌵🐙🎲${'🔔'.charAt(0)}`],
    ['a broken percent sign', '%F0%9F%A6'],
    ['emoji encoded twice', encodeURIComponent(encodeURIComponent('🦊🍋🚀🎈🌵🐙🎲🔔'))],
    ['words that are not on the list', 'fox-lemon-rocket-balloon-cactus-octopus-dice-nonsense'],
    ['a code beyond 64 bits', 'zzzzzzzzzzzzz'],
    ['a flood', '🦊'.repeat(10_000)],
  ])('E3 %s opens nothing', (_what, text) => {
    expect(parseAddress(text)).toBeNull()
  })

  it('E3 any text is answered, never thrown at', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const address = parseAddress(text)
        if (address !== null) expect(parseAddress(address.code)).toEqual(address)
      }),
    )
  })
})
