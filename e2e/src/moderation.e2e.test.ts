/** What the host may do to others, what nobody else may, and who obeys. */
import { words } from '@video-room/client/components/words.ts'
import { expect, test } from 'vitest'
import { hostRoom, meet } from './harness/meet.ts'
import { installDisobedience, installHum } from './harness/senses.ts'
import { addressIn, joinRoom, openRawSocket } from './harness/signalling.ts'
import { setStage } from './harness/stage.ts'
import { eventually, throughout } from './harness/wait.ts'

const stage = setStage()

test('H1 MD2 the host mutes a guest: the guest’s own microphone obeys, and everyone is told by whom', async () => {
  const { host, guest } = await meet(stage)
  await host.openPeople()
  await host.button(words.muteMicrophoneOf('Bo Guest')).click()
  await host.sees('Bo Guest', words.microphoneMutedByHost)
  await guest.page.getByText(words.mutedByHost).waitFor()
  await eventually('the guest’s switch is off', async () => !(await guest.isOn('microphone')))

  // MD3: the owner, and only the owner, ends it.
  await guest.toggle('microphone')
  await host.sees('Bo Guest', words.microphoneMutedByHost, 0)
  await host.hears()
})

test('H3 MD2 a modified guest keeps sending after the host’s mute, and the host neither hears nor sees it', async () => {
  const { host, guest } = await meet(stage, { guest: { install: [installHum, installDisobedience] } })
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
  const fromMs = await host.page.evaluate(() => performance.timeOrigin + performance.now())
  await throughout('nothing is seen or may be heard', 2_000, () =>
    host.page.evaluate(() => window.senses.remoteVideos().length === 0 && !window.senses.mayHear()),
  )
  const blips = await host.page.evaluate(
    (sinceMs) => window.senses.heard.filter(({ atMs, peak }) => atMs > sinceMs + 100 && peak > 0.02).length,
    fromMs,
  )
  expect(blips).toBe(0)
  const after = await guest.sent()
  expect(after.audioBytes, 'the guest really goes on talking').toBeGreaterThan(before.audioBytes + 1_000)
  expect(after.videoBytes, 'the guest really goes on filming').toBeGreaterThan(before.videoBytes + 10_000)
})

test('H2 MD1 a participant cannot mute or remove: not_allowed, nothing changes', async () => {
  const { host, link } = await hostRoom(stage)
  const { origin } = stage.deployment
  const hostId = await host.occupantId()
  const seat = await joinRoom(origin, addressIn(link))
  const socket = openRawSocket(origin, addressIn(link), seat.resumeToken)
  await socket.next('welcome')
  socket.send({ type: 'media-ready', instanceId: 'i_0123456789abcdef', publications: [] })
  await socket.next('start')
  for (const attempt of [
    { type: 'mute-occupant', occupantId: hostId, source: 'microphone' },
    { type: 'remove-occupant', occupantId: hostId },
    { type: 'end-room' },
  ]) {
    socket.send(attempt)
    expect(await socket.next('error')).toMatchObject({ code: 'not_allowed', about: attempt.type })
  }
  const view = await host.untilStatus('in-room')
  expect(view.occupants.find(({ isSelf }) => isSelf)?.sources.microphone.mutedBy).toBeNull()
  expect(await host.isOn('microphone')).toBe(true)
  socket.send({ type: 'leave' })
})

test('MD5 the host removes a guest: told why, gone for everyone, and the token does not return', async () => {
  const { host, guest, link } = await meet(stage)
  const [token] = await guest.secrets()
  expect(token).toBeDefined()
  await host.openPeople()
  await host.button(words.removeName('Bo Guest')).click()
  await host.confirm(words.remove)
  await guest.page.getByText('The host removed you').first().waitFor()
  expect((await guest.untilStatus('ended')).endReason).toBe('removed')
  await host.tile('Bo Guest').waitFor({ state: 'detached' })
  expect(await guest.liveCaptures('video')).toBe(0)
  expect(await joinRoom(stage.deployment.origin, addressIn(link), { resumeToken: token })).toMatchObject({
    status: 403,
    refusal: 'removed',
  })
})

test('MD6 the host ends the room: everyone is told, and nobody can join it again', async () => {
  const { host, guest, link } = await meet(stage)
  await host.openPeople()
  await host.button(words.endRoom).click()
  await host.confirm(words.endRoomConfirm)
  await guest.page.getByText('The room has ended').first().waitFor()
  expect((await guest.untilStatus('ended')).endReason).toBe('room_ended')
  expect((await host.untilStatus('ended')).endReason).toBe('room_ended')
  expect(await joinRoom(stage.deployment.origin, addressIn(link))).toMatchObject({
    status: 410,
    refusal: 'room_ended',
  })
})
