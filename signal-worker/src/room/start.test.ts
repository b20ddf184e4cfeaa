import { describe, expect, it } from 'vitest'
import { live, occupant, room } from './room-fixture.ts'

const link = (name: string, initiator: boolean, generation = 1) => ({
  occupantId: occupant(name),
  initiator,
  generation,
})
const offer = (to: string, generation = 1) =>
  ({ type: 'signal', to: occupant(to), generation, payload: '[]' }) as const

describe('start', () => {
  it('ST2 J3 no link before the host is ready; then both hear it and the later one offers', () => {
    const r = room().enter('guest')
    expect(r.links('guest')).toEqual([])
    r.join('host').open('host', 'host1')
    expect(r.links('guest')).toBeNull()
    r.ready('host')
    expect(r.links('host')).toEqual([link('guest', true)])
    expect(r.links('guest')).toEqual([link('host', false)])
  })

  it('ST2 two guests are linked only once the host is ready', () => {
    const r = room().enter('ada').enter('bob')
    expect(r.links('bob')).toEqual([])
    r.enter('host')
    expect(r.links('ada')).toEqual([link('bob', false), link('host', false)])
    expect(r.links('bob')).toEqual([link('ada', true), link('host', false)])
    expect(r.links('host')).toEqual([link('ada', true), link('bob', true)])
  })

  it('ST3 ST2 a resumed socket of the same page hears the same list again', () => {
    const r = room().enter('host').enter('guest').close('guest')
    expect(r.links('host')).toBeNull()
    r.join('guest', { token: 'guest2' }).open('again', 'guest2').ready('again', live, 'guest')
    expect(r.links('again')).toEqual([link('host', true)])
    expect(r.links('host')).toBeNull()
  })

  it('LK6 a reload raises the generation of all its links, once', () => {
    const r = room().enter('host').enter('ada').enter('bob').close('ada')
    r.join('ada', { token: 'ada2' }).open('reloaded', 'ada2').ready('reloaded', live, 'reloaded')
    expect(r.links('reloaded')).toEqual([link('host', true, 2), link('bob', false, 2)])
    expect(r.links('bob')).toEqual([link('host', true), link('ada', true, 2)])
    r.ready('reloaded', live, 'reloaded')
    expect(r.links('reloaded')).toBeNull()
  })

  it('LK5 link-failed of the current generation remakes the link for both, of an older one it is ignored', () => {
    const r = room().enter('host').enter('guest')
    r.say('guest', { type: 'link-failed', to: occupant('host'), generation: 1 })
    expect(r.links('host')).toEqual([link('guest', false, 2)])
    expect(r.links('guest')).toEqual([link('host', true, 2)])
    const before = r.state
    expect(r.say('host', { type: 'link-failed', to: occupant('guest'), generation: 1 }).state).toBe(before)
    expect(r.effects).toEqual([])
  })

  it('LK4 generations of someone who left are forgotten', () => {
    const r = room().enter('host').enter('guest')
    r.say('guest', { type: 'link-failed', to: occupant('host'), generation: 1 })
    expect(Object.keys(r.state.generations)).toHaveLength(1)
    expect(r.say('guest', { type: 'leave' }).state.generations).toEqual({})
  })
})

describe('signals', () => {
  it('SG1 the room stamps the sender and passes the payload on as it is', () => {
    const r = room().enter('host').enter('guest').say('guest', offer('host'))
    expect(r.effects).toHaveLength(1)
    expect(r.heard('host')).toEqual([
      { type: 'signal', from: occupant('guest'), generation: 1, payload: '[]' },
    ])
  })

  it.each(['nobody', 'guest', 'away', 'reserved'])(
    'SG3 A4 a signal to %s: no_such_occupant, which counts as no violation',
    (to) => {
      const r = room().enter('host').enter('guest').enter('away').close('away').join('reserved')
      const before = r.state
      r.say('guest', offer(to))
      expect(r.effects).toHaveLength(1)
      expect(r.heard('guest')).toEqual([{ type: 'error', code: 'no_such_occupant', about: 'signal' }])
      expect(r.state).toBe(before)
    },
  )

  it('SG3 a signal of another generation, or where no link is, is dropped silently', () => {
    const r = room().enter('host').enter('guest').join('silent').open('silent', 'silent1')
    expect(r.say('guest', offer('host', 2)).effects).toEqual([])
    expect(r.say('guest', offer('silent')).effects).toEqual([])
  })
})
