/** A camera in three layers whose viewers are at another relay, with a browser's own encoder and decoders. */
import { expect, it } from 'vitest'
import { isLong, longIt } from '../testing/long.ts'
import { inboundOf, layerOf, pictureOf, wantCamera, type BrowserGuest } from './testing/browser-guest.ts'
import { setChain } from './testing/chain-stage.ts'
import type { ChainRoom } from './testing/chain-room.ts'
import type { Seat } from './testing/lab-room.ts'
import { layeredPicture, smallPicture, widths } from './testing/stage.ts'
import { until } from './testing/until.ts'

const stage = setChain({ relays: 2, pages: 3 })

type Layer = keyof typeof widths
const layers = Object.keys(widths) as readonly Layer[]
/** What is on its way, or not yet unwanted, comes within this; an order of magnitude more than it takes. */
const settleMs = 1_000
const watchMs = 1_000

const shown = (viewer: BrowserGuest, of: Seat, layer: Layer): Promise<unknown> =>
  viewer.shows(of, ({ widthPx }) => widthPx === widths[layer])

const moves = isLong ? 6 : 2
/** Several times as many as a move takes. */
const gapFrames = 15
const frameMs = 1_000 / smallPicture('red').framesPerSecond
/** Frames are shown when the screen is drawn. */
const displayMs = 17

const passes = (ms: number): Promise<unknown> => {
  const startMs = performance.now()
  return until(`${ms} ms pass`, () => performance.now() - startMs > ms, 2 * ms)
}

/** Ann publishes in layers at the first relay; the estimate of her uplink grows until all are sent. */
async function publishing(room: ChainRoom): Promise<Seat> {
  const ann = room.seat(0, 'a', 'camera')
  await stage.page(0).join(ann, { picture: layeredPicture('red') })
  await stage
    .page(0)
    .sees('every layer is sent', (seen) => layers.every((rid) => (layerOf(seen, rid)?.frames ?? 0) > 5))
  return ann
}

/** What crosses to the second relay, for a while. */
async function crossing() {
  const startMs = performance.now()
  await passes(watchMs)
  const packets = stage.lab.between(1, 0).crossings.since(startMs, 'down')
  const numbers = new Set(packets.map(({ ssrc, sequenceNumber }) => `${ssrc} ${sequenceNumber}`))
  return {
    rids: [...new Set(packets.flatMap(({ rid }) => rid ?? []))].toSorted(),
    streams: new Set(packets.map(({ ssrc }) => ssrc)).size,
    doubles: packets.length - numbers.size,
  }
}

it('CH4 far viewers of two layers get them, each crosses once however many watch it, and one that nobody wants stops', async () => {
  const room = await stage.lab.open({ parents: [null, 0] })
  const ann = await publishing(room)
  const [bob, carl] = [room.seat(1, 'b'), room.seat(1, 'c')]
  await Promise.all([stage.page(1).join(bob), stage.page(2).join(carl)])
  wantCamera(bob, ann, widths.f)
  wantCamera(carl, ann, widths.q)
  await Promise.all([shown(stage.page(1), ann, 'f'), shown(stage.page(2), ann, 'q')])
  const raws = await Promise.all(
    ['d', 'e', 'f'].map(async (letter) => {
      const seat = room.seat(1, letter)
      const raw = await stage.raw(seat)
      wantCamera(seat, ann, letter === 'd' ? widths.f : widths.q)
      return raw
    }),
  )
  for (const raw of raws) await until('they get the picture', () => raw.packetsOf(ann, 'camera').length > 20)
  await passes(settleMs)
  expect(await crossing()).toEqual({ rids: ['f', 'q'], streams: 2, doubles: 0 })

  wantCamera(bob, ann, widths.q)
  await shown(stage.page(1), ann, 'q')
  room.leave('d')
  await passes(settleMs)
  expect(await crossing()).toEqual({ rids: ['q'], streams: 1, doubles: 0 })
  expect(inboundOf(await stage.page(1).look(), ann, 'camera')?.packetsLost).toBe(0)
})

longIt(
  'T1 CH1 a publisher comes to another home and back: its viewer sees no gap, and one row of numbers',
  async () => {
    const room = await stage.lab.open({ parents: [null, 0] })
    const [ann, bob, carl] = [room.seat(1, 'a', 'camera'), room.seat(1, 'b'), room.seat(1, 'c')]
    await stage.page(0).join(ann, { picture: smallPicture('red') })
    const viewer = stage.page(1)
    await viewer.join(bob)
    const raw = await stage.raw(carl)
    await stage.lab.joined(room)
    const gapOver = async (act: () => void): Promise<number> => {
      const { frames } = await viewer.shows(ann)
      await viewer.page.call('forgetGaps')
      act()
      await viewer.shows(ann, (picture) => picture.frames > frames + gapFrames)
      return pictureOf(await viewer.look(), ann)?.longestGapMs ?? Infinity
    }
    const { mid } = await viewer.shows(ann)
    const gaps: { readonly steadyMs: number; readonly movedMs: number }[] = []
    for (let move = 0; move < moves; move += 1) {
      // Another page is Ann's next link: a browser has both at once.
      const [to, next, last] =
        move % 2 === 0 ? [0, stage.page(2), stage.page(0)] : [1, stage.page(0), stage.page(2)]
      await next.join(room.prepareMove('a', to), { picture: smallPicture('red') })
      await next.sees('it sends', ({ outbound }) => outbound.some((one) => one.frames > 20))
      const steadyMs = await gapOver(() => {})
      const movedMs = await gapOver(() => room.commit())
      gaps.push({ steadyMs, movedMs })
      // Bob, Carl, a trunk, and Ann while she is at home there.
      await until('her old link is closed', async () => (await stage.lab.relay(1).report()).links === 3 + to)
      await last.leave()
    }
    console.log(`longest gaps: ${JSON.stringify(gaps)}`)
    const after = await viewer.look()
    expect(pictureOf(after, ann)?.mid).toBe(mid)
    expect(inboundOf(after, ann, 'camera')).toMatchObject({ packetsLost: 0 })
    const numbers = raw.packetsOf(ann, 'camera').map(({ sequenceNumber }) => sequenceNumber)
    expect(numbers).toEqual(numbers.map((_, at) => ((numbers[0] ?? 0) + at) & 0xff_ff))
    // Where others use the machine, too, one move of several may be in its way.
    const quietest = Math.min(...gaps.map(({ steadyMs, movedMs }) => movedMs - steadyMs))
    expect(quietest).toBeLessThanOrEqual(frameMs + displayMs)
  },
)
