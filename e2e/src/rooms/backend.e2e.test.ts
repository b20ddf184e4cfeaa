/** What an embedder's backend hears of its rooms, and what it may order. */
import { words } from '@video-room/client/components/words.ts'
import { endingWords } from '@video-room/client/components/trouble-words.ts'
import { afterAll, expect, test } from 'vitest'
import { hostRoom, meet } from '../harness/meet.ts'
import { startReceiver, type Delivery } from '../harness/receiver.ts'
import { controlRoom, joinRoom, roomIdIn } from '../harness/signalling.ts'
import { setStage } from '../harness/stage.ts'
import { eventually } from '../harness/wait.ts'

const receiver = await startReceiver()
afterAll(() => receiver.end())
const stage = setStage('granted', { WEBHOOK_URL: receiver.url, WEBHOOK_SECRET: receiver.secret })

/** RC1: the room obeys within a second, and everyone is told. */
const obeyWithinMs = 1_000

const deliveriesOf = (roomId: string): readonly Delivery[] =>
  receiver.deliveries.filter(({ event }) => event.data.roomId === roomId)

test('WH1 WH2 WH3 the backend hears the life of a room in order, signed, without names or tokens', async () => {
  const { host, guest, link } = await meet(stage)
  const roomId = roomIdIn(link)
  const [hostId, guestId] = [await host.occupantId(), await guest.occupantId()]
  const secrets = [...(await host.secrets()), ...(await guest.secrets()), host.name, guest.name]
  expect(secrets.length).toBeGreaterThan(3)
  receiver.refuseNext('occupant.left')
  await guest.leave()
  await host.openPeople()
  await host.button(words.endRoom).click()
  await host.confirm(words.endRoomConfirm)
  await eventually('the end is told', () =>
    deliveriesOf(roomId).some(({ event }) => event.type === 'room.ended'),
  )

  const deliveries = deliveriesOf(roomId)
  expect(deliveries.filter(({ isSigned }) => !isSigned)).toEqual([])
  const said = deliveries.map(({ event: { type, data } }) => [type, data.occupancyCount, data['occupantId']])
  expect(said).toEqual([
    ['room.created', 0, undefined],
    ['occupant.joined', 1, hostId],
    ['occupant.joined', 2, guestId],
    ['room.started', 2, undefined],
    // Refused once: the same event comes again, and those behind it wait.
    ['occupant.left', 1, guestId],
    ['occupant.left', 1, guestId],
    ['occupant.left', 0, hostId],
    ['room.ended', 0, undefined],
  ])
  expect(deliveries[4]?.id).toBe(deliveries[5]?.id)
  expect(new Set(deliveries.map(({ id }) => id)).size).toBe(deliveries.length - 1)
  const bodies = deliveries.map(({ body }) => body).join('\n')
  for (const secret of secrets) expect(bodies.includes(secret), 'a name or a token in an event').toBe(false)
})

test('RC1 the creator’s backend locks and unlocks a room by HTTP, and everyone is told', async () => {
  const { origin, creatorKey } = stage.deployment
  const { host, guest, link } = await meet(stage, { settings: { maxParticipants: 2 } })
  const roomId = roomIdIn(link)
  expect(await controlRoom(origin, roomId, creatorKey, { action: 'lock' })).toBe(204)
  for (const person of [host, guest]) {
    await person.untilView('the lock is known', (view) => view.settings?.isLocked === true, obeyWithinMs)
  }
  await guest.page.getByText(words.locked).waitFor()
  expect(await joinRoom(origin, roomId)).toMatchObject({ status: 409, refusal: 'room_locked' })
  expect(await controlRoom(origin, roomId, creatorKey, { action: 'unlock' })).toBe(204)
  expect((await joinRoom(origin, roomId)).refusal).toBeNull()
  const settings = { admission: 'knock', maxParticipants: 3 }
  expect(await controlRoom(origin, roomId, creatorKey, { action: 'change-settings', settings })).toBe(204)
  await guest.untilView(
    'the settings are known',
    (view) => view.settings?.admission === 'knock',
    obeyWithinMs,
  )
})

test('RC1 RC2 MD5 MD6 the backend removes one and ends the room; another’s proof changes nothing', async () => {
  const { origin, creatorKey } = stage.deployment
  const { host, guest, link } = await meet(stage)
  const roomId = roomIdIn(link)
  const remove = { action: 'remove', occupantId: await guest.occupantId() }
  expect(await controlRoom(origin, roomId, 'not-the-creator-of-this-room', remove)).toBe(403)
  const [hostToken] = await host.secrets()
  expect(await controlRoom(origin, roomId, hostToken ?? '', { action: 'end' })).toBe(403)
  expect((await guest.view())?.status).toBe('in-room')

  expect(await controlRoom(origin, roomId, creatorKey, remove)).toBe(204)
  expect((await guest.untilStatus('ended', obeyWithinMs)).endReason).toBe('removed')
  expect(await controlRoom(origin, roomId, creatorKey, { action: 'end' })).toBe(204)
  expect((await host.untilStatus('ended', obeyWithinMs)).endReason).toBe('room_ended')
  await host.page.getByText(endingWords.room_ended.title).first().waitFor()
  expect(await joinRoom(origin, roomId)).toMatchObject({ status: 410, refusal: 'room_ended' })
})

test('C1 HT1 whoever has no creator’s proof makes no room', async () => {
  const { origin } = stage.deployment
  const ask = (headers: Readonly<Record<string, string>>) =>
    fetch(`${origin}/room/create`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: '{}',
    })
  expect((await ask({})).status).toBe(401)
  expect((await ask({ authorization: 'Bearer guessed' })).status).toBe(403)
  const { host } = await hostRoom(stage)
  const [hostToken = ''] = await host.secrets()
  expect((await ask({ authorization: `Bearer ${hostToken}` })).status, 'a host is no creator').toBe(403)
})
