/** Relays in a line, a ring and a star: what crosses which trunk, under which names, and what a host's word does at each. */
import { longIt } from '../testing/long.ts'
import { trunkMid } from '../media/trunk-profile.ts'
import { expect, it } from 'vitest'
import { setChain } from './testing/chain-stage.ts'
import type { ChainRoom } from './testing/chain-room.ts'
import type { DatachannelGuest, ReceivedRtp } from './testing/datachannel-guest.ts'
import type { Seat } from './testing/lab-room.ts'
import { until } from './testing/until.ts'

const stage = setChain({ relays: 4 })
const sources = ['microphone', 'camera'] as const
const letters = ['a', 'b', 'c', 'd']
/** Of libdatachannel's voice and of its picture, by its timers. */
const packetsPerSecond = 50 + 25
const goneMaxMs = 2_000

interface Person {
  readonly seat: Seat
  readonly guest: DatachannelGuest
}

/** Someone at each relay who sends a voice and a picture. */
async function everywhere(room: ChainRoom, relays: number): Promise<readonly Person[]> {
  const people: Person[] = []
  for (let relay = 0; relay < relays; relay += 1) {
    const seat = room.seat(relay, letters[relay] ?? '', ...sources)
    people.push({ seat, guest: await stage.raw(seat, { sends: true, slots: 3 }) })
  }
  return people
}

async function gets(viewer: DatachannelGuest, of: Seat, more = 15): Promise<void> {
  for (const source of sources) {
    const before = viewer.packetsOf(of, source).length
    await until(`the ${source} comes`, () => viewer.packetsOf(of, source).length > before + more)
  }
}

/** Each sees all the others. */
const allGet = (people: readonly Person[]): Promise<unknown> =>
  Promise.all(
    people.flatMap(({ guest }) =>
      people.filter((of) => of.guest !== guest).map((of) => gets(guest, of.seat)),
    ),
  )

/** Neither gaps nor doubles, whatever way they came. */
function expectContinuous(packets: readonly ReceivedRtp[]): void {
  const numbers = packets.map(
    ({ sequenceNumber }) => (sequenceNumber - (packets[0]?.sequenceNumber ?? 0)) & 0xff_ff,
  )
  expect(numbers).toEqual(numbers.map((_, at) => at))
}

/** One slot for each publication of the others, and its packets once. */
function expectOnce(people: readonly Person[]): void {
  for (const { seat, guest } of people) {
    const others = people.filter((one) => one.seat !== seat)
    const names = guest.slots.map(({ occupantId, source }) => `${occupantId} ${source}`)
    const wanted = others.flatMap((one) => sources.map((source) => `${one.seat.occupantId} ${source}`))
    expect(names.toSorted()).toEqual(wanted.toSorted())
    for (const other of others)
      for (const source of sources) expectContinuous(guest.packetsOf(other.seat, source))
  }
}

const midsOf = ({ seat }: Person, hops: number): readonly string[] =>
  sources.map((source) => trunkMid(seat.occupantId, source, hops))

it('R4 R5 in a line each publication crosses each trunk once, away from its home, and its name says how far it has come', async () => {
  const room = await stage.lab.open({ parents: [null, 0, 1], strays: [[0, 2]] })
  const people = await everywhere(room, 3)
  await stage.lab.joined(room)
  await allGet(people)
  expectOnce(people)
  const [ann, bob, carl] = people
  if (!ann || !bob || !carl) throw new Error('nobody')
  const crossed = [1, 2].map((dials) =>
    (['up', 'down'] as const).map((way) => stage.lab.between(dials, dials - 1).crossings.midsSince(0, way)),
  )
  expect(crossed).toEqual([
    [[...midsOf(bob, 1), ...midsOf(carl, 2)].toSorted(), [...midsOf(ann, 1)].toSorted()],
    [[...midsOf(carl, 1)].toSorted(), [...midsOf(ann, 2), ...midsOf(bob, 1)].toSorted()],
  ])
  // A trunk of which the route says nothing carries nothing.
  expect(stage.lab.between(0, 2).crossings.packets).toEqual([])
})

longIt(
  'R4 relays that are wired to a ring: nobody comes twice, and no trunk carries more than its share',
  async () => {
    const room = await stage.lab.open({ parents: [2, 0, 1] })
    const people = await everywhere(room, 3)
    await allGet(people)
    const startMs = performance.now()
    await until('a second passes', () => performance.now() - startMs > 1_000)
    const seconds = (performance.now() - startMs) / 1_000
    for (const [dials, answers] of [
      [0, 2],
      [1, 0],
      [2, 1],
    ] as const) {
      const { crossings } = stage.lab.between(dials, answers)
      for (const way of ['up', 'down'] as const) {
        const packets = crossings.since(startMs, way)
        // What both ends of it send each other, and nothing of the third.
        const from = people[way === 'up' ? dials : answers]
        expect(new Set(packets.map(({ mid }) => mid))).toEqual(new Set(from ? midsOf(from, 1) : []))
        expect(packets.length / seconds).toBeLessThan(packetsPerSecond * 1.2)
      }
    }
    expectOnce(people)
  },
)

longIt('H3 RL9 in a star of four a mute acts at every relay, and so does a removal', async () => {
  const room = await stage.lab.open({ parents: [null, 0, 0, 0] })
  const ann = room.seat(1, 'p', 'camera')
  const annsLink = await stage.raw(ann)
  annsLink.flicker()
  const viewers = await Promise.all(
    [0, 2, 3].map(async (relay) => stage.raw(room.seat(relay, letters[relay] ?? ''))),
  )
  const countOf = (viewer: DatachannelGuest): number => viewer.packetsOf(ann, 'camera').length
  const go = (): Promise<unknown> =>
    Promise.all(
      viewers.map(async (viewer) => {
        const before = countOf(viewer)
        await until('the picture comes', () => countOf(viewer) > before + 20)
      }),
    )
  const forwarded = async () => (await stage.lab.reports()).map(({ forwardedPackets }) => forwardedPackets)
  const drops = async (): Promise<number> => (await stage.lab.relay(1).report()).droppedPackets['muted'] ?? 0
  await go()

  room.mute('p', 'camera', 'host')
  const mutedBefore = await drops()
  await until(
    'the gate is closed, and what was on its way has come',
    async () => (await drops()) > mutedBefore + 5,
  )
  const muted = [await forwarded(), viewers.map(countOf)]
  await until('it goes on sending', async () => (await drops()) > mutedBefore + 30)
  expect([await forwarded(), viewers.map(countOf)]).toEqual(muted)

  room.mute('p', 'camera', null)
  await go()
  const leftMs = performance.now()
  room.leave('p')
  await Promise.all(viewers.map((viewer) => until('nobody is shown', () => viewer.slots.length === 0)))
  await until('slots are empty', async () =>
    (await stage.lab.reports()).every(({ filledSlots }) => filledSlots === 0),
  )
  expect(performance.now() - leftMs).toBeLessThan(goneMaxMs)
})
