/** Rooms whose media goes through the relay that `npm start` runs. */
import { words } from '@video-room/client/components/words.ts'
import { expect, test } from 'vitest'
import { hostRoom, meet } from './harness/meet.ts'
import type { RoomPage } from './harness/room-page.ts'
import { installDisobedience, installHum } from './harness/senses.ts'
import { setStage } from './harness/stage.ts'
import { eventually, throughout } from './harness/wait.ts'
import { longTest } from './harness/long.ts'

const stage = setStage()
const relayed = { route: 'relay' } as const

/** One link, to the relay. */
async function isRelayed(person: RoomPage): Promise<void> {
  const samples = await person.samples()
  expect(samples.map(({ via }) => via)).toEqual(['relay'])
}

async function guestAt(link: string, name: string): Promise<RoomPage> {
  const guest = await stage.person({ name })
  await guest.openLink(link)
  return guest
}

test('RL3 J4 a room with route relay: both see and hear each other, each over one link to the relay', async () => {
  const { host, guest } = await meet(stage, { settings: relayed })
  await Promise.all([host.hears(), guest.hears()])
  for (const person of [host, guest]) {
    await isRelayed(person)
    const [sample] = await person.samples()
    expect(sample?.framesDecoded).toBeGreaterThan(0)
  }
})

longTest(
  'RL7 four people; who comes late sees everyone; who leaves is gone; nobody negotiates for it',
  async () => {
    const { host, link } = await hostRoom(stage, { settings: { ...relayed, maxParticipants: 3 } })
    const [bo, cy] = [await guestAt(link, 'Bo Guest'), await guestAt(link, 'Cy Guest')]
    await Promise.all([bo.join(), cy.join()])
    await Promise.all([host, bo, cy].map((person) => person.seesMoving(2)))
    const late = await guestAt(link, 'Di Guest')
    await late.join()
    await Promise.all([late.seesMoving(3), host.seesMoving(3)])
    await bo.leave()
    await host.tile('Bo Guest').waitFor({ state: 'detached' })
    await Promise.all([host, late, cy].map((person) => person.seesMoving(2)))
    for (const person of [host, cy, late]) await isRelayed(person)
    // Four cameras in layers are encoded on two cores here.
  },
  120_000,
)

longTest('a screen is shared through the relay beside the camera, and ends', async () => {
  const { host, guest } = await meet(stage, { settings: relayed })
  await guest.button(words.shareScreen).click()
  await host.seesMoving(2)
  await host.tile(words.screenOf('Bo Guest')).waitFor()
  await guest.button(words.shareScreen).click()
  await host.seesMoving(1)
  await host.tile(words.screenOf('Bo Guest')).waitFor({ state: 'detached' })
})

test('M2 M3 RL9 camera off and on again through the relay: an avatar, never the last frame, then the picture', async () => {
  const { host, guest } = await meet(stage, { settings: relayed })
  const before = await guest.negotiations()
  await guest.toggle('camera')
  await host.sees('Bo Guest', words.cameraOff)
  await throughout('nothing is seen', 1_000, () =>
    host.page.evaluate(() => window.senses.remoteVideos().length === 0),
  )
  await guest.toggle('camera')
  await host.seesMoving()
  expect(await guest.negotiations()).toEqual(before)
})

test('H3 RL9 a modified guest keeps sending after the host’s mute; nothing of it is heard or seen', async () => {
  const { host, guest } = await meet(stage, {
    settings: relayed,
    guest: { install: [installHum, installDisobedience] },
  })
  await host.page.evaluate(() => window.senses.listen())
  await eventually('the hum is heard', () =>
    host.page.evaluate(() => window.senses.heard.some(({ peak }) => peak > 0.02)),
  )
  await host.openPeople()
  await host.button(words.muteMicrophoneOf('Bo Guest')).click()
  await host.button(words.muteCameraOf('Bo Guest')).click()
  await host.sees('Bo Guest', words.microphoneMutedByHost)
  await host.sees('Bo Guest', words.cameraMutedByHost)
  const before = await guest.sent()
  await throughout('nothing is seen or may be heard', 2_000, () =>
    host.page.evaluate(() => window.senses.remoteVideos().length === 0 && !window.senses.mayHear()),
  )
  const after = await guest.sent()
  expect(after.audioBytes, 'the guest really goes on talking').toBeGreaterThan(before.audioBytes + 1_000)
  expect(after.videoBytes, 'the guest really goes on filming').toBeGreaterThan(before.videoBytes + 10_000)
})

longTest('LK6 a reload in a relayed room: the same seat, a new link, seen again', async () => {
  const { host, guest } = await meet(stage, { settings: relayed })
  await guest.page.reload()
  await guest.returns()
  await Promise.all([host.seesMoving(), guest.seesMoving()])
  await isRelayed(guest)
})

test('HT7 RL3 a guest before the host waits, and no link to the relay is opened; then both meet', async () => {
  const host = await stage.person({ name: 'Ada Host' })
  const link = await host.createRoom(relayed)
  const guest = await guestAt(link, 'Bo Guest')
  await guest.join('waiting-for-host')
  expect(await guest.samples()).toEqual([])
  await host.join()
  await Promise.all([host.seesMoving(), guest.seesMoving()])
})
