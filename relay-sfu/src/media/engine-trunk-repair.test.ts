import { describe, expect, test } from 'vitest'
import { decode, longestGapMs } from './testing/decoder.ts'
import { RelayChain, type ChainOccupant } from './testing/relay-chain.ts'
import { TrunkTap } from './testing/trunk-tap.ts'

const audioSlot = 4
const videoSlot = 5
const rough = { delayMs: 20, jitterMs: 4, lossShare: 0.05, duplicateShare: 0.01 }

const video = (viewer: ChainOccupant) => decode(viewer.viewer.slot(videoSlot).row)

function see(chain: RelayChain, viewer: ChainOccupant, of: ChainOccupant, widthPx = 960): void {
  chain.want(viewer, videoSlot, widthPx)
  chain.show(viewer, audioSlot, of, 'microphone')
  chain.show(viewer, videoSlot, of, 'camera')
}

function line(relays: number, seed = 1): { chain: RelayChain; a: ChainOccupant } {
  const parents = Array.from({ length: relays }, (_, relay) => (relay === 0 ? null : relay - 1))
  const chain = new RelayChain(parents, seed)
  return { chain, a: chain.enter(0) }
}

/** Quiet at the end, so that what is under repair arrives. */
function settle(chain: RelayChain, a: ChainOccupant): void {
  a.sends = false
  chain.run(1_500)
}

describe('loss on a trunk', () => {
  test.each([1, 2, 3])('T2 is repaired by the two relays alone (seed %i)', (seed) => {
    const { chain, a } = line(2, seed)
    const b = chain.watch(1)
    see(chain, b, a)
    chain.run(1_000)
    chain.path(0, 1).quality = rough
    chain.path(1, 0).quality = rough
    chain.run(6_000)
    settle(chain, a)
    expect(video(b).problems).toEqual([])
    expect(longestGapMs(video(b).pictures)).toBeLessThan(300)
    expect(a.publisher.nacked).toBe(0)
    expect(chain.relay(1).report().sentNacks).toBeGreaterThan(20)
    expect(chain.relay(0).report().retransmittedPackets).toBeGreaterThan(20)
    for (const { srtp } of chain.relays) expect(srtp.every(({ repeated }) => repeated === 0)).toBe(true)
  })

  test('on every hop at once: up, over two trunks, down', () => {
    const { chain, a } = line(3, 5)
    const c = chain.watch(2)
    see(chain, c, a)
    chain.run(1_000)
    const light = { ...rough, lossShare: 0.02 }
    for (const path of [a.up, chain.path(0, 1), chain.path(1, 2), c.down]) path.quality = light
    chain.run(6_000)
    settle(chain, a)
    expect(video(c).problems).toEqual([])
    expect(longestGapMs(video(c).pictures)).toBeLessThan(400)
  })

  test('T4 a trunk that loses a quarter lowers only those behind it', () => {
    const chain = new RelayChain([null, 0, 0], 6)
    const a = chain.enter(0)
    const [near, lossy, other] = [chain.watch(0), chain.watch(1), chain.watch(2)]
    for (const viewer of [near, lossy, other]) see(chain, viewer, a)
    const tap = new TrunkTap(chain.path(0, 1))
    chain.path(0, 1).quality = { ...rough, lossShare: 0.25 }
    chain.run(8_000)
    expect(tap.ridsSince(7_000)).not.toContain('f')
    expect(video(lossy).pictures.at(-1)?.layer).toBeGreaterThan(0)
    for (const viewer of [near, other]) {
      expect(video(viewer).pictures.at(-1)?.layer).toBe(0)
      expect(video(viewer).problems).toEqual([])
    }
    // And it is better again when the trunk is.
    chain.path(0, 1).quality = { ...rough, lossShare: 0 }
    chain.run(30_000)
    expect(video(lossy).pictures.at(-1)?.layer).toBe(0)
  })

  test('T4 a publisher with a bad way lowers no other', () => {
    const { chain, a } = line(2, 7)
    const good = chain.enter(0)
    const [b, c] = [chain.watch(1), chain.watch(1)]
    see(chain, b, a)
    see(chain, c, good)
    a.up.quality = { ...rough, lossShare: 0.25 }
    chain.run(6_000)
    expect(video(c).pictures.at(-1)?.layer).toBe(0)
    expect(video(c).problems).toEqual([])
    expect(longestGapMs(video(c).pictures)).toBeLessThan(100)
  })

  test('T4 what a publisher’s way lost for good is no loss of the trunk', () => {
    const { chain, a } = line(2, 10)
    const b = chain.watch(1)
    see(chain, b, a)
    chain.run(1_000)
    // It hears nothing, and so repairs nothing.
    a.up.quality = { ...rough, lossShare: 0.3 }
    a.down.quality = { ...rough, lossShare: 1 }
    let worstShare = 0
    for (let second = 0; second < 10; second += 1) {
      chain.run(1_000)
      const lossShare =
        chain
          .relay(0)
          .report()
          .byLink.find(({ link }) => link === 101)?.lossShare ?? 1
      worstShare = Math.max(worstShare, lossShare)
    }
    // The two ends look at moments that lie a way apart.
    expect(worstShare).toBeLessThan(0.05)
  })

  test('T4 a viewer with a bad way takes a smaller layer over the trunk, and nobody else has to', () => {
    const { chain, a } = line(2, 8)
    const [poor, rich] = [chain.watch(1), chain.watch(1)]
    see(chain, poor, a)
    see(chain, rich, a)
    const tap = new TrunkTap(chain.path(0, 1))
    chain.run(1_000)
    expect(tap.ridsSince(500)).toEqual(['f'])
    poor.down.quality = { ...rough, lossShare: 0.25 }
    chain.run(6_000)
    expect(video(poor).pictures.at(-1)?.layer).toBeGreaterThan(0)
    expect(video(rich).pictures.at(-1)?.layer).toBe(0)
    expect(video(rich).problems).toEqual([])
    expect(tap.ridsSince(6_000).length).toBe(2)
  })

  test('R7 after ten seconds without a packet it goes on within a second', () => {
    const { chain, a } = line(2, 9)
    const b = chain.watch(1)
    see(chain, b, a)
    chain.run(2_000)
    for (const [from, to] of [
      [0, 1],
      [1, 0],
    ] as const) {
      chain.path(from, to).quality = { ...rough, lossShare: 1 }
    }
    chain.run(10_000)
    for (const [from, to] of [
      [0, 1],
      [1, 0],
    ] as const) {
      chain.path(from, to).quality = { ...rough, lossShare: 0 }
    }
    const backMs = chain.nowMs
    chain.run(2_000)
    const next = video(b).pictures.find(({ atMs }) => atMs > backMs)
    expect(next?.isKey).toBe(true)
    expect((next?.atMs ?? Infinity) - backMs).toBeLessThan(1_000)
  })
})

describe('key frames behind trunks', () => {
  test('R3 a late viewer costs a request upstream and nothing else, and sees a picture at once', () => {
    const { chain, a } = line(2)
    see(chain, chain.watch(1), a)
    chain.run(2_000)
    const before = a.publisher.keyFrameRequests.length
    const late = chain.watch(1)
    const joinedMs = chain.nowMs
    chain.want(late, videoSlot, 960)
    chain.show(late, videoSlot, a, 'camera')
    chain.run(1_000)
    expect(a.publisher.keyFrameRequests.length - before).toBe(1)
    // Two ways up, up to a frame's time, three ways down.
    expect((video(late).pictures[0]?.atMs ?? Infinity) - joinedMs).toBeLessThan(150)
  })

  test('T3 however many viewers ask behind however many trunks, the publisher is asked once in half a second', () => {
    const chain = new RelayChain([null, 0, 0, 1], 2)
    const a = chain.enter(0)
    const viewers = [0, 0, 1, 1, 2, 2, 3, 3].map((relay) => chain.watch(relay))
    for (const viewer of viewers) see(chain, viewer, a)
    chain.run(3_000)
    const before = a.publisher.keyFrameRequests.length
    for (let round = 0; round < 100; round += 1) {
      for (const { viewer } of viewers) viewer.askForKeyFrame(videoSlot)
      chain.run(10)
    }
    const asked = a.publisher.keyFrameRequests.slice(before)
    expect(asked.length).toBeGreaterThanOrEqual(1)
    expect(asked.length).toBeLessThanOrEqual(3)
    for (const [at, atMs] of asked.entries()) {
      expect(atMs - (asked[at - 1] ?? -Infinity)).toBeGreaterThanOrEqual(500)
    }
  })

  test('a publisher that begins anew is followed over two hops', () => {
    const { chain, a } = line(3)
    const c = chain.watch(2)
    see(chain, c, a)
    chain.run(2_000)
    for (const encoding of a.publisher.encodings) {
      encoding.sequence += 20_000
      encoding.frame = 0
      encoding.wantsKeyFrame = true
    }
    const restartedMs = chain.nowMs
    chain.run(2_000)
    expect(video(c).problems).toEqual([])
    const next = video(c).pictures.find(({ atMs, isKey }) => isKey && atMs > restartedMs)
    expect((next?.atMs ?? Infinity) - restartedMs).toBeLessThan(700)
  })
})

describe('reports over trunks', () => {
  test('sound and picture stay in step over two hops, whatever the clocks on the way say', () => {
    const { chain } = line(3)
    const a = chain.enter(0, { clockOffsetMs: -86_400_000 })
    chain.relay(0).clockOffsetMs = 5_000_000
    chain.relay(1).clockOffsetMs = -7_000
    const c = chain.watch(2)
    see(chain, c, a)
    a.up.quality = { ...rough, lossShare: 0, jitterMs: 15 }
    for (const path of [chain.path(0, 1), chain.path(1, 2)]) {
      path.quality = { ...rough, lossShare: 0, jitterMs: 15 }
    }
    chain.run(5_000)
    /** How long before it came the quickest packet was captured, by the last report of its slot. */
    const captureMs = (slot: number, clockRatePerMs: number): number => {
      const seen = c.viewer.slot(slot)
      const report = seen.reports.at(-1)
      if (!report) throw new Error('nothing came')
      const wallMs = (report.ntpSeconds - 2_208_988_800) * 1_000 + (report.ntpFraction * 1_000) / 2 ** 32
      const agesMs = seen.row.slice(-100).map(({ timestamp, atMs }) => {
        const capturedMs = wallMs + ((timestamp - report.rtpTimestamp) | 0) / clockRatePerMs
        return capturedMs - 1_700_000_000_000 - atMs
      })
      return Math.max(...agesMs)
    }
    const audioMs = captureMs(audioSlot, 48)
    const videoMs = captureMs(videoSlot, 90)
    expect(Math.abs(audioMs - videoMs)).toBeLessThan(15)
    // The quickest reports set the scale: 20 up, twice 20 between, 10 down, and some of the jitter.
    expect(videoMs).toBeGreaterThan(-100)
    expect(videoMs).toBeLessThan(0)
  })

  test('the round trip between the relays is measured at both ends', () => {
    const { chain, a } = line(2)
    const b = chain.enter(1)
    see(chain, b, a)
    see(chain, a, b)
    chain.path(0, 1).quality = { ...rough, lossShare: 0, delayMs: 40, jitterMs: 0 }
    chain.run(4_000)
    for (const room of chain.relays) {
      const rttMs = room.report().byLink.find(({ link }) => link >= 100)?.rttMs ?? 0
      expect(rttMs).toBeGreaterThan(45)
      expect(rttMs).toBeLessThan(60)
    }
  })

  test('who sends more than 31 streams over a trunk hears of each', () => {
    const { chain } = line(2)
    const publishers = Array.from({ length: 14 }, () => chain.enter(0))
    const viewer = chain.watch(1)
    for (const [at, one] of publishers.entries()) {
      chain.relay(1).command({
        type: 'set-sections',
        link: viewer.link,
        sections: Array.from({ length: 60 }, (_, index) => ({
          mid: String(index),
          kind: index % 2 === 0 ? 'audio' : 'video',
          direction: 'receive',
          source: null,
          codecs: [{ name: index % 2 === 0 ? 'opus' : 'vp8', payloadType: 100, rtxPayloadType: null }],
          extensions: {},
          rids: [],
        })),
      })
      chain.show(viewer, 2 * at, one, 'microphone')
      for (let layer = 0; layer < 3; layer += 1) {
        const slot = 2 * (at + layer * 14) + 1
        if (slot >= 60) continue
        chain.want(viewer, slot, [960, 400, 200][layer] ?? 0)
        chain.show(viewer, slot, one, 'camera')
      }
    }
    const heard = new Set<number>()
    const back = chain.path(1, 0)
    const send = back.send.bind(back)
    back.send = (bytes, nowMs) => {
      for (let at = 8; bytes[1] === 201 && at + 24 <= 8 + 24 * ((bytes[0] ?? 0) & 31); at += 24) {
        heard.add(new DataView(bytes.buffer, bytes.byteOffset).getUint32(at))
      }
      send(bytes, nowMs)
    }
    chain.run(2_000)
    // A microphone and two layers of each, and a third of two.
    expect(heard.size).toBe(44)
  })
})
