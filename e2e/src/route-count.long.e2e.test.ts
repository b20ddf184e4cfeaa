/** How many people there are decides the way, and nobody loses anybody over it: `npm run test:long`. */
import { expect, test } from 'vitest'
import { hostRoom } from './harness/meet.ts'
import { setRelayStage } from './harness/relay-stage.ts'
import type { RoomPage } from './harness/room-page.ts'
import { reasonsOf, regionsOf, untilVia } from './harness/routes.ts'

const { stage, relayIn } = setRelayStage()

/** Runs inside the page: a mesh of four on two cores encodes twelve pictures. */
function installTinyCamera(): void {
  const size = { width: 160, height: 90, frameRate: 5 }
  const native = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
  navigator.mediaDevices.getUserMedia = (constraints) =>
    native(constraints?.video ? { ...constraints, video: size } : constraints)
}

/** Direct must have been better for 20 s, 30 s after the last move; and then it is prepared. */
const returnWithinMs = 90_000

test('RP1 RP2 four are direct, the fifth takes everyone to the relay; back when two are left', async () => {
  await relayIn('Singapore')
  const { host, link } = await hostRoom(stage, {
    settings: { maxParticipants: 4 },
    host: { install: [installTinyCamera] },
  })
  const people: RoomPage[] = [host]
  for (const name of ['Bo Guest', 'Cy Guest', 'Di Guest']) {
    const guest = await stage.person({ name, install: [installTinyCamera] })
    await guest.openLink(link)
    await guest.join()
    people.push(guest)
    await Promise.all(people.map((person) => person.seesMoving(people.length - 1, 45_000)))
    expect(await regionsOf(guest), `${people.length} people`).toEqual(['direct'])
  }
  const fifth = await stage.person({ name: 'Ev Guest', install: [installTinyCamera] })
  await fifth.openLink(link)
  await fifth.join()
  people.push(fifth)
  await Promise.all(people.map((person) => untilVia(person, 'Singapore', 45_000)))
  expect(await reasonsOf(fifth)).toContain('occupants')
  await Promise.all(people.map((person) => person.seesMoving(4, 45_000)))
  for (const person of people.splice(2)) await person.leave()
  await Promise.all(people.map((person) => untilVia(person, 'direct', returnWithinMs)))
  expect(await reasonsOf(host)).toContain('direct-better')
  await Promise.all(people.map((person) => person.seesMoving()))
}, 400_000)
