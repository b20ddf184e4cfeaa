import { describe, expect, test } from 'vitest'
import { writeRtpHeader } from '../wire/rtp.ts'
import { decode, longestGapMs } from './testing/decoder.ts'
import { fullSections } from './testing/facts.ts'
import { RelayChain, type ChainOccupant } from './testing/relay-chain.ts'
import { readOpusPayload } from './testing/synthetic-media.ts'
import { TrunkTap } from './testing/trunk-tap.ts'
import { trunkMid } from './trunk-profile.ts'

const audioSlot = 4
const videoSlot = 5

const video = (viewer: ChainOccupant) => decode(viewer.viewer.slot(videoSlot).row)

function see(chain: RelayChain, viewer: ChainOccupant, of: ChainOccupant, widthPx = 960): void {
  chain.want(viewer, videoSlot, widthPx)
  chain.show(viewer, audioSlot, of, 'microphone')
  chain.show(viewer, videoSlot, of, 'camera')
}

describe('a trunk', () => {
  test('CH2 every packet says whose it is, repairs as well: nothing is announced', () => {
    const chain = new RelayChain([null, 0])
    const a = chain.enter(0)
    const b = chain.watch(1)
    const tap = new TrunkTap(chain.path(0, 1))
    see(chain, b, a)
    chain.path(0, 1).quality = { delayMs: 10, jitterMs: 0, lossShare: 0.05, duplicateShare: 0 }
    chain.run(2_000)
    const [microphone, camera] = (['microphone', 'camera'] as const).map((source) =>
      trunkMid(a.occupantId, source, 1),
    )
    expect(tap.packets.some(({ isRepair }) => isRepair)).toBe(true)
    expect(new Set(tap.packets.map(({ mid }) => mid))).toEqual(new Set([microphone, camera]))
    for (const { mid, rid } of tap.packets) expect(rid).toBe(mid === camera ? 'f' : null)
  })

  test('R2 sound and picture cross both ways, whole and in one row', () => {
    const chain = new RelayChain([null, 0])
    const a = chain.enter(0)
    const b = chain.enter(1)
    see(chain, b, a)
    see(chain, a, b)
    chain.run(3_000)
    for (const [viewer, of] of [
      [a, b],
      [b, a],
    ] as const) {
      const { problems, pictures } = video(viewer)
      expect(problems).toEqual([])
      expect(pictures.length).toBeGreaterThan(75)
      expect(pictures[0]?.atMs).toBeLessThan(300)
      expect(pictures.at(-1)).toMatchObject({ layer: 0, publisher: of.link + 1 })
      expect(longestGapMs(pictures)).toBeLessThan(100)
      const { row } = viewer.viewer.slot(audioSlot)
      const frames = row.map(({ payload }) => readOpusPayload(payload).frame)
      expect(frames.length).toBeGreaterThan(120)
      expect(frames).toEqual(frames.map((_, at) => (frames[0] ?? 0) + at))
    }
    for (const room of chain.relays) {
      expect(room.heldSlots).toBe(0)
      expect(room.srtp.every(({ repeated }) => repeated === 0)).toBe(true)
      expect(room.report().droppedPackets['unknown-ssrc'] ?? 0).toBe(0)
    }
  })

  test('the codec is what arrives: another one begins with its key frame, and viewers get it if they have it', () => {
    const chain = new RelayChain([null, 0])
    const a = chain.enter(0)
    const vp8Only = chain.watch(1)
    const both = chain.watch(1)
    const sections = fullSections()
    const slot = sections[videoSlot]
    if (!slot) throw new Error('there is a slot')
    slot.codecs.push({ name: 'h264', payloadType: 107, rtxPayloadType: null })
    chain.relay(1).command({ type: 'set-sections', link: both.link, sections })
    for (const viewer of [vp8Only, both]) see(chain, viewer, a)
    chain.run(1_000)
    a.sends = false
    chain.run(500)
    const sent = [vp8Only, both].map((viewer) => {
      const types: number[] = []
      viewer.down.send = (bytes) => {
        const type = (bytes[1] ?? 0) & 0x7f
        if (type < 64 || type > 95) types.push(type)
      }
      return types
    })
    // The far relay's slot goes on: a parameter set, which begins a key frame, then a slice of another picture.
    const mid = [...trunkMid(a.occupantId, 'camera', 1)].map((letter) => letter.charCodeAt(0))
    const [ssrc, number] = [0x55_00_00_00, 7]
    const send = (payloadType: number, sequence: number, nalType: number) => {
      const out = new Uint8Array(100)
      writeRtpHeader(out, false, payloadType, sequence, 1, ssrc)
      out[0] = 0x90
      out.set([0xbe, 0xde, 0, 5, 0x1f, ...mid, 0x20, 0x66, 0], 12)
      out.set([nalType, 1, 2, 3], 36)
      chain.relay(1).engine.receive(100, out, 40, chain.nowMs)
    }
    send(102, number, 1)
    send(102, number + 1, 7)
    send(102, number + 2, 1)
    // One of the old codec that comes late changes nothing.
    send(96, number - 1, 1)
    send(102, number + 3, 1)
    expect(sent).toEqual([[], [107, 107, 107]])
    expect(chain.relay(1).report().droppedPackets['unknown-payload-type']).toBe(1)
  })
})
