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
    '',
    'lock',
    '{"action":"lock"}',
    JSON.stringify({ roomId }),
    JSON.stringify({ roomId: 'room', action: 'lock' }),
    JSON.stringify({ roomId, action: 'explode' }),
    JSON.stringify({ roomId, action: 'remove', occupantId: '*' }),
    JSON.stringify({ roomId, action: 'lock', padding: 'x'.repeat(20_000) }),
  ])('ignores %.40j', (text) => expect(parseControlMessage(text)).toBeNull())
})
