import { expect, test } from 'vitest'
import { forRelays } from './ice-servers.ts'

test('T1 on the way to a relay TURN may help, and STUN only harms', () => {
  const turn = { username: 'ada', credential: 'secret' }
  expect(
    forRelays([
      { urls: ['stun:203.0.113.1:3478'] },
      { urls: ['stun:203.0.113.1:3478', 'turn:203.0.113.1:3478', 'TURNS:turn.example.com'], ...turn },
    ]),
  ).toEqual([{ urls: ['turn:203.0.113.1:3478', 'TURNS:turn.example.com'], ...turn }])
})
