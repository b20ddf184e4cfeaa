import { describe, expect, test } from 'vitest'
import type { OccupantId } from '@video-room/shared/ids.ts'
import { ExtensionWriter } from '../wire/header-extensions.ts'
import { writeRtpHeader } from '../wire/rtp.ts'
import { decode } from './testing/decoder.ts'
import { fullSections } from './testing/facts.ts'
import { RelayChain, type ChainOccupant } from './testing/relay-chain.ts'
import { opusPayload, readOpusPayload } from './testing/synthetic-media.ts'
import { TrunkTap } from './testing/trunk-tap.ts'
import { trunkMid } from './trunk-profile.ts'

const audioSlot = 4
const videoSlot = 5
const trunkAt = { 0: 101, 1: 100 } as const

const video = (viewer: ChainOccupant) => decode(viewer.viewer.slot(videoSlot).row)
const sound = (viewer: ChainOccupant) =>
  viewer.viewer.slot(audioSlot).row.map((packet) => ({ ...packet, ...readOpusPayload(packet.payload) }))

function see(chain: RelayChain, viewer: ChainOccupant, of: ChainOccupant, widthPx = 960): void {
  chain.want(viewer, videoSlot, widthPx)
  chain.show(viewer, audioSlot, of, 'microphone')
  chain.show(viewer, videoSlot, of, 'camera')
}

/** A packet of sound as another relay sends it. */
function soundOf(mid: string, ssrc: number, number = 1): Uint8Array {
  const out = new Uint8Array(200)
  const writer = new ExtensionWriter()
  writer.begin(out, writeRtpHeader(out, false, 111, number, number * 960, ssrc), false)
  writer.addBytes(
    1,
    Uint8Array.from(mid, (letter) => letter.charCodeAt(0)),
  )
  writer.addUint8(4, 30)
  const start = writer.end()
  const payload = opusPayload(1, number)
  out.set(payload, start)
  return out.slice(0, start + payload.length)
}

describe('mute over a trunk (H3)', () => {
  test('RL9 what the origin does not forward does not cross, and goes on in the same row', () => {
    const chain = new RelayChain([null, 0])
    const a = chain.enter(0)
    const b = chain.watch(1)
    see(chain, b, a)
    chain.run(1_500)
    const tap = new TrunkTap(chain.path(0, 1))
    for (const source of ['microphone', 'camera'] as const) {
      chain.relay(0).command({ type: 'set-forwarded', link: a.link, source, isForwarded: false })
    }
    chain.run(1_000)
    expect(tap.packets).toEqual([])
    for (const source of ['microphone', 'camera'] as const) {
      chain.relay(0).command({ type: 'set-forwarded', link: a.link, source, isForwarded: true })
    }
    const resumedMs = chain.nowMs
    chain.run(1_000)
    expect(video(b).problems).toEqual([])
    const first = video(b).pictures.find(({ atMs }) => atMs > resumedMs)
    expect(first?.isKey).toBe(true)
    expect((first?.atMs ?? Infinity) - resumedMs).toBeLessThan(120)
    const resumed = sound(b).findIndex(({ atMs }) => atMs > resumedMs)
    expect(sound(b)[resumed]?.marker).toBe(true)
    expect(sound(b)[resumed]?.sequence).toBe((sound(b)[resumed - 1]?.sequence ?? 0) + 1)
  })

  test('the relay at the far end obeys for itself', () => {
    const chain = new RelayChain([null, 0])
    const a = chain.enter(0)
    const b = chain.watch(1)
    see(chain, b, a)
    chain.run(1_500)
    a.muted.add('camera')
    chain.settle([1])
    const before = b.viewer.slot(videoSlot).packets.size
    chain.run(20)
    const last = b.viewer.slot(videoSlot).packets.size
    chain.run(500)
    // What was on its way down.
    expect(last - before).toBeLessThan(10)
    expect(b.viewer.slot(videoSlot).packets.size).toBe(last)
    expect(chain.relay(1).report().droppedPackets['muted']).toBeGreaterThan(50)
    a.muted.clear()
    chain.settle([1])
    const resumedMs = chain.nowMs
    chain.run(1_000)
    expect(video(b).problems).toEqual([])
    const first = video(b).pictures.find(({ atMs }) => atMs > resumedMs)
    expect(first?.isKey).toBe(true)
    expect((first?.atMs ?? Infinity) - resumedMs).toBeLessThan(650)
  })
})

describe('who speaks', () => {
  test('CH2 is told by trunk and section at the far end, with the level that viewers get as well', () => {
    const chain = new RelayChain([null, 0])
    const a = chain.enter(0)
    const silent = chain.enter(0)
    const b = chain.enter(1)
    a.publisher.audioLevel = 30
    see(chain, b, a)
    chain.show(b, 6, silent, 'microphone')
    chain.run(1_500)
    const speakersAt = (relay: number) =>
      chain.relay(relay).events.findLast((event) => event.type === 'speakers')?.speakers
    const mid = trunkMid(a.occupantId, 'microphone', 1)
    expect(speakersAt(0)).toEqual([{ link: a.link }])
    expect(speakersAt(1)).toEqual([{ link: trunkAt[1], mid }])
    expect(new Set(sound(b).map(({ audioLevel }) => audioLevel))).toEqual(new Set([30]))
    a.muted.add('microphone')
    chain.settle([1])
    chain.run(200)
    expect(speakersAt(1)).toEqual([])
  })
})

describe('what may come over a trunk', () => {
  test('CH4 what has another name than it should is dropped, however much it is, and nothing is kept of it', () => {
    const chain = new RelayChain([null, 0])
    const a = chain.enter(0)
    const b = chain.watch(1)
    see(chain, b, a)
    chain.run(500)
    const twice = trunkMid(a.occupantId, 'microphone', 2)
    for (let number = 0; number < 5_000; number += 1) {
      const packet = soundOf(twice, 1_000 + number, number)
      chain.relay(1).engine.receive(trunkAt[1], packet, packet.length, chain.nowMs)
    }
    const { droppedPackets } = chain.relay(1).report()
    expect(droppedPackets['unknown-ssrc']).toBe(5_000)
    expect(chain.relay(1).events.filter(({ type }) => type === 'misbehaved')).toEqual([])
    const before = sound(b).length
    chain.run(500)
    // The right ones are known all the same.
    expect(sound(b).length - before).toBeGreaterThan(20)
  })

  test('R4 three relays in a ring: everything comes once, and no more than in a line', () => {
    const chain = new RelayChain([2, 0, 1])
    const a = chain.enter(0)
    const viewers = [0, 1, 2].map((relay) => chain.watch(relay))
    const taps = ([0, 1, 2] as const).flatMap((from) =>
      ([0, 1, 2] as const).flatMap((to) => (from === to ? [] : [new TrunkTap(chain.path(from, to))])),
    )
    for (const viewer of viewers) see(chain, viewer, a)
    chain.run(2_000)
    for (const viewer of viewers) {
      expect(video(viewer).problems).toEqual([])
      const frames = sound(viewer).map(({ frame }) => frame)
      expect(frames).toEqual(frames.map((_, at) => (frames[0] ?? 0) + at))
    }
    // Only from where it is published, and to either side once.
    expect(taps.filter(({ packets }) => packets.length > 0)).toHaveLength(2)
    const rates = [0, 500, 1_000, 1_500].map((fromMs) =>
      taps.reduce((sum, tap) => sum + tap.bytesSince(fromMs) - tap.bytesSince(fromMs + 500), 0),
    )
    expect((rates[3] ?? 0) / (rates[2] ?? 1)).toBeLessThan(1.1)
  })

  test('R5 nothing goes back over the trunk that it came over, whatever is ordered', () => {
    const chain = new RelayChain([null, 0])
    const a = chain.enter(0)
    const b = chain.watch(1)
    see(chain, b, a)
    chain.run(1_000)
    const mid = trunkMid(a.occupantId, 'camera', 1)
    const echo = trunkMid(a.occupantId, 'camera', 2)
    const link = trunkAt[1]
    chain.relay(1).command({
      type: 'set-trunk',
      link,
      incoming: [{ mid, source: 'camera', isForwarded: true }],
      outgoing: [{ mid: echo, source: 'camera', publication: { link, source: 'camera', mid } }],
    })
    chain.relay(0).command({
      type: 'set-trunk',
      link: trunkAt[0],
      incoming: [{ mid: echo, source: 'camera', isForwarded: true }],
      outgoing: [{ mid, source: 'camera', publication: { link: a.link, source: 'camera' } }],
    })
    const watcher = chain.watch(0)
    chain.relay(0).want(watcher, videoSlot, 960)
    chain.relay(0).point(watcher, videoSlot, { link: trunkAt[0], source: 'camera', mid: echo })
    const tap = new TrunkTap(chain.path(1, 0))
    chain.run(1_000)
    expect(tap.packets).toEqual([])
  })

  test('a flood of SSRCs of a known section is told, as of a publisher', () => {
    const chain = new RelayChain([null, 0])
    const a = chain.enter(0)
    const mid = trunkMid(a.occupantId, 'microphone', 1)
    for (let ssrc = 1; ssrc <= 2_000; ssrc += 1) {
      const packet = soundOf(mid, ssrc)
      chain.relay(1).engine.receive(trunkAt[1], packet, packet.length, ssrc / 10)
    }
    expect(chain.relay(1).events.filter(({ type }) => type === 'misbehaved')).toEqual([
      { type: 'misbehaved', link: trunkAt[1], why: 'ssrcs' },
    ])
  })

  test('orders for an occupant’s link mean nothing to a trunk, nor those for a trunk to such a link', () => {
    const chain = new RelayChain([null, 0])
    const a = chain.enter(0)
    const b = chain.watch(1)
    see(chain, b, a)
    chain.run(1_000)
    const room = chain.relay(1)
    const link = trunkAt[1]
    room.command({ type: 'set-sections', link, sections: fullSections() })
    room.command({ type: 'set-slot', link, slot: 0, publication: { link: b.link, source: 'camera' } })
    room.command({ type: 'set-want', link, slot: 0, widthPx: 1_000 })
    room.command({ type: 'set-forwarded', link, source: 'camera', isForwarded: false })
    room.command({ type: 'set-trunk', link: b.link, incoming: [], outgoing: [] })
    const before = sound(b).length
    chain.run(1_000)
    expect(sound(b).length - before).toBeGreaterThan(45)
    expect(video(b).problems).toEqual([])
    // Its two publications, and the viewer's own four sections.
    expect(room.report().publications).toBe(6)
  })
})

describe('what comes and goes on a trunk', () => {
  test('200 publications at once, and a far end that hears of them half a second later: none is lost', () => {
    const chain = new RelayChain([null, 0])
    const a = chain.enter(0)
    const mids = Array.from({ length: 200 }, (_, at) =>
      trunkMid(`o_${String(at).padEnd(16, '_')}` as OccupantId, 'microphone', 1),
    )
    const b = chain.watch(1)
    const publication = { link: a.link, source: 'microphone' } as const
    const outgoing = mids.map((mid) => ({ mid, source: 'microphone' as const, publication }))
    const incoming = mids.map((mid) => ({ mid, source: 'microphone' as const, isForwarded: true }))
    chain.relay(0).command({ type: 'set-trunk', link: trunkAt[0], incoming: [], outgoing })
    // And packets that were on their way before the far end knew, each of them again and again.
    for (let number = 1; number <= 5; number += 1) {
      for (const [at, mid] of mids.entries()) {
        const packet = soundOf(mid, 0x77_00_00_00 + 2 * at, number)
        chain.relay(1).engine.receive(trunkAt[1], packet, packet.length, chain.nowMs)
      }
      chain.run(100)
    }
    chain.relay(1).command({ type: 'set-trunk', link: trunkAt[1], incoming, outgoing: [] })
    const sections = Array.from({ length: 200 }, (_, index) => ({
      mid: String(index),
      kind: 'audio' as const,
      direction: 'receive' as const,
      source: null,
      codecs: [{ name: 'opus' as const, payloadType: 100, rtxPayloadType: null }],
      extensions: {},
      rids: [],
    }))
    chain.relay(1).command({ type: 'set-sections', link: b.link, sections })
    for (const [slot, mid] of mids.entries()) {
      chain.relay(1).point(b, slot, { link: trunkAt[1], source: 'microphone', mid })
    }
    chain.run(1_000)
    const heard = mids.filter((_, slot) => b.viewer.slot(slot).packets.size > 10)
    expect(heard).toEqual(mids)
    expect(chain.relay(1).events.filter(({ type }) => type === 'misbehaved')).toEqual([])
  })

  test('a publication that goes and comes again is another stream: no number of the old keys is used twice', () => {
    const chain = new RelayChain([null, 0])
    const a = chain.enter(0)
    const b = chain.watch(1)
    see(chain, b, a)
    const tap = new TrunkTap(chain.path(0, 1))
    chain.run(1_000)
    const ssrcsOf = (fromMs: number) =>
      new Set(tap.packets.filter(({ atMs }) => atMs > fromMs).map(({ ssrc }) => ssrc))
    const before = ssrcsOf(0)
    a.sources.clear()
    // The far end has not heard of it.
    chain.settle([0])
    chain.run(50)
    a.sources.add('microphone').add('camera')
    chain.settle([0])
    const againMs = chain.nowMs
    chain.run(1_500)
    for (const ssrc of ssrcsOf(againMs)) expect(before).not.toContain(ssrc)
    expect(video(b).pictures.filter(({ atMs }) => atMs > againMs + 600).length).toBeGreaterThan(20)
    for (const { srtp } of chain.relays) expect(srtp.every(({ repeated }) => repeated === 0)).toBe(true)
  })

  test('R6 500 publications that came and went leave nothing behind', () => {
    const chain = new RelayChain([null, 0])
    const b = chain.watch(1)
    for (let round = 0; round < 125; round += 1) {
      const guests = [chain.enter(0), chain.enter(0)]
      for (const guest of guests) see(chain, b, guest)
      chain.run(round < 10 ? 200 : 12)
      for (const guest of guests) chain.leave(guest)
    }
    chain.run(200)
    expect(chain.relay(0).report()).toMatchObject({ links: 1, publications: 0, filledSlots: 0 })
    // The four sections of the viewer.
    expect(chain.relay(1).report()).toMatchObject({ links: 2, publications: 4, filledSlots: 0 })
    for (const room of chain.relays) expect(room.heldSlots).toBe(0)
    chain.run(3_500)
    const a = chain.enter(0)
    see(chain, b, a)
    chain.run(1_000)
    expect(video(b).pictures.at(-1)?.publisher).toBe(a.link + 1)
  })

  test('R8 a trunk that is closed leaves nothing: viewers’ slots are empty, and its index may name another link', () => {
    const chain = new RelayChain([null, 0, 1])
    const a = chain.enter(0)
    const [b, c] = [chain.watch(1), chain.watch(2)]
    see(chain, b, a)
    see(chain, c, a)
    chain.run(1_000)
    const room = chain.relay(1)
    room.command({ type: 'close-link', link: trunkAt[1] })
    expect(room.report()).toMatchObject({ links: 2, publications: 4, filledSlots: 0 })
    const before = video(c).pictures.length
    chain.run(1_000)
    expect(video(c).pictures.length - before).toBeLessThan(3)
    for (const link of [b.link, 102]) room.command({ type: 'close-link', link })
    expect(room.engine.nextDeadlineMs()).toBe(Infinity)
  })

  test('a star of four: everybody sees everybody', () => {
    const chain = new RelayChain([null, 0, 0, 0])
    const guests = [0, 1, 2, 3].map((relay) =>
      chain.enter(relay, { sections: fullSections(['video', 'video', 'video']) }),
    )
    for (const viewer of guests) {
      for (const [at, of] of guests.filter((one) => one !== viewer).entries()) {
        chain.want(viewer, audioSlot + at, 400)
        chain.show(viewer, audioSlot + at, of, 'camera')
      }
    }
    chain.run(2_000)
    for (const viewer of guests) {
      for (const [at, of] of guests.filter((one) => one !== viewer).entries()) {
        const { problems, pictures } = decode(viewer.viewer.slot(audioSlot + at).row)
        expect(problems).toEqual([])
        expect(pictures.length).toBeGreaterThan(45)
        expect(pictures.at(-1)).toMatchObject({ publisher: of.link + 1, layer: 1 })
      }
    }
    for (const room of chain.relays) expect(room.report().droppedPackets['unknown-ssrc'] ?? 0).toBe(0)
  })
})
