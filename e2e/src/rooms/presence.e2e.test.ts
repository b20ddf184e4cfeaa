/** Coming back: reloads, lost sockets, a second tab, a network that goes and returns. */
import { words } from '@video-room/client/components/words.ts'
import { expect, test } from 'vitest'
import { meet } from '../harness/meet.ts'
import type { RoomPage } from '../harness/room-page.ts'
import { setStage } from '../harness/stage.ts'
import { eventually } from '../harness/wait.ts'
import { longTest } from '../harness/long.ts'

const stage = setStage()

/** What Chromium itself writes to the console about requests and sockets that the door cut. */
const cutOff = /net::ERR_/
/** Seen once: the first join after a cut, answered by the development server's own proxy, it seems. The page asks again. */
const brokenOnce = /status of 500 .*\/join/

const framesOf = async (person: RoomPage): Promise<number> =>
  (await person.samples()).reduce((sum, { framesDecoded }) => sum + framesDecoded, 0)

const occupantsSeenBy = async (person: RoomPage): Promise<string[]> =>
  ((await person.view())?.occupants ?? []).map(({ occupantId }) => occupantId).toSorted()

test.each(['host', 'guest'] as const)(
  'PR1 HT5 LK6 the %s reloads and is back in the same seat with the same role',
  async (who) => {
    const meeting = await meet(stage)
    const person = meeting[who]
    const other = who === 'host' ? meeting.guest : meeting.host
    const before = { id: await person.occupantId(), all: await occupantsSeenBy(other) }
    await person.page.reload()
    await person.returns()
    const view = await person.untilStatus('in-room')
    expect(view.occupantId).toBe(before.id)
    expect(view.isHost).toBe(who === 'host')
    await Promise.all([person.seesMoving(), other.seesMoving()])
    expect(await occupantsSeenBy(other)).toEqual(before.all)
  },
)

test('J6 PR1 a socket that is cut does not stop the media, and the same occupant is back', async () => {
  const { host, guest } = await meet(stage, {
    settings: { route: 'direct' },
    guest: { throughDoor: true },
  })
  guest.expectsComplaint(cutOff)
  guest.expectsComplaint(brokenOnce)
  const id = await guest.occupantId()
  const sockets = await guest.page.evaluate(() => window.probe.sockets.length)
  const connections = await guest.page.evaluate(() => window.probe.connections.length)
  stage.deployment.door.shut()
  await guest.untilStatus('reconnecting')
  await guest.page.getByText(words.reconnecting).waitFor()
  const [hostFrames, guestFrames] = [await framesOf(host), await framesOf(guest)]
  await eventually('frames go on both ways', async () => {
    return (await framesOf(host)) > hostFrames + 15 && (await framesOf(guest)) > guestFrames + 15
  })
  expect((await guest.view())?.status).toBe('reconnecting')

  stage.deployment.door.open()
  const view = await guest.untilStatus('in-room')
  expect(view.occupantId).toBe(id)
  const after = await guest.page.evaluate(() => ({
    sockets: window.probe.sockets.length,
    connections: window.probe.connections.length,
  }))
  expect(after.sockets).toBeGreaterThan(sockets)
  expect(after.connections, 'the link was kept').toBe(connections)
  await Promise.all([host.seesMoving(), guest.seesMoving()])
})

test('M7 a mute made while the socket is away is told when it is back', async () => {
  const { host, guest } = await meet(stage, { guest: { throughDoor: true } })
  guest.expectsComplaint(cutOff)
  stage.deployment.door.shut()
  await guest.untilStatus('reconnecting')
  await guest.toggle('camera')
  stage.deployment.door.open()
  await guest.untilStatus('in-room')
  await host.sees('Bo Guest', words.cameraOff)
  await host.seesMoving(0)
})

longTest('the page survives a network that goes and comes back', async () => {
  const { host, guest } = await meet(stage, { guest: { throughDoor: true } })
  guest.expectsComplaint(cutOff)
  const id = await guest.occupantId()
  stage.deployment.door.shut()
  await guest.page.context().setOffline(true)
  await guest.untilStatus('reconnecting')
  stage.deployment.door.open()
  await guest.page.context().setOffline(false)
  expect((await guest.untilStatus('in-room')).occupantId).toBe(id)
  await Promise.all([host.seesMoving(), guest.seesMoving()])
})

test('J7 SK5 a second tab with the same token takes over, and the first one says so', async () => {
  const { host, guest } = await meet(stage)
  const id = await guest.occupantId()
  const stored = await guest.page.evaluate(() => Object.entries(sessionStorage))
  const second = await stage.person({ name: 'Bo Guest' })
  // A duplicated tab starts with a copy of the first one's session storage (HTML, "copy session storage").
  await second.page.addInitScript((entries) => {
    for (const [key, value] of entries) sessionStorage.setItem(key, value)
  }, stored)
  await second.page.goto(guest.page.url())
  await second.returns()
  expect((await second.untilStatus('in-room')).occupantId).toBe(id)
  expect((await guest.untilStatus('ended')).endReason).toBe('taken_over')
  await guest.page.getByText('You continued in another tab').waitFor()
  await Promise.all([host.seesMoving(), second.seesMoving()])
  expect(await occupantsSeenBy(host)).toHaveLength(2)
})
