import { may } from '@video-room/shared/permissions.ts'
import { describe, expect, test } from 'vitest'
import { host, linkTo, occupant, self, third, Walk } from './testing/session-walk.ts'

const connect = (walk: Walk): Walk => walk.take({ type: 'link-connected', endpointId: host, generation: 1 })
const withCamera = (mutedBy: 'self' | 'host' | null) => occupant(host, [{ source: 'camera', mutedBy }])
const camera = (walk: Walk) =>
  walk.view.occupants.find(({ occupantId }) => occupantId === host)?.sources.camera

describe('what is shown', () => {
  test('M5 a source that was muted before we came is muted before any media, without a blip', () => {
    const walk = new Walk().enter(occupant(self), withCamera('self'))
    expect(camera(walk)).toEqual({ offered: true, mutedBy: 'self', track: null, nextTrack: null })
    connect(walk.start(linkTo(host)))
    expect(camera(walk)).toEqual({ offered: true, mutedBy: 'self', track: null, nextTrack: null })
    walk.change(withCamera(null))
    expect(camera(walk)?.track?.id).toBe(`${host}/camera`)
  })

  test('PB2 a track is shown once its link is connected, while it is offered and live', () => {
    const walk = new Walk().enter(occupant(self), withCamera(null)).start(linkTo(host))
    expect(camera(walk)?.track).toBeNull()
    expect(camera(connect(walk))?.track).not.toBeNull()
    walk.change(occupant(host))
    expect(camera(walk)).toEqual({ offered: false, mutedBy: null, track: null, nextTrack: null })
  })

  test('MD2 H1 H3 what a host muted is not shown, whatever arrives', () => {
    const walk = connect(new Walk().enter(occupant(self), withCamera(null)).start(linkTo(host)))
    expect(camera(walk.change(withCamera('host')))).toEqual({
      offered: true,
      mutedBy: 'host',
      track: null,
      nextTrack: null,
    })
  })

  test('J6 media stays on show while the room is out of reach', () => {
    const walk = connect(new Walk().enter(occupant(self), withCamera(null)).start(linkTo(host))).lose()
    expect(walk.view.status).toBe('reconnecting')
    expect(camera(walk)?.track).not.toBeNull()
    expect(walk.view.occupants[0]).toMatchObject({ isSelf: true, isPresent: false })
  })

  test('SN3 a view names everyone in order of arrival, oneself included, with what the room told', () => {
    const walk = new Walk().enter(occupant(host), occupant(self), occupant(third, [], { displayName: 'Cy' }))
    expect(walk.view.occupants.map(({ occupantId, isSelf }) => [occupantId, isSelf])).toEqual([
      [host, false],
      [self, true],
      [third, false],
    ])
    expect(walk.view.occupants[2]).toMatchObject({ displayName: 'Cy', isHost: false, link: 'none' })
    expect(walk.view).toMatchObject({ isHost: false, route: { kind: 'mesh', epoch: 1 } })
  })

  test('after the end nobody and nothing is shown', () => {
    const walk = connect(new Walk().enter(occupant(self), withCamera(null)).start(linkTo(host))).lose(4410)
    expect(walk.view).toMatchObject({ status: 'ended', endReason: 'room_ended', occupants: [] })
  })
})

describe('what is announced', () => {
  test('who comes, who goes, and who is muted by whom', () => {
    const walk = new Walk().enter(occupant(self), withCamera(null))
    walk.change(occupant(third, [], { displayName: 'Cy' }))
    expect(walk.announced).toEqual([{ type: 'occupant-joined', occupantId: third, displayName: 'Cy' }])
    walk.change(withCamera('host'))
    expect(walk.announced).toEqual([
      { type: 'mute-changed', occupantId: host, source: 'camera', mutedBy: 'host' },
    ])
    walk.left(third)
    expect(walk.announced).toEqual([{ type: 'occupant-left', occupantId: third, displayName: 'Cy' }])
  })

  test('whom one finds on arriving is no news, not even after losing the seat', () => {
    const walk = new Walk().enter(occupant(self), occupant(host))
    expect(walk.announced.map(({ type }) => type)).toEqual(['state-changed', 'joined'])
    walk.lose().timer().refuse('token_invalid').answer({ occupantId: third })
    walk.welcome(occupant(third), occupant(host))
    expect(walk.announced.map(({ type }) => type)).toEqual(['state-changed'])
  })

  test('SN2 J6 who left during an absence is announced with the welcome, who stayed is not', () => {
    const walk = new Walk().enter(occupant(self), occupant(host), occupant(third)).lose().timer().answer()
    walk.welcome(occupant(self), occupant(host))
    expect(walk.announced.map(({ type }) => type)).toEqual(['state-changed', 'occupant-left'])
  })

  test('MD1 H2 refusals are announced with what they were about, races between links are not', () => {
    const walk = new Walk().enter()
    walk.hear({ type: 'error', code: 'not_allowed', about: 'mute-occupant' })
    expect(walk.announced).toEqual([{ type: 'error', code: 'not_allowed', about: 'mute-occupant' }])
    expect(walk.hear({ type: 'error', code: 'no_such_occupant', about: 'signal' }).effects).toEqual([])
  })

  test('H1 the wishes of a host go to the room, which alone decides', () => {
    expect(may('participant', 'mute-occupant')).toBe(false)
    const walk = new Walk().enter()
    walk.take({ type: 'host-wished', message: { type: 'mute-occupant', occupantId: host, source: 'camera' } })
    expect(walk.sent).toEqual([{ type: 'mute-occupant', occupantId: host, source: 'camera' }])
    expect(
      walk.take({ type: 'host-wished', message: { type: 'remove-occupant', occupantId: host } }).sent,
    ).toEqual([{ type: 'remove-occupant', occupantId: host }])
    expect(walk.take({ type: 'host-wished', message: { type: 'end-room' } }).sent).toEqual([
      { type: 'end-room' },
    ])
    walk.lose().take({ type: 'host-wished', message: { type: 'end-room' } })
    expect(walk.effects).toEqual([
      { type: 'emit', announcement: { type: 'error', code: 'not_connected', about: 'end-room' } },
    ])
  })
})
