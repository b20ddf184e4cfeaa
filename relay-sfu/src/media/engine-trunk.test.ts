import { describe, expect, test } from 'vitest'
import { decode, longestGapMs } from './testing/decoder.ts'
import { RelayChain, type ChainOccupant } from './testing/relay-chain.ts'
import { readOpusPayload } from './testing/synthetic-media.ts'

const audioSlot = 4
const videoSlot = 5

const video = (viewer: ChainOccupant) => decode(viewer.viewer.slot(videoSlot).row)

function see(chain: RelayChain, viewer: ChainOccupant, of: ChainOccupant, widthPx = 960): void {
  chain.want(viewer, videoSlot, widthPx)
  chain.show(viewer, audioSlot, of, 'microphone')
  chain.show(viewer, videoSlot, of, 'camera')
}

describe('a trunk', () => {
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
})
