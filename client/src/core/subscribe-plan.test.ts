import { limits } from '@video-room/shared/limits.ts'
import type { OccupantView, Publication } from '@video-room/shared/snapshot.ts'
import { kindOf, sources, type Source } from '@video-room/shared/source.ts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { slotsFor, wantsOf } from './subscribe-plan.ts'
import {
  host,
  occupant,
  relay,
  relayedBy,
  relayLink,
  self,
  snapshotOf,
  third,
  Walk,
} from './testing/session-walk.ts'

const publications = (...list: Source[]): Publication[] => list.map((source) => ({ source, mutedBy: null }))
const defaultPx = limits.shownWidthDefaultPx
const entered = (...others: OccupantView[]): Walk => new Walk().enterRelayed(occupant(self), ...others)
const shown = (occupantId: typeof host, source: Source, widthPx: number) =>
  ({ type: 'shown', occupantId, source, widthPx }) as const

describe('the subscribe plan', () => {
  test('RL8 names all that the others publish, muted or not, and nothing of oneself', () => {
    const walk = entered(
      occupant(host, publications('microphone', 'camera')),
      occupant(third, [{ source: 'screen', mutedBy: 'self' }]),
    )
    walk.change(occupant(self, publications('camera')))
    expect(wantsOf(walk.state)).toEqual([
      { occupantId: host, source: 'microphone', widthPx: 0 },
      { occupantId: host, source: 'camera', widthPx: defaultPx },
      { occupantId: third, source: 'screen', widthPx: defaultPx },
    ])
  })

  test('M8 a picture is wanted as wide as it is shown, and not at all while nobody looks', () => {
    const walk = entered(occupant(host, publications('microphone', 'camera', 'screen')))
    walk.take(shown(host, 'camera', 320)).take(shown(host, 'screen', 0))
    expect(wantsOf(walk.state)).toEqual([
      { occupantId: host, source: 'microphone', widthPx: 0 },
      { occupantId: host, source: 'camera', widthPx: 320 },
    ])
  })

  test('what is remembered of people who left goes with the next word', () => {
    const walk = entered(occupant(host), occupant(third)).take(shown(third, 'camera', 320))
    walk.left(third).take(shown(host, 'camera', 640))
    expect(Object.values(walk.state.shown)).toEqual([640])
  })

  test('RL8 the relay hears it with the list, and again when it changes, not more often than allowed', () => {
    const walk = new Walk().enterRelayed(occupant(self), occupant(host, publications('camera')))
    const camera = { occupantId: host, source: 'camera', widthPx: defaultPx }
    expect(walk.effects).toContainEqual({ type: 'want', relayId: relay, generation: 1, wants: [camera] })
    expect(walk.take(shown(host, 'camera', 320)).asked).toEqual([])
    expect(walk.take(shown(host, 'camera', 400)).asked).toEqual([])
    expect(walk.state.nextWantsAtMs).toBe(walk.nowMs + limits.wantsIntervalMs)
    expect(walk.timer().effects).toEqual([
      { type: 'want', relayId: relay, generation: 1, wants: [{ ...camera, widthPx: 400 }] },
    ])
    expect(walk.state.nextWantsAtMs).toBeNull()
  })

  test('RL8 what is there anew is asked for at once, whatever was said a moment ago', () => {
    const walk = new Walk().enterRelayed(occupant(self), occupant(host))
    expect(walk.state.links[relay]?.relay?.told?.wants).toEqual([])
    walk.change(occupant(host, publications('microphone')))
    const microphone = { occupantId: host, source: 'microphone', widthPx: 0 }
    expect(walk.effects).toContainEqual({ type: 'want', relayId: relay, generation: 1, wants: [microphone] })
    expect(walk.change(occupant(host)).asked).toEqual([])
    expect(walk.state.nextWantsAtMs).toBe(walk.nowMs + limits.wantsIntervalMs)
  })

  test('a wish that was taken back before it was told is not told', () => {
    const walk = entered(occupant(host, publications('camera')))
    walk.take(shown(host, 'camera', 320)).take(shown(host, 'camera', defaultPx))
    expect(walk.state.nextWantsAtMs).toBeNull()
  })

  test('J6 what may have gone down with a socket is told again on the next', () => {
    const walk = entered(occupant(host, publications('camera'))).lose()
    walk.take(shown(host, 'camera', 320))
    expect([walk.asked, walk.state.nextWantsAtMs]).toEqual([[], null])
    const everyone = snapshotOf(9, occupant(self), occupant(host, publications('camera')))
    const snapshot = { ...everyone, route: relayedBy(relay) }
    walk.timer().answer().hear({ type: 'welcome', occupantId: self, isHost: false, snapshot })
    expect(walk.effects).toContainEqual({
      type: 'want',
      relayId: relay,
      generation: 1,
      wants: [{ occupantId: host, source: 'camera', widthPx: 320 }],
    })
  })

  test('LK5 a relay link that was remade is told at once', () => {
    const walk = entered(occupant(host, publications('camera'))).startRelayed(relayLink(relay, 2))
    expect(walk.asked).toEqual(['open-relay-link', 'close-link', 'want'])
  })

  test.for<[number, number]>([
    [0, 2],
    [1, 2],
    [2, 4],
    [3, 4],
    [4, 6],
    [15, 16],
  ])('RL7 for %i others with camera and microphone there are %i slots of each', ([count, slots]) => {
    const everyone = Array.from({ length: count }, () => occupant(host, publications('microphone', 'camera')))
    const snapshot = snapshotOf(1, occupant(self, publications('camera')), ...everyone)
    expect(slotsFor({ ...new Walk().enter().state, snapshot })).toEqual({ audio: slots, video: slots })
  })

  test('RL7 slots grow with the room, ahead of need, and never shrink', () => {
    const walk = entered(occupant(host, publications('microphone', 'camera')))
    expect(walk.asked).not.toContain('ensure-slots')
    walk.change(occupant(host, publications('microphone', 'camera', 'screen')))
    const grown = { type: 'ensure-slots', relayId: relay, generation: 1, slots: { audio: 4, video: 4 } }
    expect(walk.effects).toContainEqual(grown)
    expect(walk.left(host).asked).not.toContain('ensure-slots')
    expect(walk.state.links[relay]?.relay?.slots).toEqual({ audio: 4, video: 4 })
  })

  test('RL7 there is always a free slot of each kind, within what a relay link may have', () => {
    const list = fc.uniqueArray(fc.constantFrom(...sources))
    fc.assert(
      fc.property(fc.array(list, { maxLength: 15 }), (others) => {
        const snapshot = snapshotOf(1, ...others.map((own) => occupant(host, publications(...own))))
        const slots = slotsFor({ ...new Walk().enter().state, snapshot })
        for (const kind of ['audio', 'video'] as const) {
          const used = others.flat().filter((source) => kindOf[source] === kind).length
          expect(slots[kind]).toBeGreaterThanOrEqual(Math.min(used + 1, limits.slotsMax))
        }
        expect(sources.length + slots.audio + slots.video).toBeLessThanOrEqual(limits.relaySectionsMax)
      }),
    )
  })
})
