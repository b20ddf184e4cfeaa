import { describe, expect, test } from 'vitest'
import { decode, longestGapMs } from './testing/decoder.ts'
import { RelayChain, type ChainOccupant } from './testing/relay-chain.ts'
import { TrunkTap } from './testing/trunk-tap.ts'

const audioSlot = 4
const videoSlot = 5
/** Widths that fit the layers of a camera of 960 pixels. */
const wants = { f: 960, h: 400, q: 200 } as const

const video = (viewer: ChainOccupant) => decode(viewer.viewer.slot(videoSlot).row)
const shown = (viewer: ChainOccupant) => video(viewer).pictures.at(-1)?.layer

function see(chain: RelayChain, viewer: ChainOccupant, of: ChainOccupant, widthPx: number): void {
  chain.want(viewer, videoSlot, widthPx)
  chain.show(viewer, videoSlot, of, 'camera')
}

/** `a` publishes at relay 0. */
function line(relays = 2, seed = 1): { chain: RelayChain; a: ChainOccupant; tap: TrunkTap } {
  const chain = new RelayChain(
    Array.from({ length: relays }, (_, relay) => (relay === 0 ? null : relay - 1)),
    seed,
  )
  return { chain, a: chain.enter(0), tap: new TrunkTap(chain.path(0, 1)) }
}

describe('layers over a trunk', () => {
  test('nothing crosses that nobody looks at', () => {
    const { chain, a, tap } = line()
    chain.run(1_500)
    expect(tap.packets).toEqual([])
    const b = chain.watch(1)
    chain.show(b, audioSlot, a, 'microphone')
    chain.run(500)
    expect(tap.packets.length).toBeGreaterThan(20)
    expect(tap.ridsSince(0)).toEqual([])
  })

  test('T4 two viewers of different sizes get different layers, and both cross once', () => {
    const { chain, a, tap } = line()
    const large = chain.watch(1)
    const small = chain.watch(1)
    see(chain, large, a, wants.f)
    see(chain, small, a, wants.q)
    chain.run(2_000)
    expect([shown(large), shown(small)]).toEqual([0, 2])
    expect([...video(large).problems, ...video(small).problems]).toEqual([])
    expect(tap.ridsSince(1_000)).toEqual(['f', 'q'])
  })

  test('CH2 the trunk carries no more for fifteen viewers than for one', () => {
    const { chain, a, tap } = line()
    see(chain, chain.watch(1), a, wants.h)
    chain.run(2_000)
    const alone = tap.bytesSince(1_000)
    const viewers = Array.from({ length: 14 }, () => chain.watch(1))
    for (const viewer of viewers) see(chain, viewer, a, wants.h)
    chain.run(2_000)
    const together = tap.bytesSince(3_000)
    expect(together / alone).toBeGreaterThan(0.95)
    expect(together / alone).toBeLessThan(1.05)
    for (const viewer of viewers) expect(video(viewer).problems).toEqual([])
  })

  test('a layer that nobody wants any more stops within 200 ms', () => {
    const { chain, a, tap } = line()
    const large = chain.watch(1)
    const small = chain.watch(1)
    see(chain, large, a, wants.f)
    see(chain, small, a, wants.q)
    chain.run(2_000)
    chain.relay(1).point(large, videoSlot, null)
    chain.run(200)
    const stoppedMs = chain.nowMs
    chain.run(1_000)
    expect(tap.ridsSince(stoppedMs)).toEqual(['q'])
    chain.want(small, videoSlot, 0)
    chain.run(200)
    const nothingMs = chain.nowMs
    chain.run(1_000)
    expect(tap.ridsSince(nothingMs)).toEqual([])
    expect(video(small).problems).toEqual([])
  })

  test.each([
    ['f', 'h'],
    ['f', 'q'],
    ['h', 'f'],
    ['h', 'q'],
    ['q', 'f'],
    ['q', 'h'],
  ] as const)('from %s to %s without a freeze, and only one of them crosses in the end', (from, to) => {
    const { chain, a, tap } = line(2, 7)
    const b = chain.watch(1)
    see(chain, b, a, wants[from])
    chain.run(2_000)
    chain.want(b, videoSlot, wants[to])
    chain.run(1_500)
    expect(shown(b)).toBe(['f', 'h', 'q'].indexOf(to))
    expect(video(b).problems).toEqual([])
    expect(longestGapMs(video(b).pictures)).toBeLessThan(100)
    expect(tap.ridsSince(3_000)).toEqual([to])
  })

  test.each([
    ['f', 'q'],
    ['q', 'f'],
  ] as const)('from %s to %s, which somebody watches already: it is asked for a key frame', (from, to) => {
    const { chain, a, tap } = line()
    const [b, other] = [chain.watch(1), chain.watch(1)]
    see(chain, b, a, wants[from])
    see(chain, other, a, wants[to])
    chain.run(2_000)
    chain.want(b, videoSlot, wants[to])
    chain.run(1_500)
    expect([shown(b), shown(other)]).toEqual([shown(other), ['f', 'h', 'q'].indexOf(to)])
    expect([...video(b).problems, ...video(other).problems]).toEqual([])
    expect(tap.ridsSince(3_000)).toEqual([to])
  })

  test('in place of a layer that is not published the nearest one crosses, until it is', () => {
    const { chain, a, tap } = line()
    const [f, h] = a.publisher.encodings
    f!.isActive = false
    h!.isActive = false
    const b = chain.watch(1)
    see(chain, b, a, wants.f)
    chain.run(1_500)
    expect(shown(b)).toBe(2)
    h!.isActive = true
    chain.run(1_500)
    expect(shown(b)).toBe(1)
    f!.isActive = true
    chain.run(1_500)
    expect(shown(b)).toBe(0)
    expect(tap.ridsSince(chain.nowMs - 500)).toEqual(['f'])
    expect(video(b).problems).toEqual([])
    expect(longestGapMs(video(b).pictures)).toBeLessThan(100)
  })

  test('a layer that dies at the publisher is left for the next one within a second', () => {
    const { chain, a } = line()
    const b = chain.watch(1)
    see(chain, b, a, wants.f)
    chain.run(2_000)
    a.publisher.encodings[0]!.isActive = false
    chain.run(1_500)
    expect(shown(b)).toBe(1)
    expect(video(b).problems).toEqual([])
    expect(longestGapMs(video(b).pictures)).toBeLessThan(1_000)
  })

  test('until the wanted layer arrives the best one that does is shown', () => {
    const { chain, a } = line()
    const small = chain.watch(1)
    see(chain, small, a, wants.q)
    chain.run(1_000)
    // Its next key frame is far: nothing of the large layer can arrive.
    a.publisher.encodings[0]!.isActive = false
    a.publisher.encodings[1]!.isActive = false
    const large = chain.watch(1)
    see(chain, large, a, wants.f)
    const shownMs = chain.nowMs
    chain.run(1_000)
    expect(shown(large)).toBe(2)
    expect((video(large).pictures[0]?.atMs ?? Infinity) - shownMs).toBeLessThan(250)
  })

  test('a publication without layers crosses as it is, whatever size is wanted', () => {
    const { chain, a, tap } = line()
    for (const encoding of a.publisher.encodings.slice(1)) encoding.isActive = false
    const b = chain.watch(1)
    see(chain, b, a, wants.q)
    chain.run(1_000)
    expect(shown(b)).toBe(0)
    expect(tap.ridsSince(0)).toEqual(['f'])
  })

  test('in a line of three, what the last one wants the middle one wants of the first', () => {
    const { chain, a, tap } = line(3)
    const next = new TrunkTap(chain.path(1, 2))
    const b = chain.watch(1)
    const c = chain.watch(2)
    see(chain, b, a, wants.q)
    chain.run(1_000)
    expect(tap.ridsSince(500)).toEqual(['q'])
    see(chain, c, a, wants.f)
    const wantedMs = chain.nowMs
    chain.run(2_000)
    expect([shown(b), shown(c)]).toEqual([2, 0])
    expect([...video(b).problems, ...video(c).problems]).toEqual([])
    expect((video(c).pictures[0]?.atMs ?? Infinity) - wantedMs).toBeLessThan(250)
    expect([tap, next].map((one) => one.ridsSince(2_000))).toEqual([['f', 'q'], ['f']])
    chain.leave(c)
    chain.run(200)
    const leftMs = chain.nowMs
    chain.run(500)
    expect([tap, next].map((one) => one.ridsSince(leftMs))).toEqual([['q'], []])
  })

  test('what is not wanted again and again is wanted no more: a relay that fell silent is sent nothing after three seconds', () => {
    const { chain, a, tap } = line()
    see(chain, chain.watch(1), a, wants.f)
    chain.run(1_000)
    chain.path(1, 0).quality = { delayMs: 10, jitterMs: 0, lossShare: 1, duplicateShare: 0 }
    chain.run(2_400)
    expect(tap.ridsSince(chain.nowMs - 100)).toEqual(['f'])
    chain.run(900)
    const silentMs = chain.nowMs
    chain.run(500)
    expect(tap.packets.filter(({ atMs }) => atMs > silentMs)).toEqual([])
    chain.path(1, 0).quality = { delayMs: 10, jitterMs: 0, lossShare: 0, duplicateShare: 0 }
    chain.run(1_000)
    expect(tap.ridsSince(chain.nowMs - 300)).toEqual(['f'])
  })

  test.each([1, 2, 3])(
    'whatever is wanted where, over trunks that lose packets: no hole, no freeze (seed %i)',
    (seed) => {
      const { chain, a } = line(3, 100 * seed)
      const viewers = [0, 1, 1, 2, 2].map((relay) => chain.watch(relay))
      for (const viewer of viewers) see(chain, viewer, a, wants.h)
      chain.run(800)
      const rough = { delayMs: 15, jitterMs: 3, lossShare: 0.02, duplicateShare: 0.01 }
      for (const [from, to] of [
        [0, 1],
        [1, 0],
        [1, 2],
        [2, 1],
      ] as const) {
        chain.path(from, to).quality = rough
      }
      a.up.quality = rough
      const { random } = chain.relay(0)
      for (let change = 0; change < 20; change += 1) {
        const viewer = viewers[Math.floor(random() * viewers.length)]
        const layer = (['f', 'h', 'q'] as const)[Math.floor(random() * 3)]
        if (viewer && layer) chain.want(viewer, videoSlot, wants[layer])
        chain.run(400)
      }
      a.sends = false
      chain.run(1_500)
      for (const viewer of viewers) {
        expect(video(viewer).problems).toEqual([])
        expect(longestGapMs(video(viewer).pictures)).toBeLessThan(400)
      }
    },
  )
})
