import type { Source } from '@video-room/shared/source.ts'
import { describe, expect, it } from 'vitest'
import { live, occupant, room } from './room-fixture.ts'

const ada = occupant('ada')
const publish = (source: Source, mutedBy: 'self' | null = null) =>
  ({ type: 'publish', source, mutedBy, seenRevision: 1_000 }) as const
const ask = (source: Source) => ({ type: 'ask-unmute', occupantId: ada, source }) as const
const strict = () => room({ mayUnmute: false }).enter('host').enter('ada')
const muteOf = (r: ReturnType<typeof room>, source = 'microphone', name = 'ada') =>
  r.seat(name)?.publications.find((publication) => publication.source === source)?.mutedBy

describe('participants who may not un-mute', () => {
  it('MD7 H5 a microphone that comes live is muted by the host from the first moment, a camera and the host are not', () => {
    const r = strict()
    expect([muteOf(r), muteOf(r, 'camera'), muteOf(r, 'microphone', 'host')]).toEqual(['host', null, null])
  })

  it('MD7 un-muting is refused, does nothing, and is no violation however often it is tried', () => {
    const r = strict()
    const before = r.state
    for (let n = 0; n < 20; n += 1) r.say('ada', publish('microphone'))
    expect(r.heard('ada')).toEqual([{ type: 'error', code: 'not_allowed', about: 'publish' }])
    expect(r.state).toBe(before)
  })

  it('MD7 neither taking back and offering anew, nor a resume, nor a reload gets round it', () => {
    for (const source of ['microphone', 'camera'] as const) {
      const r = strict().say('ada', publish(source, 'self'))
      r.say('ada', { type: 'unpublish', source }).say('ada', publish(source))
      expect(muteOf(r, source)).toBe('host')
      const again = strict().say('ada', publish(source, 'self')).ready('ada', live, 'reloaded')
      expect(muteOf(again, source)).toBe('host')
      const without = strict().say('ada', publish(source, 'self')).ready('ada', [])
      expect(muteOf(without.ready('ada'), source)).toBe('host')
    }
  })

  it('MD7 a camera that was never muted may be taken back and offered again; a screen is never held back', () => {
    const r = strict().say('ada', { type: 'unpublish', source: 'camera' }).say('ada', publish('camera'))
    r.say('ada', publish('screen', 'self')).say('ada', publish('screen'))
    expect([muteOf(r, 'camera'), muteOf(r, 'screen')]).toEqual([null, null])
  })

  it('MD7 MD10 H4 an invitation lets its owner un-mute once', () => {
    const r = strict().say('host', ask('microphone'))
    expect(r.heard('ada')).toEqual([{ type: 'unmute-asked', source: 'microphone' }])
    expect(muteOf(r)).toBe('host')
    expect(muteOf(r.say('ada', publish('microphone')))).toBeNull()
    r.say('ada', publish('microphone', 'self')).say('ada', publish('microphone'))
    expect(r.heard('ada')).toMatchObject([{ code: 'not_allowed' }])
  })

  it('MD7 a mute that comes after the invitation takes it back', () => {
    const mute = { type: 'mute-occupant', occupantId: ada, source: 'microphone' } as const
    const all = { type: 'mute-all', source: 'microphone' } as const
    for (const message of [mute, all]) {
      const r = strict().say('host', ask('microphone')).say('host', message).say('ada', publish('microphone'))
      expect(muteOf(r)).toBe('host')
    }
  })

  it('MD7 forbidding it later mutes nobody who speaks; allowing it again lets all un-mute', () => {
    const r = room().enter('host').enter('ada')
    const may = (mayUnmute: boolean) => ({ type: 'change-settings', settings: { mayUnmute } }) as const
    expect(muteOf(r.say('host', may(false)))).toBeNull()
    r.say('ada', publish('microphone', 'self')).say('ada', publish('microphone'))
    expect(muteOf(r)).toBe('self')
    expect(muteOf(r.say('host', may(true)).say('ada', publish('microphone')))).toBeNull()
  })
})

describe('asking and muting all', () => {
  it('MD10 an invitation that was missed is told again with the next welcome', () => {
    const r = room().enter('host').enter('ada').say('ada', publish('microphone', 'self')).close('ada')
    expect(r.say('host', ask('microphone')).effects).toEqual([])
    expect(r.open('again', 'ada1').heard('again')).toMatchObject([
      { type: 'welcome' },
      { type: 'unmute-asked', source: 'microphone' },
    ])
  })

  it('MD10 nothing to un-mute, or nobody: a typed error, nothing changes', () => {
    const r = room().enter('host').enter('ada')
    const before = r.state
    expect(r.say('host', ask('microphone')).heard('host')).toMatchObject([{ code: 'no_such_publication' }])
    const self = { ...ask('microphone'), occupantId: occupant('host') }
    expect(r.say('host', self).heard('host')).toMatchObject([{ code: 'no_such_occupant' }])
    expect(r.state).toBe(before)
  })

  it('MD2 mute-all mutes this source of every participant and of nobody else', () => {
    const r = room().enter('host').enter('ada').enter('bob')
    r.say('host', { type: 'mute-all', source: 'microphone' })
    expect([muteOf(r), muteOf(r, 'microphone', 'bob')]).toEqual(['host', 'host'])
    expect([muteOf(r, 'microphone', 'host'), muteOf(r, 'camera')]).toEqual([null, null])
    const before = r.state
    expect(r.say('host', { type: 'mute-all', source: 'screen' }).state).toBe(before)
  })
})
