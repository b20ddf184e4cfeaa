/** Other codecs than VP8, with the payloads of a browser's own encoder: who comes late begins on a key frame, a change of layer too. */
import { describe, expect, it } from 'vitest'
import { inboundOf, layerOf, wantCamera, type BrowserGuest } from './testing/browser-guest.ts'
import type { Seat } from './testing/lab-room.ts'
import type { InboundFigures, ShownPicture } from './testing/page/page-protocol.ts'
import { layeredPicture, setStage, widths } from './testing/stage.ts'

const stage = setStage(3)

type Layer = keyof typeof widths
const layers = Object.keys(widths) as readonly Layer[]

const guest = (at: number): BrowserGuest => {
  const found = stage.guests[at]
  if (!found) throw new Error('not so many pages')
  return found
}

const shown = (viewer: BrowserGuest, of: Seat, layer: Layer): Promise<ShownPicture> =>
  viewer.shows(of, ({ widthPx }) => widthPx === widths[layer])

const received = (viewer: BrowserGuest, of: Seat): Promise<InboundFigures> =>
  viewer.sees('figures of the picture', (view) => inboundOf(view, of, 'camera'))

const rest = [
  ['av1', 'video/AV1'],
  ['h264', 'video/H264'],
] as const

/** In short, the one whose layers are the least like those of VP8; fixtures of all three are unit tests. */
describe.each([['vp9', 'video/VP9'], ...(process.env['LONG'] === '1' ? rest : [])] as const)(
  'preferredCodec %s',
  (codec, mimeType) => {
    it('T1 is decoded by whoever comes late and over every change of layer', async ({ skip }) => {
      if (!(await guest(0).page.call('encodes', mimeType))) skip(`this Chromium does not encode ${mimeType}`)
      const ann = stage.lab.room.seat('a', 'camera')
      const bob = stage.lab.room.seat('b')
      await guest(0).join(ann, { picture: layeredPicture('red'), codec })
      await guest(1).join(bob)
      wantCamera(bob, ann, widths.q)
      await guest(0).sees('every layer is sent', (seen) =>
        layers.every((rid) => (layerOf(seen, rid)?.frames ?? 0) > 5),
      )
      await shown(guest(1), ann, 'q')
      for (const layer of ['f', 'h', 'q', 'h', 'f', 'q'] as const) {
        wantCamera(bob, ann, widths[layer])
        await guest(1).page.call('forgetGaps')
        const { longestGapMs } = await shown(guest(1), ann, layer)
        console.log(`${codec} to ${layer}: longest gap ${longestGapMs.toFixed(0)} ms`)
      }
      const carl = stage.lab.room.seat('c')
      await guest(2).join(carl)
      wantCamera(carl, ann, widths.h)
      await shown(guest(2), ann, 'h')
      const figures = await received(guest(1), ann)
      const { framesDecoded, keyFramesDecoded, framesDropped, freezes } = figures
      console.log(
        `${codec}: ${framesDecoded} frames decoded, ${keyFramesDecoded} of them key frames; ${framesDropped} dropped, ${freezes} freezes`,
      )
      expect(figures.codec).toBe(mimeType)
      expect(figures.packetsLost).toBe(0)
      // The first picture, and each change of layer.
      expect(keyFramesDecoded).toBeGreaterThanOrEqual(7)
      const late = await received(guest(2), ann)
      expect(late).toMatchObject({ codec: mimeType, packetsLost: 0 })
      expect(late.keyFramesDecoded).toBeGreaterThanOrEqual(1)
    })
  },
)
