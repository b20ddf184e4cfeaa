/** How many people there are decides the way, and nobody loses anybody over it: `npm run test:long`. */
import { expect, test } from 'vitest'
import { setRelayStage } from './harness/relay-stage.ts'
import type { RoomPage } from './harness/room-page.ts'
import { reasonsOf, regionsOf, untilVia } from './harness/routes.ts'

const { stage, relayIn } = setRelayStage()

/** Direct must have been better for 20 s, 30 s after the last move; and then it is prepared. */
const returnWithinMs = 90_000

/** Their sounds alone would take half of what two cores can do. */
async function silently(person: RoomPage, come: () => Promise<unknown>): Promise<void> {
  await come()
  await person.toggle('microphone')
}

test('RP1 RP2 ST5 four are direct, the fifth takes everyone to the relay; back when two are left', async () => {
  await relayIn('Singapore')
  const host = await stage.person({ name: 'Ada Host', isTiny: true })
  const link = await host.createRoom({ maxParticipants: 4 })
  await silently(host, () => host.join())
  const people: RoomPage[] = [host]
  const bring = async (name: string): Promise<RoomPage> => {
    const guest = await stage.person({ name, isTiny: true })
    await guest.openLink(link)
    await silently(guest, () => guest.join())
    people.push(guest)
    return guest
  }
  for (const name of ['Bo Guest', 'Cy Guest', 'Di Guest']) {
    const guest = await bring(name)
    await Promise.all(people.map((person) => person.seesMoving(people.length - 1, 45_000)))
    expect(await regionsOf(guest), `${people.length} people`).toEqual(['direct'])
  }
  const fifth = await bring('Ev Guest')
  await Promise.all(people.map((person) => untilVia(person, 'Singapore', 45_000)))
  expect(await reasonsOf(fifth)).toContain('occupants')
  await Promise.all(people.map((person) => person.seesMoving(4, 45_000)))
  for (const person of people.splice(2)) await person.leave()
  await Promise.all(people.map((person) => untilVia(person, 'direct', returnWithinMs)))
  expect(await reasonsOf(host)).toContain('direct-better')
  await Promise.all(people.map((person) => person.seesMoving()))
}, 400_000)
