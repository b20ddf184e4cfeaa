import { limits } from '@video-room/shared/limits.ts'
import { describe, expect, test } from 'vitest'
import { config, joinResponse } from '../core/testing/session-walk.ts'
import { FakeMachine, settled } from '../testing/fake-room.ts'
import { createRoom, joinRoom } from './room-http.ts'

const signal = 'https://signal.example/base/'
const join = (machine: FakeMachine, aborted = new AbortController().signal) =>
  joinRoom(machine.platform, { signal, roomId: config.roomId, request: { displayName: 'Ann' }, aborted })
const room = {
  roomId: config.roomId,
  emoji: '🦊',
  words: 'fox',
  code: '0000000000000',
  joinUrl: 'https://signal.example/#room=x',
  hostToken: 'H'.repeat(43),
  expiresAt: '2026-11-23T12:00:00.000Z',
}

describe('asking over HTTP', () => {
  test('HT3 a join posts what it has and gets a seat', async () => {
    const machine = new FakeMachine()
    const answer = join(machine)
    expect(machine.request.address).toBe(`https://signal.example/base/room/${config.roomId}/join`)
    expect(machine.request.body).toEqual({ displayName: 'Ann' })
    machine.request.answer(200, joinResponse())
    expect(await answer).toEqual({ ok: true, response: joinResponse() })
    expect(machine.clock.armed).toBe(0)
  })

  test('HT3 A2 a refusal comes with its code and when to try again', async () => {
    const machine = new FakeMachine()
    const answer = join(machine)
    machine.request.answer(409, { error: { code: 'room_full', retryAfterMs: 3_000 } })
    expect(await answer).toEqual({ ok: false, code: 'room_full', retryAfterMs: 3_000 })
  })

  test('what nobody can read, a proxy page or half a seat, is no answer', async () => {
    for (const [status, body] of [
      [200, { occupantId: 'x' }],
      [502, '<html>'],
      [403, { error: { code: 'odd' } }],
    ] as const) {
      const machine = new FakeMachine()
      const answer = join(machine)
      machine.request.answer(status, body)
      expect(await answer).toEqual({ ok: false, code: 'unreachable', retryAfterMs: null })
    }
  })

  test('no answer in time, or a join called off, is taken off the network and leaves no timer', async () => {
    const late = new FakeMachine()
    const waiting = join(late)
    await late.clock.pass(limits.requestTimeoutMs)
    expect([await waiting, late.request.aborted()]).toMatchObject([{ code: 'unreachable' }, true])
    const called = new FakeMachine()
    const controller = new AbortController()
    const answer = join(called, controller.signal)
    controller.abort()
    await settled()
    expect([await answer, called.request.aborted(), called.clock.armed]).toMatchObject([
      { code: 'unreachable' },
      true,
      0,
    ])
  })

  test('HT1 HT2 a room is made with the proof of its creator, and once per idempotency key', async () => {
    const machine = new FakeMachine()
    const made = createRoom(
      { signal, creatorKey: 'secret', maxParticipants: 2, admission: 'knock', idempotencyKey: 'k1' },
      machine.platform,
    )
    expect(machine.request.address).toBe('https://signal.example/base/room/create')
    expect(machine.request.headers.get('authorization')).toBe('Bearer secret')
    expect(machine.request.headers.get('idempotency-key')).toBe('k1')
    expect(machine.request.body).toEqual({ maxParticipants: 2, admission: 'knock' })
    machine.request.answer(201, room)
    expect(await made).toEqual({ ok: true, room })
  })

  test('HT1 a creator without a valid proof is told so', async () => {
    const machine = new FakeMachine()
    const made = createRoom({ signal, creatorKey: 'wrong' }, machine.platform)
    machine.request.answer(403, { error: { code: 'creator_proof_invalid' } })
    expect(await made).toEqual({ ok: false, code: 'creator_proof_invalid', retryAfterMs: null })
  })
})
