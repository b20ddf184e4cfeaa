import { describe, expect, test } from 'vitest'
import { timestampDistance } from '../wire/sequence.ts'
import { decode, longestGapMs } from './testing/decoder.ts'
import { sendSection, slotSection } from './testing/facts.ts'
import { RelayRoom, type RoomOccupant } from './testing/relay-room.ts'
import { readOpusPayload } from './testing/synthetic-media.ts'

const audioSlot = 4
const videoSlot = 5

/** Two occupants; `b` hears and sees `a`. */
function pair(options: Parameters<RelayRoom['enter']>[1] = {}): {
  readonly room: RelayRoom
  readonly a: RoomOccupant
  readonly b: RoomOccupant
} {
  const room = new RelayRoom()
  const a = room.enter(0, options)
  const b = room.enter(1)
  b.sends = false
  room.show(b, audioSlot, a, 'microphone')
  room.show(b, videoSlot, a, 'camera')
  room.want(b, videoSlot, 1_280)
  return { room, a, b }
}

const video = (viewer: RoomOccupant, slot = videoSlot) => decode(viewer.viewer.slot(slot).row)
const count = (viewer: RoomOccupant, slot: number): number => viewer.viewer.slot(slot).packets.size

describe('forwarding', () => {
  test('T1: a viewer gets whole pictures in one row, the best layer in the end', () => {
    const { room, b } = pair()
    room.run(3_000)
    const { problems, pictures } = video(b)
    expect(problems).toEqual([])
    expect(pictures.length).toBeGreaterThan(75)
    expect(pictures.at(-1)?.layer).toBe(0)
    expect(longestGapMs(pictures)).toBeLessThan(100)
    expect(room.heldSlots).toBe(0)
    expect(room.srtp.every(({ repeated }) => repeated === 0)).toBe(true)
  })

  test('audio comes through packet by packet, with the level under the viewer’s id, the first one marked', () => {
    const { room, a, b } = pair()
    a.publisher.audioLevel = 33
    room.run(500)
    const { row } = b.viewer.slot(audioSlot)
    const frames = row.map(({ payload }) => readOpusPayload(payload).frame)
    expect(frames.length).toBeGreaterThan(20)
    expect(frames).toEqual(frames.map((_, at) => (frames[0] ?? 0) + at))
    expect(row.map(({ marker }) => marker)).toEqual(row.map((_, at) => at === 0))
    expect(new Set(row.map(({ audioLevel }) => audioLevel))).toEqual(new Set([33]))
  })

  test('picture ids of 7 bits reach the viewer as a row of 15 bits', () => {
    const { room, b } = pair({ pictureIdBits: 7 })
    room.run(6_000)
    const { problems, pictures } = video(b)
    expect(problems).toEqual([])
    expect(pictures.length).toBeGreaterThan(150)
    expect(new Set(pictures.map(({ pictureIdBits }) => pictureIdBits))).toEqual(new Set([15]))
  })

  test('a slot may be pointed before its publication is known', () => {
    const room = new RelayRoom()
    const b = room.enter(1)
    b.sends = false
    room.command({
      type: 'set-slot',
      link: 1,
      slot: videoSlot,
      publication: { link: 0, source: 'camera' },
    })
    room.run(100)
    room.enter(0)
    room.run(1_000)
    expect(video(b).pictures.length).toBeGreaterThan(20)
  })

  test('newer facts keep what is known of older sections', () => {
    const { room, b } = pair()
    room.run(1_500)
    const sections = [
      sendSection('0', 'microphone'),
      sendSection('1', 'camera', ['f', 'h', 'q']),
      sendSection('2', 'screen'),
      sendSection('3', 'screen-audio'),
      slotSection('4', 'audio'),
      slotSection('5', 'video'),
      slotSection('6', 'video'),
    ]
    for (const link of [0, 1]) room.command({ type: 'set-sections', link, sections })
    room.run(1_500)
    expect(video(b).problems).toEqual([])
    expect(longestGapMs(video(b).pictures)).toBeLessThan(100)
    expect(room.report().droppedPackets['unknown-ssrc'] ?? 0).toBe(0)
  })

  test('nothing passes before a link is admitted, in neither direction', () => {
    const { room, a, b } = pair()
    room.command({ type: 'set-admitted', link: b.link, isAdmitted: false })
    room.run(300)
    expect(b.down.sentPackets).toBe(0)
    room.command({ type: 'set-admitted', link: b.link, isAdmitted: true })
    room.command({ type: 'set-admitted', link: a.link, isAdmitted: false })
    room.run(300)
    expect(count(b, audioSlot) + count(b, videoSlot)).toBe(0)
    expect(room.report().droppedPackets['not-admitted']).toBeGreaterThan(0)
    room.command({ type: 'set-admitted', link: a.link, isAdmitted: true })
    room.run(1_000)
    expect(video(b).problems).toEqual([])
    expect(count(b, audioSlot)).toBeGreaterThan(40)
  })

  test('probes without payload take no number away from the viewer', () => {
    const { room, a, b } = pair()
    room.run(300)
    for (let at = 0; at < 40; at += 1) {
      for (const encoding of a.publisher.encodings) a.publisher.probe(encoding, room.nowMs)
      a.publisher.probeWithRtx(a.publisher.encodings[0]!)
      room.run(30)
    }
    const { problems, pictures } = video(b)
    expect(problems).toEqual([])
    expect(pictures.length).toBeGreaterThan(35)
    expect(room.report().droppedPackets['padding']).toBeGreaterThan(100)
  })
})

describe('mute (H3)', () => {
  test('RL9: from the command on nothing of the source is forwarded, and no number is missing afterwards', () => {
    const { room, a, b } = pair()
    room.run(1_500)
    for (const source of ['microphone', 'camera'] as const) {
      room.command({ type: 'set-forwarded', link: a.link, source, isForwarded: false })
    }
    const before = room.report()
    room.run(1_000)
    const during = room.report()
    expect(during.forwardedPackets).toBe(before.forwardedPackets)
    expect(during.retransmittedPackets).toBe(before.retransmittedPackets)
    expect(during.droppedPackets['muted']).toBeGreaterThan(300)
    expect(a.publisher.keyFrameRequests.filter((atMs) => atMs > 1_510)).toEqual([])

    for (const source of ['microphone', 'camera'] as const) {
      room.command({ type: 'set-forwarded', link: a.link, source, isForwarded: true })
    }
    const resumedMs = room.nowMs
    room.run(1_000)
    const { problems, pictures } = video(b)
    expect(problems).toEqual([])
    const first = pictures.find(({ atMs }) => atMs > resumedMs)
    expect(first?.isKey).toBe(true)
    expect((first?.atMs ?? Infinity) - resumedMs).toBeLessThan(100)
    const { row } = b.viewer.slot(audioSlot)
    const resumed = row.findIndex(({ atMs }) => atMs > resumedMs)
    expect(row[resumed]?.marker).toBe(true)
    expect(row[resumed]?.sequence).toBe((row[resumed - 1]?.sequence ?? 0) + 1)
    // Time went on meanwhile.
    const ticks = timestampDistance(row[resumed - 1]?.timestamp ?? 0, row[resumed]?.timestamp ?? 0)
    expect(ticks / 48).toBeGreaterThan(950)
    expect(ticks / 48).toBeLessThan(1_100)
  })

  test('a source that was muted before it was known stays so', () => {
    const room = new RelayRoom()
    const b = room.enter(1)
    b.sends = false
    room.command({ type: 'open-link', link: 0 })
    room.command({ type: 'set-forwarded', link: 0, source: 'camera', isForwarded: false })
    const a = room.enter(0)
    room.show(b, videoSlot, a, 'camera')
    room.run(500)
    expect(count(b, videoSlot)).toBe(0)
  })
})

describe('slots', () => {
  test('RL7: a slot that is pointed elsewhere goes on in one row and begins with a key frame of the new publication', () => {
    const { room, a, b } = pair()
    const c = room.enter(2)
    room.run(1_500)
    room.show(b, videoSlot, c, 'camera')
    room.show(b, audioSlot, c, 'microphone')
    const switchedMs = room.nowMs
    room.run(1_500)
    const { problems, pictures } = video(b)
    expect(problems).toEqual([])
    const publishers = pictures.map(({ publisher }) => publisher)
    expect(new Set(publishers)).toEqual(new Set([a.link + 1, c.link + 1]))
    expect(publishers).toEqual(publishers.toSorted((x, y) => x - y))
    // One way down of packets that had left already.
    const late = b.viewer.slot(audioSlot).row.filter(({ payload, atMs }) => {
      return readOpusPayload(payload).publisher === a.link + 1 && atMs > switchedMs + 10
    })
    expect(late).toEqual([])
    const row = b.viewer.slot(audioSlot).row.map(({ sequence }) => sequence)
    expect(row).toEqual(row.map((_, at) => (row[0] ?? 0) + at))
  })

  test('an emptied slot is silent, and refilled with the right time between', () => {
    const { room, a, b } = pair()
    room.run(1_000)
    room.command({ type: 'set-slot', link: b.link, slot: videoSlot, publication: null })
    room.run(20)
    const before = count(b, videoSlot)
    room.run(980)
    expect(count(b, videoSlot)).toBe(before)
    room.show(b, videoSlot, a, 'camera')
    room.run(1_000)
    const { problems, pictures } = video(b)
    expect(problems).toEqual([])
    const gap = pictures.findIndex(({ atMs }, at) => atMs - (pictures[at - 1]?.atMs ?? atMs) > 500)
    const ticks = timestampDistance(pictures[gap - 1]?.timestamp ?? 0, pictures[gap]?.timestamp ?? 0)
    const passedMs = (pictures[gap]?.atMs ?? 0) - (pictures[gap - 1]?.atMs ?? 0)
    expect(Math.abs(ticks / 90 - passedMs)).toBeLessThan(20)
  })

  test('video in an audio slot is not sent', () => {
    const { room, a, b } = pair()
    room.show(b, audioSlot, a, 'camera')
    room.run(500)
    expect(count(b, audioSlot)).toBe(0)
  })
})

describe('key frames (T3)', () => {
  test('many viewers’ requests reach the publisher as one in half a second', () => {
    const { room, a } = pair()
    const viewers = [2, 3, 4, 5].map((link) => {
      const viewer = room.enter(link)
      viewer.sends = false
      room.show(viewer, videoSlot, a, 'camera')
      room.want(viewer, videoSlot, 1_280)
      return viewer
    })
    room.run(2_000)
    const before = a.publisher.keyFrameRequests.length
    for (let at = 0; at < 100; at += 1) {
      for (const { viewer } of viewers) viewer.askForKeyFrame(videoSlot)
      room.run(10)
    }
    expect(a.publisher.keyFrameRequests.length - before).toBeLessThanOrEqual(3)
    expect(a.publisher.keyFrameRequests.length - before).toBeGreaterThanOrEqual(1)
  })

  test('a late joiner sees a picture as soon as the publisher can make one', () => {
    const { room, a } = pair()
    room.run(2_000)
    const late = room.enter(7)
    late.sends = false
    const joinedMs = room.nowMs
    room.show(late, videoSlot, a, 'camera')
    room.run(1_000)
    // The request up, up to a frame's time, the picture up and down.
    expect((video(late).pictures[0]?.atMs ?? Infinity) - joinedMs).toBeLessThan(100)
  })
})
