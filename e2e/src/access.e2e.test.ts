/** Who gets in, and with what: seats, order of steps, devices that are refused or missing. */
import { words, refusalWords } from '@video-room/client/components/words.ts'
import { expect, test } from 'vitest'
import { launchChromium } from './harness/chromium.ts'
import { hostRoom, meet } from './harness/meet.ts'
import { createRoom, joinRoom, openRawSocket } from './harness/signalling.ts'
import { setStage } from './harness/stage.ts'
import { eventually } from './harness/wait.ts'

const stage = setStage()

test('A2 HT3 a third person is told that the room is full, and gets in when the guest has left', async () => {
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
})

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

test.each(['refused', 'absent'] as const)(
  'J2 someone whose devices are %s joins without them, sees the host, and is shown by name',
  async (devices) => {
    const { host, link } = await hostRoom(stage)
    const browser = await launchChromium(devices)
    try {
      const guest = await stage.person({ name: 'Bo Guest', browser })
      await guest.openLink(link)
      await guest.askToJoin(words.joinWithout)
      await guest.untilStatus('in-room')
      await guest.seesMoving()
      await guest.hears()
      await host.tile('Bo Guest').waitFor()
      await host.seesMoving(0)
      expect(await guest.liveCaptures('video')).toBe(0)
      await eventually('the host’s view of the guest', async () => {
        const seen = (await host.view())?.occupants.find(({ isSelf }) => !isSelf)
        return seen?.displayName === 'Bo Guest' && seen.link === 'connected'
      })
      await guest.page.context().close()
    } finally {
      await browser.close()
    }
  },
)
