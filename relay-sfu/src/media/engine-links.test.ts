import { limits } from '@video-room/shared/limits.ts'
import { describe, expect, test, vi } from 'vitest'
import { ExtensionWriter } from '../wire/header-extensions.ts'
import { writeRtpHeader } from '../wire/rtp.ts'
import { extensionIds, fullSections, publisherTypes } from './testing/facts.ts'
import { RelayRoom } from './testing/relay-room.ts'

const audioSlot = 4
const videoSlot = 5

/** A packet with a section's name and any SSRC, as a hostile publisher would make it. */
function named(mid: string, ssrc: number, payloadType: number, bytes = 100): Uint8Array {
  const out = new Uint8Array(1_500)
  const writer = new ExtensionWriter()
  writer.begin(out, writeRtpHeader(out, false, payloadType, 1, 1, ssrc), false)
  writer.addUint8(extensionIds.mid, mid.codePointAt(0) ?? 0)
  return out.slice(0, writer.end() + bytes)
}

describe('a link without media', () => {
  test('LK3 hears of the relay often enough to know that it is there', () => {
    const room = new RelayRoom()
    const silent = room.enter(0)
    silent.sends = false
    const sentAtMs: number[] = [0]
    vi.spyOn(silent.down, 'send').mockImplementation((_bytes, nowMs) => void sentAtMs.push(nowMs))
    room.run(5_000)
    const gapsMs = [...sentAtMs, room.nowMs].slice(1).map((atMs, index) => atMs - (sentAtMs[index] ?? 0))
    expect(Math.max(...gapsMs)).toBeLessThanOrEqual(limits.linkSilentMs / 2)
  })
})

describe('what a link may send', () => {
  test.each(['0', 'x'])('a flood of SSRCs of section %s is dropped and told once', (mid) => {
    const room = new RelayRoom()
    room.enter(0).sends = false
    for (let ssrc = 1; ssrc <= 1_000; ssrc += 1) {
      const packet = named(mid, ssrc, publisherTypes.opus)
      room.engine.receive(0, packet, packet.length, ssrc / 10)
    }
    expect(room.events.filter(({ type }) => type === 'misbehaved')).toEqual([
      { type: 'misbehaved', link: 0, why: 'ssrcs' },
    ])
    expect(room.report().droppedPackets['too-many-ssrcs']).toBeGreaterThan(900)
  })

  test('a browser whose facts are late is no flood', () => {
    const room = new RelayRoom()
    const a = room.enter(0, { sections: [] })
    room.run(3_000)
    expect(room.events.filter(({ type }) => type === 'misbehaved')).toEqual([])
    expect(room.report().droppedPackets['unknown-ssrc']).toBeGreaterThan(500)
    expect(a.publisher.acknowledged.size).toBe(0)
  })

  test('more bits than a publisher may send are dropped and told once', () => {
    const room = new RelayRoom()
    room.enter(0).sends = false
    // 60 Mbit/s for a second.
    for (let at = 0; at < 6_000; at += 1) {
      const packet = named('2', 99, publisherTypes.vp8, 1_200)
      room.engine.receive(0, packet, packet.length, at / 6)
    }
    expect(room.events.filter(({ type }) => type === 'misbehaved')).toEqual([
      { type: 'misbehaved', link: 0, why: 'bitrate' },
    ])
    const dropped = room.report().droppedPackets['over-bitrate'] ?? 0
    // 58 Mbit came; two seconds of credit and the one that passed let 36 through.
    expect(dropped).toBeGreaterThan(2_000)
    expect(dropped).toBeLessThan(2_600)
  })

  test('payload types that were not accepted, foreign sections and broken packets go nowhere', () => {
    const room = new RelayRoom()
    const a = room.enter(0)
    const b = room.enter(1)
    b.sends = false
    room.show(b, audioSlot, a, 'microphone')
    room.run(200)
    a.sends = false
    const before = room.report().forwardedPackets
    const known = named('0', a.publisher.audio.ssrc, 13)
    const padding = named('0', a.publisher.audio.ssrc, publisherTypes.opus)
    padding[0] = (padding[0] ?? 0) | 0x20
    padding[padding.length - 1] = 255
    for (const packet of [known, padding, named('9', 5, publisherTypes.opus), new Uint8Array(3)]) {
      room.engine.receive(0, packet, packet.length, room.nowMs)
    }
    const { forwardedPackets, droppedPackets } = room.report()
    expect(forwardedPackets).toBe(before)
    expect(droppedPackets['unknown-payload-type']).toBe(1)
    expect(droppedPackets['unknown-ssrc']).toBe(1)
    expect(droppedPackets['malformed']).toBe(2)
  })

  test('CSRCs and foreign extensions are left behind', () => {
    const room = new RelayRoom()
    const a = room.enter(0)
    const b = room.enter(1)
    b.sends = false
    room.show(b, audioSlot, a, 'microphone')
    room.run(200)
    a.sends = false
    room.run(20)
    const mixed = new Uint8Array(1_500)
    const start = writeRtpHeader(
      mixed,
      false,
      publisherTypes.opus,
      a.publisher.audio.sequence,
      1,
      a.publisher.audio.ssrc,
    )
    mixed[0] = 0x82
    const packet = mixed.slice(0, start + 8 + 50)
    const sizes: number[] = []
    b.down.send = (bytes) => sizes.push(bytes.length)
    room.engine.receive(0, packet, packet.length, room.nowMs)
    expect(sizes).toEqual([12 + 50])
  })

  test('packets for links that are not open, or have no keys, are counted', () => {
    const room = new RelayRoom()
    const packet = named('0', 1, publisherTypes.opus)
    room.engine.receive(5, packet, packet.length, 0)
    room.command({ type: 'open-link', link: 6 })
    room.engine.receive(6, packet, packet.length, 0)
    expect(room.report().droppedPackets).toEqual({ 'unknown-link': 1, 'no-keys': 1 })
  })
})

describe('what is told of a link', () => {
  test('that it was heard, once a second', () => {
    const room = new RelayRoom()
    room.enter(0)
    room.run(5_000)
    const heard = room.events.filter(({ type }) => type === 'heard')
    expect(heard.length).toBeGreaterThanOrEqual(4)
    expect(heard.length).toBeLessThanOrEqual(6)
  })

  test('who speaks, loudest first, and nobody who is muted', () => {
    const room = new RelayRoom()
    const [a, b] = [room.enter(0), room.enter(1)]
    a.publisher.audioLevel = 40
    b.publisher.audioLevel = 25
    room.run(1_000)
    const last = () => room.events.findLast(({ type }) => type === 'speakers')
    expect(last()).toEqual({ type: 'speakers', speakers: [{ link: 1 }, { link: 0 }] })
    room.command({ type: 'set-forwarded', link: 1, source: 'microphone', isForwarded: false })
    room.run(300)
    expect(last()).toEqual({ type: 'speakers', speakers: [{ link: 0 }] })
    room.leave(a)
    room.run(300)
    expect(last()).toEqual({ type: 'speakers', speakers: [] })
  })
})

describe('a closed link', () => {
  test('leaves nothing: slots that showed it are empty, and its index may be used again', () => {
    const room = new RelayRoom()
    const a = room.enter(0)
    const b = room.enter(1)
    b.sends = false
    room.show(b, videoSlot, a, 'camera')
    room.run(500)
    room.leave(a)
    expect(room.events.at(-1)).toEqual({ type: 'link-closed', link: 0 })
    expect(room.report()).toMatchObject({ links: 1, publications: 4, filledSlots: 0 })
    const again = room.enter(0)
    expect(again.link).toBe(0)
    const before = b.viewer.slot(videoSlot).packets.size
    room.run(500)
    // The slot was pointed at what is gone, not at the index.
    expect(b.viewer.slot(videoSlot).packets.size - before).toBeLessThan(15)
    expect(room.report().filledSlots).toBe(0)
  })

  test('is closed once more without harm', () => {
    const room = new RelayRoom()
    room.command({ type: 'close-link', link: 3 })
    expect(room.events).toEqual([{ type: 'link-closed', link: 3 }])
    expect(room.engine.nextDeadlineMs()).toBe(Infinity)
  })

  test('a thousand rounds of coming and going leave nothing behind', () => {
    const room = new RelayRoom()
    for (let round = 0; round < 1_000; round += 1) {
      const [a, b] = [round % 3, 3 + (round % 2)]
      for (const link of [a, b]) {
        room.command({ type: 'open-link', link })
        room.command({ type: 'set-sections', link, sections: fullSections() })
        room.command({ type: 'set-admitted', link, isAdmitted: true })
      }
      room.command({ type: 'set-slot', link: a, slot: videoSlot, publication: { link: b, source: 'camera' } })
      room.command({ type: 'set-slot', link: b, slot: videoSlot, publication: { link: a, source: 'camera' } })
      room.run(1)
      for (const link of [a, b]) room.command({ type: 'close-link', link })
    }
    for (let round = 0; round < 10; round += 1) {
      const [a, b] = [room.enter(0), room.enter(1)]
      room.show(a, videoSlot, b, 'camera')
      room.show(b, videoSlot, a, 'camera')
      room.run(200)
      room.leave(a)
      room.leave(b)
    }
    expect(room.report()).toMatchObject({ links: 0, publications: 0, filledSlots: 0, byLink: [] })
    expect(room.engine.nextDeadlineMs()).toBe(Infinity)
    expect(room.heldSlots).toBe(0)
    expect(room.events.filter(({ type }) => type === 'link-closed').length).toBe(2_020)
  })
})
