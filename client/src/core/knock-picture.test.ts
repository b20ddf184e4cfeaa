import { addressOfPicture, type KnockPicture } from '@video-room/shared/knock-picture.ts'
import type { Knock } from '@video-room/shared/protocol/messages.ts'
import { smallJpeg } from '@video-room/shared/testing/small-jpeg.ts'
import { describe, expect, test } from 'vitest'
import { host, occupant, self, third, Walk } from './testing/session-walk.ts'

const offer = { type: 'knocking', mayShowPicture: true } as const
const wish = (picture: KnockPicture | null) => ({ type: 'knock-picture-wished', picture }) as const
const said = (picture: KnockPicture | null) => ({ type: 'knock-picture', picture })
const atDoor = () => new Walk().join().answer({ admission: 'knocking' }).hear(offer)

describe('KN8 someone at the door', () => {
  test('shows nothing by themselves, and a picture once they want to', () => {
    const walk = atDoor()
    expect(walk.sent).toEqual([])
    expect(walk.view.knockPicture).toEqual({ shown: null })
    expect(walk.take(wish(smallJpeg)).sent).toEqual([said(smallJpeg)])
    expect(walk.view.knockPicture).toEqual({ shown: addressOfPicture(smallJpeg) })
    expect(walk.take(wish(smallJpeg)).sent, 'it is shown already').toEqual([])
    expect(walk.take(wish(null)).sent).toEqual([said(null)])
    expect(walk.view.knockPicture).toEqual({ shown: null })
  })

  test('shows it again to a host who comes later, and after a lost socket, but only while they want to', () => {
    const walk = atDoor().take(wish(smallJpeg))
    expect(walk.hear(offer).sent).toEqual([said(smallJpeg)])
    walk.lose().timer().answer({ admission: 'knocking' }).hear(offer)
    expect(walk.sent).toEqual([said(smallJpeg)])
    walk.take(wish(null))
    expect(walk.hear(offer).sent).toEqual([])
  })

  test('shows nothing where the room does not ask, or asks no more', () => {
    const silent = new Walk().knock()
    expect(silent.view.knockPicture).toBeNull()
    expect(silent.take(wish(smallJpeg)).sent).toEqual([])
    const walk = atDoor().take(wish(smallJpeg)).hear({ type: 'knocking' })
    expect([walk.sent, walk.view.knockPicture]).toEqual([[], null])
    expect(walk.hear(offer).sent, 'asked anew: it is off again').toEqual([])
  })

  test('shows nothing inside, and starts without at the next door', () => {
    const walk = atDoor().take(wish(smallJpeg)).welcome(occupant(self), occupant(host))
    expect(walk.view).toMatchObject({ status: 'in-room', knockPicture: null })
    expect(walk.take(wish(smallJpeg)).sent).toEqual([])
    const again = atDoor().take(wish(smallJpeg)).take({ type: 'leave' })
    again.join().answer({ admission: 'knocking' }).hear(offer)
    expect([again.sent, again.view.knockPicture]).toEqual([[], { shown: null }])
  })

  test('a refusal is said, and nobody reads that they are seen', () => {
    const walk = atDoor().take(wish(smallJpeg))
    walk.hear({ type: 'error', code: 'rate_limited', about: 'knock-picture' })
    expect(walk.view).toMatchObject({ status: 'knocking', knockPicture: { shown: null } })
    expect(walk.announced).toEqual([{ type: 'error', code: 'rate_limited', about: 'knock-picture' }])
  })
})

describe('KN8 a host', () => {
  const ann: Knock = { occupantId: third, displayName: 'Ann' }
  const bob: Knock = { occupantId: self, displayName: 'Bob' }
  const show = (picture: KnockPicture | null) =>
    ({ type: 'knock-picture', occupantId: third, picture }) as const
  const picture = addressOfPicture(smallJpeg)
  const hosting = () =>
    new Walk()
      .enterAsHost()
      .settings({ knockPicture: true })
      .hear({ type: 'knocks', knocks: [ann, bob] })

  test('sees who wants to be seen, as long as they knock and want to', () => {
    const walk = hosting().hear(show(smallJpeg))
    expect(walk.view.knocks).toEqual([{ ...ann, picture }, bob])
    expect(walk.hear({ type: 'knocks', knocks: [bob, ann] }).view.knocks).toEqual([bob, { ...ann, picture }])
    expect(walk.announced, 'nobody new').toEqual([])
    expect(walk.hear(show(null)).view.knocks).toEqual([bob, ann])
    walk.hear(show(smallJpeg)).hear({ type: 'knocks', knocks: [] })
    expect(walk.hear({ type: 'knocks', knocks: [ann] }).view.knocks).toEqual([ann])
  })

  test('sees no picture of someone who does not knock', () => {
    const walk = hosting().hear({ type: 'knocks', knocks: [bob] })
    expect(walk.hear(show(smallJpeg)).view.knocks).toEqual([bob])
  })

  test('sees none any more after switching them off', () => {
    expect(hosting().hear(show(smallJpeg)).settings({ knockPicture: false }).view.knocks).toEqual([ann, bob])
  })

  test('a participant sees none, whatever arrives', () => {
    const walk = new Walk()
      .enter()
      .hear({ type: 'knocks', knocks: [ann] })
      .hear(show(smallJpeg))
    expect(walk.view.knocks).toEqual([])
  })
})
