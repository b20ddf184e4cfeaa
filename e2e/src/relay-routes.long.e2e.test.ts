/** Relays that come and drain, and rooms that change their way, at length: `npm run test:long`. */
import { words } from '@video-room/client/components/words.ts'
import { expect, test } from 'vitest'
import { hostRoom, meet } from './harness/meet.ts'
import { forwardedPackets, setRelayStage } from './harness/relay-stage.ts'
import { regionsOf, setRoute, untilVia } from './harness/routes.ts'
import { eventually } from './harness/wait.ts'

const { stage, relayKey, relayIn } = setRelayStage()
const relayed = { route: 'relay' } as const

test('RT2 without a relay nothing goes direct; one that comes is found, and its place is named', async () => {
  const { host, link } = await hostRoom(stage, { settings: relayed })
  const guest = await stage.person({ name: 'Bo Guest' })
  await guest.openLink(link)
  await guest.join()
  await guest.page.getByText(words.waitingForRelay).first().waitFor()
  expect(await guest.samples()).toEqual([])
  await relayIn('Singapore')
  await Promise.all([host.seesMoving(), guest.seesMoving()])
  await guest.page.getByText(words.via('Singapore')).first().waitFor()
  expect((await guest.samples()).map(({ via }) => via)).toEqual(['relay'])
}, 120_000)

test('RG2 a relay that drains hands its rooms on, then ends by itself', async () => {
  const first = await relayIn('Singapore')
  const { host, guest } = await meet(stage, { settings: relayed })
  await relayIn('Ho Chi Minh City')
  first.drain()
  await Promise.all([untilVia(host, 'Ho Chi Minh City'), untilVia(guest, 'Ho Chi Minh City')])
  await Promise.all([host.seesMoving(), guest.seesMoving()])
  await eventually('the drained relay has ended', () => Promise.resolve(first.exitCode() !== null), 30_000)
  expect(first.exitCode()).toBe(0)
}, 120_000)

test('MD11 RT1 the host moves a call from direct to the relay and back: everyone goes on seeing everyone', async () => {
  const relay = await relayIn('Singapore')
  const { host, guest } = await meet(stage)
  expect(await regionsOf(host)).toEqual(['direct'])
  await setRoute(host, 'relay')
  await Promise.all([untilVia(host, 'Singapore'), untilVia(guest, 'Singapore')])
  await Promise.all([host.seesMoving(), guest.seesMoving()])
  expect(await relay.metric(forwardedPackets)).toBeGreaterThan(0)
  await setRoute(host, 'direct')
  await Promise.all([untilVia(host, 'direct'), untilVia(guest, 'direct')])
  await Promise.all([host.seesMoving(), guest.seesMoving()])
  await eventually(
    'the relay is left',
    async () => (await relay.metric('video_room_relay_links')) === 0,
    60_000,
  )
}, 120_000)

test('the relay’s log gives nothing away: no addresses, no names, no ids in full', async () => {
  const relay = await relayIn('Singapore')
  const { guest } = await meet(stage, { settings: relayed })
  const occupantId = await guest.occupantId()
  const log = relay.log()
  expect(log).toContain('"event"')
  for (const secret of ['Bo Guest', 'Ada Host', occupantId, relayKey, '127.0.0.1']) {
    expect(log.includes(secret), secret).toBe(false)
  }
}, 120_000)
