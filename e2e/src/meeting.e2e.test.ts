/** Two people, and three, meet through the page that `npm start` serves. */
import { words } from '@video-room/client/components/words.ts'
import { expect, test } from 'vitest'
import { hostRoom, meet } from './harness/meet.ts'
import { setStage } from './harness/stage.ts'
import { watchSocket } from './harness/socket-watch.ts'

const stage = setStage()

test('J4 a created room, its link, two lobbies: both see and hear each other directly', async () => {
  // Direct only: a machine whose processor is full gives the room reasons of its own to move to a relay.
  const { host, guest } = await meet(stage, { settings: { route: 'direct' } })
  await Promise.all([host.hears(), guest.hears()])
  for (const person of [host, guest]) {
    const [sample, ...others] = await person.carrying()
    expect(others).toEqual([])
    expect([sample?.localCandidate, sample?.remoteCandidate]).toEqual(['host', 'host'])
    expect(sample?.framesDecoded).toBeGreaterThan(0)
  }
  await expect.poll(() => host.tile('Bo Guest').count()).toBe(1)
  await expect.poll(() => guest.tile('Ada Host').count()).toBe(1)
})

test('J4 the first remote frame follows the click on Join within 3 s', async () => {
  const { link } = await hostRoom(stage)
  const guest = await stage.person({ name: 'Bo Guest' })
  await guest.openLink(link)
  await guest.previews()
  await guest.page.evaluate(() => window.probe.armClick())
  await guest.askToJoin()
  expect(await guest.page.evaluate(() => window.probe.firstFrame())).toBeLessThan(3_000)
})

test('HT7 J3 a guest before the host waits; the host lets the call begin, and one end alone is the initiator', async () => {
  const host = await stage.person({ name: 'Ada Host' })
  // Direct only, so that no link to a relay is negotiated beside.
  const link = await host.createRoom({ route: 'direct' })
  const guest = await stage.person({ name: 'Bo Guest' })
  const sockets = [host, guest].map(({ page }) => watchSocket(page))
  await guest.openLink(link)
  await guest.previews()
  await guest.askToJoin()
  await guest.untilStatus('waiting-for-host')
  await guest.page.getByText(words.waitingForHost, { exact: true }).waitFor()
  expect((await guest.negotiations()).described).toBe(0)

  await host.join()
  await guest.untilStatus('in-room')
  await Promise.all([host.seesMoving(), guest.seesMoving()])
  const named = sockets.map((socket) => socket.links().map(({ initiator }) => initiator))
  // ST3: the later `media-ready`, here the host's, makes the offer; every list of links that was sent says the same.
  expect(new Set(named[0])).toEqual(new Set([true]))
  expect(new Set(named[1])).toEqual(new Set([false]))
  expect(await host.negotiations()).toMatchObject({ described: 1 })
  expect(await guest.negotiations()).toMatchObject({ described: 1 })
})

test('PR2 a guest who leaves frees the seat at once, and the camera is off', async () => {
  const { host, guest, link } = await meet(stage)
  await guest.leave()
  await guest.page.getByText('You left the room').waitFor()
  expect(await guest.liveCaptures('video')).toBe(0)
  expect(await guest.liveCaptures('audio')).toBe(0)
  await host.tile('Bo Guest').waitFor({ state: 'detached' })

  const next = await stage.person({ name: 'Cy Guest' })
  await next.openLink(link)
  await next.join()
  await Promise.all([host.seesMoving(), next.seesMoving()])
})

test('A1 a room for two participants: three people all see each other', async () => {
  const { host, link } = await hostRoom(stage, { settings: { maxParticipants: 2, route: 'direct' } })
  const guests = await Promise.all(
    ['Bo Guest', 'Cy Guest'].map(async (name) => {
      const guest = await stage.person({ name })
      await guest.openLink(link)
      return guest
    }),
  )
  await Promise.all(guests.map((guest) => guest.join()))
  await Promise.all([host, ...guests].map((person) => person.seesMoving(2)))
  for (const person of [host, ...guests]) expect(await person.carrying()).toHaveLength(2)
})
