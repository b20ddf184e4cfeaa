import { expect, test } from 'vitest'
import { findLeaks } from './privacy.ts'

const names = new Set(['Ada Lovelace'])

test.each([
  ['offer v=0 o=-', 'a session description'],
  ['x candidate:1 1 udp 2', 'an ICE candidate'],
  ['from 192.168.1.20', 'an IPv4 address'],
  ['Authorization: Bearer abc', 'a bearer token'],
  ['video-room.token.abc', 'a token subprotocol'],
  ['joined: Ada Lovelace', 'a name or a token'],
])('a log line with %j is found', (text, what) => {
  expect(findLeaks(`started\n${text}`, names)).toEqual([{ what, line: 2 }])
})

test('an ordinary log gives nobody away', () => {
  const log =
    '[wrangler:info] Ready on http://127.0.0.1:8787\n[wrangler:info] POST /room/1f/join 200 OK (6ms)'
  expect(findLeaks(log, names)).toEqual([])
})
