import { describe, expect, test } from 'vitest'
import { host, occupant, self, tokenA, tokenB, Walk } from './testing/session-walk.ts'

const camera = (mutedBy: 'self' | 'host' | null) => [{ source: 'camera', mutedBy } as const]
const muteCamera = { type: 'set-capture', source: 'camera', on: false } as const

/** In a room, camera live, and the room knows it. */
const filming = (): Walk =>
  new Walk()
    .captures({ camera: 'live' })
    .enter(occupant(self, []), occupant(host))
    .change(occupant(self, camera(null)))

describe('publications', () => {
  test('PB1 M5 the first message says what is offered, live or muted', () => {
    const walk = new Walk()
      .captures({ camera: 'live', microphone: 'muted', screen: 'starting' })
      .join()
      .answer()
    expect(walk.sent).toMatchObject([
      {
        type: 'media-ready',
        publications: [
          { source: 'microphone', mutedBy: 'self' },
          { source: 'camera', mutedBy: null },
        ],
      },
    ])
  })

  test('SK4 PB1 what changed between the first message and the welcome is said after it, once', () => {
    const walk = new Walk().captures({ camera: 'live', microphone: 'live' }).join().answer()
    walk.captures({ camera: 'muted', microphone: 'live' })
    expect(walk.sent).toEqual([])
    walk.welcome(occupant(self), occupant(host))
    expect(walk.sent).toEqual([{ type: 'publish', source: 'camera', mutedBy: 'self', seenRevision: 5 }])
  })

  test.each([
    ['the host, whose seat may be known', new Walk({ hostToken: tokenB }).join().answer({ isHost: true })],
    ['a seat that is returned to', new Walk().join(tokenA).answer()],
    ['a knock', new Walk().join().answer({ admission: 'knocking' })],
  ])('PB3 KN1 nothing is said ahead of the welcome for %s', (_whom, walk) => {
    expect(walk.asked).toEqual(['save-resume-token', 'open-socket'])
  })

  test('M1 M2 muting, un-muting and ending a capture is told once each, with the revision that was seen', () => {
    const walk = filming()
    walk.captures({ camera: 'muted' })
    expect(walk.sent).toEqual([{ type: 'publish', source: 'camera', mutedBy: 'self', seenRevision: 6 }])
    walk.captures({ camera: 'starting' })
    expect(walk.sent).toEqual([])
    walk.captures({ camera: 'live' })
    expect(walk.sent).toEqual([{ type: 'publish', source: 'camera', mutedBy: null, seenRevision: 6 }])
    walk.captures({ camera: 'live' })
    expect(walk.sent).toEqual([])
    walk.captures({})
    expect(walk.sent).toEqual([{ type: 'unpublish', source: 'camera' }])
  })

  test('M4 after quick toggles the last word told is the last state', () => {
    const walk = filming()
    const told: unknown[] = []
    for (let round = 0; round < 10; round += 1) {
      for (const status of ['muted', 'starting', 'live'] as const) {
        walk.captures({ camera: status })
        told.push(...walk.sent.map((message) => ('mutedBy' in message ? message.mutedBy : null)))
      }
    }
    walk.captures({ camera: 'muted' })
    expect(told).toHaveLength(20)
    expect(walk.sent).toMatchObject([{ mutedBy: 'self' }])
  })

  test('H1 MD2 a host mute stops the capture, and its stopping is not told as an own mute', () => {
    const walk = filming().change(occupant(self, camera('host')))
    expect(walk.effects[0]).toEqual(muteCamera)
    expect(walk.view.occupants[0]?.sources.camera).toMatchObject({ mutedBy: 'host', track: null })
    expect(walk.captures({ camera: 'muted' }).sent).toEqual([])
  })

  test('MD3 a capture that still runs un-mutes nothing, also when another source changes meanwhile', () => {
    const walk = filming().change(occupant(self, camera('host')))
    walk.captures({ camera: 'live', microphone: 'live' })
    expect(walk.sent).toEqual([{ type: 'publish', source: 'microphone', mutedBy: null, seenRevision: 7 }])
    expect(walk.captures({ camera: 'muted', microphone: 'live' }).sent).toEqual([])
  })

  test('MD3 H1 a camera that was about to start when the host muted it obeys too', () => {
    const walk = filming().captures({ camera: 'muted' }).captures({ camera: 'starting' })
    walk.change(occupant(self, camera('host')))
    expect(walk.effects[0]).toEqual(muteCamera)
    expect(walk.captures({ camera: 'live' }).sent).toEqual([])
    expect(walk.captures({ camera: 'muted' }).sent).toEqual([])
  })

  test('MD3 the own wish ends a host mute, by naming the revision in which it was seen', () => {
    const walk = filming()
      .change(occupant(self, camera('host')))
      .captures({ camera: 'muted' })
    walk.take({ type: 'capture-wished', source: 'camera', on: true })
    expect(walk.effects).toEqual([{ type: 'set-capture', source: 'camera', on: true }])
    walk.captures({ camera: 'live' })
    expect(walk.sent).toEqual([{ type: 'publish', source: 'camera', mutedBy: null, seenRevision: 7 }])
  })

  test('MD3 a snapshot that crosses the un-mute still says host and is not obeyed a second time', () => {
    const walk = filming()
      .change(occupant(self, camera('host')))
      .captures({ camera: 'muted' })
    walk.take({ type: 'capture-wished', source: 'camera', on: true }).captures({ camera: 'live' })
    walk.change(occupant(self, camera('host')), occupant(host, camera(null)))
    expect(walk.asked).toEqual([])
  })

  test('MD4 a mute that the own un-mute overtook is obeyed when it arrives', () => {
    const walk = filming()
      .captures({ camera: 'muted' })
      .change(occupant(self, camera('self')))
    walk.captures({ camera: 'live' })
    expect(walk.sent).toMatchObject([{ mutedBy: null, seenRevision: 7 }])
    expect(walk.change(occupant(self, camera('host'))).effects[0]).toEqual(muteCamera)
  })

  test('M7 PB3 mutes survive a lost socket: all is repeated', () => {
    const walk = filming().captures({ camera: 'muted' }).lose()
    walk.captures({ camera: 'muted', microphone: 'live' })
    expect(walk.sent).toEqual([])
    walk
      .timer()
      .answer()
      .welcome(occupant(self, camera('self')), occupant(host))
    expect(walk.sent).toMatchObject([
      {
        publications: [
          { source: 'microphone', mutedBy: null },
          { source: 'camera', mutedBy: 'self' },
        ],
      },
    ])
  })

  test('PB3 MD3 a host mute made while the socket was lost is obeyed on return', () => {
    const walk = filming()
      .lose()
      .timer()
      .answer()
      .welcome(occupant(self, camera('host')), occupant(host))
    expect(walk.effects).toContainEqual(muteCamera)
    expect(walk.sent.map(({ type }) => type)).toEqual(['media-ready'])
    expect(walk.captures({ camera: 'muted' }).sent).toEqual([])
  })

  test('MD3 an un-mute made while the socket was lost is told after the repeat', () => {
    const walk = filming()
      .change(occupant(self, camera('host')))
      .captures({ camera: 'muted' })
      .lose()
    walk.take({ type: 'capture-wished', source: 'camera', on: true }).captures({ camera: 'live' })
    walk
      .timer()
      .answer()
      .welcome(occupant(self, camera('host')), occupant(host))
    expect(walk.sent.map(({ type }) => type)).toEqual(['media-ready', 'publish'])
    expect(walk.sent[1]).toMatchObject({ source: 'camera', mutedBy: null, seenRevision: 5 })
    expect(walk.effects).not.toContainEqual(muteCamera)
  })

  test('J6 M7 a reloaded page that the host had muted comes back muted', () => {
    const walk = new Walk().captures({ camera: 'live' }).join()
    walk.answer().welcome(occupant(self, camera('host')), occupant(host))
    expect(walk.effects).toContainEqual(muteCamera)
  })
})
