/** Who gets in, and with what: seats, order of steps, devices that are refused or missing. */
import { words } from '@video-room/client/components/words.ts'
import { refusalWords } from '@video-room/client/components/trouble-words.ts'
import { expect, test } from 'vitest'
import { launchChromium, type DeviceAccess } from '../harness/chromium.ts'
import { hostRoom, meet } from '../harness/meet.ts'
import { createRoom, joinRoom, openRawSocket } from '../harness/signalling.ts'
import { setStage } from '../harness/stage.ts'
import { eventually } from '../harness/wait.ts'
import { longTest } from '../harness/long.ts'

const stage = setStage()

longTest(
  'A2 HT3 a third person is told that the room is full, and gets in when the guest has left',
  async () => {
    const { host, guest, link } = await meet(stage)
    const third = await stage.person({ name: 'Cy Third' })
    third.expectsComplaint(/status of 409/)
    await third.openLink(link)
    await third.askToJoin()
    await third.page.getByText(refusalWords.room_full.title).waitFor()
    expect((await third.view())?.refusal?.code).toBe('room_full')
    expect((await host.view())?.occupants).toHaveLength(2)

    await guest.leave()
    await third.askToJoin(words.tryAgain)
    await third.untilStatus('in-room')
    await Promise.all([host.seesMoving(), third.seesMoving()])
  },
)

test('J1 HT3 a join before the room exists is room_not_found', async () => {
  const nowhere = crypto.randomUUID()
  expect(await joinRoom(stage.deployment.origin, nowhere)).toMatchObject({
    status: 404,
    refusal: 'room_not_found',
  })
  const lost = await stage.person({ name: 'Di Lost' })
  lost.expectsComplaint(/status of 404/)
  await lost.openLink(`${stage.deployment.origin}/#room=${nowhere}`)
  await lost.askToJoin()
  await lost.page.getByText(refusalWords.room_not_found.title).waitFor()
})

test('J1 SK3 a socket before the join is closed with 4401', async () => {
  const { origin, creatorKey } = stage.deployment
  const { roomId } = await createRoom(origin, creatorKey)
  const socket = openRawSocket(origin, roomId, 'A'.repeat(43))
  expect(await socket.closed()).toBe(4401)
  expect(socket.received).toEqual([])
})

/** A guest in a browser of another make-up joins; the host is seen and heard, the guest is there by name. */
async function joinsWithoutVideo(devices: DeviceAccess, button: string): Promise<void> {
  const { host, link } = await hostRoom(stage)
  const browser = await launchChromium(devices)
  try {
    const guest = await stage.person({ name: 'Bo Guest', browser })
    await guest.openLink(link)
    await guest.askToJoin(button)
    await guest.untilStatus('in-room')
    await guest.seesMoving()
    await guest.hears()
    await host.tile('Bo Guest').waitFor()
    await host.sees('Bo Guest', words.cameraOff)
    await host.seesMoving(0)
    await eventually('a link although nothing is filmed', async () => {
      const seen = (await host.view())?.occupants.find(({ isSelf }) => !isSelf)
      return seen?.displayName === 'Bo Guest' && seen.link === 'connected'
    })
    await guest.page.context().close()
  } finally {
    await browser.close()
  }
}

test('J2 someone who refuses camera and microphone joins without, sees and hears the host', async () => {
  await joinsWithoutVideo('refused', words.joinWithout)
})

longTest('J2 someone without a camera joins with the microphone alone, sees and hears the host', async () => {
  await joinsWithoutVideo('no-camera', words.join)
})
