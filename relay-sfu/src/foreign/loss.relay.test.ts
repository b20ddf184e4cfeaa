/** A browser behind a network that loses packets: repairs by NACK and RTX, seen by what the viewer sees. */
import { afterEach, describe, expect, it } from 'vitest'
import { inboundOf, pictureOf, type BrowserGuest } from './testing/browser-guest.ts'
import { LossyShim } from './testing/lossy-shim.ts'
import { setStage } from './testing/stage.ts'
import { until } from './testing/until.ts'

const stage = setStage(3)
const guest = (at: number): BrowserGuest => {
  const found = stage.guests[at]
  if (!found) throw new Error('not so many pages')
  return found
}

/** The long form, of 20 s, is for people who watch: `LOSS_SECONDS=20`. */
const seconds = Number(process.env['LOSS_SECONDS'] ?? 6)
const seed = 7
const picture = {
  widthPx: 640,
  heightPx: 360,
  framesPerSecond: 15,
  color: 'red',
  isBusy: true,
  layersBps: [500_000],
} as const

let shim: LossyShim | null = null
afterEach(async () => {
  await shim?.stop()
  shim = null
})

describe.each(['uplink', 'downlink'] as const)('one packet in twenty lost on the %s', (way) => {
  it('is repaired: at most one freeze, and no gap 200 ms longer than without loss', async () => {
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
      await guest(1).shows(ann, (shown) => shown.frames > frames + seconds * 10)
      const longest = await Promise.all(
        [guest(1), guest(2)].map(async (viewer) => pictureOf(await viewer.look(), ann)?.longestGapMs ?? 0),
      )
      // What both see downstream of a good uplink is the machine's doing, as is what was there before the loss.
      return way === 'uplink' ? (longest[0] ?? 0) : Math.max(0, (longest[0] ?? 0) - (longest[1] ?? 0))
    }
    const before = await guest(1).look()
    const steadyMs = await gaps()
    const between = await guest(1).look()
    bad[way === 'uplink' ? 'uplinkLoss' : 'downlinkLoss'] = 0.05
    const lossyMs = await gaps()
    const after = await guest(1).look()
    bad[way === 'uplink' ? 'uplinkLoss' : 'downlinkLoss'] = 0
    const freezes = [before, between, after].map((view) => inboundOf(view, ann, 'camera')?.freezes ?? -1)
    const [atFirst = 0, untilLoss = 0, atLast = 0] = freezes
    const report = await stage.lab.report()
    console.log(
      `${way}: ${bad.lost} of ${bad.lost + bad.passed} lost; longest gap ${steadyMs.toFixed(0)} ms without, ${lossyMs.toFixed(0)} ms with loss; ` +
        `freezes ${untilLoss - atFirst} without, ${atLast - untilLoss} with; ${report.sentNacks} NACKs, ${report.retransmittedPackets} repairs so far`,
    )
    expect(bad.lost).toBeGreaterThan(10)
    expect(atLast - untilLoss).toBeLessThanOrEqual(1 + untilLoss - atFirst)
    expect(lossyMs).toBeLessThanOrEqual(steadyMs + 200)
    await until('repairs were made', async () => {
      const { sentNacks, retransmittedPackets } = await stage.lab.report()
      return way === 'uplink' ? sentNacks > 0 : retransmittedPackets > 0
    })
  })
})
