import { addressOfBytes } from '@video-room/shared/emoji/address.ts'
import { describe, expect, it } from 'vitest'
import { parseControlMessage } from './control-message.ts'
import { roomIdOfName } from './room-address.ts'
import { roomIdOfCode } from './secrets.ts'

const roomId = '9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d'

describe('RC1 the control channel', () => {
  it('understands the body of the route with a room beside it', () => {
    expect(parseControlMessage(JSON.stringify({ roomId: roomId.toUpperCase(), action: 'lock' }))).toEqual({
      room: roomId,
      request: { action: 'lock' },
    })
  })

  it('AD1 understands a room by every form of its address', async () => {
    const { emoji, words, code } = addressOfBytes(Uint8Array.from([3, 1, 4, 1, 5, 9, 2, 6]))
    const id = await roomIdOfCode(code)
    for (const form of [emoji, encodeURIComponent(emoji), words, words.toUpperCase(), code, id]) {
      const message = parseControlMessage(JSON.stringify({ roomId: form, action: 'lock' }))
      expect(message === null ? null : await roomIdOfName(message.room), form).toBe(id)
    }
  })

  it.each([
    ['nothing', ''],
    ['a bare word', 'lock'],
    ['an order for no room', '{"action":"lock"}'],
    ['a room without an order', JSON.stringify({ roomId })],
    ['a room that cannot be', JSON.stringify({ roomId: 'room', action: 'lock' })],
    ['an address that only looks like one', JSON.stringify({ roomId: 'оwl-fox', action: 'lock' })],
    ['a room that is a number', JSON.stringify({ roomId: 7, action: 'lock' })],
    ['an unknown order', JSON.stringify({ roomId, action: 'explode' })],
    ['an occupant that cannot be', JSON.stringify({ roomId, action: 'remove', occupantId: '*' })],
    ['too much', JSON.stringify({ roomId, action: 'lock', padding: 'x'.repeat(20_000) })],
  ])('ignores %s', (_what, text) => expect(parseControlMessage(text)).toBeNull())
})
