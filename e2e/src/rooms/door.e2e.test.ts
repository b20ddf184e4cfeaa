/** Who stands at the door, and who opens it: knocking, the host who is late, the lock. */
import { words } from '@video-room/client/components/words.ts'
import { actionErrorWords, endingWords, refusalWords } from '@video-room/client/components/trouble-words.ts'
import { limits } from '@video-room/shared/limits.ts'
import { expect, test } from 'vitest'
import { admit, changeSettings, press } from '../harness/gate.ts'
import { hostRoom, meet } from '../harness/meet.ts'
import { addressIn, joinRoom, openRawSocket, type RawSocket } from '../harness/signalling.ts'
import { setStage } from '../harness/stage.ts'
import { throughout } from '../harness/wait.ts'
import { longTest } from '../harness/long.ts'

const stage = setStage()

/** From the moment that lets someone in to their first welcome (J3). */
const letInWithinMs = 2_000

/** Someone at the door without a page. */
async function knockRaw(link: string, displayName: string): Promise<RawSocket> {
  const { origin } = stage.deployment
  const { resumeToken } = await joinRoom(origin, addressIn(link), { displayName })
  const socket = openRawSocket(origin, addressIn(link), resumeToken)
  await socket.next('knocking')
  return socket
}

test('KN1 KN2 J4 a guest knocks, the host admits, and both see and hear each other', async () => {
  const host = await stage.person({ name: 'Ada Host' })
  await host.page.goto(host.origin)
  await host.page.getByLabel('Ask me before someone enters').check()
  await host.button('Create room').click()
  await host.lobby()
  const link = host.page.url()
  await host.join()

  const guest = await stage.person({ name: 'Bo Guest' })
  await guest.openLink(link)
  const outside = await guest.join('knocking')
  expect(outside.occupants, 'who stands outside sees nobody').toEqual([])
  await guest.page.getByRole('heading', { name: words.knocking }).waitFor()
  expect((await host.view())?.occupants, 'a knock holds no seat').toHaveLength(1)

  await admit(host, 'Bo Guest')
  await guest.untilStatus('in-room')
  await Promise.all([host.seesMoving(), guest.seesMoving()])
  await Promise.all([host.hears(), guest.hears()])
  expect((await host.view())?.knocks).toEqual([])
})

test('KN8 a guest shows the host a small picture, after a reload of the host too, until they take it back', async () => {
  const { host, link } = await hostRoom(stage, { settings: { admission: 'knock', maxParticipants: 3 } })
  const guest = await stage.person({ name: 'Bo Guest' })
  await guest.openLink(link)
  await guest.join('knocking')
  const choice = guest.page.getByRole('switch', { name: words.showPicture })
  const picture = () => host.page.getByRole('img', { name: words.pictureOf('Bo Guest') }).first()
  expect(await choice.count(), 'this host did not ask').toBe(0)
  await host.openPeople()
  await press(host, words.askPicture)
  await choice.waitFor()
  expect(await choice.getAttribute('aria-checked'), 'off until they say otherwise').toBe('false')
  expect((await host.view())?.knocks).toEqual([{ occupantId: expect.anything(), displayName: 'Bo Guest' }])

  await press(guest, words.showPicture)
  await guest.page.getByRole('img', { name: words.shownPicture }).waitFor()
  await picture().waitFor()
  const size = await picture().evaluate((image) =>
    image instanceof HTMLImageElement ? Math.max(image.naturalWidth, image.naturalHeight) : 0,
  )
  expect(size).toBe(limits.knockPictureSidePx)
  expect(await picture().getAttribute('src')).toBe((await guest.view())?.knockPicture?.shown)

  await host.page.reload()
  await host.returns()
  await picture().waitFor()
  await press(guest, words.showPicture)
  await picture().waitFor({ state: 'detached' })
  await press(guest, words.showPicture)
  await picture().waitFor()
  await admit(host, 'Bo Guest')
  await guest.untilStatus('in-room')
  await picture().waitFor({ state: 'detached' })
})

test('KN3 who was turned away is told so, and does not get back to the door', async () => {
  const { host, link } = await hostRoom(stage, { settings: { admission: 'knock' } })
  const guest = await stage.person({ name: 'Bo Guest' })
  guest.expectsComplaint(/status of 403/)
  await guest.openLink(link)
  await guest.join('knocking')
  await host.button(words.denyName('Bo Guest')).click()
  expect((await guest.untilStatus('ended')).endReason).toBe('denied')
  await guest.page.getByText(endingWords.denied.title).first().waitFor()

  await guest.page.reload()
  await guest.lobby()
  await guest.askToJoin()
  await guest.page.getByText(refusalWords.denied.title).waitFor()
  expect((await guest.view())?.refusal?.code).toBe('denied')
  for (const token of await guest.secrets()) {
    expect(await joinRoom(stage.deployment.origin, addressIn(link), { resumeToken: token })).toMatchObject({
      status: 403,
      refusal: 'denied',
    })
  }
  expect((await host.view())?.knocks).toEqual([])
})

longTest(
  'J3 HT7 in an open room a guest who is early waits, and is let in as soon as the host is there',
  async () => {
    const host = await stage.person({ name: 'Ada Host' })
    const link = await host.createRoom()
    await host.previews()
    const guest = await stage.person({ name: 'Bo Guest' })
    await guest.openLink(link)
    await guest.join('waiting-for-host')
    await guest.page.getByRole('heading', { name: words.waitingForHost }).waitFor()
    await throughout('nothing is negotiated without a host', 500, async () => {
      return (await guest.negotiations()).described === 0
    })
    await host.join()
    await guest.untilStatus('in-room', letInWithinMs)
    await Promise.all([host.seesMoving(), guest.seesMoving()])
  },
)

longTest('KN4 a guest who knocks before the host is there still waits for the host’s word', async () => {
  const host = await stage.person({ name: 'Ada Host' })
  const link = await host.createRoom({ admission: 'knock' })
  const guest = await stage.person({ name: 'Bo Guest' })
  await guest.openLink(link)
  await guest.join('knocking')
  await host.join()
  await host.button(words.admitName('Bo Guest')).waitFor()
  await throughout('the host’s arrival lets nobody in', 500, async () => {
    return (await guest.view())?.status === 'knocking'
  })
  await admit(host, 'Bo Guest')
  await guest.untilStatus('in-room', letInWithinMs)
  await Promise.all([host.seesMoving(), guest.seesMoving()])
})

longTest('KN5 MD11 when the host asks no more, who stands at the door comes in', async () => {
  const { host, link } = await hostRoom(stage, { settings: { admission: 'knock' } })
  const guest = await stage.person({ name: 'Bo Guest' })
  await guest.openLink(link)
  await guest.join('knocking')
  await host.openPeople()
  await press(host, words.askFirst)
  await guest.untilStatus('in-room')
  await Promise.all([host.seesMoving(), guest.seesMoving()])
})

test('KN2 A2 an admission without a free seat is told to the host, and the knock stays', async () => {
  const { host, link } = await hostRoom(stage, { settings: { admission: 'knock' } })
  const first = await knockRaw(link, 'Bo First')
  await admit(host, 'Bo First')
  await first.next('welcome')
  const second = await knockRaw(link, 'Cy Second')
  await admit(host, 'Cy Second')
  await host.page.getByText(actionErrorWords.room_full ?? '').waitFor()
  expect((await host.view())?.knocks).toMatchObject([{ displayName: 'Cy Second' }])

  first.send({ type: 'leave' })
  await host.untilView('the seat is free', ({ occupants }) => occupants.length === 1)
  await admit(host, 'Cy Second')
  await second.next('welcome')
  second.close()
})

test('KN7 VR2 a crowd and hostile names at the door: refused beyond the bound, grouped, and shown as plain text', async () => {
  const { origin } = stage.deployment
  const { host, link } = await hostRoom(stage, { settings: { admission: 'knock', maxParticipants: 15 } })
  const image = '<img src=x onerror=alert(1)>'
  const sockets = [await knockRaw(link, `\u202e${image}\u0000\u2066`)]
  await host.page.getByRole('status').getByText(`\u2068${image}\u2069 asks to come in`).waitFor()
  expect((await host.view())?.knocks).toMatchObject([{ displayName: image }])
  const tooLong = await joinRoom(origin, addressIn(link), { displayName: 'x'.repeat(64 * 1024) })
  expect(tooLong).toMatchObject({ status: 413, refusal: 'body_too_large' })

  const crowd = await Promise.all(
    Array.from({ length: 20 }, (_, at) => joinRoom(origin, addressIn(link), { displayName: `Crowd ${at}` })),
  )
  const refused = crowd.filter(({ refusal }) => refusal !== null)
  expect(new Set(refused.map(({ refusal }) => refusal))).toEqual(new Set(['rate_limited']))
  const waiting = crowd.filter(({ refusal }) => refusal === null)
  expect(waiting.length).toBeLessThan(15)
  sockets.push(...waiting.map(({ resumeToken }) => openRawSocket(origin, addressIn(link), resumeToken)))
  await host.untilView('all are announced', ({ knocks }) => knocks.length === sockets.length)
  await host.page
    .getByText(words.knocks(image, sockets.length - 1))
    .first()
    .waitFor()
  await host.openPeople()
  await host.button(words.admitAll).click()
  for (const socket of sockets) await socket.next('welcome')
  await host.untilView('the door is empty', ({ knocks }) => knocks.length === 0)
  for (const socket of sockets) socket.send({ type: 'leave' })
})

longTest(
  'LO1 a locked room refuses strangers and knocks, takes back who has a seat, and opens again',
  async () => {
    const { host, guest, link } = await meet(stage, { settings: { maxParticipants: 2 } })
    await host.openPeople()
    await press(host, words.lockRoom)
    await guest.page.getByText(words.locked).waitFor()

    const stranger = await stage.person({ name: 'Cy Stranger' })
    stranger.expectsComplaint(/status of 409/)
    await stranger.openLink(link)
    await stranger.previews()
    await stranger.askToJoin()
    await stranger.page.getByText(refusalWords.room_locked.title).waitFor()
    expect((await stranger.view())?.refusal?.code).toBe('room_locked')
    await changeSettings(host, { admission: 'knock' })
    expect(await joinRoom(stage.deployment.origin, addressIn(link))).toMatchObject({
      status: 409,
      refusal: 'room_locked',
    })
    await changeSettings(host, { admission: 'open' })

    const seat = await guest.occupantId()
    await guest.page.reload()
    await guest.returns()
    expect(await guest.occupantId(), 'the lock is for strangers').toBe(seat)

    await press(host, words.lockRoom)
    await stranger.askToJoin(words.tryAgain)
    await stranger.untilStatus('in-room')
    await Promise.all([host.seesMoving(2), stranger.seesMoving(2)])
  },
)
