import { limits } from '@video-room/shared/limits.ts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  figuresOf,
  flows,
  freshPath,
  freshUplink,
  isUndecoded,
  lossOf,
  notePath,
  noteUplink,
  sourceKey,
  withoutBlindness,
  type PathMemory,
} from './path-memory.ts'
import { host, readingOf } from './testing/session-walk.ts'
import type { ReceivedSource } from './view.ts'

const camera = (packets: number, frames: number): ReceivedSource => ({
  occupantId: host,
  source: 'camera',
  packets,
  frames,
})
const ofCamera = (path: PathMemory) => path.sources[sourceKey(host, 'camera')]

/** Looks every `everyMs`, each with what `at` says of that moment. */
function watch(
  forMs: number,
  at: (atMs: number) => Partial<ReturnType<typeof readingOf>>,
  { everyMs = 500, isExpected = true } = {},
): PathMemory {
  let next = freshPath
  for (let atMs = everyMs; atMs <= forMs; atMs += everyMs) {
    next = notePath(next, readingOf(host, 1, at(atMs)), atMs, () => isExpected)
  }
  return next
}

describe('what is remembered of a path', () => {
  test('FX2 loss is judged over the whole window, and not before it is whole or where too little came', () => {
    const losing = (share: number) => (atMs: number) => ({
      receivedPackets: Math.round(atMs * (1 - share)),
      lostPackets: Math.round(atMs * share),
    })
    expect(lossOf(watch(2_000, losing(0.2)))).toBeNull()
    expect(lossOf(watch(4_000, losing(0.2)))).toBeCloseTo(0.2)
    expect(lossOf(watch(4_000, losing(0)))).toBe(0)
    expect(lossOf(watch(4_000, (atMs) => ({ receivedPackets: atMs / 500 })))).toBeNull()
    // Repaired packets are taken back by the browser: never a negative share.
    expect(lossOf(watch(4_000, (atMs) => ({ receivedPackets: atMs, lostPackets: 9_000 - atMs })))).toBe(0)
  })

  test('FX2 a loss that is over is forgotten after the window', () => {
    const early = (atMs: number) => ({ receivedPackets: atMs, lostPackets: Math.min(atMs, 1_000) })
    expect(lossOf(watch(3_500, early))).toBeGreaterThan(limits.lossyShare)
    expect(lossOf(watch(8_000, early))).toBe(0)
  })

  test('FX1 figures are means of the window, and null where nothing is known', () => {
    const path = watch(3_000, (atMs) => ({ rttMs: atMs % 1_000 === 0 ? 20 : 30, jitterMs: null }))
    expect(figuresOf(path)).toEqual({ rttMs: 25, jitterMs: null, lossShare: null })
    expect(figuresOf(freshPath)).toEqual({ rttMs: null, jitterMs: null, lossShare: null })
  })

  test('FX1 a window stays a handful of looks, however often there is one', () => {
    for (const everyMs of [limits.migrationSampleMs, limits.linkSampleMs]) {
      const path = watch(20_000, (atMs) => ({ receivedPackets: atMs, lostPackets: atMs }), { everyMs })
      expect(path.looks.length).toBeLessThanOrEqual(11)
      expect(lossOf(path)).toBeCloseTo(0.5)
    }
  })

  test('FX2 packets for 3 s and no frame are an undecoded picture; one frame, a pause or nobody who looks is none', () => {
    const blind = (atMs: number) => ({ received: [camera(atMs, 0)] })
    expect(isUndecoded(watch(3_000, blind), 3_000)).toBe(false)
    const path = watch(3_500, blind)
    expect(isUndecoded(path, 3_500)).toBe(true)
    expect(isUndecoded(withoutBlindness(path), 3_500)).toBe(false)
    expect(isUndecoded(watch(3_500, blind, { isExpected: false }), 3_500)).toBe(false)
    const seen = watch(3_500, (atMs) => ({ received: [camera(atMs, atMs > 2_000 ? 1 : 0)] }))
    expect(isUndecoded(seen, 3_500)).toBe(false)
    const paused = watch(6_000, (atMs) => ({ received: [camera(Math.min(atMs, 2_000), 0)] }))
    expect(isUndecoded(paused, 6_000)).toBe(false)
  })

  test('MG3 a picture flows by its frames, a sound by its packets, and only lately', () => {
    const path = watch(1_000, (atMs) => ({
      received: [camera(atMs, 0), { ...camera(atMs, 0), source: 'microphone' }],
    }))
    expect(flows(ofCamera(path), 1_000)).toBe(false)
    const sound = path.sources[sourceKey(host, 'microphone')]
    expect([flows(sound, 1_000), flows(sound, 1_000 + limits.flowingMs + 1)]).toEqual([true, false])
    expect(flows(undefined, 0)).toBe(false)
  })

  test('RL7 counters that start anew are growth from zero', () => {
    const before = watch(500, () => ({ received: [camera(900, 300)] }))
    const after = notePath(before, readingOf(host, 1, { received: [camera(4, 2)] }), 2_000, () => true)
    expect(ofCamera(after)).toMatchObject({ frames: 2, flowedAtMs: 2_000 })
  })

  test('FX1 a limited uplink is one for 3 s, and free again after 3 s', () => {
    let uplink = freshUplink
    const changes: [number, boolean][] = []
    for (let atMs = 0; atMs < 20_000; atMs += 500) {
      const before = uplink.isLimited
      uplink = noteUplink(uplink, atMs >= 5_000 && atMs < 12_000 && atMs !== 9_000, atMs)
      if (uplink.isLimited !== before) changes.push([atMs, uplink.isLimited])
    }
    expect(changes).toEqual([
      [8_000, true],
      [15_000, false],
    ])
  })

  test('FX1 shares and times stay in bounds, whatever counters say', () => {
    const count = fc.integer({ min: 0, max: 5_000 })
    fc.assert(
      fc.property(fc.array(fc.tuple(count, count, count), { maxLength: 30 }), (list) => {
        let path = freshPath
        for (const [index, [receivedPackets, lostPackets, rttMs]] of list.entries()) {
          const reading = readingOf(host, 1, { receivedPackets, lostPackets, rttMs: 100 * rttMs })
          path = notePath(path, reading, 500 * index, () => true)
          const figures = figuresOf(path)
          if (figures.lossShare !== null) {
            expect(figures.lossShare).toBeGreaterThanOrEqual(0)
            expect(figures.lossShare).toBeLessThanOrEqual(1)
          }
          expect(figures.rttMs).toBeLessThanOrEqual(limits.reportedMsMax)
        }
      }),
    )
  })
})
