import { addressOfBytes } from './emoji/address.ts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { roomNameOf } from './room-name.ts'

const uuid = '3f1c0a52-6c1e-4b7a-9d21-0a7f5b7c9e10'

describe('the name of a room', () => {
  test('AD1 every form of one address gives one name, safe in a path', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), (bytes) => {
        const { code, emoji, words } = addressOfBytes(bytes)
        for (const form of [
          code,
          emoji,
          words,
          encodeURIComponent(emoji),
          ` ${emoji} `,
          words.toUpperCase(),
        ]) {
          expect(roomNameOf(form)).toBe(code)
        }
        expect(encodeURIComponent(code)).toBe(code)
      }),
    )
  })

  test('AD1 a UUID is taken as it is, in lower case', () => {
    expect(roomNameOf(uuid.toUpperCase())).toBe(uuid)
  })

  test('what names no room gives null: another path, half an address, a split surrogate', () => {
    const { emoji } = addressOfBytes(new Uint8Array(8))
    const strange = [
      '',
      'lobby',
      '../../room',
      `${uuid}x`,
      emoji.slice(2),
      emoji.slice(1),
      '%F0%9F',
      '🦊'.repeat(9),
    ]
    for (const text of strange) expect(roomNameOf(text), text).toBeNull()
  })
})
