import { limits } from '@video-room/shared/limits.ts'
import { describe, expect, it } from 'vitest'
import { choosePlace } from './admission.ts'
import { roomDeadline } from './deadline.ts'
import { occupant, room, tokenHash } from './room-fixture.ts'
import { snapshotOf } from './snapshot-of.ts'

const ada = occupant('ada')
const knockRoom = (settings = {}) => room({ admission: 'knock', ...settings }).enter('host')
const choose = (r: ReturnType<typeof room>, token: string | null, isHost = false) =>
  choosePlace(
    r.state,
    {
      isHost,
      takesOver: false,
      resumeTokenHash: token === null ? null : tokenHash(token),
      freshOccupantId: occupant('new'),
    },
    r.atMs,
  )

describe('at the door', () => {
  it('KN1 whoever is not expected knocks; the host token and a seat in grace still enter', () => {
    const r = knockRoom().enter('bob').close('bob')
    expect(choose(r, null)).toMatchObject({ ok: true, value: { kind: 'knock' } })
    expect(choose(r, 'bob1')).toMatchObject({ value: { kind: 'seat', occupantId: occupant('bob') } })
    expect(choose(r, null, true)).toMatchObject({ value: { kind: 'seat', isHost: true } })
  })

  it('KN1 a knock holds no seat and hears knocking and nothing of the room; the host hears the list', () => {
    const r = knockRoom()
    const before = snapshotOf(r.state)
    r.knock('ada')
    expect(r.heard('ada')).toEqual([{ type: 'knocking' }])
    expect(r.heard('host')).toEqual([{ type: 'knocks', knocks: [{ occupantId: ada, displayName: 'ada' }] }])
    expect(snapshotOf(r.state)).toEqual(before)
    r.say('host', { type: 'publish', source: 'screen', mutedBy: null, seenRevision: 0 })
    expect(r.heard('ada')).toEqual([])
  })

  it('KN1 a host that comes later, or comes back, hears who is waiting; a participant never does', () => {
    const r = room({ admission: 'knock' }).knock('ada').join('host').open('host', 'host1')
    expect(r.heard('host')).toMatchObject([{ type: 'welcome' }, { type: 'knocks', knocks: [{}] }])
    r.ready('host').enter('bob').knock('cy')
    expect(r.heard('bob')).toEqual([])
    r.say('host', { type: 'hand-over', occupantId: occupant('bob') })
    expect(r.heard('bob')).toMatchObject([{ type: 'room-changed' }, { type: 'knocks', knocks: [{}, {}] }])
    expect(r.heard('host')).toMatchObject([{ type: 'room-changed' }, { type: 'knocks', knocks: [] }])
  })

  it('KN1 SK4 at the door only leave is understood, and bad messages are counted as anywhere', () => {
    const r = knockRoom().knock('ada')
    expect(r.ready('ada').heard('ada')).toMatchObject([{ type: 'error', code: 'not_ready' }])
    r.say('ada', { type: 'leave' })
    expect([r.closed('ada'), r.atDoor('ada')]).toEqual(['left', undefined])
    expect(r.heard('host')).toEqual([{ type: 'knocks', knocks: [] }])
    r.knock('bob')
    for (let n = 0; n < limits.violationsMax; n += 1) r.ready('bob')
    expect(r.ready('bob').closed('bob')).toBe('violations')
  })

  it('KN1 at most so many stand at the door', () => {
    const r = knockRoom()
    for (let n = 0; n < limits.knocksMax; n += 1) r.later(1_000).knock(`n${n}`)
    expect(r.later(5_000).state.knocks).toHaveLength(limits.knocksMax)
    expect(choose(r, null)).toEqual({ ok: false, code: 'room_full' })
  })

  it('KN6 a knock outlives its socket by its grace, and the join by a minute', () => {
    const r = knockRoom().knock('ada').close('ada')
    expect(roomDeadline(r.state)).toBe(r.atMs + limits.knockGraceMs)
    expect(r.heard('host')).toEqual([])
    r.later(limits.knockGraceMs).feed({ type: 'timer' })
    expect(r.heard('host')).toEqual([{ type: 'knocks', knocks: [] }])
    expect(choose(r, 'ada1')).toEqual({ ok: false, code: 'token_invalid' })
    const knocked = {
      type: 'knocked',
      occupantId: ada,
      displayName: '',
      resumeTokenHash: tokenHash('ada2'),
    } as const
    r.feed(knocked).later(limits.joinToSocketMs).feed({ type: 'timer' })
    expect(r.atDoor('ada')).toBeUndefined()
  })

  it('KN6 whoever reloads at the door keeps the place in line and hears knocking again', () => {
    const r = knockRoom().knock('ada').knock('bob').close('ada')
    r.knock('ada', { token: 'ada2' })
    expect(r.heard('ada')).toEqual([{ type: 'knocking' }])
    expect(r.state.knocks.map((knock) => knock.displayName)).toEqual(['ada', 'bob'])
  })

  it('KN7 ten knock at once, then one a second; coming back to a knock costs nothing', () => {
    const r = knockRoom()
    for (let n = 0; n < limits.knockBurst; n += 1) r.knock(`n${n}`)
    expect(choose(r, null)).toEqual({ ok: false, code: 'rate_limited' })
    expect(choose(r, 'n01')).toMatchObject({ ok: true, value: { kind: 'knock' } })
    expect(choose(r.later(1_000), null).ok).toBe(true)
  })
})

describe('admit and deny', () => {
  const admit = { type: 'admit', occupantId: ada } as const

  it('KN2 admit asks the gate; a seat makes the knock an occupant who hears welcome', () => {
    const r = knockRoom().knock('ada').say('host', admit)
    expect(r.orders).toEqual([{ type: 'ask-gate', occupantId: ada }])
    expect(r.seat('ada')).toBeUndefined()
    expect(r.say('host', admit).orders).toEqual([])
    r.gate('ada')
    expect(r.heard('ada')).toMatchObject([{ type: 'welcome', isHost: false }])
    expect(r.heard('host')).toMatchObject([
      { type: 'room-changed', patch: { changed: [{ occupantId: ada }] } },
      { type: 'knocks', knocks: [] },
    ])
    expect(r.orders).toMatchObject([{ type: 'record-presence', occupantId: ada, isPresent: true }])
    expect(r.ready('ada').links('ada')).toHaveLength(1)
  })

  it.each(['room_full', 'room_locked', 'room_store_unavailable'] as const)(
    'KN2 the gate says %s: the host hears it, the knock stays, and may be asked for again',
    (outcome) => {
      const r = knockRoom().knock('ada').say('host', admit).gate('ada', outcome)
      expect(r.heard('host')).toEqual([{ type: 'error', code: outcome, about: 'admit' }])
      expect(r.atDoor('ada')).toBeDefined()
      expect(r.say('host', admit).orders).toEqual([{ type: 'ask-gate', occupantId: ada }])
    },
  )

  it('KN2 a gate that never answers is told as unavailable, and a late yes still counts', () => {
    const r = knockRoom().knock('ada').say('host', admit)
    r.later(2 * limits.gateAnswerMs).feed({ type: 'timer' })
    expect(r.heard('host')).toMatchObject([{ type: 'error', code: 'room_store_unavailable' }])
    expect(r.gate('ada').seat('ada')).toBeDefined()
  })

  it('KN2 someone who lost the connection while the gate was thinking has a minute to come back to the seat', () => {
    const r = knockRoom().knock('ada').say('host', admit).close('ada').gate('ada')
    expect(r.seat('ada')?.presence).toEqual({ kind: 'reserved', untilMs: r.atMs + limits.joinToSocketMs })
    expect(r.open('again', 'ada1').heard('again')).toMatchObject([{ type: 'welcome' }])
  })

  it('KN3 deny closes with denied and bars every token of the knock', () => {
    const r = knockRoom().knock('ada')
    r.feed({ type: 'knocked', occupantId: ada, displayName: '', resumeTokenHash: tokenHash('ada2') })
    r.say('host', { type: 'deny', occupantId: ada })
    expect(r.closed('ada')).toBe('denied')
    const tokenHashes = [tokenHash('ada1'), tokenHash('ada2')]
    expect(r.orders).toContainEqual({
      type: 'record-barred',
      occupantId: null,
      reason: 'denied',
      tokenHashes,
    })
    expect(choose(r, 'ada1')).toEqual({ ok: false, code: 'denied' })
    expect(choose(r, 'ada2')).toEqual({ ok: false, code: 'denied' })
    expect(r.open('again', 'ada1').closed('again')).toBe('unauthorised')
  })

  it('KN3 a yes of the gate that comes after the no of the host gives the seat back', () => {
    const r = knockRoom().knock('ada').say('host', admit).say('host', { type: 'deny', occupantId: ada })
    r.gate('ada')
    expect(r.seat('ada')).toBeUndefined()
    expect(r.orders).toEqual([{ type: 'record-left', occupantId: ada }])
  })

  it('KN2 KN3 nobody of that name at the door: no_such_occupant', () => {
    const r = knockRoom().enter('bob')
    for (const type of ['admit', 'deny'] as const) {
      r.say('host', { type, occupantId: occupant('bob') })
      expect(r.heard('host')).toEqual([{ type: 'error', code: 'no_such_occupant', about: type }])
    }
  })

  it('KN4 a knock before the host waits for the host and for admission', () => {
    const r = room({ admission: 'knock' }).knock('ada').enter('host')
    expect(r.heard('ada')).toEqual([])
    expect([r.seat('ada'), r.links('host')]).toEqual([undefined, []])
  })
})

describe('an open door', () => {
  const open = { type: 'change-settings', settings: { admission: 'open' } } as const
  const asked = (r: ReturnType<typeof room>) =>
    r.orders.flatMap((order) => (order.type === 'ask-gate' ? [order.occupantId] : []))

  it('KN5 opening it lets in who stands there, in order, while seats last', () => {
    const r = knockRoom({ maxParticipants: 2 }).knock('ada').knock('bob').knock('cy')
    expect(asked(r.say('host', open))).toEqual([ada, occupant('bob')])
    r.gate('ada').gate('bob')
    expect(r.atDoor('cy')).toBeDefined()
    expect(asked(r.say('ada', { type: 'leave' }))).toEqual([occupant('cy')])
  })

  it('KN5 a gate that says full is not asked again until a seat is free, nor told to anyone', () => {
    const r = knockRoom({ maxParticipants: 1 }).knock('ada').say('host', open).gate('ada', 'room_full')
    expect(asked(r)).toEqual([])
    expect(r.heard('host')).toEqual([])
    const more = { type: 'change-settings', settings: { maxParticipants: 2 } } as const
    expect(asked(r.say('host', more))).toEqual([ada])
  })

  it('KN5 when the gate was out of reach the door opens once it is back', () => {
    const r = knockRoom().knock('ada').say('host', open)
    r.feed({ type: 'gate-failed', random: 0 }).gate('ada', 'room_store_unavailable')
    expect(asked(r.feed({ type: 'gate-told' }))).toEqual([ada])
  })
})

describe('a lock', () => {
  const lock = { type: 'change-settings', settings: { isLocked: true } } as const

  it('LO1 refuses new occupants and knocks; seats in grace and the host token still enter', () => {
    for (const admission of ['open', 'knock'] as const) {
      const r = room({ admission }).enter('host').enter('bob').close('bob').say('host', lock)
      expect(choose(r, null)).toEqual({ ok: false, code: 'room_locked' })
      expect(choose(r, 'bob1').ok).toBe(true)
      expect(choose(r, null, true).ok).toBe(true)
    }
  })

  it('LO1 KN5 an open but locked door lets nobody in until it is unlocked', () => {
    const r = knockRoom().knock('ada').say('host', lock)
    r.say('host', { type: 'change-settings', settings: { admission: 'open' } })
    expect(r.orders.some(({ type }) => type === 'ask-gate')).toBe(false)
    r.say('host', { type: 'change-settings', settings: { isLocked: false } })
    expect(r.orders.some(({ type }) => type === 'ask-gate')).toBe(true)
  })
})
