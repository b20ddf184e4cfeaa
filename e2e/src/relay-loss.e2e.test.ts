/** A relay that dies, and what a muted guest's page keeps sending; the longer stories of relays are in relay-routes.long.e2e.test.ts. */
import { words } from '@video-room/client/components/words.ts'
import { expect, test } from 'vitest'
import { meet } from './harness/meet.ts'
import { forwardedPackets, setRelayStage } from './harness/relay-stage.ts'
import { untilVia } from './harness/routes.ts'
import { installDisobedience } from './harness/senses.ts'
import { throughout } from './harness/wait.ts'
import { longTest } from './harness/long.ts'

const { stage, relayIn } = setRelayStage()
const relayed = { route: 'relay' } as const

test('RT3 a relay is killed in the middle of a call: the room finds another, and people see each other again', async () => {
  const first = await relayIn('Singapore')
  const { host, guest } = await meet(stage, { settings: relayed })
  await relayIn('Ho Chi Minh City')
  await first.kill()
  await Promise.all([untilVia(host, 'Ho Chi Minh City'), untilVia(guest, 'Ho Chi Minh City')])
  await Promise.all([host.seesMoving(), guest.seesMoving()])
}, 120_000)

longTest(
  'H3 RL9 what a muted guest keeps sending does not leave the relay: 0 packets forwarded',
  async () => {
    const relay = await relayIn('Singapore')
    const { host, guest } = await meet(stage, {
      settings: relayed,
      guest: { install: [installDisobedience] },
    })
    // The host sends nothing, so that all that is forwarded is the guest's.
    await host.toggle('microphone')
    await host.toggle('camera')
    await host.openPeople()
    await host.button(words.muteMicrophoneOf('Bo Guest')).click()
    await host.button(words.muteCameraOf('Bo Guest')).click()
    await host.sees('Bo Guest', words.cameraMutedByHost)
    const before = { relay: await relay.metric(forwardedPackets), guest: await guest.sent() }
    const muted = await relay.metric('video_room_relay_dropped_packets_total', 'muted')
    await throughout('nothing is forwarded', 2_000, async () => {
      return (await relay.metric(forwardedPackets)) === before.relay
    })
    const after = await guest.sent()
    expect(after.videoBytes, 'the guest really goes on filming').toBeGreaterThan(before.guest.videoBytes)
    expect(await relay.metric('video_room_relay_dropped_packets_total', 'muted')).toBeGreaterThan(muted)
  },
  120_000,
)
