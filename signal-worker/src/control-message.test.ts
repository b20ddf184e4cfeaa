import { describe, expect, it } from 'vitest'
import { parseControlMessage } from './control-message.ts'

const roomId = '9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d'

describe('RC1 the control channel', () => {
  it('understands the body of the route with a room beside it', () => {
    expect(parseControlMessage(JSON.stringify({ roomId: roomId.toUpperCase(), action: 'lock' }))).toEqual({
      roomId,
      request: { action: 'lock' },
    })
  })

  it.each([
    ['nothing', ''],
    ['a bare word', 'lock'],
    ['an order for no room', '{"action":"lock"}'],
    ['a room without an order', JSON.stringify({ roomId })],
    ['a room that cannot be', JSON.stringify({ roomId: 'room', action: 'lock' })],
    ['an unknown order', JSON.stringify({ roomId, action: 'explode' })],
    ['an occupant that cannot be', JSON.stringify({ roomId, action: 'remove', occupantId: '*' })],
    ['too much', JSON.stringify({ roomId, action: 'lock', padding: 'x'.repeat(20_000) })],
  ])('ignores %s', (_what, text) => expect(parseControlMessage(text)).toBeNull())
})
