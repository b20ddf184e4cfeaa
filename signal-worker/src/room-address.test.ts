import { addressOfBytes } from '@video-room/shared/emoji/address.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { roomIdOfUrl } from './room-address.ts'
import { roomIdOfCode } from './secrets.ts'

const bytes = fc.uint8Array({ minLength: 8, maxLength: 8 })
const roomOf = async (segment: string) => roomIdOfUrl(`https://rooms.example/room/${segment}/join?x=/room/y`)

describe('the room of a path', () => {
  it('AD1 E3 E5 every form of an address opens the same room', async () => {
    await fc.assert(
      fc.asyncProperty(bytes, async (drawn) => {
        const { emoji, words, code } = addressOfBytes(drawn)
        const roomId = await roomIdOfCode(code)
        const encoded = encodeURIComponent(emoji)
        const forms = [
          emoji,
          encoded,
          encoded.toLowerCase(),
          emoji.normalize('NFD'),
          Array.from(emoji).join('\ufe0f'),
          encodeURIComponent(Array.from(emoji).join('\ufe0f')),
          encodeURIComponent(Array.from(emoji).join('\u200d')),
          encodeURIComponent(Array.from(emoji).join(' ')),
          words,
          words.toUpperCase(),
          encodeURIComponent(words.replaceAll('-', ' ')),
          code,
          code.toUpperCase(),
          roomId,
          roomId.toUpperCase(),
        ]
        for (const form of forms) expect(await roomOf(form)).toBe(roomId)
      }),
      { numRuns: 50 },
    )
  })

  it('AD1 different addresses are different rooms', async () => {
    await fc.assert(
      fc.asyncProperty(bytes, bytes, async (one, other) => {
        const [a, b] = [await roomOf(addressOfBytes(one).code), await roomOf(addressOfBytes(other).code)]
        expect(a === b).toBe(one.join() === other.join())
      }),
      { numRuns: 50 },
    )
  })

  const { emoji, code } = addressOfBytes(Uint8Array.from([3, 1, 4, 1, 5, 9, 2, 6]))
  it.each([
    ['nothing', ''],
    ['emoji encoded twice', encodeURIComponent(encodeURIComponent(emoji))],
    ['a code encoded twice', `%25${(code.codePointAt(0) ?? 0).toString(16)}${code.slice(1)}`],
    ['a split surrogate', emoji.slice(0, -1)],
    ['the bytes of half an emoji', encodeURIComponent(emoji).slice(0, -3)],
    ['surrogates in UTF-8 (CESU-8)', `${encodeURIComponent(emoji.slice(0, -2))}%ED%A0%BD%ED%B4%94`],
    ['a broken percent sign', `${encodeURIComponent(emoji).slice(0, -1)}g`],
    ['a slash on the way', `${encodeURIComponent(emoji)}%2F`],
    ['a NUL on the way', `${code}%00`],
    ['one emoji too many', `${emoji}🦊`],
    ['a skin tone added', `${emoji}🏽`],
    ['a UUID of another version', '00000000-0000-1000-8000-000000000000'],
  ])('E3 %s opens nothing', async (_what, segment) => {
    expect(await roomOf(segment)).toBeNull()
  })

  it('E3 any path is answered, never thrown at', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
        const url = `https://rooms.example/room/${text.replaceAll(/[/?#\\]/g, '')}`
        if (URL.canParse(url)) await roomIdOfUrl(url)
      }),
    )
  })
})
