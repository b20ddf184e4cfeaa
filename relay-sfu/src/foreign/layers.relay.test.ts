/** Simulcast and slots with a browser's own encoder and decoder: who gets what, and what is seen of a change. */
import { afterEach, expect, it } from 'vitest'
import { inboundOf, layerOf, pictureOf, wantCamera, type BrowserGuest } from './testing/browser-guest.ts'
import { DatachannelGuest } from './testing/datachannel-guest.ts'
import type { Seat } from './testing/lab-room.ts'
import type { ShownPicture } from './testing/page/page-protocol.ts'
import { layeredPicture, setStage, smallPicture, widths } from './testing/stage.ts'
import { until } from './testing/until.ts'

const stage = setStage(4)

type Layer = keyof typeof widths
const layers = Object.keys(widths) as readonly Layer[]

const guest = (at: number): BrowserGuest => {
  const found = stage.guests[at]
  if (!found) throw new Error('not so many pages')
  return found
}

/** Until the viewer is shown this layer. */
const shown = (viewer: BrowserGuest, of: Seat, layer: Layer): Promise<ShownPicture> =>
  viewer.shows(of, ({ widthPx }) => widthPx === widths[layer])

const timers: NodeJS.Timeout[] = []
const closing: DatachannelGuest[] = []
afterEach(() => {
  for (const viewer of closing.splice(0)) viewer.close()
  for (const timer of timers.splice(0)) clearInterval(timer)
})

/** Ann publishes in layers; the estimate of her uplink grows until all are sent. */
async function publishing(): Promise<Seat> {
  const ann = stage.lab.room.seat('a', 'camera')
  await guest(0).join(ann, { picture: layeredPicture('red') })
  const early = await guest(0).sees('two seconds pass', (seen) => {
    const { nowMs, connectedMs } = seen.milestones
    return connectedMs !== null && nowMs - connectedMs >= 2_000 && seen
  })
  const view = await guest(0).sees(
    'every layer is sent',
    (seen) => layers.every((rid) => (layerOf(seen, rid)?.frames ?? 0) > 5) && seen,
  )
  const [early2s, later] = [early, view].map(({ uplinkBps }) => (uplinkBps / 1e6).toFixed(2))
  console.log(`uplink estimate: ${early2s} Mbit/s after 2 s, ${later} when all layers are sent`)
  return ann
}

it('all six changes between three layers: no freeze that a viewer of one layer has not', async () => {
  const ann = await publishing()
  const [bob, carl] = [stage.lab.room.seat('b'), stage.lab.room.seat('c')]
  await Promise.all([guest(1).join(bob), guest(2).join(carl)])
  wantCamera(bob, ann, widths.q)
  wantCamera(carl, ann, widths.q)
  await Promise.all([shown(guest(1), ann, 'q'), shown(guest(2), ann, 'q')])
  const freezes = async (): Promise<readonly number[]> => {
    const views = await Promise.all([guest(1).look(), guest(2).look()])
    return views.map((view) => inboundOf(view, ann, 'camera')?.freezes ?? -1)
  }
  const changeAll = async (): Promise<readonly number[]> => {
    const before = await freezes()
    for (const layer of ['h', 'f', 'q', 'f', 'h', 'q'] as const) {
      await Promise.all([guest(1).page.call('forgetGaps'), guest(2).page.call('forgetGaps')])
      wantCamera(bob, ann, widths[layer])
      const { longestGapMs } = await shown(guest(1), ann, layer)
      const steadyMs = (await guest(2).shows(ann)).longestGapMs
      console.log(
        `to ${layer}: longest gap ${longestGapMs.toFixed(0)} ms, without a change ${steadyMs.toFixed(0)} ms`,
      )
    }
    return (await freezes()).map((count, at) => count - (before[at] ?? 0))
  }
  // A machine that others fill stumbles now and then; a change that freezes does so every time.
  let isSmooth = false
  for (let round = 0; round < 3 && !isSmooth; round += 1) {
    const [changing = 0, steady = 0] = await changeAll()
    isSmooth = changing <= steady
  }
  expect(isSmooth).toBe(true)
  expect(inboundOf(await guest(1).look(), ann, 'camera')?.packetsLost).toBe(0)
})

it('T4 one who looks at a thumbnail makes it no smaller for the others, and what nobody looks at is not sent', async () => {
  const ann = await publishing()
  const [bob, carl] = [stage.lab.room.seat('b'), stage.lab.room.seat('c')]
  await Promise.all([guest(1).join(bob), guest(2).join(carl)])
  wantCamera(bob, ann, widths.f)
  wantCamera(carl, ann, widths.q)
  await Promise.all([shown(guest(1), ann, 'f'), shown(guest(2), ann, 'q')])
  wantCamera(carl, ann, 0)
  let packets = -1
  await until('nothing more comes', async () => {
    const now = inboundOf(await guest(2).look(), ann, 'camera')?.packets ?? 0
    const isStill = now === packets
    packets = now
    return isStill
  })
  const { frames } = await shown(guest(1), ann, 'f')
  await guest(1).shows(ann, (picture) => picture.frames > frames + 10 && picture.widthPx === widths.f)
  expect(inboundOf(await guest(2).look(), ann, 'camera')?.packets).toBe(packets)
})

it('T3 however many viewers ask for a key frame, and however often, the publisher hears it twice a second at most', async () => {
  const ann = stage.lab.room.seat('a', 'camera')
  await guest(0).join(ann, { picture: smallPicture('red') })
  const viewers = await Promise.all(
    ['b', 'c', 'd'].map(async (letter) => {
      const viewer = new DatachannelGuest()
      closing.push(viewer)
      await viewer.join(stage.lab.room.seat(letter))
      await until('it gets the picture', () => viewer.packetsOf(ann, 'camera').length > 5)
      return viewer
    }),
  )
  const asked = async (): Promise<number> => {
    const { outbound } = await guest(0).look()
    return outbound.reduce((total, { keyFrameRequests }) => total + keyFrameRequests, 0)
  }
  const before = await asked()
  const startMs = performance.now()
  let wishes = 0
  timers.push(
    setInterval(() => {
      for (const viewer of viewers) viewer.requestKeyFrame(viewer.midOf(ann, 'camera'))
      wishes += viewers.length
    }, 30),
  )
  await until('many wishes', async () => wishes >= 300 && (await asked()) >= before + 3)
  const heard = (await asked()) - before
  const seconds = (performance.now() - startMs) / 1_000
  console.log(`${wishes} wishes in ${seconds.toFixed(1)} s: ${heard} requests`)
  expect(heard).toBeLessThanOrEqual(seconds * 2 + 1)
})

it('T1 a slot that goes from one publisher to another and back shows each, without renegotiation', async () => {
  const [ann, bob] = [stage.lab.room.seat('a', 'camera'), stage.lab.room.seat('b')]
  await guest(0).join(ann, { picture: smallPicture('red') })
  await guest(1).join(bob, { slots: 1 })
  const { mid } = await guest(1).shows(ann, ({ color }) => color === 'red')
  const dora = stage.lab.room.seat('d', 'camera')
  await guest(2).join(dora, { picture: smallPicture('blue') })
  await guest(2).sees('it sends', ({ outbound }) => outbound.some(({ frames }) => frames > 20))
  // Two that begin at once make a small machine stumble; what is counted is the change alone.
  const { freezes } = await guest(1).sees('its figures', (view) => inboundOf(view, ann, 'camera'))
  wantCamera(bob, dora, 320)
  await guest(1).shows(dora, ({ color }) => color === 'blue')
  wantCamera(bob, ann, 320)
  const picture = await guest(1).shows(ann, ({ color }) => color === 'red')
  expect(picture.mid).toBe(mid)
  const view = await guest(1).look()
  expect(pictureOf(view, dora)).toBeUndefined()
  const figures = inboundOf(view, ann, 'camera')
  expect(figures?.packetsLost).toBe(0)
  // A viewer counts no gap of its own machine twice over two changes.
  expect((figures?.freezes ?? 0) - freezes).toBeLessThanOrEqual(1)
})
