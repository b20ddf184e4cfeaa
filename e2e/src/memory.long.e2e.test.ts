/** What the worker keeps when its memory is gone: it is ended and started anew under a running call. */
import { words } from '@video-room/client/components/words.ts'
import { refusalWords } from '@video-room/client/components/trouble-words.ts'
import { expect, test } from 'vitest'
import { changeSettings, press } from './harness/gate.ts'
import { meet } from './harness/meet.ts'
import { setStage } from './harness/stage.ts'

/** Its own, which it starts anew. */
const stage = setStage('granted', {})

test('MD11 LO1 J6 settings, roles and seats outlive the worker’s memory and a reload of everyone', async () => {
  const { host, guest, link } = await meet(stage, { settings: { maxParticipants: 2 } })
  for (const person of [host, guest]) person.expectsComplaint(/net::ERR_|status of 50\d/)
  await host.openPeople()
  await press(host, words.lockRoom)
  await press(host, words.mayUnmute)
  await changeSettings(host, { maxParticipants: 4, onHostLeave: 'promote', admission: 'knock' })
  const before = {
    settings: (await guest.view())?.settings,
    ids: [await host.occupantId(), await guest.occupantId()],
  }

  await stage.deployment.restart()
  for (const person of [host, guest]) {
    await person.untilView(`${person.name} is back`, ({ status, occupants }) => {
      return status === 'in-room' && occupants.length === 2 && occupants.every(({ isPresent }) => isPresent)
    })
  }
  await Promise.all([host.seesMoving(), guest.seesMoving()])
  for (const person of [host, guest]) {
    await person.page.reload()
    await person.returns()
  }
  await Promise.all([host.seesMoving(), guest.seesMoving()])
  expect([await host.occupantId(), await guest.occupantId()]).toEqual(before.ids)
  expect([(await host.view())?.isHost, (await guest.view())?.isHost]).toEqual([true, false])
  for (const person of [host, guest]) expect((await person.view())?.settings).toEqual(before.settings)

  const stranger = await stage.person({ name: 'Cy Stranger' })
  stranger.expectsComplaint(/status of 409/)
  await stranger.openLink(link)
  await stranger.askToJoin()
  await stranger.page.getByText(refusalWords.room_locked.title).waitFor()
})
