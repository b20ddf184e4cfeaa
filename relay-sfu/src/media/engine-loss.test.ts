import { describe, expect, test } from 'vitest'
import { decode, longestGapMs } from './testing/decoder.ts'
import { readUint32 } from '../wire/bytes.ts'
import { ExtensionWriter } from '../wire/header-extensions.ts'
import { writeRtpHeader } from '../wire/rtp.ts'
import { extensionIds, publisherTypes } from './testing/facts.ts'
import { RelayRoom, type RoomOccupant } from './testing/relay-room.ts'

const audioSlot = 4
const videoSlot = 5
const rough = { delayMs: 20, jitterMs: 4, lossShare: 0.05, duplicateShare: 0.01 }

function pair(seed: number, withoutRtx = false): { room: RelayRoom; a: RoomOccupant; b: RoomOccupant } {
  const room = new RelayRoom(seed)
  const a = room.enter(0, { withoutRtx })
  const b = room.enter(1)
  b.sends = false
  room.show(b, audioSlot, a, 'microphone')
  room.show(b, videoSlot, a, 'camera')
  room.want(b, videoSlot, 1_280)
  return { room, a, b }
}

/** The first packets arrive in order: what is lost before a viewer's very first one, no viewer can miss. */
const begin = (room: RelayRoom): void => room.run(300)

/** Quiet at the end, so that what is under repair arrives. */
function settle(room: RelayRoom, a: RoomOccupant): void {
  a.sends = false
  room.run(1_500)
}

describe('loss', () => {
  test.each([1, 2, 3])('no hole and no freeze at five per cent up and down (seed %i)', (seed) => {
    const { room, a, b } = pair(seed)
    begin(room)
    a.up.quality = rough
    b.down.quality = rough
    room.run(8_000)
    settle(room, a)
    const { problems, pictures } = decode(b.viewer.slot(videoSlot).row)
    expect(problems).toEqual([])
    expect(pictures.length).toBeGreaterThan(220)
    // A repair of both ways: twice 48 ms and a request each, on top of a frame.
    expect(longestGapMs(pictures)).toBeLessThan(300)
    const report = room.report()
    expect(report.sentNacks).toBeGreaterThan(20)
    expect(report.retransmittedPackets).toBeGreaterThan(50)
    expect(room.srtp.every(({ repeated }) => repeated === 0)).toBe(true)
    expect(room.heldSlots).toBe(0)
  })

  test.each([1, 2, 3, 4, 5])(
    'five per cent by chance are no overflowing queue: no layer is given up (seed %i)',
    (seed) => {
      const { room, b } = pair(seed)
      room.want(b, videoSlot, 320)
      room.run(2_000)
      b.down.quality = rough
      const fromMs = room.nowMs + 1_000
      room.run(20_000)
      const { pictures } = decode(b.viewer.slot(videoSlot).row)
      const shown = pictures.filter(({ atMs }) => atMs > fromMs).map(({ layer }) => layer)
      expect(new Set(shown)).toEqual(new Set([1]))
    },
  )

  test('a publisher without RTX sends the packets themselves again', () => {
    const { room, a, b } = pair(4, true)
    a.up.quality = rough
    room.run(4_000)
    settle(room, a)
    expect(decode(b.viewer.slot(videoSlot).row).problems).toEqual([])
    expect(a.publisher.nacked).toBeGreaterThan(10)
  })

  test('what is lost of the very first packets is asked for, though they come in disorder', () => {
    const { room, a, b } = pair(16)
    room.want(b, videoSlot, 200)
    const [f, h, q] = a.publisher.encodings
    f!.isActive = false
    q!.isActive = false
    // Of the first key frame, of nine packets: the third comes first, the second never.
    const send = a.up.send.bind(a.up)
    let kept: Uint8Array | null = null
    let count = 0
    a.up.send = (bytes, nowMs) => {
      const isVideo = readUint32(bytes, 8) === h!.ssrc && count < 3
      if (!isVideo) return send(bytes, nowMs)
      count += 1
      if (count === 1) kept = bytes
      if (count < 3) return
      send(bytes, nowMs)
      if (kept) send(kept, nowMs)
    }
    room.run(1_000)
    settle(room, a)
    expect(a.publisher.nacked).toBe(1)
    expect(a.publisher.encodings[1]?.keyFrames).toBe(1)
    expect(decode(b.viewer.slot(videoSlot).row).problems).toEqual([])
  })

  test('T2: loss on the way to one viewer asks nothing of the publisher', () => {
    const { room, a, b } = pair(5)
    begin(room)
    b.down.quality = { ...rough, lossShare: 0.08 }
    room.run(3_000)
    settle(room, a)
    expect(decode(b.viewer.slot(videoSlot).row).problems).toEqual([])
    expect(room.report().retransmittedPackets).toBeGreaterThan(20)
    expect(a.publisher.nacked).toBe(0)
  })

  test('T4: a viewer with a bad way lowers nobody but itself', () => {
    const { room, a, b } = pair(6)
    const c = room.enter(2)
    c.sends = false
    room.show(c, videoSlot, a, 'camera')
    room.want(c, videoSlot, 1_280)
    b.down.quality = { ...rough, lossShare: 0.25 }
    room.run(6_000)
    expect(decode(b.viewer.slot(videoSlot).row).pictures.at(-1)?.layer).toBeGreaterThan(0)
    expect(decode(c.viewer.slot(videoSlot).row).pictures.at(-1)?.layer).toBe(0)
    expect(decode(c.viewer.slot(videoSlot).row).problems).toEqual([])
  })

  test('after an outage a key frame is asked for, not every packet', () => {
    const { room, a, b } = pair(7)
    room.run(1_000)
    a.up.quality = { ...rough, lossShare: 1 }
    room.run(1_500)
    const before = a.publisher.keyFrameRequests.length
    a.up.quality = { ...rough, lossShare: 0 }
    const backMs = room.nowMs
    room.run(1_000)
    expect(a.publisher.keyFrameRequests.length).toBeGreaterThan(before)
    expect(a.publisher.nacked).toBeLessThan(100)
    const { pictures } = decode(b.viewer.slot(videoSlot).row)
    const next = pictures.find(({ atMs, isKey }) => isKey && atMs > backMs)
    expect((next?.atMs ?? Infinity) - backMs).toBeLessThan(200)
  })

  test('repairs stay within their budget, whatever is asked for', () => {
    const { room, a, b } = pair(8)
    b.down.quality = { ...rough, lossShare: 0.9 }
    room.run(4_000)
    settle(room, a)
    const report = room.report()
    expect(report.retransmittedPackets).toBeLessThan(report.forwardedPackets * 0.4 + 70)
  })
})

describe('feedback to the publisher', () => {
  test('every packet that came is acknowledged, and no other', () => {
    const { room, a } = pair(9)
    a.up.quality = { ...rough, duplicateShare: 0 }
    room.run(3_000)
    settle(room, a)
    const arrived = a.publisher.sentNumbers - a.up.lostPackets
    // Reports and requests went the same way and are not numbered.
    expect(Math.abs(a.publisher.acknowledged.size - arrived)).toBeLessThan(40)
    expect(a.publisher.acknowledged.size).toBeLessThan(a.publisher.sentNumbers)
    // Twenty a second: browsers ramp up only with news every 50 ms.
    expect(a.publisher.feedbacks).toBeGreaterThan(55)
    expect(a.publisher.feedbacks).toBeLessThan(75)
    const own = [...a.publisher.encodings, a.publisher.audio].map(({ ssrc }) => ssrc)
    for (const ssrc of a.publisher.feedbackSsrcs) expect(own).toContain(ssrc)
  })

  test('what is dropped for want of facts is not acknowledged: it could not be sent again', () => {
    const { room, a } = pair(10)
    room.command({ type: 'set-sections', link: a.link, sections: [] })
    room.run(500)
    expect(a.publisher.acknowledged.size).toBe(0)
    expect(a.publisher.reportBlocks).toEqual([])
  })

  test('nor is a repair for a layer of which nothing came yet', () => {
    const { room, a, b } = pair(15)
    a.sends = false
    const out = new Uint8Array(200)
    const writer = new ExtensionWriter()
    writer.begin(out, writeRtpHeader(out, false, publisherTypes.vp8Rtx, 1, 1, 99), false)
    writer.addUint8(extensionIds.mid, 0x31)
    writer.addUint8(extensionIds.repairedRid, 0x66)
    writer.addUint16(extensionIds.transportWideCc, 500)
    const end = writer.end()
    room.engine.receive(a.link, out.slice(), end + 50, room.nowMs)
    // A probe holds nothing that could be missed.
    room.engine.receive(a.link, out.slice(), end, room.nowMs)
    a.sends = true
    room.run(200)
    expect(room.report().droppedPackets['unknown-ssrc']).toBe(1)
    expect(room.report().droppedPackets['padding']).toBe(1)
    expect(b.viewer.slot(videoSlot).packets.size).toBeGreaterThan(0)
  })

  test('what is dropped for a mute is acknowledged: the way is as good as before', () => {
    const { room, a } = pair(11)
    room.command({ type: 'set-forwarded', link: a.link, source: 'camera', isForwarded: false })
    room.run(1_000)
    expect(a.publisher.acknowledged.size).toBeGreaterThan(300)
  })

  test('reception reports count per SSRC, a few in a second at most, and never name RTX', () => {
    const { room, a } = pair(12)
    a.up.quality = rough
    room.run(5_000)
    const ssrcs = new Set(a.publisher.reportBlocks.map(({ ssrc }) => ssrc))
    expect(ssrcs).toEqual(new Set([...a.publisher.encodings, a.publisher.audio].map(({ ssrc }) => ssrc)))
    expect(a.publisher.reportBlocks.length).toBeLessThanOrEqual(4 * 5 * 2)
    const last = a.publisher.reportBlocks.findLast(({ ssrc }) => ssrc === a.publisher.encodings[0]?.ssrc)
    expect(last?.cumulativeLost).toBeGreaterThan(20)
    expect((last?.highest ?? 0) & 0xff_ff).toBeLessThan(2_000)
    expect((last?.highest ?? 0) >>> 16).toBe(1)
  })
})

describe('reports to viewers', () => {
  test('sound and picture of a publisher stay in step, whatever its clock says', () => {
    const room = new RelayRoom(13)
    const a = room.enter(0, { clockOffsetMs: -86_400_000 })
    const b = room.enter(1)
    b.sends = false
    room.show(b, audioSlot, a, 'microphone')
    room.show(b, videoSlot, a, 'camera')
    a.up.quality = { delayMs: 20, jitterMs: 15, lossShare: 0, duplicateShare: 0 }
    room.run(5_000)
    const captureMs = (slot: number, clockRatePerMs: number): number => {
      const seen = b.viewer.slot(slot)
      const report = seen.reports.at(-1)
      const packet = seen.row.at(-1)
      if (!report || !packet) throw new Error('nothing came')
      const wallMs = (report.ntpSeconds - 2_208_988_800) * 1_000 + (report.ntpFraction * 1_000) / 2 ** 32
      const captured = wallMs + ((packet.timestamp - report.rtpTimestamp) | 0) / clockRatePerMs
      return captured - 1_700_000_000_000 - packet.atMs
    }
    // Captured 30 to 45 ms before it was seen: 20 up, up to 15 of jitter, 10 down; the quickest report sets the scale.
    const audioMs = captureMs(audioSlot, 48)
    const videoMs = captureMs(videoSlot, 90)
    expect(Math.abs(audioMs - videoMs)).toBeLessThan(20)
    expect(videoMs).toBeGreaterThan(-45)
    expect(videoMs).toBeLessThan(0)
    expect(b.viewer.cnames).toEqual(new Set(['relay']))
  })

  test('the round trip is measured from them', () => {
    const { room } = pair(14)
    room.run(4_000)
    const rttMs = room.report().byLink.find(({ link }) => link === 1)?.rttMs ?? 0
    expect(rttMs).toBeGreaterThan(15)
    expect(rttMs).toBeLessThan(30)
  })
})
