/** What people do while media moves from one way to another keeps its meaning; and who stays direct, or behind a relay, stays there. */
import { refusalWords } from '@video-room/client/components/trouble-words.ts'
import { words } from '@video-room/client/components/words.ts'
import { expect, test } from 'vitest'
import { figureIn } from './harness/metrics.ts'
import { installHeldVotes, releaseVotes, untilPrepared } from './harness/held-votes.ts'
import { hostRoom, meet, type Meeting } from './harness/meet.ts'
import { forwardedPackets, setRelayStage } from './harness/relay-stage.ts'
import { reasonsOf, regionsOf, setRoute, untilVia } from './harness/routes.ts'
import { installHum } from './harness/senses.ts'
import { addressIn, sitRaw } from './harness/signalling.ts'
import { watchSocket } from './harness/socket-watch.ts'
import { eventually, throughout } from './harness/wait.ts'
import { longTest } from './harness/long.ts'

const { stage, relayIn } = setRelayStage()

/** A direct call whose move to the relay is prepared and waits for the guest's word. */
async function moving(): Promise<Meeting> {
  await relayIn('Singapore')
  const meeting = await meet(stage, { guest: { install: [installHum, installHeldVotes] } })
  await setRoute(meeting.host, 'relay')
  await Promise.all([untilPrepared(meeting.host), untilPrepared(meeting.guest)])
  return meeting
}

async function arrived({ host, guest }: Meeting): Promise<void> {
  await releaseVotes(guest)
  await Promise.all([untilVia(host, 'Singapore'), untilVia(guest, 'Singapore')])
}

test('MG1 MD2 H1 a host’s mute while a route is prepared: neither way is seen or heard, before and after', async () => {
  const meeting = await moving()
  const { host } = meeting
  await host.openPeople()
  await host.button(words.muteMicrophoneOf('Bo Guest')).click()
  await host.button(words.muteCameraOf('Bo Guest')).click()
  await host.sees('Bo Guest', words.microphoneMutedByHost)
  await host.sees('Bo Guest', words.cameraMutedByHost)
  const isStill = (): Promise<boolean> =>
    host.page.evaluate(() => window.senses.remoteVideos().length === 0 && !window.senses.mayHear())
  await eventually('nothing is seen or heard', isStill)
  await arrived(meeting)
  await throughout('nothing is seen or may be heard', 1_500, isStill)
})

test('OP4 FX3 the operator’s numbers have the move, and how long the picture of each stood still', async () => {
  const meeting = await moving()
  const { host, guest } = meeting
  const count = async (name: string, ...labels: readonly string[]): Promise<number> =>
    figureIn(await stage.deployment.metrics(), name, ...labels)
  const moves = (): Promise<number> =>
    count('video_room_route_moves_total', 'from="mesh"', 'to="relayed"', 'reason="setting"')
  // Whatever relay it is in the end.
  const gaps = (): Promise<number> => count('video_room_route_gap_seconds_count', 'to="relayed"')
  const before = [await moves(), await gaps()] as const
  // So that there is something to compare with.
  await throughout('both see each other, and the move waits', 2_500, async () =>
    (await Promise.all([host.view(), guest.view()])).every((view) => (view?.migration ?? null) !== null),
  )
  await arrived(meeting)
  await eventually('the move is counted', async () => (await moves()) === before[0] + 1)
  await eventually('each has told what it saw', async () => (await gaps()) === before[1] + 2)
  expect(await count('video_room_route_move_seconds_count')).toBeGreaterThan(0)
})

longTest(
  'MG1 M2 M3 camera off and on, and a screen, while a route is prepared: seen the same before and after',
  async () => {
    const meeting = await moving()
    const { host, guest } = meeting
    await guest.toggle('camera')
    await host.sees('Bo Guest', words.cameraOff)
    await guest.toggle('camera')
    await host.seesMoving()
    await guest.button(words.shareScreen).click()
    await host.seesMoving(2)
    await arrived(meeting)
    await Promise.all([host.seesMoving(2), guest.seesMoving()])
    await guest.button(words.shareScreen).click()
    await host.tile(words.screenOf('Bo Guest')).waitFor({ state: 'detached' })
    await host.seesMoving()
  },
)

longTest('MG4 MD5 who is removed while a route is prepared is gone, and is not waited for', async () => {
  const { host, guest } = await moving()
  await host.openPeople()
  await host.button(words.removeName('Bo Guest')).click()
  await host.confirm(words.remove)
  await guest.untilStatus('ended')
  await host.tile('Bo Guest').waitFor({ state: 'detached' })
  await untilVia(host, 'Singapore')
})

longTest(
  'MG5 what was asked for is taken back before anyone has moved: nobody saw anything of it',
  async () => {
    const relay = await relayIn('Singapore')
    const { host, guest } = await meet(stage, { guest: { install: [installHeldVotes] } })
    await setRoute(host, 'relay')
    await untilPrepared(guest)
    await setRoute(host, 'auto')
    await guest.untilView('nothing is prepared', (view) => view.migration === null)
    expect(await regionsOf(guest)).toEqual(['direct'])
    await Promise.all([host.seesMoving(), guest.seesMoving()])
    const before = await relay.metric(forwardedPackets)
    await throughout(
      'the relay forwards nothing',
      1_000,
      async () => (await relay.metric(forwardedPackets)) === before,
    )
  },
)

longTest('RT2 a room that stays direct is told to no relay, and is full at four', async () => {
  const relay = await relayIn('Singapore')
  const { host, guest, link } = await meet(stage, { settings: { route: 'direct', maxParticipants: 5 } })
  await throughout('no link stands by', 2_000, async () => (await guest.samples()).length === 1)
  expect(await relay.metric('video_room_relay_received_packets_total')).toBe(0)
  expect((await guest.samples()).map(({ via }) => via)).toEqual(['direct'])
  const seated = [
    await sitRaw(stage.deployment.origin, addressIn(link)),
    await sitRaw(stage.deployment.origin, addressIn(link)),
  ]
  const fifth = await stage.person({ name: 'Ev Fifth' })
  fifth.expectsComplaint(/409/)
  await fifth.openLink(link)
  await fifth.previews()
  await fifth.askToJoin()
  await fifth.page.getByText(refusalWords.direct_full.title).first().waitFor()
  for (const seat of seated) seat.send({ type: 'leave' })
  expect(await regionsOf(host)).toEqual(['direct'])
})

test('RT2 D6 in a room with route relay no address ever goes from one occupant to another', async () => {
  await relayIn('Singapore')
  const { host, link } = await hostRoom(stage, { settings: { route: 'relay' } })
  const guest = await stage.person({ name: 'Bo Guest' })
  const watch = watchSocket(guest.page)
  await guest.openLink(link)
  await guest.join()
  await Promise.all([host.seesMoving(), guest.seesMoving()])
  const senders = watch.heard.flatMap((message) => (message.type === 'signal' ? [message.from] : []))
  expect(senders.length).toBeGreaterThan(0)
  expect(senders.filter((from) => !from.startsWith('r_'))).toEqual([])
  expect(watch.links()).toEqual([])
  expect(await reasonsOf(guest)).toEqual(['setting'])
})
