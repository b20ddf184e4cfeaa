import { describe, expect, test } from 'vitest'
import type { OccupantId } from '@video-room/shared/ids.ts'
import { ExtensionWriter } from '../wire/header-extensions.ts'
import { RtpView, writeRtpHeader } from '../wire/rtp.ts'
import { ActiveSpeaker } from './active-speaker.ts'
import type { TrunkIncoming, TrunkOutgoing } from './boundary.ts'
import { Counters } from './counters.ts'
import { MediaLink } from './media-link.ts'
import { MediaPacket } from './media-packet.ts'
import { trunkMid } from './trunk-profile.ts'

function trunkLink(): MediaLink {
  const ports = {
    acquire: () => new Uint8Array(1_500),
    queue: () => undefined,
    release: () => undefined,
    makeSrtp: () => {
      throw new Error('nothing is sent')
    },
    random32: () => 0,
    wallClockMs: (nowMs: number) => nowMs,
    emit: () => undefined,
  }
  const shared = {
    counters: new Counters(),
    speaker: new ActiveSpeaker(),
    packet: new MediaPacket(),
    storedPacket: new MediaPacket(),
    random32: () => 0,
    wakeAt: () => undefined,
  }
  return new MediaLink(9, ports, shared, true)
}

const midOf = (at: number, hops = 1): string =>
  trunkMid(`o_${String(at).padEnd(16, '_')}` as OccupantId, 'camera', hops)

const incoming = (at: number): TrunkIncoming => ({ mid: midOf(at), source: 'camera', isForwarded: true })
const outgoing = (at: number): TrunkOutgoing => ({ mid: midOf(at, 2), source: 'camera', publication: null })

/** A packet of layer `f`. */
function packetOf(mid: string, ssrc: number, payloadType = 96): RtpView {
  const out = new Uint8Array(100)
  const writer = new ExtensionWriter()
  writer.begin(out, writeRtpHeader(out, false, payloadType, 1, 1, ssrc), false)
  writer.addBytes(
    1,
    Uint8Array.from(mid, (letter) => letter.charCodeAt(0)),
  )
  writer.addUint8(2, 0x66)
  const view = new RtpView()
  view.set(out, writer.end() + 20)
  return view
}

describe('the lists of a trunk', () => {
  test('what is in both the old and the new one keeps its state, in any order', () => {
    const link = trunkLink()
    link.setTrunk([incoming(1), incoming(2)], [outgoing(3), outgoing(4)])
    const { publications } = link.ingress
    const { slots } = link
    link.setTrunk([incoming(5), incoming(2), incoming(1)], [outgoing(4), outgoing(3)])
    expect(link.ingress.publications.slice(1)).toEqual([publications[1], publications[0]])
    expect(link.ingress.publications[2]).toBe(publications[0])
    expect(new Set(link.slots)).toEqual(new Set(slots))
  })

  test('CH2 a layer is known by its names in any codec of the profile, and what went is forgotten', () => {
    const link = trunkLink()
    for (let round = 0; round < 100; round += 1) {
      const all = [0, 1, 2, 3, 4].map((at) => 5 * round + at)
      link.setTrunk(all.map(incoming), all.map(outgoing))
      for (const [index, at] of all.entries()) {
        const payloadType = [96, 98, 102, 45, 96][index] ?? 0
        const entry = link.ingress.ssrcs.find(packetOf(midOf(at), 1_000 + at, payloadType), round * 1_000)
        expect(entry?.publication).toBe(link.ingress.publications[index])
      }
      expect([link.ingress.ssrcs.size, link.slots.length]).toEqual([5, 15])
    }
    link.setTrunk([], [])
    expect([link.ingress.ssrcs.size, link.slots.length, link.ingress.publications.length]).toEqual([0, 0, 0])
  })

  test('an SSRC names one stream for the life of the trunk, its RTX the next number', () => {
    const link = trunkLink()
    const ssrcs = new Set<number>()
    for (let round = 0; round < 10; round += 1) {
      link.setTrunk([], [outgoing(1)])
      for (const slot of link.slots) {
        const { ssrc } = slot?.output ?? { ssrc: -1 }
        expect(ssrc % 2).toBe(0)
        expect(link.slotOf(ssrc)).toBe(slot)
        ssrcs.add(ssrc)
      }
      link.setTrunk([], [])
    }
    expect(ssrcs.size).toBe(30)
    for (const ssrc of ssrcs) expect(link.slotOf(ssrc)).toBe(null)
  })

  test('CH4 a packet with an unknown name or none is nobody’s, and is known as soon as its section is', () => {
    const link = trunkLink()
    link.setTrunk([incoming(1)], [])
    for (let at = 0; at < 1_000; at += 1) {
      expect(link.ingress.ssrcs.find(packetOf(midOf(2), 5_000 + at), 0)).toBe(null)
    }
    expect([link.ingress.ssrcs.size, link.ingress.ssrcs.isFlooded]).toEqual([0, false])
    link.setTrunk([incoming(1), incoming(2)], [])
    expect(link.ingress.ssrcs.find(packetOf(midOf(2), 5_000), 0)?.layer.index).toBe(0)
  })
})
