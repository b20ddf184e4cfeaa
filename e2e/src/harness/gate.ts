/** What a host does with the panel of people, and what a modified page says over its own socket. */
import { words } from '@video-room/client/components/words.ts'
import type { RoomSession } from '@video-room/client/room-session.ts'
import type { MessageErrorCode } from '@video-room/shared/errors.ts'
import type { SettingsChange } from '@video-room/shared/room-info.ts'
import { expect } from 'vitest'
import type { RoomPage } from './room-page.ts'
import type { SocketWatch } from './socket-watch.ts'
import { eventually } from './wait.ts'

type VideoRoom = HTMLElement & { readonly session: RoomSession | null }

/** Presses a switch of the open panel and waits until the room has moved it. */
export async function press(host: RoomPage, label: string): Promise<void> {
  // The name of a switch is its label and its hint together.
  const control = host.page.getByRole('switch', { name: label })
  const before = await control.getAttribute('aria-checked')
  await control.click()
  await eventually(`“${label}” moves`, async () => (await control.getAttribute('aria-checked')) !== before)
}

/** Chooses in the open panel, and waits until the room has taken it. */
export async function choose(host: RoomPage, label: string, option: string): Promise<void> {
  const control = host.page.getByLabel(label)
  await control.selectOption({ label: option })
  await eventually(`“${label}” moves`, async () => {
    const chosen = await control.evaluate((select) =>
      select instanceof HTMLSelectElement ? select.selectedOptions[0]?.textContent?.trim() : null,
    )
    return chosen === option
  })
}

/** The same by the headless interface, for what has no switch. */
export async function changeSettings(host: RoomPage, change: SettingsChange): Promise<void> {
  await host.page.evaluate((wanted) => {
    document.querySelector<VideoRoom>('video-room')?.session?.changeSettings(wanted)
  }, change)
  await host.untilView('the room has new settings', ({ settings }) =>
    Object.entries(change).every(([field, value]) => Object(settings)[field] === value),
  )
}

/** What a modified page does: a message over the page's own socket, past the page's program. */
export async function sayRaw(person: RoomPage, message: object): Promise<void> {
  await person.page.evaluate(
    (text) => window.probe.sockets.findLast(({ readyState }) => readyState === WebSocket.OPEN)?.send(text),
    JSON.stringify({ v: 1, ...message }),
  )
}

/** Says it, and is told that it may not. */
export async function isForbidden(
  person: RoomPage,
  watch: SocketWatch,
  message: { readonly type: string; readonly [field: string]: unknown },
  code: MessageErrorCode = 'not_allowed',
): Promise<void> {
  const from = watch.heard.length
  await sayRaw(person, message)
  const told = await eventually(
    `${person.name} is answered ${message.type}`,
    () => watch.heard.slice(from).find(({ type }) => type === 'error') ?? null,
  )
  expect(told).toMatchObject({ code, about: message.type })
}

/** The bell over the pictures: lets in the only one who waits. */
export async function admit(host: RoomPage, name: string): Promise<void> {
  await host.button(words.admitName(name)).click()
}
