import { limits } from '@video-room/shared/limits.ts'
import { actions, may } from '@video-room/shared/permissions.ts'
import type { ClientMessage } from '@video-room/shared/protocol/messages.ts'
import { describe, expect, it } from 'vitest'
import { instance, live, occupant, room, tokenHash } from './room-fixture.ts'

const guest = occupant('guest')
const mute = { type: 'mute-occupant', occupantId: guest, source: 'microphone' } as const
const microphoneOf = (r: ReturnType<typeof room>) => r.seat('guest')?.publications[0]
const publish = (mutedBy: 'self' | null, seenRevision: number) =>
  ({ type: 'publish', source: 'microphone', mutedBy, seenRevision }) as const

describe('rights', () => {
  const other = { occupantId: occupant('other') }
  const messages: Readonly<Record<(typeof actions)[number], readonly ClientMessage[]>> = {
    publish: [{ type: 'publish', source: 'screen', mutedBy: null, seenRevision: 0 }],
    signal: [{ type: 'signal', to: occupant('other'), generation: 1, payload: '[]' }],
    leave: [{ type: 'leave' }],
    admit: [
      { type: 'admit', occupantId: occupant('outside') },
      { type: 'deny', occupantId: occupant('outside') },
    ],
    'change-settings': [{ type: 'change-settings', settings: { isLocked: true } }],
    'mute-occupant': [
      { ...mute, ...other },
      { type: 'mute-all', source: 'microphone' },
    ],
    'ask-unmute': [{ type: 'ask-unmute', source: 'camera', ...other }],
    'remove-occupant': [{ type: 'remove-occupant', ...other }],
    'hand-over': [{ type: 'hand-over', ...other }],
    'end-room': [{ type: 'end-room' }],
  }
  const roles = ['host', 'participant'] as const
  const cases = roles.flatMap((role) =>
    actions.flatMap((action) =>
      messages[action].map((message) => ({ role, message, type: message.type, right: may(role, action) })),
    ),
  )

  it.each(cases)('MD1 H2 $role · $type · allowed: $right', ({ role, message, right }) => {
    const r = room({ admission: 'knock' }).enter('host').enter('guest').enter('other').knock('outside')
    const before = r.state
    const socket = role === 'host' ? 'host' : 'guest'
    r.say(socket, message)
    const refused = r.heard(socket).some((heard) => heard.type === 'error' && heard.code === 'not_allowed')
    expect(refused).toBe(!right)
    if (right) return
    expect(r.effects).toHaveLength(1)
    const uncounted = { ...r.state, seats: before.seats }
    expect(uncounted).toEqual(before)
    expect(r.seat('other')).toEqual(before.seats[2])
  })
})

describe('mute', () => {
  it('MD2 H1 a host mute is seen by everyone as muted by the host', () => {
    const r = room().enter('host').enter('guest').say('host', mute)
    for (const socket of ['host', 'guest']) {
      expect(r.heard(socket)).toMatchObject([
        { type: 'room-changed', patch: { changed: [{ publications: [{ mutedBy: 'host' }, {}] }] } },
      ])
    }
  })

  it('MD3 only the owner ends it, having seen it', () => {
    const r = room().enter('host').enter('guest').say('host', mute)
    r.say('guest', publish('self', r.state.revision))
    expect(microphoneOf(r)?.mutedBy).toBe('host')
    r.say('guest', publish(null, r.state.revision))
    expect(microphoneOf(r)?.mutedBy).toBeNull()
  })

  it('MD4 an un-mute that was on its way when the host muted does not undo the mute', () => {
    const r = room().enter('host').enter('guest').say('guest', publish('self', 0))
    const seen = r.state.revision
    r.say('host', mute)
    const before = r.state
    expect(r.say('guest', publish(null, seen)).state).toBe(before)
    expect(r.effects).toEqual([])
  })

  it('PB3 MD3 a resume that repeats "live" stays muted by the host', () => {
    const r = room().enter('host').enter('guest').close('guest').say('host', mute)
    r.join('guest', { token: 'guest2' }).open('again', 'guest2').ready('again')
    expect(microphoneOf(r)?.mutedBy).toBe('host')
  })

  it('MD2 nobody there, or nothing offered: a typed error each, nothing changes', () => {
    const r = room().enter('host').enter('guest').join('reserved')
    const before = r.state
    const error = (message: ClientMessage) => r.say('host', message).heard('host')
    const code = (name: string) => [{ type: 'error', code: name, about: 'mute-occupant' }]
    expect(error({ ...mute, occupantId: occupant('nobody') })).toEqual(code('no_such_occupant'))
    expect(error({ ...mute, occupantId: occupant('reserved') })).toEqual(code('no_such_occupant'))
    expect(error({ ...mute, source: 'screen' })).toEqual(code('no_such_publication'))
    expect(r.state).toBe(before)
  })
})

describe('publications', () => {
  it('PB1 one publication per source, in the order of the sections, the last word counts', () => {
    const r = room().join('guest').open('guest', 'guest1')
    r.ready('guest', [
      { source: 'camera', mutedBy: null },
      { source: 'microphone', mutedBy: null },
      { source: 'camera', mutedBy: 'self' },
    ])
    expect(r.seat('guest')?.publications).toMatchObject([
      { source: 'microphone', mutedBy: null },
      { source: 'camera', mutedBy: 'self' },
    ])
  })

  it('PB1 publish twice changes nothing the second time; unpublish takes it away', () => {
    const r = room().enter('guest').say('guest', publish('self', 0))
    const before = r.state
    expect(r.say('guest', publish('self', 0)).state).toBe(before)
    r.say('guest', { type: 'unpublish', source: 'microphone' })
    expect(r.seat('guest')?.publications.map(({ source }) => source)).toEqual(['camera'])
  })

  it('M5 a joiner sees who is muted in its welcome, before any link', () => {
    const r = room().enter('host').say('host', publish('self', 0)).join('guest').open('guest', 'guest1')
    expect(r.heard('guest')).toMatchObject([
      { snapshot: { occupants: [{ publications: [{ source: 'microphone', mutedBy: 'self' }, {}] }, {}] } },
    ])
  })

  it('PB4 J2 where media is asked for, media-ready without any is refused', () => {
    const strict = room({ allowNoMedia: false }).enter('host').join('guest').open('guest', 'guest1')
    strict.ready('guest', [])
    expect(strict.heard('guest')).toEqual([{ type: 'error', code: 'not_allowed', about: 'media-ready' }])
    expect(strict.ready('guest', live.slice(0, 1)).links('guest')).toHaveLength(1)
    expect(
      room().enter('host').join('guest').open('guest', 'guest1').ready('guest', []).links('guest'),
    ).toHaveLength(1)
  })
})

describe('removal', () => {
  it('MD5 the socket is closed, the seat is free, the token is barred, the others hear it', () => {
    const r = room().enter('host').enter('guest')
    r.say('host', { type: 'remove-occupant', occupantId: guest })
    expect(r.closed('guest')).toBe('removed')
    expect(r.heard('guest')).toEqual([])
    expect(r.seat('guest')).toBeUndefined()
    expect(r.state.barred).toEqual([{ tokenHash: tokenHash('guest1'), reason: 'removed' }])
    expect(r.heard('host')).toMatchObject([
      { type: 'room-changed', patch: { left: [guest] } },
      { type: 'start', links: [] },
    ])
  })

  it('MD5 someone in grace can be removed too', () => {
    const r = room().enter('host').enter('guest').close('guest')
    r.say('host', { type: 'remove-occupant', occupantId: guest })
    expect(r.open('again', 'guest1').closed('again')).toBe('unauthorised')
  })

  it('MD5 the list of barred tokens is bounded, the oldest is forgotten first', () => {
    const r = room().enter('host')
    for (let n = 0; n < limits.removedTokensMax + 3; n += 1) {
      r.enter(`g${n}`).say('host', { type: 'remove-occupant', occupantId: occupant(`g${n}`) })
    }
    expect(r.state.barred).toHaveLength(limits.removedTokensMax)
    expect(r.state.barred[0]?.tokenHash).toBe(tokenHash('g31'))
  })

  it('MD5 the host cannot remove the host', () => {
    const r = room()
      .enter('host')
      .say('host', { type: 'remove-occupant', occupantId: occupant('host') })
    expect(r.heard('host')).toMatchObject([{ type: 'error', code: 'not_allowed' }])
    expect(r.seat('host')).toBeDefined()
  })

  it('MD6 end-room closes everyone with room_ended', () => {
    const r = room().enter('host').enter('guest').say('host', { type: 'end-room' })
    expect([r.closed('host'), r.closed('guest')]).toEqual(['room_ended', 'room_ended'])
    expect(r.state.status).toBe('ended')
  })
})

describe('violations', () => {
  const bad = (r: ReturnType<typeof room>, code: 'malformed' | 'too_large' | 'rate_limited') => {
    const { presence } = r.seat('guest') ?? {}
    if (presence?.kind !== 'present') throw new Error('the guest is present')
    return r.feed({ type: 'bad-message', connectionId: presence.connectionId, code })
  }

  it('SK4 anything but leave before media-ready is answered not_ready', () => {
    const r = room().enter('host').join('guest').open('guest', 'guest1')
    expect(r.say('guest', publish(null, 0)).heard('guest')).toEqual([
      { type: 'error', code: 'not_ready', about: 'publish' },
    ])
  })

  it('VR4 VR5 eight bad messages are answered, the ninth closes the socket; the room goes on', () => {
    const r = room().enter('host').enter('guest')
    for (let n = 0; n < limits.violationsMax; n += 1) {
      const code = n % 2 === 0 ? 'malformed' : 'rate_limited'
      expect(bad(r, code).heard('guest')).toEqual([{ type: 'error', code }])
    }
    r.say('guest', { type: 'end-room' })
    expect(r.closed('guest')).toBe('violations')
    expect(r.heard('guest')).toEqual([])
    expect(r.seat('guest')?.presence.kind).toBe('away')
    expect(r.seat('host')?.presence.kind).toBe('present')
  })

  it('VR4 a new socket starts with a clean sheet', () => {
    const r = room().enter('guest')
    bad(r, 'malformed')
    r.join('guest', { token: 'guest2' }).open('again', 'guest2')
    expect(r.seat('guest')?.presence).toMatchObject({ violations: 0 })
  })

  it('VR2 a message too large closes the socket at once', () => {
    expect(bad(room().enter('guest'), 'too_large').closed('guest')).toBe('message_too_large')
  })

  it('LK6 media-ready of another page on the same socket counts as a reload', () => {
    const r = room().enter('host').enter('guest')
    r.say('guest', { type: 'media-ready', instanceId: instance('other'), publications: [] })
    expect(r.links('guest')).toMatchObject([{ generation: 2 }])
  })
})

describe('seats', () => {
  it('C4 MD11 a host gives as many as the creator of the room may, and not one more', () => {
    const r = room({ maxParticipants: 2 }, 4).enter('host')
    const change = (maxParticipants: number) =>
      r.say('host', { type: 'change-settings', settings: { maxParticipants } })
    expect(change(5).heard('host')).toEqual([
      { type: 'error', code: 'not_allowed', about: 'change-settings' },
    ])
    expect(r.state.settings.maxParticipants).toBe(2)
    expect(change(4).state.settings.maxParticipants).toBe(4)
  })

  it('RC1 the creator, who proved it anew, is not held to what an earlier token said', () => {
    const r = room({ maxParticipants: 2 }, 4).enter('host')
    r.feed({ type: 'controlled', request: { action: 'change-settings', settings: { maxParticipants: 9 } } })
    expect(r.state.settings.maxParticipants).toBe(9)
  })
})
