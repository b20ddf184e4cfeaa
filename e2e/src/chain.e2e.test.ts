/** Two people far apart, and a relay near each: the room finds that out, joins the two, and nobody loses a picture. */
import { expect, test } from 'vitest'
import { keepDistance } from './harness/distance.ts'
import { publicAddress } from './harness/nat-lab.ts'
import { setNatStage } from './harness/nat-stage.ts'
import { startRelay } from './harness/relay.ts'
import type { RoomPage } from './harness/room-page.ts'
import { reasonsOf, regionsOf } from './harness/routes.ts'
import { eventually } from './harness/wait.ts'

/** Of the two homes' routers, as the open network sees them. */
const homes = ['203.0.113.11', '203.0.113.12'] as const
const nearMs = 2
const farMs = 60
const betweenRelaysMs = 30

const stage = setNatStage(async ({ origin, key, place }) => {
  const places = [
    { region: 'Singapore', port: 3_478, near: homes[0] },
    { region: 'Frankfurt', port: 3_479, near: homes[1] },
  ]
  const ends = await Promise.all(
    places.map(async ({ region, port, near }) => {
      const oneWayMs = Object.fromEntries(homes.map((home) => [home, home === near ? nearMs : farMs]))
      const distance = await keepDistance(
        // Half of it each way at either end.
        { port, outside: publicAddress, inside: '127.0.0.1', oneWayMs, othersMs: betweenRelaysMs / 2 },
        place,
      )
      const settings = {
        UDP_PORT: String(port),
        BIND_ADDRESSES: '127.0.0.1',
        PUBLIC_IP: publicAddress,
        NODE_TLS_REJECT_UNAUTHORIZED: '0',
      }
      const relay = await startRelay(origin, key, region, settings, place)
      return async () => {
        await relay.end()
        await distance.end()
      }
    }),
  )
  return async () => {
    for (const end of ends) await end()
  }
})

const homeRttOf = async (person: RoomPage): Promise<number | null> => {
  const carrying = await person.carrying()
  const [only] = carrying
  return carrying.length === 1 ? (only?.rttMs ?? null) : null
}

test('R1 R2 CH1 CH5 two people far apart get a relay each, joined by a trunk, and go on seeing each other', async () => {
  const host = await stage.person(0, 'Ada Host')
  const link = await host.createRoom({ route: 'relay' })
  await host.join()
  const guest = await stage.person(1, 'Bo Guest')
  await guest.openLink(link)
  await guest.join()
  await Promise.all([host.seesMoving(), guest.seesMoving()])
  expect(await regionsOf(host)).toHaveLength(1)

  await eventually('two relays carry the room', async () => (await regionsOf(host)).length === 2, 60_000)
  expect((await regionsOf(host)).toSorted()).toEqual(['Frankfurt', 'Singapore'])
  expect(await reasonsOf(guest)).toContain('chain')
  await Promise.all([host.seesMoving(), guest.seesMoving()])
  await Promise.all([host.hears(), guest.hears()])
  for (const person of [host, guest]) {
    await eventually(`${person.name} is beside a relay`, async () => {
      const rttMs = await homeRttOf(person)
      return rttMs !== null && rttMs < farMs
    })
  }
  // Who it is, and what is muted, is the same at the far relay.
  await expect.poll(() => host.tile('Bo Guest').count()).toBe(1)
}, 120_000)
