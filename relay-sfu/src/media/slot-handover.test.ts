import { describe, expect, test } from 'vitest'
import { decode, longestGapMs } from './testing/decoder.ts'
import { RelayChain, type ChainOccupant } from './testing/relay-chain.ts'
import { readOpusPayload } from './testing/synthetic-media.ts'
import { TrunkTap } from './testing/trunk-tap.ts'

const audioSlot = 4
const videoSlot = 5
const slow = { delayMs: 150, jitterMs: 0, lossShare: 0, duplicateShare: 0 }

const video = (viewer: ChainOccupant) => decode(viewer.viewer.slot(videoSlot).row)

/** `b` at relay 1 sees `a` there, which comes to be at relay 0, a long way off: `again` is what it sends from there. */
function moving(): { chain: RelayChain; a: ChainOccupant; again: ChainOccupant; b: ChainOccupant } {
  const chain = new RelayChain([null, 0])
  for (const [from, to] of [
    [0, 1],
    [1, 0],
  ] as const) {
    chain.path(from, to).quality = slow
  }
  const a = chain.enter(1)
  const again = chain.enter(0)
  const b = chain.watch(1)
  chain.want(b, videoSlot, 960)
  chain.show(b, audioSlot, a, 'microphone')
  chain.show(b, videoSlot, a, 'camera')
  chain.run(2_000)
  return { chain, a, again, b }
}

function succeed(chain: RelayChain, viewer: ChainOccupant, to: ChainOccupant): void {
  for (const [slot, source] of [
    [audioSlot, 'microphone'],
    [videoSlot, 'camera'],
  ] as const) {
    const publication = chain.refAt(viewer.relay, to, source)
    const link = viewer.link
    chain.relay(viewer.relay).command({ type: 'set-slot', link, slot, publication, isSuccessor: true })
  }
}

const publishersOf = (viewer: ChainOccupant) => video(viewer).pictures.map(({ publisher }) => publisher)

describe('a slot whose publication comes another way now', () => {
  test('goes on with the old way until the new one brings a key frame: no gap is seen or heard', () => {
    const { chain, a, again, b } = moving()
    succeed(chain, b, again)
    chain.run(2_000)
    const { problems, pictures } = video(b)
    expect(problems).toEqual([])
    expect(longestGapMs(pictures.slice(-100))).toBeLessThan(70)
    const publishers = publishersOf(b)
    const at = publishers.indexOf(again.link + 1)
    expect(publishers.slice(0, at).every((publisher) => publisher === a.link + 1)).toBe(true)
    expect(publishers.slice(at).every((publisher) => publisher === again.link + 1)).toBe(true)
    expect(pictures[at]?.isKey).toBe(true)
    const { row } = b.viewer.slot(audioSlot)
    const gapsMs = row.slice(1).map(({ atMs }, index) => atMs - (row[index]?.atMs ?? atMs))
    expect(Math.max(...gapsMs)).toBeLessThanOrEqual(40)
    expect(readOpusPayload(row.at(-1)?.payload ?? new Uint8Array(5)).publisher).toBe(again.link + 1)
    expect(row.map(({ sequence }) => sequence)).toEqual(
      row.map((_, index) => (row[0]?.sequence ?? 0) + index),
    )
  })

  test('and back again', () => {
    const { chain, a, again, b } = moving()
    succeed(chain, b, again)
    chain.run(1_500)
    succeed(chain, b, a)
    const tap = new TrunkTap(chain.path(0, 1))
    chain.run(1_500)
    expect(video(b).problems).toEqual([])
    expect(longestGapMs(video(b).pictures.slice(-100))).toBeLessThan(70)
    expect(publishersOf(b).at(-1)).toBe(a.link + 1)
    // Nobody wants the long way any more.
    expect(tap.ridsSince(chain.nowMs - 500)).toEqual([])
  })

  test('the new way may be known later than the order', () => {
    const { chain, again, b } = moving()
    again.sources.clear()
    chain.settle()
    again.sources.add('microphone').add('camera')
    succeed(chain, b, again)
    chain.run(300)
    chain.settle()
    chain.run(1_500)
    expect(video(b).problems).toEqual([])
    expect(longestGapMs(video(b).pictures.slice(-100))).toBeLessThan(70)
    expect(publishersOf(b).at(-1)).toBe(again.link + 1)
  })

  test('the old way ends before the new one has begun: the new one is waited for at once', () => {
    const { chain, a, again, b } = moving()
    succeed(chain, b, again)
    chain.run(20)
    chain.leave(a)
    expect(chain.relay(1).report()).toMatchObject({ publications: 4 + 2, filledSlots: 2 })
    chain.run(1_500)
    expect(video(b).problems).toEqual([])
    expect(publishersOf(b).at(-1)).toBe(again.link + 1)
    // Up, down, and a frame's time.
    expect(longestGapMs(video(b).pictures.slice(-100))).toBeLessThan(450)
  })

  test('the new way ends before it has begun: the old one goes on for a while', () => {
    const { chain, a, again, b } = moving()
    succeed(chain, b, again)
    chain.run(20)
    chain.leave(again)
    chain.run(1_000)
    expect(publishersOf(b).at(-1)).toBe(a.link + 1)
    expect(video(b).pictures.at(-1)?.atMs).toBeGreaterThan(chain.nowMs - 100)
    chain.run(1_500)
    // The streams of what crosses to relay 0.
    expect(chain.relay(1).report().filledSlots).toBe(4)
  })

  test('a new way that brings nothing is gone over to after two seconds', () => {
    const { chain, a, again, b } = moving()
    again.sends = false
    chain.run(500)
    const orderedMs = chain.nowMs
    succeed(chain, b, again)
    chain.run(3_000)
    const last = video(b).pictures.at(-1)
    expect(last?.publisher).toBe(a.link + 1)
    expect((last?.atMs ?? 0) - orderedMs).toBeGreaterThan(1_900)
    expect((last?.atMs ?? 0) - orderedMs).toBeLessThan(2_200)
  })

  test('without the word of a successor it shows nothing of the old one any more', () => {
    const { chain, a, again, b } = moving()
    const orderedMs = chain.nowMs
    chain.show(b, videoSlot, again, 'camera')
    chain.run(1_500)
    const old = video(b).pictures.filter(({ publisher }) => publisher === a.link + 1)
    expect((old.at(-1)?.atMs ?? 0) - orderedMs).toBeLessThanOrEqual(20)
  })

  test('an order that follows ends the waiting', () => {
    const { chain, a, again, b } = moving()
    succeed(chain, b, again)
    chain.run(20)
    chain.relay(1).point(b, videoSlot, null)
    const emptiedMs = chain.nowMs
    chain.run(1_000)
    expect((video(b).pictures.at(-1)?.atMs ?? 0) - emptiedMs).toBeLessThanOrEqual(20)
    expect(chain.relay(1).report().filledSlots).toBe(1 + 4)
    chain.show(b, videoSlot, a, 'camera')
    chain.run(500)
    expect(video(b).problems).toEqual([])
  })
})
