/** A trunk that loses packets, and a publisher who does: what is repaired where, and who sees anything of it. */
import { expect, it } from 'vitest'
import { isLong, longIt } from '../testing/long.ts'
import { inboundOf, layerOf, pictureOf, type BrowserGuest } from './testing/browser-guest.ts'
import { setChain } from './testing/chain-stage.ts'
import type { Seat } from './testing/lab-room.ts'
import { LossyShim } from '../io/testing/lossy-shim.ts'
import { layeredPicture, widths } from './testing/stage.ts'
import { until } from './testing/until.ts'

/** What browsers see of it takes a machine that does nothing else. */
const stage = setChain({ relays: 2, pages: isLong ? 4 : 0 })
const sources = ['microphone', 'camera'] as const
const seconds = 20
const freezeMaxMs = 200
const busyPicture = {
  widthPx: 640,
  heightPx: 360,
  framesPerSecond: 15,
  color: 'red',
  isBusy: true,
  layersBps: [500_000],
} as const
const frameMs = 1_000 / busyPicture.framesPerSecond

async function goesOn(count: () => number): Promise<void> {
  const before = count()
  await until('packets come', () => count() > before + 10)
}

it('T2 what is lost on a trunk is sent again on the trunk, and nobody else is asked', async () => {
  const room = await stage.lab.open({ parents: [null, 0] })
  const [ann, bob] = [room.seat(0, 'a', ...sources), room.seat(1, 'b')]
  await stage.raw(ann, { sends: true })
  const far = await stage.raw(bob)
  const pictures = (): number => far.packetsOf(ann, 'camera').length
  await goesOn(pictures)
  const { shim } = stage.lab.between(1, 0)
  const before = await stage.lab.reports()
  const since = async (figure: 'retransmittedPackets' | 'sentNacks') =>
    (await stage.lab.reports()).map((report, at) => report[figure] - (before[at]?.[figure] ?? 0))
  shim.downlinkLoss = 0.2
  await until('packets are sent again', async () => ((await since('retransmittedPackets'))[0] ?? 0) > 5)
  shim.downlinkLoss = 0
  await goesOn(pictures)
  const numbers = far.packetsOf(ann, 'camera').map(({ sequenceNumber }) => sequenceNumber)
  const inOrder = numbers.map((number) => (number - (numbers[0] ?? 0)) & 0xff_ff).toSorted((a, b) => a - b)
  expect(inOrder).toEqual(numbers.map((_, at) => at))
  const [nearAsked, farAsked] = await since('sentNacks')
  expect(nearAsked).toBe(0)
  expect(farAsked).toBeGreaterThan(0)
})

const freezesOf = async (viewer: BrowserGuest, of: Seat): Promise<number> =>
  inboundOf(await viewer.look(), of, 'camera')?.freezes ?? -1

/** Of the publisher: how often it was asked for a packet again. */
const nacksTo = async (publisher: BrowserGuest): Promise<number> =>
  (await publisher.look()).outbound.reduce((total, { nacks }) => total + nacks, 0)

longIt(
  'T2 one packet in twenty lost on the trunk: the publisher hears nothing of it, and a far viewer sees a freeze at most',
  async () => {
    const room = await stage.lab.open({ parents: [null, 0] })
    const [ann, bob] = [room.seat(0, 'a', 'camera'), room.seat(1, 'b')]
    const viewer = stage.page(1)
    await stage.page(0).join(ann, { picture: busyPicture })
    await viewer.join(bob)
    await viewer.shows(ann)
    const { shim } = stage.lab.between(1, 0)
    const gapOver = async (): Promise<number> => {
      await viewer.page.call('forgetGaps')
      const { frames } = await viewer.shows(ann)
      await viewer.shows(ann, (picture) => picture.frames > frames + seconds * busyPicture.framesPerSecond)
      return pictureOf(await viewer.look(), ann)?.longestGapMs ?? Infinity
    }
    const steadyMs = await gapOver()
    const [freezesBefore, nacksBefore] = [await freezesOf(viewer, ann), await nacksTo(stage.page(0))]
    shim.downlinkLoss = 0.05
    const lossyMs = await gapOver()
    shim.downlinkLoss = 0
    const freezes = (await freezesOf(viewer, ann)) - freezesBefore
    const { lost, passed } = shim
    console.log(
      `${lost} of ${lost + passed} lost; longest gap ${steadyMs.toFixed(0)} ms without, ${lossyMs.toFixed(0)} ms with loss; ${freezes} freezes`,
    )
    expect(lost).toBeGreaterThan(50)
    expect(await nacksTo(stage.page(0))).toBe(nacksBefore)
    expect(freezes).toBeLessThanOrEqual(1)
    expect(lossyMs).toBeLessThanOrEqual(freezeMaxMs + Math.max(frameMs, steadyMs))
  },
)

longIt('T4 a publisher whose own way loses a lot lowers no other at a far viewer', async () => {
  const room = await stage.lab.open({ parents: [null, 0] })
  const [ann, xena] = [room.seat(0, 'a', 'camera'), room.seat(0, 'x', 'camera')]
  const bob = room.seat(1, 'b')
  const bad = await LossyShim.start(stage.lab.relay(0).candidate('udp'), 3)
  try {
    await stage.page(0).join(ann, { picture: layeredPicture('red') })
    await stage.page(2).join(xena, {
      picture: { ...busyPicture, color: 'blue' },
      ticket: xena.ticket({ candidates: [bad.candidate] }),
    })
    const viewer = stage.page(1)
    await viewer.join(bob)
    bob.want(
      { occupantId: ann.occupantId, source: 'camera', widthPx: widths.f },
      { occupantId: xena.occupantId, source: 'camera', widthPx: widths.f },
    )
    await stage.page(0).sees('every layer is sent', (view) => (layerOf(view, 'f')?.frames ?? 0) > 5)
    const isSharp = ({ widthPx }: { readonly widthPx: number }): boolean => widthPx === widths.f
    await viewer.shows(ann, isSharp)
    await viewer.shows(xena)
    bad.uplinkLoss = 0.15
    const startMs = performance.now()
    const { frames } = await viewer.shows(ann)
    await viewer.shows(
      ann,
      (picture) => picture.frames > frames + seconds * layeredPicture('red').framesPerSecond,
    )
    const crossed = stage.lab.between(1, 0).crossings.since(startMs, 'down')
    const annsLayers = new Set(crossed.flatMap(({ mid, rid }) => (mid.includes('aaaa') ? (rid ?? []) : [])))
    const { byLink } = await stage.lab.relay(0).report()
    console.log(`${bad.lost} lost; of Ann ${[...annsLayers].join()} crossed; ${JSON.stringify(byLink)}`)
    expect(bad.lost).toBeGreaterThan(50)
    expect([...annsLayers]).toEqual(['f'])
    expect(isSharp(await viewer.shows(ann))).toBe(true)
    // Neither of the trunk's way nor of Ann's own, who watches, too.
    expect(Math.max(...byLink.map(({ lossShare }) => lossShare))).toBeLessThan(0.04)
  } finally {
    await bad.stop()
  }
})
