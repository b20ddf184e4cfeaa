import { limits } from '@video-room/shared/limits.ts'
import { describe, expect, it } from 'vitest'
import { choosePlace } from './admission.ts'
import { roomDeadline } from './deadline.ts'
import { occupant, room, tokenHash } from './room-fixture.ts'

const handOverTo = (name: string) => ({ type: 'hand-over', occupantId: occupant(name) }) as const

describe('hand-over', () => {
  it('MD8 the two roles swap, everyone hears it, no link moves, and the gate learns it', () => {
    const r = room().enter('host').enter('ada').enter('bob').say('host', handOverTo('ada'))
    expect([r.seat('host')?.isHost, r.seat('ada')?.isHost]).toEqual([false, true])
    expect(r.heard('bob')).toMatchObject([
      { type: 'room-changed', patch: { changed: [{ isHost: false }, { isHost: true }] } },
    ])
    expect(r.links('bob')).toBeNull()
    expect(r.orders).toEqual([{ type: 'record-hand-over', from: occupant('host'), to: occupant('ada') }])
  })

  it('MD8 MD1 the former host may do no more what a host may; the new one may', () => {
    const r = room().enter('host').enter('ada').say('host', handOverTo('ada'))
    expect(r.say('host', { type: 'end-room' }).heard('host')).toMatchObject([{ code: 'not_allowed' }])
    expect(r.say('ada', { type: 'end-room' }).closed('host')).toBe('room_ended')
  })

  it('MD8 only someone who takes part can be host: absent, not ready, unknown, oneself', () => {
    const r = room().enter('host').enter('ada').close('ada').join('bob').open('bob', 'bob1').join('cy')
    for (const name of ['ada', 'bob', 'cy', 'nobody', 'host']) {
      expect(r.say('host', handOverTo(name)).heard('host')).toMatchObject([{ code: 'no_such_occupant' }])
    }
    expect(r.seat('host')?.isHost).toBe(true)
  })
})

describe('a host who left', () => {
  it('MD9 before the first host nothing applies, however long it takes', () => {
    for (const onHostLeave of ['wait', 'end', 'promote'] as const) {
      const r = room({ onHostLeave, hostGraceMs: 1 }).enter('ada').join('host')
      r.later(limits.joinToSocketMs).feed({ type: 'timer' }).later(10_000).feed({ type: 'timer' })
      expect([r.state.status, r.seat('host'), r.seat('ada')?.isHost]).toEqual(['open', undefined, false])
    }
  })

  it('MD9 end: the room ends when the seat is given up, not before', () => {
    const r = room({ onHostLeave: 'end' }).enter('host').enter('ada').close('host')
    expect(r.state.status).toBe('open')
    r.later(limits.graceMs).feed({ type: 'timer' })
    expect([r.state.status, r.closed('ada')]).toEqual(['ended', 'room_ended'])
    const left = room({ onHostLeave: 'end' }).enter('host').enter('ada').say('host', { type: 'leave' })
    expect([left.closed('host'), left.closed('ada')]).toEqual(['left', 'room_ended'])
  })

  it('MD9 promote: the participant who is there longest becomes host, and links go on', () => {
    const r = room({ onHostLeave: 'promote' })
      .enter('ada')
      .enter('host')
      .enter('bob')
      .enter('cy')
      .close('ada')
    r.say('host', { type: 'leave' })
    expect(r.seat('bob')?.isHost).toBe(true)
    expect(r.heard('cy')).toMatchObject([
      { type: 'room-changed', patch: { changed: [{ isHost: true }], left: [occupant('host')] } },
      { type: 'start', links: [{}, {}] },
    ])
    expect(r.orders).toEqual([
      { type: 'record-left', occupantId: occupant('host') },
      { type: 'record-promotion', occupantId: occupant('bob') },
    ])
  })

  it('MD9 promote with nobody present: as wait, and whoever comes back first is host', () => {
    const r = room({ onHostLeave: 'promote' }).enter('host').enter('ada').close('ada')
    r.say('host', { type: 'leave' })
    expect(roomDeadline(r.state)).toBe(r.atMs + limits.graceMs)
    r.open('again', 'ada1')
    expect(r.heard('again')).toMatchObject([{ type: 'welcome', isHost: true }])
    expect(r.state.hostAwaitedUntilMs).toBeNull()
  })

  it('MD9 wait: the room ends when no host came in time', () => {
    const r = room({ hostGraceMs: 60_000 }).enter('host').enter('ada').say('host', { type: 'leave' })
    expect(r.links('ada')).toEqual([])
    r.later(59_999).feed({ type: 'timer' })
    expect(r.state.status).toBe('open')
    r.later(1).feed({ type: 'timer' })
    expect([r.state.status, r.closed('ada')]).toEqual(['ended', 'room_ended'])
  })

  it('MD9 wait: a host who comes back stops the wait', () => {
    const r = room({ hostGraceMs: 60_000 }).enter('host').say('host', { type: 'leave' }).later(59_999)
    r.join('host', { token: 'host2' }).later(2).feed({ type: 'timer' })
    expect(r.state.status).toBe('open')
    expect(r.open('back', 'host2').heard('back')).toMatchObject([{ type: 'welcome', isHost: true }])
  })

  it('MD9 MD11 a wait that has begun becomes as long as the settings say from then on', () => {
    const r = room({ hostGraceMs: 60_000 }).enter('host').enter('ada').say('host', { type: 'leave' })
    const leftAtMs = r.atMs
    const wait = (hostGraceMs: number) =>
      r.feed({ type: 'controlled', request: { action: 'change-settings', settings: { hostGraceMs } } })
    wait(3_600_000)
    expect(r.state.hostAwaitedUntilMs).toBe(leftAtMs + 3_600_000)
    expect(r.heard('ada')).toMatchObject([
      { type: 'room-changed', patch: { settings: { hostGraceMs: 3_600_000 } } },
    ])
    r.later(90_000).feed({ type: 'timer' })
    expect(r.state.status).toBe('open')
    expect(wait(80_000).state.status, 'it is over already').toBe('ended')
  })

  it('MD9 a wait of nothing is no wait', () => {
    const r = room({ hostGraceMs: 0 }).enter('host').say('host', { type: 'leave' })
    expect(r.state.status).toBe('ended')
  })
})

describe('the host token after a hand-over or a promotion', () => {
  const wish = { isHost: true, takesOver: false, resumeTokenHash: null, freshOccupantId: occupant('back') }
  const back = {
    type: 'occupant-joined',
    occupantId: occupant('back'),
    isHost: false,
    provedHost: true,
  } as const
  const promoted = () =>
    room({ onHostLeave: 'promote' }).enter('host').enter('ada').enter('bob').say('host', { type: 'leave' })

  it('MD8 its holder takes a seat beside the heir, and the role once they take part; nobody is thrown out', () => {
    const r = promoted()
    expect(choosePlace(r.state, wish, r.atMs)).toMatchObject({
      value: { kind: 'seat', occupantId: occupant('back'), isHost: false, provedHost: true },
    })
    r.feed({ ...back, displayName: 'back', resumeTokenHash: tokenHash('back1') })
    expect(r.seat('ada')?.isHost).toBe(true)
    expect(r.open('back', 'back1').links('bob')).toBeNull()
    r.ready('back')
    expect([r.seat('back')?.isHost, r.seat('ada')?.isHost]).toEqual([true, false])
    expect(r.closed('ada')).toBeNull()
    expect(r.orders).toEqual([{ type: 'record-hand-over', from: occupant('ada'), to: occupant('back') }])
  })

  it('MD8 HT5 joining twice with it leads to one seat; with no seat free the heir’s own is taken over', () => {
    const r = promoted().feed({ ...back, displayName: '', resumeTokenHash: tokenHash('back1') })
    const again = { ...wish, freshOccupantId: occupant('again') }
    expect(choosePlace(r.state, again, r.atMs)).toMatchObject({ value: { occupantId: occupant('back') } })
    expect(choosePlace(r.state, { ...again, takesOver: true }, r.atMs)).toMatchObject({
      value: { occupantId: occupant('ada'), isHost: true },
    })
  })

  it('MD8 who handed over does not become host again by a reload', () => {
    const r = room().enter('host').enter('ada').say('host', handOverTo('ada')).ready('host', [], 'reloaded')
    expect([r.seat('host')?.isHost, r.seat('ada')?.isHost]).toEqual([false, true])
  })
})
