/** The rest of what a host may do, what the guests keep, and what becomes of the room when the host goes. */
import { hostLeaveWords, words } from '@video-room/client/components/words.ts'
import { endingWords, refusalWords } from '@video-room/client/components/trouble-words.ts'
import { expect, test } from 'vitest'
import { choose, isForbidden, press, sayRaw } from '../harness/gate.ts'
import { hostRoom, meet } from '../harness/meet.ts'
import type { RoomPage } from '../harness/room-page.ts'
import { addressIn, joinRoom, sitRaw } from '../harness/signalling.ts'
import { watchSocket, type SocketWatch } from '../harness/socket-watch.ts'
import { setStage } from '../harness/stage.ts'
import { eventually, throughout } from '../harness/wait.ts'
import { longTest } from '../harness/long.ts'

const stage = setStage()

const liveMicrophone = { source: 'microphone', mutedBy: null } as const

/** A guest whose socket is read beside the page. */
async function watchedGuest(link: string): Promise<{ guest: RoomPage; watch: SocketWatch }> {
  const guest = await stage.person({ name: 'Bo Guest' })
  const watch = watchSocket(guest.page)
  await guest.openLink(link)
  await guest.join()
  return { guest, watch }
}

const isHost = (person: RoomPage, is: boolean) =>
  person.untilView(`${person.name} is ${is ? 'the host' : 'a participant'}`, (view) => {
    return view.status === 'in-room' && view.isHost === is
  })

longTest('H1 MD2 mute all: every guest is muted at once, the host is not', async () => {
  const { host, guest, link } = await meet(stage, { settings: { maxParticipants: 2 } })
  const other = await sitRaw(stage.deployment.origin, addressIn(link), [liveMicrophone], {
    displayName: 'Cy Other',
  })
  await host.tile('Cy Other').waitFor()
  await host.openPeople()
  await host.button(words.muteAll).click()
  await host.sees('Bo Guest', words.microphoneMutedByHost)
  await host.sees('Cy Other', words.microphoneMutedByHost)
  await eventually('the guest’s switch is off', async () => !(await guest.isOn('microphone')))
  expect(await host.isOn('microphone')).toBe(true)
  other.send({ type: 'leave' })
})

longTest('H4 MD10 the host asks to un-mute: nothing changes until the guest says yes', async () => {
  const { host, guest } = await meet(stage)
  await host.openPeople()
  await host.button(words.muteMicrophoneOf('Bo Guest')).click()
  await host.sees('Bo Guest', words.microphoneMutedByHost)

  await host.button(words.askMicrophoneOf('Bo Guest')).click()
  await guest.page.getByText(words.askedToUnmute).waitFor()
  await guest.button(words.stayMuted).click()
  await guest.page.getByText(words.askedToUnmute).waitFor({ state: 'detached' })
  await throughout('a no is a no', 300, async () => !(await guest.isOn('microphone')))
  await host.sees('Bo Guest', words.microphoneMutedByHost)

  await host.button(words.askMicrophoneOf('Bo Guest')).click()
  await guest.page.getByText(words.askedToUnmute).waitFor()
  expect(await guest.isOn('microphone')).toBe(false)
  await guest.button(words.turnOn).click()
  await host.sees('Bo Guest', words.microphoneMutedByHost, 0)
  await host.hears()
})

longTest(
  'H5 MD7 where guests may not un-mute, neither the page nor a modified one can; an invitation can',
  async () => {
    const { host, link } = await hostRoom(stage)
    const { guest, watch } = await watchedGuest(link)
    await host.openPeople()
    await press(host, words.mayUnmute)
    await guest.page.getByText(words.keepsMuted).waitFor()
    await guest.toggle('microphone')
    await host.sees('Bo Guest', words.microphoneOff)
    await guest.toggle('microphone')
    await eventually('the page obeys', async () => !(await guest.isOn('microphone')))
    await host.sees('Bo Guest', words.microphoneOff)

    const unmute = { type: 'publish', source: 'microphone', mutedBy: null, seenRevision: 1_000_000 }
    await isForbidden(guest, watch, unmute)
    await sayRaw(guest, { type: 'unpublish', source: 'microphone' })
    await sayRaw(guest, unmute)
    await host.sees('Bo Guest', words.microphoneMutedByHost)

    await host.button(words.askMicrophoneOf('Bo Guest')).click()
    await guest.button(words.turnOn).click()
    await host.sees('Bo Guest', words.microphoneMutedByHost, 0)
    await eventually('the microphone is on', () => guest.isOn('microphone'))
  },
)

longTest(
  'MD8 MD1 the host hands over: roles swap for both, stay through reloads, and the old host has no power left',
  async () => {
    const host = await stage.person({ name: 'Ada Host' })
    const watch = watchSocket(host.page)
    const link = await host.createRoom()
    await host.join()
    const guest = await stage.person({ name: 'Bo Guest' })
    await guest.openLink(link)
    await guest.join()
    await Promise.all([host.seesMoving(), guest.seesMoving()])
    const guestId = await guest.occupantId()
    await host.openPeople()
    await host.button(words.makeHost('Bo Guest')).click()
    await host.confirm(words.handOver)
    await Promise.all([isHost(host, false), isHost(guest, true)])
    await guest.page.getByText(words.youAreHost).waitFor()
    expect(await host.button(words.muteAll).count(), 'no buttons for what one may not do').toBe(0)

    for (const attempt of [
      { type: 'change-settings', settings: { isLocked: true } },
      { type: 'mute-occupant', occupantId: guestId, source: 'microphone' },
      { type: 'remove-occupant', occupantId: guestId },
      { type: 'hand-over', occupantId: guestId },
      { type: 'end-room' },
    ]) {
      await isForbidden(host, watch, attempt)
    }
    for (const person of [host, guest]) {
      await person.page.reload()
      await person.returns()
    }
    await Promise.all([isHost(host, false), isHost(guest, true)])
    await guest.openPeople()
    await guest.button(words.muteMicrophoneOf('Ada Host')).click()
    await guest.sees('Ada Host', words.microphoneMutedByHost)
    await eventually('the old host obeys', async () => !(await host.isOn('microphone')))
  },
)

longTest('MD9 A3 the host leaves a room that ends with its host: the guest is told', async () => {
  const { host, guest, link } = await meet(stage, { settings: { onHostLeave: 'end' } })
  await host.leave()
  expect((await guest.untilStatus('ended')).endReason).toBe('room_ended')
  await guest.page.getByText(endingWords.room_ended.title).first().waitFor()
  expect(await joinRoom(stage.deployment.origin, addressIn(link))).toMatchObject({ refusal: 'room_ended' })
})

longTest(
  'MD9 MD11 A3 the host adds a seat, chooses who follows, and leaves: who has been there longest is the host',
  async () => {
    const { host, guest, link } = await meet(stage)
    await host.openPeople()
    await choose(host, words.seats, '2')
    const later = await sitRaw(stage.deployment.origin, addressIn(link), [liveMicrophone])
    await choose(host, words.whenHostLeaves, hostLeaveWords.promote)
    await choose(host, words.hostWait, '1 minute')
    expect((await guest.view())?.settings).toMatchObject({ maxParticipants: 2, hostGraceMs: 60_000 })
    await host.leave()
    const view = await isHost(guest, true)
    expect(view.occupants.filter((occupant) => occupant.isHost)).toHaveLength(1)
    await guest.page.getByText(words.youAreHost).waitFor()
    await guest.openPeople()
    await press(guest, words.lockRoom)
    later.send({ type: 'leave' })
  },
)

longTest(
  'MD9 A3 the host leaves a room that waits: the guest waits too, and the call goes on with the host’s return',
  async () => {
    const { host, guest } = await meet(stage, { settings: { onHostLeave: 'wait', hostGraceMs: 60_000 } })
    await host.leave()
    await guest.untilStatus('waiting-for-host')
    await guest.page.getByRole('heading', { name: words.waitingForHost }).waitFor()
    await host.button('Rejoin').click()
    await guest.untilStatus('in-room')
    await Promise.all([host.seesMoving(), guest.seesMoving()])
  },
)

longTest('MD9 A3 a room that waited long enough ends', async () => {
  const { host, guest } = await meet(stage, { settings: { onHostLeave: 'wait', hostGraceMs: 1_000 } })
  await host.leave()
  expect((await guest.untilStatus('ended')).endReason).toBe('room_ended')
})

test('MD5 who was removed is out within a second, and is not let in again with the same tab', async () => {
  const { host, guest } = await meet(stage)
  guest.expectsComplaint(/status of 403/)
  await host.openPeople()
  await host.button(words.removeName('Bo Guest')).click()
  await host.confirm(words.remove)
  await guest.untilStatus('ended', 1_000)
  await guest.page.reload()
  await guest.lobby()
  await guest.askToJoin()
  await guest.page.getByText(refusalWords.removed.title).waitFor()
  expect((await guest.view())?.refusal?.code).toBe('removed')
  expect((await host.view())?.occupants).toHaveLength(1)
})
