/** The room's address in every form that people pass on, in the address bar of a real browser. */
import { words } from '@video-room/client/components/words.ts'
import { parseAddress } from '@video-room/shared/emoji/address.ts'
import { expect, test } from 'vitest'
import { hostRoom } from '../harness/meet.ts'
import { addressIn, createRoom, joinRoom, roomIdIn, roomInfo } from '../harness/signalling.ts'
import { setStage } from '../harness/stage.ts'
import { eventually } from '../harness/wait.ts'

const stage = setStage()

type Made = Awaited<ReturnType<typeof createRoom>>

const forms: Readonly<Record<string, (made: Made) => string>> = {
  'raw emoji': ({ emoji }) => emoji,
  'percent-encoded emoji': ({ emoji }) => encodeURIComponent(emoji),
  'percent-encoded emoji in small letters': ({ emoji }) => encodeURIComponent(emoji).toLowerCase(),
  // A phone's keyboard and some chats put a variation selector behind each emoji.
  'emoji with variation selectors': ({ emoji }) => Array.from(emoji, (one) => `${one}\ufe0f`).join(''),
  words: ({ words: spoken }) => spoken,
  'words with spaces': ({ words: spoken }) => encodeURIComponent(spoken.replaceAll('-', ' ')),
  'the short code': ({ code }) => code.toUpperCase(),
  'the UUID': ({ roomId }) => roomId,
}

test.each(Object.keys(forms))('AD1 E3 E6 a link with %s opens the room', async (form) => {
  const { origin, creatorKey } = stage.deployment
  const made = await createRoom(origin, creatorKey)
  const text = forms[form]?.(made) ?? ''
  const guest = await stage.person({ name: 'Bo Guest' })
  await guest.page.goto(`${origin}/#room=${text}`)
  await guest.lobby()
  if (text !== made.roomId) {
    expect(new URL(guest.page.url()).hash).toBe(`#room=${encodeURIComponent(made.emoji)}`)
  }
  await guest.askToJoin(words.join)
  await guest.untilStatus('waiting-for-host')
  const { occupants } = await roomInfo(origin, made.roomId)
  expect(Object.keys(occupants)).toEqual([await guest.occupantId()])
})

test.each(Object.keys(forms))('AD1 E3 E5 the service itself takes %s in its paths', async (form) => {
  const { origin, creatorKey } = stage.deployment
  const made = await createRoom(origin, creatorKey)
  expect(roomIdIn(made.joinUrl), 'the UUID is found as PROTOCOL.md says').toBe(made.roomId)
  expect(await joinRoom(origin, forms[form]?.(made) ?? '')).toMatchObject({ status: 200, refusal: null })
  expect(Object.keys((await roomInfo(origin, made.roomId)).occupants)).toHaveLength(1)
})

test('AD1 E5 an address that is encoded twice, or has an emoji of its own, opens nothing', async () => {
  const { origin, creatorKey } = stage.deployment
  const { emoji } = await createRoom(origin, creatorKey)
  const twice = encodeURIComponent(encodeURIComponent(emoji))
  const foreign = encodeURIComponent(`${Array.from(emoji).slice(0, -1).join('')}🇽`)
  for (const address of [twice, foreign]) {
    expect(await joinRoom(origin, address)).toMatchObject({ status: 404, refusal: 'room_not_found' })
  }
  const lost = await stage.person({ name: 'Di Lost' })
  await lost.page.goto(`${origin}/#room=${foreign}`)
  await lost.page.getByText(words.notAnAddress).waitFor()
})

test('AD2 E5 E6 the invitation shows the emoji of the link, says their words, and copies the encoded link', async () => {
  const { host, link } = await hostRoom(stage, {
    host: { context: { permissions: ['clipboard-read', 'clipboard-write'] } },
  })
  await host.page.getByRole('toolbar').getByRole('button', { name: words.invite, exact: true }).click()
  const panel = host.page.getByRole('complementary', { name: words.invite })
  const shown = (await panel.locator('[part=emoji]').innerText()).replaceAll(/\s/gu, '')
  expect(shown).toBe(addressIn(link))
  const address = parseAddress(shown)
  await panel.getByText(address?.words.replaceAll('-', ' ') ?? '', { exact: true }).waitFor()

  await panel.getByRole('button', { name: words.copyLink }).click()
  await host.page.getByText(words.linkCopied).waitFor()
  const copied = await eventually('the link is on the clipboard', async () =>
    host.page.evaluate(() => navigator.clipboard.readText()),
  )
  expect(copied).toBe(`${host.origin}/#room=${encodeURIComponent(shown)}`)
  expect(copied, 'only what every chat takes for a link').toMatch(/^[\x21-\x7e]+$/)

  const code = panel.getByRole('img', { name: words.qrCode })
  await code.waitFor()
  const box = await code.boundingBox()
  expect(box?.width).toBeGreaterThan(150)
  expect(box?.width).toBeCloseTo(box?.height ?? 0, 0)

  const guest = await stage.person({ name: 'Bo Guest' })
  await guest.page.goto(copied)
  await guest.lobby()
  await guest.join()
  await Promise.all([host.seesMoving(), guest.seesMoving()])
})
