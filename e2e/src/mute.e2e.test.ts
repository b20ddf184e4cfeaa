/** Camera, microphone and screen, switched by the person they belong to. */
import { words } from '@video-room/client/components/words.ts'
import { expect, test } from 'vitest'
import { hostRoom, meet } from './harness/meet.ts'
import { installHum } from './harness/senses.ts'
import { setStage } from './harness/stage.ts'
import { eventually, throughout } from './harness/wait.ts'
import { longTest } from './harness/long.ts'

const stage = setStage()

test('M2 camera off: the device is released, no video goes out, the avatar stands within 500 ms', async () => {
  const { host, guest } = await meet(stage)
  const gone = host.page.evaluate(() =>
    window.senses.whenSeen(() => window.senses.remoteVideos().length === 0),
  )
  await guest.toggle('camera')
  expect((await gone) - (await guest.lastClickAtMs())).toBeLessThan(500)
  await host.sees('Bo Guest', words.cameraOff)
  await eventually('the camera is released', async () => (await guest.liveCaptures('video')) === 0)

  const quiet = (await guest.sent()).videoBytes
  await throughout('no video byte goes out', 2_000, async () => (await guest.sent()).videoBytes === quiet)
  expect(quiet).toBeGreaterThan(0)
})

test('M3 camera on again: the first frame is back within 1.5 s, and nothing was negotiated', async () => {
  const { host, guest } = await meet(stage, { settings: { route: 'direct' } })
  const before = [await host.negotiations(), await guest.negotiations()]
  await guest.toggle('camera')
  await host.seesMoving(0)
  await host.page.evaluate(() => window.senses.watchFrames())
  await guest.toggle('camera')
  const clickedAtMs = await guest.lastClickAtMs()
  const backAtMs = await eventually('a frame after the click', () =>
    host.page.evaluate(
      (sinceMs) => window.senses.framesAtMs.find((atMs) => atMs > sinceMs) ?? null,
      clickedAtMs,
    ),
  )
  expect(backAtMs - clickedAtMs).toBeLessThan(1_500)
  await host.seesMoving()
  expect([await host.negotiations(), await guest.negotiations()]).toEqual(before)
})

test('M1 microphone off: silence within 200 ms, the badge within 500 ms; on again: sound', async () => {
  const { host, guest } = await meet(stage, { guest: { install: [installHum] } })
  await host.page.evaluate(() => window.senses.listen())
  const loud = (sinceMs: number): Promise<number | null> =>
    host.page.evaluate(
      (after) => window.senses.heard.findLast(({ atMs, peak }) => atMs > after && peak > 0.02)?.atMs ?? null,
      sinceMs,
    )
  await eventually('the hum is heard', () => loud(0))

  const badge = host.whenTileSays('Bo Guest', words.microphoneOff)
  await guest.toggle('microphone')
  const clickedAtMs = await guest.lastClickAtMs()
  expect((await badge) - clickedAtMs).toBeLessThan(500)
  await throughout('silence', 1_000, async () => (await loud(clickedAtMs + 200)) === null)
  expect(await guest.liveCaptures('audio'), 'the microphone is kept for a quick return').toBeGreaterThan(0)

  await guest.toggle('microphone')
  await eventually('the hum is back', async () => loud(await guest.lastClickAtMs()))
  await host.sees('Bo Guest', words.microphoneOff, 0)
})

longTest('M4 the camera toggled ten times in 2 s ends on everywhere, with one live capture', async () => {
  const { host, guest } = await meet(stage)
  await guest.toggleQuickly('camera', 10, 200)
  expect(await guest.isOn('camera')).toBe(true)
  await eventually('one live capture', async () => (await guest.liveCaptures('video')) === 1)
  await host.seesMoving()
  const view = await host.view()
  const seen = view?.occupants.find(({ isSelf }) => !isSelf)
  expect(seen?.sources.camera.mutedBy).toBeNull()
  expect(await guest.liveCaptures('video')).toBe(1)
})

longTest('M4 the camera toggled nine times in 2 s ends off everywhere, with no live capture', async () => {
  const { host, guest } = await meet(stage)
  await guest.toggleQuickly('camera', 9, 200)
  expect(await guest.isOn('camera')).toBe(false)
  await eventually('no live capture', async () => (await guest.liveCaptures('video')) === 0)
  await host.sees('Bo Guest', words.cameraOff)
  await host.seesMoving(0)
})

test('M5 who joins a muted host sees the mutes before any media, and never hears or sees a blip', async () => {
  const { host, link } = await hostRoom(stage, { host: { install: [installHum] } })
  await host.toggle('microphone')
  await host.toggle('camera')
  const guest = await stage.person({ name: 'Bo Guest' })
  await guest.openLink(link)
  const blips = guest.page.evaluate(async () => {
    let seen = 0
    let isOver = false
    const over = (): boolean => isOver
    document.addEventListener('test-over', () => (isOver = true), { once: true })
    window.senses.listen()
    await window.senses.whenSeen(() => {
      if (window.senses.remoteVideos().length > 0 || window.senses.mayHear()) seen += 1
      return over()
    })
    return seen + window.senses.heard.filter(({ peak }) => peak > 0.02).length
  })
  await guest.join()
  await guest.sees('Ada Host', words.cameraOff)
  await guest.sees('Ada Host', words.microphoneOff)
  await host.seesMoving()
  await eventually(
    'packets arrive at the joiner',
    async () => ((await guest.samples())[0]?.receivedPackets ?? 0) > 20,
  )
  await guest.page.evaluate(() => document.dispatchEvent(new Event('test-over')))
  expect(await blips).toBe(0)

  await host.toggle('camera')
  await guest.seesMoving()
})

test('the screen is shared beside the camera without negotiation, and ends from the browser’s own bar', async () => {
  const { host, guest } = await meet(stage, { settings: { route: 'direct' } })
  const before = [await host.negotiations(), await guest.negotiations()]
  await guest.button(words.shareScreen).click()
  await host.seesMoving(2)
  await host.tile(words.screenOf('Bo Guest')).waitFor()

  // The bar is not part of the page: to the page its button is an `ended` track.
  await guest.page.evaluate(() => {
    const shared = window.probe.captured.filter((track) => 'displaySurface' in track.getSettings())
    for (const track of shared) {
      track.stop()
      track.dispatchEvent(new Event('ended'))
    }
  })
  await host.seesMoving(1)
  await host.tile(words.screenOf('Bo Guest')).waitFor({ state: 'detached' })
  expect([await host.negotiations(), await guest.negotiations()]).toEqual(before)
})
