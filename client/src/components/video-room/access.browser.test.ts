/** For everyone: no axe violation in any state or theme, and the whole way by keyboard. */
import { addressOfBytes } from '@video-room/shared/emoji/address.ts'
import { addressOfPicture } from '@video-room/shared/knock-picture.ts'
import { defaultSettings } from '@video-room/shared/room-info.ts'
import { smallJpeg } from '@video-room/shared/testing/small-jpeg.ts'
import { relayIdSchema } from '@video-room/shared/ids.ts'
import type { Route } from '@video-room/shared/route.ts'
import axe from 'axe-core'
import { afterEach, describe, expect, it } from 'vitest'
import { userEvent } from 'vitest/browser'
import * as v from 'valibot'
import { button, deep, deepAll, field, focused, nameOfElement, textOf } from '../testing/deep.ts'
import {
  anOccupant,
  lobbyView,
  occupantId,
  liveSource,
  mutedSource,
  roomView,
} from '../testing/fake-session.ts'
import { drawn, openTestRoom, type TestRoom } from '../testing/test-room.ts'
import { words } from '../words.ts'
import { endingWords } from '../trouble-words.ts'

const self = anOccupant('s', 'Ada Lovelace', { isSelf: true, isHost: true, link: 'none' })
const others = [
  anOccupant('b', 'Björk Guðmundsdóttir', { link: 'recovering' }),
  anOccupant('c', '李小龙', { isPresent: false }),
  anOccupant('d', 'A name that is so long that it cannot stand on one line of any tile'),
  anOccupant('e', '', {
    sources: { ...self.sources, microphone: mutedSource('host'), screen: liveSource() },
  }),
]

const knocks = Array.from('uvwxyz', (letter) => ({
  occupantId: occupantId(letter),
  displayName: `Guest ${letter}`,
}))
const picture = addressOfPicture(smallJpeg)
const pictured = knocks.map((knock) => ({ ...knock, picture }))
const knockSettings = { ...defaultSettings, admission: 'knock' as const, knockPicture: true }
const { emoji } = addressOfBytes(Uint8Array.from([3, 1, 4, 1, 5, 9, 2, 6]))

const relayId = v.parse(relayIdSchema, 'r_relayrelayrelayr')
const longRegion = 'a-region-with-a-name-that-an-operator-wrote-without-any-mercy'
const relayed: Route = { kind: 'relayed', epoch: 2, relays: [{ relayId, region: longRegion }] }

type Scene = (room: TestRoom) => void | Promise<void>

const openPanel = async (room: TestRoom, name: string): Promise<void> => {
  room.fake.show(roomView([self, ...others]))
  await drawn(room)
  button(room, name).click()
  await drawn(room)
}

const scenes: Readonly<Record<string, Scene>> = {
  lobby: () => {},
  'the lobby with broken devices': (room) => {
    room.fakeMedia.capture('camera', { status: 'absent', problem: 'denied' })
    room.fakeMedia.capture('microphone', { status: 'absent', problem: 'missing' })
  },
  'a refused join': (room) =>
    room.fake.show({ ...lobbyView, refusal: { code: 'room_full', retryAfterMs: 60_000 } }),
  'waiting for the host': (room) => room.fake.show(roomView([self], { status: 'waiting-for-host' })),
  'one occupant': (room) => room.fake.show(roomView([self])),
  'two occupants': (room) => room.fake.show(roomView([self, ...others.slice(0, 1)])),
  'five occupants and a screen': (room) => room.fake.show(roomView([self, ...others])),
  reconnecting: (room) => room.fake.show(roomView([self, ...others], { status: 'reconnecting' })),
  'the people panel': (room) => openPanel(room, words.people),
  'the devices panel': (room) => openPanel(room, words.devices),
  'a question': async (room) => {
    await openPanel(room, words.people)
    button(room, words.endRoom).click()
  },
  hints: (room) => {
    room.fake.show(roomView([self, ...others]))
    room.fakeMedia.change({ talkingWhileMuted: true })
    room.fake.announce({ type: 'error', code: 'not_allowed', about: null })
  },
  'at the door': (room) => room.fake.show({ ...lobbyView, status: 'knocking' }),
  'at the door, asked for a picture': (room) =>
    room.fake.show({ ...lobbyView, status: 'knocking', knockPicture: { shown: null } }),
  'at the door, asked for a picture without a camera': (room) => {
    room.fakeMedia.capture('camera', { status: 'muted', track: null })
    room.fake.show({ ...lobbyView, status: 'knocking', knockPicture: { shown: null } })
  },
  'at the door, seen': (room) =>
    room.fake.show({ ...lobbyView, status: 'knocking', knockPicture: { shown: picture } }),
  'turned away': (room) => room.fake.show({ ...lobbyView, status: 'ended', endReason: 'denied' }),
  'a locked room': (room) =>
    room.fake.show({ ...lobbyView, refusal: { code: 'room_locked', retryAfterMs: null } }),
  'somebody knocks': (room) => room.fake.show(roomView([self, ...others], { knocks: knocks.slice(0, 1) })),
  'somebody knocks and shows themselves': (room) =>
    room.fake.show(roomView([self, ...others], { knocks: pictured.slice(0, 1) })),
  'many knock and show themselves': async (room) => {
    await openPanel(room, words.people)
    room.fake.show(roomView([self, ...others], { knocks: pictured, settings: knockSettings }))
  },
  'many knock': async (room) => {
    await openPanel(room, words.people)
    room.fake.show(roomView([self, ...others], { knocks }))
  },
  'a question to un-mute': (room) =>
    room.fake.show(roomView([self, ...others], { unmuteAsked: ['microphone', 'camera'] })),
  'the invitation': async (room) => {
    room.room = emoji
    await drawn(room)
    room.fake.show(roomView([self, ...others], { roomId: room.fake.wish.roomId }))
    await drawn(room)
    button(room, words.invite).click()
  },
  'handing over': async (room) => {
    await openPanel(room, words.people)
    button(room, words.makeHost('Björk Guðmundsdóttir')).click()
  },
  'waiting for a relay': (room) =>
    room.fake.show(roomView([self, ...others], { route: { kind: 'relayed', epoch: 2, relays: [] } })),
  'connection details': async (room) => {
    room.fake.show(roomView([self, ...others], { route: relayed }))
    await drawn(room)
    room.fake.sample([{ endpointId: relayId, via: 'relay', atMs: 0, rttMs: 20, jitterMs: null }])
    button(room, words.media(words.via(longRegion))).click()
  },
  'the end': (room) => room.fake.show({ ...lobbyView, status: 'ended', endReason: 'left' }),
  'no address': (room) => {
    room.room = 'lobby'
  },
}

async function violationsOf(room: TestRoom): Promise<string[]> {
  const { violations } = await axe.run(room, {
    rules: {
      // The element is a part of a page; landmarks and headings around it are the page's.
      region: { enabled: false },
    },
  })
  return violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('\n')}`,
  )
}

describe('access', () => {
  afterEach(() => {
    for (const room of document.querySelectorAll('test-room')) room.remove()
    localStorage.clear()
  })

  for (const theme of ['light', 'dark']) {
    it.each(Object.keys(scenes))(`%s is free of axe violations in the ${theme} theme`, async (name) => {
      const room = await openTestRoom((themed) => themed.setAttribute('theme', theme))
      await scenes[name]?.(room)
      await drawn(room)
      // Colours are judged when nothing fades any more.
      for (const animation of document.getAnimations()) animation.finish()
      expect(await violationsOf(room)).toEqual([])
    })
  }

  it('a keyboard is enough: name, join, mute, panel, question, leave', async () => {
    const room = await openTestRoom()
    await tabTo('Your name')
    await userEvent.keyboard('{Control>}a{/Control}Ada{Enter}')
    await drawn(room)
    expect(room.fake.asked).toEqual([['join', 'Ada']])
    expect(nameOf(focused()), 'the focus is on the first control').toBe(words.microphone)

    await userEvent.keyboard('m')
    await userEvent.keyboard('v')
    await drawn(room)
    expect(room.fake.asked.slice(1)).toEqual([
      ['setMicrophone', false],
      ['setCamera', false],
    ])

    await tabTo(words.people)
    await userEvent.keyboard('{Enter}')
    await drawn(room)
    expect(nameOf(focused()), 'the focus is in the panel').toBe(words.people)
    expect(focused()?.tagName).toBe('H2')
    await userEvent.keyboard('{Escape}')
    await drawn(room)
    expect(focused()?.tagName).toBe('BUTTON')
    expect(nameOf(focused()), 'and back where it came from').toBe(words.people)

    await userEvent.keyboard('{Enter}')
    await drawn(room)
    await tabTo(words.endRoom)
    await userEvent.keyboard('{Enter}')
    await drawn(room)
    expect(deep(room, '[role=alertdialog]').contains(focused())).toBe(true)
    await userEvent.keyboard('{Escape}')
    await drawn(room)
    expect(textOf(room)).not.toContain(words.endRoomQuestion)
    expect(nameOf(focused())).toBe(words.endRoom)

    await tabTo(words.leave)
    await userEvent.keyboard(' ')
    await drawn(room)
    expect(room.state?.status).toBe('ended')
    expect(nameOf(focused())).toBe(endingWords.left.title)
  })

  it('m and v in the name are letters', async () => {
    const room = await openTestRoom()
    const input = field(room)
    input.focus()
    await userEvent.keyboard('mv')
    expect(input.value).toContain('mv')
    expect(room.fakeMedia.view.captures.microphone.status).toBe('live')
  })

  it('nothing is wider than a screen of 320 pixels', async () => {
    const frame = document.createElement('div')
    frame.style.cssText = 'inline-size: 320px; block-size: 568px'
    document.body.append(frame)
    const room = await openTestRoom()
    frame.append(room)
    for (const scene of Object.values(scenes)) {
      await scene(room)
      await drawn(room)
      const inside = deep(room, '.room')
      expect(inside.scrollWidth).toBeLessThanOrEqual(320)
      const { left: start, right: end } = frame.getBoundingClientRect()
      for (const control of deepAll(room, '[role=toolbar] button, [role=switch], select, img')) {
        const { left, right } = control.getBoundingClientRect()
        expect(left).toBeGreaterThanOrEqual(start)
        expect(right).toBeLessThanOrEqual(end)
      }
      room.fake.show(lobbyView)
      await drawn(room)
    }
    frame.remove()
  })
})

function nameOf(element: Element | null): string {
  if (element instanceof HTMLInputElement) return element.labels?.[0]?.textContent?.trim() ?? ''
  return element === null ? '' : nameOfElement(element)
}

async function tabTo(name: string): Promise<void> {
  for (let presses = 0; presses < 30; presses += 1) {
    await userEvent.keyboard('{Tab}')
    if (nameOf(focused()) === name) return
  }
  throw new Error(`no way by Tab to ${name}`)
}
