/** Rooms whose info is kept in a real Redis: readable from outside, ruled from outside, and not hurt when it goes. */
import { words } from '@video-room/client/components/words.ts'
import { endingWords, refusalWords } from '@video-room/client/components/trouble-words.ts'
import * as v from 'valibot'
import { afterAll, expect, test } from 'vitest'
import { hostRoom, meet } from '../harness/meet.ts'
import { startRedis } from '../harness/redis.ts'
import type { RoomPage } from '../harness/room-page.ts'
import { createRoom, joinRoom, roomIdIn, roomInfo, sitRaw } from '../harness/signalling.ts'
import { setStage } from '../harness/stage.ts'
import { eventually } from '../harness/wait.ts'
import { longTest } from '../harness/long.ts'

const redis = await startRedis()
afterAll(() => redis.end())
const stage = setStage('granted', { REDIS_URL: redis.url })

/** RC1: the room obeys within a second, and everyone is told. */
const obeyWithinMs = 1_000
/** A join that waits for a store that says nothing: the gate's own patience (limits.gateAnswerMs) and some air. */
const answerWithinMs = 6_000

const control = (link: string, order: object) =>
  redis.cli('PUBLISH', 'video-room:control', JSON.stringify({ roomId: roomIdIn(link), ...order }))

const framesOf = async (person: RoomPage): Promise<number> =>
  (await person.samples()).reduce((sum, { framesDecoded }) => sum + framesDecoded, 0)

/** More frames arrive at both from here on. */
async function talkGoesOn(...people: readonly RoomPage[]): Promise<void> {
  for (const person of people) {
    const before = await framesOf(person)
    await eventually(`frames reach ${person.name}`, async () => (await framesOf(person)) > before + 10)
  }
}

test('D1 D2 while two people talk, redis-cli shows room info as the brief writes it', async () => {
  const { host, guest, link } = await meet(stage)
  const roomId = roomIdIn(link)
  const key = `room:{${roomId}}`
  expect(await redis.hash(key)).toMatchObject({ status: 'open', occupancyCount: '2', maxParticipants: '1' })
  const [hostId, guestId] = [await host.occupantId(), await guest.occupantId()]
  const occupants = await redis.hash(`${key}:occupants`)
  expect(Object.keys(occupants).toSorted()).toEqual([hostId, guestId].toSorted())
  expect(JSON.parse(occupants[hostId] ?? '')).toMatchObject({ isHost: true, isPresent: true })
  expect(JSON.parse(occupants[guestId] ?? '')).toMatchObject({ isHost: false, isPresent: true })
  for (const name of [key, `${key}:occupants`])
    expect(Number(await redis.cli('PTTL', name))).toBeGreaterThan(0)
  const all = JSON.stringify([await redis.hash(key), occupants])
  for (const secret of ['Ada Host', 'Bo Guest', ...(await host.secrets()), ...(await guest.secrets())]) {
    expect(all.includes(secret), 'names and tokens are not kept').toBe(false)
  }

  await guest.leave()
  await eventually('the guest is gone from Redis', async () => {
    return (await redis.hash(key))['occupancyCount'] === '1'
  })
  expect(Object.keys(await redis.hash(`${key}:occupants`))).toEqual([hostId])
  expect(await roomInfo(stage.deployment.origin, roomId)).toEqual({
    occupancyCount: 1,
    occupants: { [hostId]: { isHost: true, isPresent: true } },
  })
})

test('C1 D1 without a creator’s proof nothing is written; a new room is an empty dictionary', async () => {
  const { origin, creatorKey } = stage.deployment
  const before = await redis.cli('DBSIZE')
  await expect(createRoom(origin, 'not-a-creator-key')).rejects.toThrow('creator_proof_invalid')
  expect(await redis.cli('DBSIZE')).toBe(before)
  const { roomId } = await createRoom(origin, creatorKey)
  expect(await redis.hash(`room:{${roomId}}`)).toMatchObject({ status: 'open', occupancyCount: '0' })
  expect(await redis.cli('EXISTS', `room:{${roomId}}:occupants`)).toBe('0')
})

test('D2 PR1 a socket that is gone leaves its seat in Redis, away, until it is back', async () => {
  const { origin, creatorKey } = stage.deployment
  const { roomId } = await createRoom(origin, creatorKey)
  const first = await sitRaw(origin, roomId)
  const isPresent = async (): Promise<boolean> => {
    const text = (await redis.hash(`room:{${roomId}}:occupants`))[first.occupantId]
    return v.parse(v.object({ isPresent: v.boolean() }), JSON.parse(text ?? '')).isPresent
  }
  await eventually('present', isPresent)
  first.close()
  await eventually('away', async () => !(await isPresent()))
  expect((await redis.hash(`room:{${roomId}}`))['occupancyCount']).toBe('0')
  expect(await joinRoom(origin, roomId), 'a seat in grace is taken').toMatchObject({ refusal: 'room_full' })
  const again = await sitRaw(origin, roomId, [], { resumeToken: first.resumeToken })
  expect(again.occupantId).toBe(first.occupantId)
  await eventually('present again', isPresent)
  again.send({ type: 'leave' })
})

test('RC1 LO1 a message on the control channel locks and unlocks the room, and everyone is told', async () => {
  const { host, guest, link } = await meet(stage, { settings: { maxParticipants: 2 } })
  await control(link, { action: 'lock' })
  for (const person of [host, guest]) {
    await person.untilView(
      `${person.name} knows of the lock`,
      (view) => view.settings?.isLocked === true,
      obeyWithinMs,
    )
  }
  await guest.page.getByText(words.locked).waitFor()
  const { origin } = stage.deployment
  expect(await joinRoom(origin, roomIdIn(link))).toMatchObject({ status: 409, refusal: 'room_locked' })
  await control(link, { action: 'unlock' })
  await guest.untilView(
    'the guest knows that it is open',
    (view) => view.settings?.isLocked === false,
    obeyWithinMs,
  )
  expect((await joinRoom(origin, roomIdIn(link))).refusal).toBeNull()
})

longTest('RC1 MD5 MD6 the control channel removes one, then ends the room for all', async () => {
  const { host, guest, link } = await meet(stage)
  await control(link, { action: 'remove', occupantId: await guest.occupantId() })
  expect((await guest.untilStatus('ended', obeyWithinMs)).endReason).toBe('removed')
  await host.tile('Bo Guest').waitFor({ state: 'detached' })
  await control(link, { action: 'end' })
  expect((await host.untilStatus('ended', obeyWithinMs)).endReason).toBe('room_ended')
  await host.page.getByText(endingWords.room_ended.title).first().waitFor()
  await eventually('Redis knows the end', async () => {
    return (await redis.hash(`room:{${roomIdIn(link)}}`))['status'] === 'ended'
  })
})

longTest(
  'D5 HT3 Redis killed mid-call: the call goes on, a stranger is told to wait, and after its return all agrees',
  async () => {
    const { host, guest, link } = await meet(stage, { settings: { maxParticipants: 2 } })
    await redis.kill()
    const third = await stage.person({ name: 'Cy Third' })
    third.expectsComplaint(/status of 503/)
    await third.openLink(link)
    await third.previews()
    await third.askToJoin()
    await third.page.getByText(refusalWords.room_store_unavailable.title).waitFor()
    const refusal = (await third.view())?.refusal
    expect(refusal?.code).toBe('room_store_unavailable')
    expect(refusal?.retryAfterMs).toBeGreaterThan(0)
    await talkGoesOn(host, guest)
    for (const person of [host, guest]) expect((await person.view())?.status).toBe('in-room')

    // It comes back empty, as one without persistence does.
    await redis.start()
    await eventually('the third is in', async () => {
      if ((await third.view())?.status === 'in-room') return true
      const again = third.button(words.tryAgain)
      if ((await again.count()) > 0 && (await again.getAttribute('aria-disabled')) === null)
        await again.click()
      return false
    })
    await Promise.all([host, guest, third].map((person) => person.seesMoving(2)))
    const ids = await Promise.all([host, guest, third].map((person) => person.occupantId()))
    await eventually('room info agrees with the room', async () => {
      const { occupancyCount, occupants } = await roomInfo(stage.deployment.origin, roomIdIn(link))
      const present = Object.entries(occupants).flatMap(([id, { isPresent }]) => (isPresent ? [id] : []))
      return occupancyCount === 3 && present.toSorted().join() === ids.toSorted().join()
    })
    expect((await redis.hash(`room:{${roomIdIn(link)}}`))['occupancyCount']).toBe('3')
  },
)

test('D5 a Redis that says nothing: joins and rooms are refused in bounded time, and soon work again', async () => {
  const { origin, creatorKey } = stage.deployment
  const { host, link } = await hostRoom(stage)
  redis.pause()
  try {
    const fromMs = performance.now()
    expect(await joinRoom(origin, roomIdIn(link))).toMatchObject({
      status: 503,
      refusal: 'room_store_unavailable',
    })
    await expect(createRoom(origin, creatorKey)).rejects.toThrow('room_store_unavailable')
    expect(performance.now() - fromMs).toBeLessThan(2 * answerWithinMs)
    expect((await host.view())?.status).toBe('in-room')
  } finally {
    redis.resume()
  }
  await eventually('a guest gets in', async () => (await joinRoom(origin, roomIdIn(link))).refusal === null)
})
