/** The tag on somebody else's page: another origin, one script, one element. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { CreateRoomResult } from '@video-room/client/signal/room-http.ts'
import { words } from '@video-room/client/components/words.ts'
import { afterAll, expect, test } from 'vitest'
import { setStage } from '../harness/stage.ts'

type VideoRoom = HTMLElement & { createRoom(creatorKey: string): Promise<CreateRoomResult> }

/** What an embedder writes, and nothing else. */
const server = createServer((request, response) => {
  const query = new URL(request.url ?? '/', 'http://localhost').searchParams
  const signal = query.get('signal') ?? ''
  const room = query.get('room') ?? ''
  response.setHeader('content-type', 'text/html; charset=utf-8')
  response.end(`<!doctype html><html lang="en"><title>A page of someone else</title>
    <link rel="icon" href="data:," />
    <script type="module" src="${signal}/video-room.js"></script>
    <video-room signal="${signal}" room="${room}" max-participants="2" style="height: 90vh"></video-room>`)
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const { port } = server.address() as AddressInfo
const site = `http://localhost:${port}`
afterAll(() => void server.close())

const stage = setStage('granted', { ALLOWED_ORIGINS: `same-origin,${site}` })

test('HT6 J4 a page of an allowed origin makes a room from the tag, and both talk on that page', async () => {
  const { origin, creatorKey } = stage.deployment
  const host = await stage.person({ name: 'Ada Host' })
  await host.page.goto(`${site}/?signal=${origin}`)
  const made = await host.page
    .locator('video-room')
    .evaluate((element: VideoRoom, key) => element.createRoom(key), creatorKey)
  if (!made.ok) throw new Error(`no room: ${made.code}`)
  await host.lobby()
  await host.join()
  expect((await host.view())?.settings?.maxParticipants).toBe(2)

  const guest = await stage.person({ name: 'Bo Guest' })
  await guest.page.goto(`${site}/?signal=${origin}&room=${made.room.roomId}`)
  await guest.lobby()
  await guest.join()
  await Promise.all([host.seesMoving(), guest.seesMoving()])
  await Promise.all([host.hears(), guest.hears()])
})

test('HT6 a page of any other origin is refused and told so', async () => {
  const { origin } = stage.deployment
  const stranger = await stage.person({ name: 'Di Stranger' })
  stranger.expectsComplaint(/CORS policy|status of 403|net::ERR_FAILED/)
  await stranger.page.goto(`http://127.0.0.1:${port}/?signal=${origin}&room=${crypto.randomUUID()}`)
  await stranger.lobby()
  await stranger.askToJoin()
  await stranger.page.getByText(words.tryAgain).first().waitFor()
  expect((await stranger.view())?.occupants).toEqual([])
})
