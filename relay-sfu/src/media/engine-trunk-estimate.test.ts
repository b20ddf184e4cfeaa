import { describe, expect, test } from 'vitest'
import { readRtcp } from '../wire/rtcp.ts'
import { readTransportFeedback } from '../wire/transport-cc.ts'
import { decode, longestGapMs } from './testing/decoder.ts'
import { sendSection, slotSection } from './testing/facts.ts'
import type { LossyPath } from './testing/lossy-path.ts'
import { RelayChain, type ChainOccupant } from './testing/relay-chain.ts'
import { readOpusPayload } from './testing/synthetic-media.ts'
import { TrunkTap } from './testing/trunk-tap.ts'

const audioSlot = 4
const videoSlot = 5
const mbit = 1_000_000
const rough = { delayMs: 20, jitterMs: 4, lossShare: 0.05, duplicateShare: 0.01 }
const narrow = (bitrateBps: number) => ({
  delayMs: 20,
  jitterMs: 0,
  lossShare: 0,
  duplicateShare: 0,
  bitrateBps,
  queueMaxMs: 500,
})

const video = (viewer: ChainOccupant, slot = videoSlot) => decode(viewer.viewer.slot(slot).row)
const shown = (viewer: ChainOccupant, slot = videoSlot) => video(viewer, slot).pictures.at(-1)?.layer

function see(chain: RelayChain, viewer: ChainOccupant, of: ChainOccupant, widthPx = 960): void {
  chain.want(viewer, videoSlot, widthPx)
  chain.show(viewer, audioSlot, of, 'microphone')
  chain.show(viewer, videoSlot, of, 'camera')
}

/** `a` at the first relay, `b` at the second sees it. */
function watched(seed = 1): { chain: RelayChain; a: ChainOccupant; b: ChainOccupant } {
  const chain = new RelayChain([null, 0], seed)
  const a = chain.enter(0)
  const b = chain.watch(1)
  see(chain, b, a)
  return { chain, a, b }
}

const estimateBps = (chain: RelayChain, relay = 0): number | null | undefined =>
  chain
    .relay(relay)
    .report()
    .byLink.find(({ link }) => link >= 100)?.estimateBps

interface Feedback {
  readonly atMs: number
  readonly received: number[]
  readonly lost: number[]
}

/** What one end tells the other of arrivals. */
function feedbackOn(path: LossyPath): readonly Feedback[] {
  const told: Feedback[] = []
  const send = path.send.bind(path)
  const ignore = () => undefined
  path.send = (bytes, nowMs) => {
    send(bytes, nowMs)
    const type = bytes[1] ?? 0
    if (type < 192 || type > 223) return
    const isGood = readRtcp(bytes, bytes.length, {
      onSenderReport: ignore,
      onReportBlock: ignore,
      onCname: ignore,
      onBye: ignore,
      onNack: ignore,
      onPli: ignore,
      onFir: ignore,
      onRemb: ignore,
      onApplication: ignore,
      onTransportFeedback: (packet, offset, length) => {
        const feedback: Feedback = { atMs: nowMs, received: [], lost: [] }
        readTransportFeedback(packet, offset, length, {
          onFeedback: ignore,
          onPacketStatus: (number, isReceived) =>
            (isReceived ? feedback.received : feedback.lost).push(number),
        })
        told.push(feedback)
      },
    })
    expect(isGood).toBe(true)
  }
  return told
}

describe('what a trunk says of arrivals', () => {
  test('CH2 all that crosses is numbered in one row: sound, pictures and repairs', () => {
    const { chain } = watched()
    const tap = new TrunkTap(chain.path(0, 1))
    chain.run(1_000)
    chain.path(0, 1).quality = rough
    chain.run(2_000)
    const { packets } = tap
    expect(packets.map(({ number }) => number)).toEqual(
      packets.map((_, at) => (packets[0]?.number ?? 0) + at),
    )
    expect(packets.filter(({ isRepair }) => isRepair).length).toBeGreaterThan(5)
    expect(packets.filter(({ rid }) => rid === null).length).toBeGreaterThan(100)
  })

  test('CH7 the other end tells what came, and what did not, every 50 ms', () => {
    const { chain } = watched()
    const told = feedbackOn(chain.path(1, 0))
    const tap = new TrunkTap(chain.path(0, 1))
    chain.run(1_000)
    chain.path(0, 1).quality = { ...rough, jitterMs: 0, duplicateShare: 0 }
    chain.run(1_000)
    const gaps = told.slice(1).map(({ atMs }, at) => atMs - (told[at]?.atMs ?? 0))
    for (const gapMs of gaps) expect(gapMs).toBeGreaterThanOrEqual(50)
    expect(Math.max(...gaps)).toBeLessThan(75)
    const received = told.flatMap((one) => one.received)
    const lost = told.flatMap((one) => one.lost)
    expect(lost.length).toBeGreaterThan(5)
    expect([...received, ...lost].toSorted((x, y) => x - y)).toEqual(
      tap.packets.slice(0, received.length + lost.length).map(({ number }) => number),
    )
  })

  test('CH4 what has a name that nobody knows yet came all the same', () => {
    const { chain, a } = watched()
    chain.run(500)
    chain.relay(1).command({ type: 'set-trunk', link: 100, incoming: [], outgoing: [] })
    const told = feedbackOn(chain.path(1, 0))
    chain.run(500)
    expect(told.flatMap(({ received }) => received).length).toBeGreaterThan(80)
    expect(told.flatMap(({ lost }) => lost)).toEqual([])
    expect(a.publisher.acknowledged.size).toBeGreaterThan(0)
  })
})

describe('a trunk that carries less than is wanted', () => {
  test('layers give way, sound never does, and the queue is short within three seconds', () => {
    const chain = new RelayChain([null, 0], 3)
    const guests = [chain.enter(0), chain.enter(0), chain.enter(0)]
    const viewers = guests.map((guest) => {
      const viewer = chain.watch(1)
      see(chain, viewer, guest)
      return viewer
    })
    chain.run(3_000)
    expect(viewers.map((viewer) => shown(viewer))).toEqual([0, 0, 0])
    const path = chain.path(0, 1)
    path.quality = narrow(2 * mbit)
    chain.run(3_000)
    let worstQueueMs = 0
    for (let passedMs = 0; passedMs < 4_000; passedMs += 10) {
      chain.run(10)
      worstQueueMs = Math.max(worstQueueMs, path.queuedMs)
    }
    expect(worstQueueMs).toBeLessThan(250)
    for (const viewer of viewers) {
      expect(shown(viewer)).toBeGreaterThan(0)
      const frames = viewer.viewer.slot(audioSlot).row.map(({ payload, atMs }) => {
        return { atMs, frame: readOpusPayload(payload).frame }
      })
      const late = frames.filter(({ atMs }) => atMs > chain.nowMs - 3_000)
      expect(late.map(({ frame }) => frame)).toEqual(late.map((_, at) => (late[0]?.frame ?? 0) + at))
      expect(late.length).toBeGreaterThan(140)
    }
    expect(estimateBps(chain)).toBeGreaterThan(0.6 * 2 * mbit)
  })

  test('and come back when it carries them again, one after the other', () => {
    const { chain, b } = watched(4)
    chain.run(2_000)
    chain.path(0, 1).quality = narrow(mbit)
    chain.run(5_000)
    expect(shown(b)).toBe(1)
    chain.path(0, 1).quality = narrow(10 * mbit)
    chain.run(25_000)
    expect(shown(b)).toBe(0)
    expect(longestGapMs(video(b).pictures.filter(({ atMs }) => atMs > 8_000))).toBeLessThan(200)
  })

  test('what is tried too early is left again at once, and tried ever less often', () => {
    const { chain, b } = watched(5)
    chain.run(2_000)
    const tap = new TrunkTap(chain.path(0, 1))
    chain.path(0, 1).quality = narrow(1.2 * mbit)
    chain.run(60_000)
    const seconds = Array.from({ length: 60 }, (_, at) => 2_000 + 1_000 * at)
    const withLarge = seconds.filter((fromMs) =>
      tap.packets.some(({ rid, atMs }) => rid === 'f' && atMs > fromMs && atMs <= fromMs + 1_000),
    )
    expect(withLarge.length).toBeGreaterThan(0)
    expect(withLarge.length).toBeLessThan(10)
    expect(shown(b)).toBeGreaterThan(0)
  })

  test('a screen keeps its size as long as there is a camera that can give way', () => {
    const chain = new RelayChain([null, 0], 6)
    const face = chain.enter(0)
    const page = chain.enter(0, {
      sections: [sendSection('0', 'microphone'), sendSection('1', 'screen', ['f', 'h', 'q'])],
    })
    page.sources.clear()
    page.sources.add('screen')
    const viewer = chain.enter(1, {
      sections: [0, 1, 2, 3, 4, 5].map((at) => slotSection(String(at), 'video')),
    })
    viewer.sends = false
    viewer.sources.clear()
    chain.settle()
    for (const [slot, of, source] of [
      [4, face, 'camera'],
      [5, page, 'screen'],
    ] as const) {
      chain.want(viewer, slot, 960)
      chain.show(viewer, slot, of, source)
    }
    chain.run(2_000)
    expect([shown(viewer, 4), shown(viewer, 5)]).toEqual([0, 0])
    chain.path(0, 1).quality = narrow(2.6 * mbit)
    chain.run(5_000)
    expect(shown(viewer, 4)).toBeGreaterThan(0)
    expect(shown(viewer, 5)).toBe(0)
  })
})

describe('T4 an estimate is of one hop', () => {
  const lossy = { ...rough, lossShare: 0.25 }

  test('a publisher whose way loses a quarter lowers no trunk', () => {
    const { chain, a } = watched(7)
    chain.run(1_000)
    a.up.quality = lossy
    chain.run(6_000)
    expect(a.publisher.nacked).toBeGreaterThan(50)
    expect(estimateBps(chain)).toBe(null)
  })

  test('nor does a viewer behind it', () => {
    const { chain, b } = watched(8)
    chain.run(1_000)
    b.down.quality = lossy
    chain.run(6_000)
    expect(estimateBps(chain)).toBe(null)
    expect(chain.relay(1).report().retransmittedPackets).toBeGreaterThan(50)
  })

  test('a trunk that loses a quarter, or is narrow, lowers no publisher, and no other trunk', () => {
    const chain = new RelayChain([null, 0, 0], 9)
    const a = chain.enter(0)
    const [behind, other] = [chain.watch(1), chain.watch(2)]
    for (const viewer of [behind, other]) see(chain, viewer, a)
    chain.run(1_000)
    chain.path(0, 1).quality = { ...narrow(mbit), lossShare: 0.25 }
    chain.run(5_000)
    const byLink = new Map(
      chain
        .relay(0)
        .report()
        .byLink.map((one) => [one.link, one.estimateBps]),
    )
    expect(byLink.get(101)).toBeLessThan(mbit)
    expect(byLink.get(102)).toBe(null)
    expect(shown(behind)).toBeGreaterThan(0)
    expect(shown(other)).toBe(0)
    // What is still on its way is not acknowledged yet.
    expect(a.publisher.sentNumbers - a.publisher.acknowledged.size).toBeLessThan(60)
  })

  test('in a line of three the narrow one is known at its own end alone', () => {
    const chain = new RelayChain([null, 0, 1], 10)
    const a = chain.enter(0)
    const [near, far] = [chain.watch(1), chain.watch(2)]
    for (const viewer of [near, far]) see(chain, viewer, a)
    chain.run(2_000)
    chain.path(1, 2).quality = narrow(mbit)
    chain.run(5_000)
    expect([shown(near), shown(far)]).toEqual([0, 1])
    expect(estimateBps(chain)).toBe(null)
    const next = chain
      .relay(1)
      .report()
      .byLink.find(({ link }) => link === 102)
    expect(next?.estimateBps).toBeLessThan(1.5 * mbit)
  })
})
