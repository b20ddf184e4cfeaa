import type { ControlRequest } from '@video-room/shared/protocol/http.ts'
import { describe, expect, it } from 'vitest'
import { occupant, room } from './room-fixture.ts'

const controlled = (request: ControlRequest) => ({ type: 'controlled', request }) as const
const remove = (name: string) => controlled({ action: 'remove', occupantId: occupant(name) })

describe('control from outside', () => {
  it('RC1 MD11 lock, unlock and settings take effect at once, everyone hears them, the gate learns them', () => {
    const r = room()
      .enter('host')
      .enter('ada')
      .feed(controlled({ action: 'lock' }))
    expect(r.heard('ada')).toMatchObject([{ type: 'room-changed', patch: { settings: { isLocked: true } } }])
    expect(r.orders).toMatchObject([{ type: 'record-settings', settings: { isLocked: true } }])
    expect(r.feed(controlled({ action: 'lock' })).effects).toEqual([])
    r.feed(controlled({ action: 'unlock' }))
    r.feed(controlled({ action: 'change-settings', settings: { maxParticipants: 0 } }))
    expect(r.state.settings).toMatchObject({ isLocked: false, maxParticipants: 0 })
    expect(r.seat('ada')).toBeDefined()
  })

  it('RC1 MD5 remove sends away whom it names: a participant, the host, someone at the door, nobody', () => {
    const r = room({ admission: 'knock' }).enter('host').enter('ada').knock('bob')
    expect(r.feed(remove('ada')).closed('ada')).toBe('removed')
    expect(r.feed(remove('bob')).closed('bob')).toBe('denied')
    expect(r.feed(remove('host')).closed('host')).toBe('removed')
    expect(r.feed(remove('nobody')).effects).toEqual([])
  })

  it('RC1 MD6 end ends, and ending twice is ending once', () => {
    const r = room({ admission: 'knock' })
      .enter('host')
      .knock('bob')
      .feed(controlled({ action: 'end' }))
    expect([r.closed('host'), r.closed('bob'), r.state.status]).toEqual(['room_ended', 'room_ended', 'ended'])
    expect(r.feed(controlled({ action: 'end' })).effects).toEqual([])
  })
})

describe('what followers are told', () => {
  it('tells creation, arrivals, the start, departures and the end, each once and in order', () => {
    const r = room().feed({ type: 'created' })
    expect(r.notices).toEqual(['room.created'])
    expect(r.join('host').notices).toEqual([])
    expect(r.open('host', 'host1').notices).toEqual(['occupant.joined'])
    r.ready('host').join('ada').open('ada', 'ada1')
    expect(r.ready('ada').notices).toEqual(['room.started'])
    expect(r.close('ada').notices).toEqual([])
    expect(r.open('again', 'ada1').notices).toEqual([])
    expect(r.say('again', { type: 'leave' }).notices).toEqual(['occupant.left'])
    expect(r.enter('bob').notices).toEqual([])
    expect(r.say('host', { type: 'end-room' }).notices).toEqual([
      'occupant.left',
      'occupant.left',
      'room.ended',
    ])
  })

  it('names ids, roles, times and counts, and no names', () => {
    const r = room().join('ada').open('ada', 'ada1')
    const notices = r.effects.flatMap((effect) => (effect.type === 'notify' ? [effect.notice] : []))
    expect(notices).toEqual([
      {
        type: 'occupant.joined',
        occupantId: occupant('ada'),
        isHost: false,
        atMs: r.atMs,
        occupancyCount: 1,
      },
    ])
  })
})
