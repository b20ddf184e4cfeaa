/** A chain whose parts fail or are replaced under a running call. `npm run test:long`. */
import { words } from '@video-room/client/components/words.ts'
import { expect, test } from 'vitest'
import { callFarAway } from './harness/far-call.ts'
import { setFarStage } from './harness/far-stage.ts'
import { freezesOf } from './harness/freezes.ts'
import { longestStandstill } from './harness/standstill.ts'
import { regionsOf } from './harness/routes.ts'
import { eventually } from './harness/wait.ts'

const stage = setFarStage()

test('R7 CH6 the relays are cut off from each other for 10 s: both are coming back, not gone, and do within 5 s', async () => {
  const { host, guest } = await callFarAway(stage)
  for (const relay of stage.alive()) relay.cut(true)
  await eventually(
    'the host is told that the guest is on the way back',
    async () =>
      (await host.tile('Bo Guest').getByText(words.recovering).count()) > 0 ||
      // Or the room has found another way before anybody had to be told.
      (await regionsOf(host)).length === 1,
    15_000,
  )
  expect(await host.tile('Bo Guest').count()).toBe(1)
  await new Promise((resolve) => setTimeout(resolve, 10_000))
  for (const relay of stage.alive()) relay.cut(false)
  const restoredAtMs = performance.now()
  await Promise.all([host.seesMoving(), guest.seesMoving(), host.hears(), guest.hears()])
  expect(performance.now() - restoredAtMs).toBeLessThan(5_000)
}, 300_000)

test('RG2 RG7 all relays are replaced one after the other under a running call, and no picture freezes', async () => {
  const { host, guest } = await callFarAway(stage)
  const before = await Promise.all([freezesOf(host), freezesOf(guest)])
  const serving = stage.alive()
  const next = [await stage.bring(0, 'Singapore 2', 3_480), await stage.bring(1, 'Frankfurt 2', 3_481)]
  for (const [at, old] of serving.entries()) {
    old.process.drain()
    await eventually(`${old.region} has ended`, () => Promise.resolve(old.process.exitCode() === 0), 60_000)
    for (const person of [host, guest]) {
      expect(await regionsOf(person)).not.toContain(old.region)
      await person.seesMoving()
    }
    expect(next[at]?.process.exitCode()).toBeNull()
  }
  const after = await Promise.all([freezesOf(host), freezesOf(guest)])
  for (const [at, freezes] of after.entries()) {
    expect(freezes.map((count, connection) => Math.max(0, count - (before[at]?.[connection] ?? 0)))).toEqual(
      freezes.map(() => 0),
    )
  }
}, 300_000)

/** The aim is 3 s for 95 of a hundred; two browsers and what else runs here share two cores. */
const backWithinMs = 6_000

test.each([1, 0] as const)(
  'RT3 CH6 the relay beside home %i is killed: pictures are back soon, by the other',
  async (home) => {
    const { host, guest } = await callFarAway(stage)
    const doomed = stage.alive().find((relay) => relay.home === home)
    const watched = Promise.all([
      longestStandstill(host, 'Bo Guest', 10_000),
      longestStandstill(guest, 'Ada Host', 10_000),
    ])
    await doomed?.process.kill()
    const stillMs = await watched
    console.log(`pictures stood still for ${stillMs.map(Math.round).join(' and ')} ms`)
    // Another one in its place, for whoever comes next.
    await stage.bring(home, `Home ${home}`, 3_490 + home)
    await Promise.all([host.seesMoving(), guest.seesMoving()])
    expect(await regionsOf(host)).not.toContain(doomed?.region)
    expect(Math.max(...stillMs)).toBeLessThan(backWithinMs)
  },
  300_000,
)
