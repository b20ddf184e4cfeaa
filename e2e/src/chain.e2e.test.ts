/** Two people far apart, and a relay near each: the room finds that out, joins the two, and nobody loses a picture. */
import { words } from '@video-room/client/components/words.ts'
import { expect, test } from 'vitest'
import { callFarAway } from './harness/far-call.ts'
import { farMs, homeRttOf } from './harness/far-site.ts'
import { setFarStage } from './harness/far-stage.ts'
import { reasonsOf, regionsOf } from './harness/routes.ts'
import { eventually } from './harness/wait.ts'

const stage = setFarStage()

test('R1 R2 R8 CH1 CH5 two people far apart get a relay each, joined by a trunk, and see, hear and name each other', async () => {
  const { host, guest } = await callFarAway(stage)
  expect((await regionsOf(host)).toSorted()).toEqual(['Frankfurt', 'Singapore'])
  // The guest hears of it a moment after the host, or before.
  await eventually('the guest knows why', async () => (await reasonsOf(guest)).includes('chain'))
  await Promise.all([host.seesMoving(), guest.seesMoving(), host.hears(), guest.hears()])
  for (const person of [host, guest]) {
    await eventually(`${person.name} is beside a relay`, async () => {
      const rttMs = await homeRttOf(person)
      return rttMs !== null && rttMs < farMs
    })
  }
  // What is muted at one relay is so at the other.
  await guest.toggle('microphone')
  await host.sees('Bo Guest', words.microphoneOff)
  await guest.leave()
  await host.tile('Bo Guest').waitFor({ state: 'detached' })
  await eventually('one relay is enough', async () => (await regionsOf(host)).length === 1)
}, 240_000)
