import { limits } from '@video-room/shared/limits.ts'
import { smallJpeg } from '@video-room/shared/testing/small-jpeg.ts'
import { describe, expect, it } from 'vitest'
import { occupant, room } from './room-fixture.ts'

const ada = occupant('ada')
const asking = { type: 'knocking', mayShowPicture: true }
const show = { type: 'knock-picture', picture: smallJpeg } as const
const shown = { type: 'knock-picture', occupantId: ada, picture: smallJpeg }
const takeBack = { type: 'knock-picture', picture: null } as const
const atDoor = (settings = {}) =>
  room({ admission: 'knock', knockPicture: true, ...settings })
    .enter('host')
    .enter('bob')
    .knock('ada')
const refusal = (code: string) => ({ type: 'error', code, about: 'knock-picture' })

describe('a picture at the door', () => {
  it('KN8 whoever knocks is asked whether they want to; what they show reaches the host and nobody else', () => {
    const r = atDoor()
    expect(r.heard('ada')).toEqual([asking])
    r.say('ada', show)
    expect(r.heard('host')).toEqual([shown])
    expect(r.effects.filter(({ type }) => type === 'send')).toHaveLength(1)
    expect(r.say('ada', takeBack).heard('host')).toEqual([{ ...shown, picture: null }])
  })

  it('KN8 it is off until somebody asks for it', () => {
    const r = room({ admission: 'knock' }).enter('host').knock('ada')
    expect(r.heard('ada')).toEqual([{ type: 'knocking' }])
    r.say('ada', show)
    expect([r.heard('ada'), r.heard('host')]).toEqual([[refusal('not_allowed')], []])
    expect(r.atDoor('ada')?.presence, 'the host may just have switched it off').toMatchObject({
      violations: 0,
    })
  })

  it('KN8 the room keeps nothing of it', () => {
    const r = atDoor().say('ada', show)
    expect(JSON.stringify(r.state)).not.toContain(smallJpeg.slice(0, 40))
    const size = JSON.stringify(r.state).length
    for (let n = 0; n < 20; n += 1) r.later(10_000).say('ada', show)
    expect(JSON.stringify(r.state).length).toBeLessThan(size + 100)
  })

  it('KN8 a host who comes, comes back or gets the role makes the room ask anew', () => {
    const r = room({ admission: 'knock', knockPicture: true }).knock('ada')
    expect(r.heard('ada')).toEqual([asking])
    expect(r.say('ada', show).effects, 'nobody is there to see it').toEqual([])
    r.join('host').open('host', 'host1')
    expect(r.heard('host')).toMatchObject([{ type: 'welcome' }, { type: 'knocks' }])
    expect(r.heard('ada')).toEqual([asking])
    expect(r.say('ada', show).heard('host')).toEqual([shown])
    expect(r.close('host').heard('ada')).toEqual([])
    expect(r.open('host2', 'host1').heard('ada')).toEqual([asking])
    r.ready('host2').enter('bob')
    r.say('host2', { type: 'hand-over', occupantId: occupant('bob') })
    expect(r.heard('ada')).toEqual([asking])
    r.later(10_000).say('ada', show)
    expect([r.heard('bob'), r.heard('host2')]).toEqual([[shown], []])
  })

  it('KN8 MD11 the setting reaches those at the door when it changes', () => {
    const r = atDoor({ knockPicture: false })
    const set = (knockPicture: boolean) =>
      r.say('host', { type: 'change-settings', settings: { knockPicture } }).heard('ada')
    expect(set(true)).toEqual([asking])
    expect(set(true)).toEqual([])
    expect(set(false)).toEqual([{ type: 'knocking' }])
  })

  it('KN8 the host’s list is no cinema; taking a picture back is never too much', () => {
    const r = atDoor()
    for (let n = 0; n < limits.knockPictureBurst; n += 1) r.say('ada', show)
    expect(r.heard('host')).toEqual([shown])
    r.say('ada', show)
    expect([r.heard('ada'), r.heard('host')]).toEqual([[refusal('rate_limited')], []])
    expect(r.say('ada', takeBack).heard('host')).toHaveLength(1)
    r.later(1_000 / limits.knockPicturesPerSecond)
    expect(r.say('ada', show).heard('host')).toEqual([shown])
  })

  it('KN8 VR4 who goes on showing pictures is thrown out', () => {
    const r = atDoor()
    for (let n = 0; n < limits.knockPictureBurst + limits.violationsMax; n += 1) r.say('ada', show)
    expect(r.say('ada', show).closed('ada')).toBe('violations')
  })

  it('KN8 said at the door and heard inside it is ignored, before and after media-ready', () => {
    const r = atDoor().say('host', { type: 'admit', occupantId: ada }).gate('ada')
    expect(r.say('ada', show).effects).toEqual([])
    expect(r.ready('ada').say('ada', show).effects).toEqual([])
    expect(r.say('bob', show).effects).toEqual([])
    expect(r.seat('ada')?.presence).toMatchObject({ violations: 0 })
  })
})
