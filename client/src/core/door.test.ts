import { limits } from '@video-room/shared/limits.ts'
import type { Knock } from '@video-room/shared/protocol/messages.ts'
import { describe, expect, test } from 'vitest'
import { sessionDeadline } from './reduce.ts'
import { host, linkTo, occupant, self, third, tokenA, tokenB, Walk } from './testing/session-walk.ts'

const ann: Knock = { occupantId: third, displayName: 'Ann' }
const bob: Knock = { occupantId: self, displayName: 'Bob' }
const asHost = occupant(self, [], { isHost: true })
const asGuest = occupant(self, [], { isHost: false })

describe('at the door', () => {
  test('KN1 knocks in place of a welcome, waits without a deadline, and says nothing to the room', () => {
    const walk = new Walk().captures({ microphone: 'live' }).knock()
    expect(walk.view).toMatchObject({ status: 'knocking', occupants: [], refusal: null })
    expect(walk.announced).toEqual([{ type: 'state-changed', status: 'knocking', previous: 'joining' }])
    expect(sessionDeadline(walk.state)).toBeNull()
    expect(walk.captures({ microphone: 'muted' }).sent).toEqual([])
    expect(walk.hear({ type: 'knocking' }).view.status).toBe('knocking')
  })

  test('KN2 PB1 the welcome lets in, and only then the room hears of the publications', () => {
    const walk = new Walk().captures({ microphone: 'live' }).knock().later(120_000)
    walk.welcome(occupant(self), occupant(host))
    expect(walk.view.status).toBe('in-room')
    expect(walk.sent).toMatchObject([
      { type: 'media-ready', publications: [{ source: 'microphone', mutedBy: null }] },
    ])
    expect(walk.announced.map(({ type }) => type)).toEqual(['state-changed', 'joined'])
  })

  test('KN3 a denied knock ends at once and keeps the token by which the room knows it', () => {
    const walk = new Walk().knock().lose(4404)
    expect(walk.view).toMatchObject({ status: 'ended', endReason: 'denied' })
    expect(walk.asked).toEqual([])
    walk.join(tokenA).refuse('denied')
    expect(walk.view).toMatchObject({ status: 'lobby', refusal: { code: 'denied' } })
    expect(walk.asked).not.toContain('forget-resume-token')
  })

  test('MD5 who was removed keeps the token too, so that a fresh join is known', () => {
    const walk = new Walk().enter().lose(4403)
    expect(walk.asked).not.toContain('forget-resume-token')
    expect(walk.join(tokenA).effects[0]).toMatchObject({ request: { resumeToken: tokenA } })
    expect(walk.refuse('removed').view).toMatchObject({ status: 'lobby', refusal: { code: 'removed' } })
  })

  test('KN6 a lost socket is sought anew by the token, and the person still reads that they wait', () => {
    const walk = new Walk().knock().later(60_000).lose()
    expect(walk.view.status).toBe('knocking')
    expect(walk.timer().effects[0]).toMatchObject({ type: 'http-join', request: { resumeToken: tokenA } })
    expect(walk.refuse('unreachable').view.status).toBe('knocking')
    walk.timer().answer({ admission: 'knocking', resumeToken: tokenB }).hear({ type: 'knocking' })
    expect(walk.view.status).toBe('knocking')
    expect(walk.lose().timer().answer().welcome(occupant(self), occupant(host)).view.status).toBe('in-room')
  })

  test('KN6 a knock that cannot reach the room any more gives up, and says so in the lobby', () => {
    const walk = new Walk().knock().lose()
    const lostAtMs = walk.nowMs
    while (walk.view.status === 'knocking') {
      walk.timer()
      if (walk.state.connection.kind === 'requesting') walk.refuse('unreachable')
    }
    expect(walk.view).toMatchObject({ status: 'lobby', refusal: { code: 'unreachable' } })
    expect(walk.nowMs - lostAtMs).toBeLessThanOrEqual(limits.reconnectGiveUpMs)
    expect(walk.nowMs - lostAtMs).toBeGreaterThan(limits.joinGiveUpMs)
  })

  test('LO1 a room that was locked meanwhile sends the knock back to the lobby', () => {
    const walk = new Walk().knock().lose().timer().refuse('token_invalid').refuse('room_locked')
    expect(walk.view).toMatchObject({ status: 'lobby', refusal: { code: 'room_locked' } })
  })

  test('KN1 cancelling takes the knock back, so that the host lets nobody in who has gone', () => {
    const walk = new Walk().knock().take({ type: 'leave' })
    expect(walk.sent).toEqual([{ type: 'leave' }])
    expect(walk.asked).toEqual(['send', 'close-socket', 'forget-resume-token'])
    expect(walk.view).toMatchObject({ status: 'ended', endReason: 'left' })
  })

  test('the network is back: a socket at the door must prove that it lives', () => {
    expect(new Walk().knock().take({ type: 'online' }).asked).toEqual(['probe-socket'])
  })

  test('PR4 KN1 whose seat was given away meanwhile and who must knock now loses the links of the old one', () => {
    const walk = new Walk().enter().start(linkTo(host)).lose().timer().refuse('token_invalid')
    walk.answer({ admission: 'knocking', occupantId: third, resumeToken: tokenB }).hear({ type: 'knocking' })
    expect(walk.state.links).toEqual({})
    expect(walk.view).toMatchObject({ status: 'knocking', occupants: [] })
  })
})

describe('the host at the door', () => {
  test('KN1 shows the whole list and announces each newcomer once', () => {
    const walk = new Walk().enterAsHost().hear({ type: 'knocks', knocks: [ann] })
    expect(walk.announced).toEqual([{ type: 'knock', ...ann }])
    walk.hear({ type: 'knocks', knocks: [ann, bob] })
    expect(walk.announced).toEqual([{ type: 'knock', ...bob }])
    expect(walk.view.knocks).toEqual([ann, bob])
    expect(walk.hear({ type: 'knocks', knocks: [] }).announced).toEqual([])
  })

  test('KN1 a participant shows nobody at the door, whatever arrives', () => {
    expect(new Walk().enter().hear({ type: 'knocks', knocks: [ann] }).view.knocks).toEqual([])
  })

  test('KN2 KN3 MD7 MD8 MD10 MD11 every power reaches the room as its message; out of reach it is dropped and said', () => {
    const messages = [
      { type: 'admit', occupantId: third },
      { type: 'deny', occupantId: third },
      { type: 'change-settings', settings: { isLocked: true } },
      { type: 'mute-all', source: 'microphone' },
      { type: 'ask-unmute', occupantId: third, source: 'microphone' },
      { type: 'hand-over', occupantId: third },
    ] as const
    for (const message of messages) {
      const walk = new Walk().enterAsHost()
      expect(walk.take({ type: 'host-wished', message }).sent).toEqual([message])
      walk.lose().take({ type: 'host-wished', message })
      expect(walk.announced).toEqual([{ type: 'error', code: 'not_connected', about: message.type }])
    }
  })
})

describe('roles that change', () => {
  test('MD8 hand-over: the snapshot says who is host, and the list at the door goes with the role', () => {
    const walk = new Walk().enterAsHost(asHost, occupant(third)).hear({ type: 'knocks', knocks: [ann] })
    walk.change(asGuest, occupant(third, [], { isHost: true }))
    expect(walk.view).toMatchObject({ isHost: false, knocks: [] })
    expect(walk.announced).toEqual([
      { type: 'host-changed', occupantId: third, previous: self, isSelf: false },
    ])
    walk.change(asHost, occupant(third))
    expect(walk.view.isHost).toBe(true)
    expect(walk.announced).toEqual([
      { type: 'host-changed', occupantId: self, previous: third, isSelf: true },
    ])
  })

  test('MD9 no host for a while is told too', () => {
    expect(new Walk().enter().left(host).announced).toContainEqual({
      type: 'host-changed',
      occupantId: null,
      previous: host,
      isSelf: false,
    })
  })

  test('MD8 after a hand-over no automatic way back uses the host token; a person’s own join does', () => {
    const walk = new Walk({ hostToken: tokenB }).enterAsHost(asHost, occupant(third))
    walk
      .change(asGuest, occupant(third, [], { isHost: true }))
      .lose()
      .timer()
    expect(walk.effects[0]).toMatchObject({ request: { resumeToken: tokenA } })
    walk.refuse('token_invalid')
    expect(walk.effects[1]).toEqual({ type: 'http-join', attempt: 3, request: { displayName: 'Ann' } })
    walk.take({ type: 'leave' }).join()
    expect(walk.effects[0]).toMatchObject({ request: { hostToken: tokenB } })
  })

  test('MD8 a hand-over that is first seen in the welcome after an outage counts as well', () => {
    const walk = new Walk({ hostToken: tokenB }).enterAsHost(asHost, occupant(third)).lose().timer()
    walk
      .answer()
      .welcome(asGuest, occupant(third, [], { isHost: true }))
      .lose()
      .timer()
      .refuse('token_invalid')
    expect(walk.effects[1]).toMatchObject({ request: { displayName: 'Ann' } })
    expect(walk.effects[1]).not.toMatchObject({ request: { hostToken: tokenB } })
  })

  test('HT5 a host whose own seat ran out takes it again by the host token', () => {
    const walk = new Walk({ hostToken: tokenB }).enterAsHost().lose().timer().refuse('token_invalid')
    expect(walk.effects[1]).toMatchObject({ request: { hostToken: tokenB } })
  })

  test('MD11 changed settings are told with what was before; the same ones are no news', () => {
    const walk = new Walk().enter().settings({ isLocked: true })
    expect(walk.announced).toMatchObject([
      { type: 'settings-changed', settings: { isLocked: true }, previous: { isLocked: false } },
    ])
    expect(walk.view.settings).toMatchObject({ isLocked: true, mayUnmute: true })
    expect(walk.settings({ isLocked: true }).announced).toEqual([])
  })
})
