/** A browser comes while others forge: 10,000 packets a second from a process of their own, against a relay in its own. */
import { afterEach, describe, expect, it } from 'vitest'
import { forgedFor } from '../io/testing/forger.ts'
import { startChild, type TestChild } from '../io/testing/child-process.ts'
import type { BrowserGuest } from './testing/browser-guest.ts'
import type { ForgerAnswer, ForgerOrder } from './testing/forger-process.ts'
import type { Seat } from './testing/lab-room.ts'
import { isLong } from '../testing/long.ts'
import { setStage, smallPicture } from './testing/stage.ts'
import { until } from './testing/until.ts'

type ForgerProcess = TestChild<null, ForgerOrder, ForgerAnswer>

const perSecond = 10_000
const floodSeconds = isLong ? 10 : 2
const joinMaxMs = 2_000
/**
 * Bytes. A record for each forged packet, of 100 bytes only, would take 2 MB in two seconds and 10 in ten; heaps tremble by a
 * few hundred kilobytes. Pages that the collector gave back to nobody are no growth of what is held, hence the larger one.
 */
const heldGrowthMax = 1.5 * 2 ** 20
const rssGrowthMax = 16 * 2 ** 20

const stage = setStage(2, { isOwnProcess: true })
const guest = (at: number): BrowserGuest => {
  const found = stage.guests[at]
  if (!found) throw new Error('not so many pages')
  return found
}

let forger: ForgerProcess | null = null
afterEach(async () => {
  await forger?.end()
  forger = null
})

async function startForger(victim: Seat, sources: number): Promise<ForgerProcess> {
  const script = new URL('testing/forger-process.ts', import.meta.url)
  forger = await startChild<null, ForgerOrder, ForgerAnswer>(script)
  const packets = forgedFor({ ufrag: victim.ticket().iceUfrag })
  await forger.ask({ type: 'start', relay: stage.lab.candidate('udp'), sources, packets })
  return forger
}

/** From the offer to the first decoded frame of the one who is there already. */
async function joinMs(seat: Seat, of: Seat): Promise<number> {
  await guest(1).join(seat)
  await guest(1).shows(of)
  const { offeredMs, firstFrameMs } = (await guest(1).look()).milestones
  return (firstFrameMs ?? Infinity) - offeredMs
}

// One is as hard to tell from a guest as many: in the long run only.
describe.each(isLong ? [1, 200] : [200])('I5 10,000 forged packets a second from %i sources', (sources) => {
  it('get no answer and no memory, and a Chromium joins within two seconds meanwhile', async () => {
    const [ann, bob, carl] = ['a', 'b', 'c'].map((letter) => stage.lab.room.seat(letter, 'camera'))
    if (!ann || !bob || !carl) throw new Error('nobody')
    await guest(0).join(ann, { picture: smallPicture('red') })
    const quietMs = await joinMs(bob, ann)
    await guest(1).leave()
    stage.lab.room.leave('b')

    const flood = await startForger(carl, sources)
    const sentMoreThan = (count: number): Promise<ForgerAnswer> =>
      until(`${count} forged packets`, async () => {
        const looked = await flood.ask({ type: 'look' })
        return looked.sent > count && looked
      })
    await sentMoreThan(perSecond)
    const before = await stage.lab.memory()
    const startMs = performance.now()
    const floodedMs = await joinMs(carl, ann)
    const during = await sentMoreThan(perSecond * (1 + floodSeconds))
    const seconds = (performance.now() - startMs) / 1_000
    const after = await stage.lab.memory()
    const report = await stage.lab.report()
    const last = await flood.ask({ type: 'look' })

    const rssGrowth = after.rssBytes - before.rssBytes
    const heldGrowth = after.heldBytes - before.heldBytes
    console.log(
      `${sources} sources, ${((during.sent - perSecond) / seconds).toFixed(0)} forged/s for ${seconds.toFixed(1)} s: ` +
        `offer to frame ${floodedMs.toFixed(0)} ms (quiet ${quietMs.toFixed(0)} ms); held ${(heldGrowth / 1_024).toFixed(0)} KiB more, ` +
        `RSS ${(rssGrowth / 1_024).toFixed(0)} KiB more; dropped ${JSON.stringify(report.droppedPackets)}`,
    )
    expect(last.replies).toBe(0)
    // On a machine that is slow without a flood as well, what it adds is what counts.
    expect(floodedMs).toBeLessThan(Math.max(joinMaxMs, 4 * quietMs))
    expect(heldGrowth).toBeLessThan(heldGrowthMax)
    expect(rssGrowth).toBeLessThan(rssGrowthMax)
    expect(report.links).toBe(2)
  })
})
