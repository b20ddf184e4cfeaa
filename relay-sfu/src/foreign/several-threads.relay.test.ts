/** A relay with two media threads, and one with one: rooms on two ports, trunks of both, and what has no business at a port. */
import { expect, it } from 'vitest'
import { makeDtlsIdentity } from '../io/dtls-identity.ts'
import { Guest } from '../io/testing/guest.ts'
import { mintTicket } from '../io/testing/tickets.ts'
import type { ChainPlan, ChainRoom } from './testing/chain-room.ts'
import { setChain } from './testing/chain-stage.ts'
import type { DatachannelGuest } from './testing/datachannel-guest.ts'
import type { Seat } from './testing/lab-room.ts'
import { until } from './testing/until.ts'

const stage = setChain({ relays: 2, settings: [{ MEDIA_THREADS: '2' }, {}] })
const sources = ['microphone', 'camera'] as const

interface Person {
  readonly seat: Seat
  readonly guest: DatachannelGuest
}

async function person(room: ChainRoom, relay: number, letter: string): Promise<Person> {
  const seat = room.seat(relay, letter, ...sources)
  return { seat, guest: await stage.raw(seat, { sends: true }) }
}

/** Each is shown the other one, and nobody else. */
async function meet(...[one, other]: readonly [Person, Person]): Promise<void> {
  for (const [viewer, of] of [
    [one, other],
    [other, one],
  ] as const) {
    for (const source of sources)
      await until(`the ${source} comes`, () => viewer.guest.packetsOf(of.seat, source).length > 15)
    expect(new Set(viewer.guest.slots.map(({ occupantId }) => occupantId))).toEqual(
      new Set([of.seat.occupantId]),
    )
  }
}

/** Trunks lead where the room's tickets do, with nothing in between. */
const open = (parents: ChainPlan['parents']): Promise<ChainRoom> =>
  stage.lab.open({ parents, wayTo: () => null })

const udpPortOf = (room: ChainRoom): number | undefined =>
  room.identity(0).candidates.find(({ protocol }) => protocol === 'udp')?.port

it('RG8 two rooms of one relay are on two ports, each with media of its own and none of the other’s', async () => {
  const [first, second] = [await open([null]), await open([null])]
  expect(udpPortOf(first)).toBeTypeOf('number')
  expect(udpPortOf(second)).toBeTypeOf('number')
  expect(udpPortOf(first)).not.toBe(udpPortOf(second))
  const people = [
    [await person(first, 0, 'a'), await person(first, 0, 'b')],
    [await person(second, 0, 'c'), await person(second, 0, 'd')],
  ] as const
  await Promise.all(people.map((pair) => meet(...pair)))
  const report = await stage.lab.relay(0).report()
  expect([report.links, report.filledSlots, report.byLink.length]).toEqual([4, 8, 4])
  expect(new Set(report.byLink.map(({ link }) => link)).size).toBe(4)
})

it('RG8 a ticket gets no service at the port of another thread', async () => {
  const [first, second] = [await open([null]), await open([null])]
  const seat = first.seat(0, 'a')
  const [elsewhere] = second.identity(0).candidates
  if (!elsewhere) throw new Error('the other thread has no address')
  const { iceKey } = first.identity(0)
  // The relay has heard of the link when it serves somebody who came to the room after it.
  const bob = await stage.raw(first.seat(0, 'b'))
  await until('the link is there', () => bob.state === 'connected')
  const refused = async (): Promise<number> =>
    (await stage.lab.relay(0).report()).droppedPackets['stun-elsewhere'] ?? 0
  const before = await refused()
  const astray = await Guest.open(elsewhere, mintTicket(iceKey, seat.linkId), {
    identity: await makeDtlsIdentity(),
  })
  astray.wire.send(astray.request({ useCandidate: true }))
  await until('it is refused', async () => (await refused()) === before + 1)
  expect(astray.stunReplies).toBe(0)
  astray.close()
})

it('CH3 RG8 trunks to a relay with one thread carry media: on one thread it answers, on the other it dials', async () => {
  const [answering, dialling] = [await open([null, 0]), await open([1, null])]
  expect(udpPortOf(answering)).not.toBe(udpPortOf(dialling))
  for (const [room, letters] of [
    [answering, ['a', 'b']],
    [dialling, ['c', 'd']],
  ] as const) {
    await stage.lab.joined(room)
    await meet(await person(room, 0, letters[0]), await person(room, 1, letters[1]))
  }
})
