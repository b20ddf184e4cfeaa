import { describe, expect, test } from 'vitest'
import { decode, longestGapMs } from './testing/decoder.ts'
import { RelayRoom, type RoomOccupant } from './testing/relay-room.ts'

const videoSlot = 5
/** Widths that fit the layers f, h and q of a camera of 960 pixels. */
const wants = [960, 400, 200] as const

function watching(seed = 1, wantPx = 960): { room: RelayRoom; a: RoomOccupant; b: RoomOccupant } {
  const room = new RelayRoom(seed)
  const a = room.enter(0)
  const b = room.enter(1)
  b.sends = false
  room.want(b, videoSlot, wantPx)
  room.show(b, videoSlot, a, 'camera')
  return { room, a, b }
}

const pictures = (viewer: RoomOccupant) => decode(viewer.viewer.slot(videoSlot).row).pictures
const problems = (viewer: RoomOccupant) => decode(viewer.viewer.slot(videoSlot).row).problems
const shown = (viewer: RoomOccupant): number | undefined => pictures(viewer).at(-1)?.layer

describe('simulcast layers', () => {
  test.each([
    [0, 1],
    [0, 2],
    [1, 0],
    [1, 2],
    [2, 0],
    [2, 1],
  ])('from layer %i to %i without a freeze, on a key frame, in one row', (from, to) => {
    const { room, b } = watching(10 * from + to, wants[from])
    room.run(2_000)
    expect(shown(b)).toBe(from)
    room.want(b, videoSlot, wants[to] ?? 0)
    room.run(1_500)
    expect(shown(b)).toBe(to)
    expect(problems(b)).toEqual([])
    const layers = pictures(b).map(({ layer }) => layer)
    const at = layers.lastIndexOf(from) + 1
    expect(layers.slice(at).every((layer) => layer === to)).toBe(true)
    expect(pictures(b)[at]?.isKey).toBe(true)
    expect(longestGapMs(pictures(b).slice(at - 20))).toBeLessThan(70)
  })

  test('all six in a row over a lossy way', () => {
    const { room, a, b } = watching(3)
    room.run(500)
    a.up.quality = { delayMs: 15, jitterMs: 3, lossShare: 0.03, duplicateShare: 0.01 }
    b.down.quality = { delayMs: 15, jitterMs: 3, lossShare: 0.03, duplicateShare: 0.01 }
    for (const want of [1, 0, 2, 0, 1, 2, 1, 2, 0] as const) {
      room.want(b, videoSlot, wants[want])
      room.run(1_500)
    }
    a.sends = false
    room.run(1_500)
    expect(problems(b)).toEqual([])
    expect(longestGapMs(pictures(b))).toBeLessThan(300)
    const changes = pictures(b).filter(({ layer }, at) => layer !== (pictures(b)[at - 1]?.layer ?? layer))
    expect(changes.length).toBeGreaterThanOrEqual(8)
    expect(room.srtp.every(({ repeated }) => repeated === 0)).toBe(true)
  })

  test('who looks at nothing is sent nothing, and sees a picture at once when looking again', () => {
    const { room, a, b } = watching()
    room.run(1_000)
    room.want(b, videoSlot, 0)
    room.run(20)
    const before = b.down.sentPackets
    room.run(300)
    expect(b.down.sentPackets - before).toBeLessThan(10)
    room.want(b, videoSlot, 960)
    const wantedMs = room.nowMs
    room.run(700)
    expect(problems(b)).toEqual([])
    expect((pictures(b).find(({ atMs }) => atMs > wantedMs)?.atMs ?? Infinity) - wantedMs).toBeLessThan(120)
    expect(a.publisher.keyFrameRequests.length).toBeLessThan(5)
  })

  test('begins with what is sent, and goes up when more is', () => {
    const { room, a, b } = watching()
    const [f, h] = a.publisher.encodings
    f!.isActive = false
    h!.isActive = false
    room.run(1_000)
    expect(shown(b)).toBe(2)
    h!.isActive = true
    room.run(1_500)
    expect(shown(b)).toBe(1)
    f!.isActive = true
    room.run(1_500)
    expect(shown(b)).toBe(0)
    expect(problems(b)).toEqual([])
  })

  test('a layer that dies is left for the next one within a second', () => {
    const { room, a, b } = watching()
    room.run(1_500)
    expect(shown(b)).toBe(0)
    a.publisher.encodings[0]!.isActive = false
    room.run(1_000)
    expect(shown(b)).toBe(1)
    expect(problems(b)).toEqual([])
    expect(longestGapMs(pictures(b))).toBeLessThan(800)
  })

  test('a camera that pauses as a whole goes on where it was', () => {
    const { room, a, b } = watching()
    room.run(1_500)
    a.publisher.isCameraOn = false
    room.run(5_000)
    a.publisher.isCameraOn = true
    room.run(500)
    expect(problems(b)).toEqual([])
    expect(
      new Set(
        pictures(b)
          .slice(40)
          .map(({ layer }) => layer),
      ),
    ).toEqual(new Set([0]))
  })

  test('layers nobody watches are not asked for lost packets', () => {
    const { room, a } = watching(4, 200)
    room.run(1_000)
    a.up.quality = { delayMs: 10, jitterMs: 0, lossShare: 0.1, duplicateShare: 0 }
    room.run(2_000)
    // q sends 30 packets a second, all layers 300.
    expect(a.publisher.nacked).toBeGreaterThan(0)
    expect(a.publisher.nacked).toBeLessThan(30)
  })
})
