/** A browser behind a network that loses packets: repairs by NACK and RTX, seen by what the viewer sees. */
import { afterEach, describe, expect, it } from 'vitest'
import { inboundOf, pictureOf, type BrowserGuest } from './testing/browser-guest.ts'
import { isLong } from '../testing/long.ts'
import type { PageView } from './testing/page/page-protocol.ts'
import { LossyShim } from '../io/testing/lossy-shim.ts'
import { setStage } from './testing/stage.ts'
import { until } from './testing/until.ts'

const stage = setStage(3)
const guest = (at: number): BrowserGuest => {
  const found = stage.guests[at]
  if (!found) throw new Error('not so many pages')
  return found
}

/** The statement is about 20 s; where others use the machine, too, six seconds beside a viewer without loss say most of it. */
const seconds = isLong ? 20 : 6
/** A frame more than this late is a freeze that somebody sees. */
const freezeMaxMs = 200
const seed = 7
const picture = {
  widthPx: 640,
  heightPx: 360,
  framesPerSecond: 15,
  color: 'red',
  isBusy: true,
  layersBps: [500_000],
} as const
const frameMs = 1_000 / picture.framesPerSecond

let shim: LossyShim | null = null
afterEach(async () => {
  await shim?.stop()
  shim = null
})

describe.each(['uplink', 'downlink'] as const)('one packet in twenty lost on the %s', (way) => {
  it('T2 is repaired: at most one freeze, and no frame later than 200 ms', async () => {
    const [ann, bob, carl] = [
      stage.lab.room.seat('a', 'camera'),
      stage.lab.room.seat('b'),
      stage.lab.room.seat('c'),
    ]
    const bad = await LossyShim.start(stage.lab.candidate('udp'), seed)
    shim = bad
    const candidates = [bad.candidate]
    const badEnd = way === 'uplink' ? ann : bob
    const ticket = badEnd.ticket({ candidates })
    await guest(0).join(ann, { picture, ...(way === 'uplink' ? { ticket } : {}) })
    await guest(1).join(bob, way === 'downlink' ? { ticket } : {})
    await guest(2).join(carl)
    await Promise.all([guest(1).shows(ann), guest(2).shows(ann)])
    const gaps = async (): Promise<number> => {
      await Promise.all([guest(1).page.call('forgetGaps'), guest(2).page.call('forgetGaps')])
      const { frames } = await guest(1).shows(ann)
      await guest(1).shows(ann, (shown) => shown.frames > frames + seconds * picture.framesPerSecond)
      const longest = await Promise.all(
        [guest(1), guest(2)].map(async (viewer) => pictureOf(await viewer.look(), ann)?.longestGapMs ?? 0),
      )
      // What both see downstream of a good uplink is the machine's doing, as is what was there before the loss.
      return way === 'uplink' || isLong
        ? (longest[0] ?? 0)
        : Math.max(0, (longest[0] ?? 0) - (longest[1] ?? 0))
    }
    const before = await guest(1).look()
    const steadyMs = await gaps()
    const [between, besideBefore] = await Promise.all([guest(1).look(), guest(2).look()])
    bad[way === 'uplink' ? 'uplinkLoss' : 'downlinkLoss'] = 0.05
    const lossyMs = await gaps()
    const [after, besideAfter] = await Promise.all([guest(1).look(), guest(2).look()])
    bad[way === 'uplink' ? 'uplinkLoss' : 'downlinkLoss'] = 0
    const freezesIn = (view: PageView): number => inboundOf(view, ann, 'camera')?.freezes ?? -1
    const [atFirst, untilLoss, atLast] = [before, between, after].map(freezesIn) as [number, number, number]
    const beside = freezesIn(besideAfter) - freezesIn(besideBefore)
    const report = await stage.lab.report()
    console.log(
      `${way}: ${bad.lost} of ${bad.lost + bad.passed} lost; longest gap ${steadyMs.toFixed(0)} ms without, ${lossyMs.toFixed(0)} ms with loss; ` +
        `freezes ${untilLoss - atFirst} without, ${atLast - untilLoss} with, ${beside} at the viewer beside; ${report.sentNacks} NACKs, ${report.retransmittedPackets} repairs so far`,
    )
    expect(bad.lost).toBeGreaterThan(10)
    // On a machine of its own nothing but the loss is in the way.
    expect(atLast - untilLoss).toBeLessThanOrEqual(isLong ? 1 : 1 + untilLoss - atFirst)
    expect(lossyMs).toBeLessThanOrEqual(freezeMaxMs + (isLong ? frameMs : steadyMs))
    await until('repairs were made', async () => {
      const { sentNacks, retransmittedPackets } = await stage.lab.report()
      return way === 'uplink' ? sentNacks > 0 : retransmittedPackets > 0
    })
  })
})
