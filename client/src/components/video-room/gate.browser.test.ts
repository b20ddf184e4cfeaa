/** The door, the host's powers and the invitation, as people use them. */
import { addressOfBytes } from '@video-room/shared/emoji/address.ts'
import { defaultSettings } from '@video-room/shared/room-info.ts'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { userEvent } from 'vitest/browser'
import { button, deep, deepAll, focused, nameOfElement, textOf } from '../testing/deep.ts'
import { aRoomId, anOccupant, lobbyView, mutedSource, occupantId, roomView } from '../testing/fake-session.ts'
import { scanned } from '../testing/scanned.ts'
import { drawn, openTestRoom, type TestRoom } from '../testing/test-room.ts'
import { hostLeaveWords, words } from '../words.ts'
import { cancelledWords, endingWords, refusalWords } from '../trouble-words.ts'

const host = anOccupant('s', 'Ada', { isSelf: true, isHost: true, link: 'none' })
const guest = anOccupant('g', 'Grace')
const me = anOccupant('s', 'Ada', { isSelf: true, link: 'none' })
const knock = (letter: string, displayName: string) => ({ occupantId: occupantId(letter), displayName })
const ben = knock('b', 'Ben')
const { code, emoji, words: spoken } = addressOfBytes(Uint8Array.from([3, 1, 4, 1, 5, 9, 2, 6]))

async function hosting(more: Parameters<typeof roomView>[1] = {}): Promise<TestRoom> {
  const room = await openTestRoom()
  room.fake.show(roomView([host, guest], more))
  await drawn(room)
  return room
}

async function press(room: TestRoom, name: string): Promise<void> {
  button(room, name).click()
  await drawn(room)
}

afterEach(() => {
  for (const room of document.querySelectorAll('test-room')) room.remove()
  localStorage.clear()
})

describe('someone who knocks', () => {
  it('KN1 reads that the host is asked, keeps the preview, and may give up', async () => {
    const room = await openTestRoom()
    room.fake.show({ ...lobbyView, status: 'knocking' })
    await drawn(room)
    expect(textOf(room)).toContain(words.knockingHint)
    expect(focused()?.textContent, 'the focus is where the news is').toBe(words.knocking)
    expect(deepAll(room, '[aria-label="' + words.preview + '"]')).toHaveLength(1)
    await press(room, words.cancel)
    expect(room.fake.asked).toEqual([['leave']])
    expect(textOf(room)).toContain(cancelledWords.title)
  })

  it('KN1 switches devices by themselves while nobody inside hears of it', async () => {
    const room = await openTestRoom()
    room.fake.show({ ...lobbyView, status: 'knocking' })
    await drawn(room)
    await press(room, words.camera)
    expect(room.fakeMedia.view.captures.camera.status).toBe('muted')
    expect(room.fake.asked).toEqual([])
  })

  it('KN3 LO1 learns why not: turned away for good, or locked for now', async () => {
    const room = await openTestRoom()
    room.fake.show({ ...lobbyView, status: 'ended', endReason: 'denied' })
    await drawn(room)
    expect(textOf(room)).toContain(endingWords.denied.title)
    expect(deepAll(room, 'button').filter((item) => nameOfElement(item) !== words.dismiss)).toEqual([])
    room.fake.show({ ...lobbyView, refusal: { code: 'denied', retryAfterMs: null } })
    await drawn(room)
    expect(textOf(room)).toContain(refusalWords.denied.title)
    expect(deepAll(room, 'button[type=submit]')).toEqual([])
    room.fake.show({ ...lobbyView, refusal: { code: 'room_locked', retryAfterMs: null } })
    await drawn(room)
    expect(textOf(room)).toContain(refusalWords.room_locked.title)
    button(room, words.tryAgain)
  })
})

describe('a host at the door', () => {
  it('KN1 KN2 KN3 sees who asks, over the call, and admits or turns away with one press', async () => {
    const room = await hosting({ knocks: [ben] })
    expect(deep(room, '[role=status].above').textContent).toContain(words.knocks('Ben', 0))
    await press(room, words.admitName('Ben'))
    await press(room, words.denyName('Ben'))
    expect(room.fake.asked).toEqual([
      ['admit', ben.occupantId],
      ['deny', ben.occupantId],
    ])
  })

  it('KN6 shows many as one line, a count on the button, and a short list that opens', async () => {
    const many = Array.from('bcdefhi', (letter) => knock(letter, `Guest ${letter}`))
    const room = await hosting({ knocks: many })
    expect(textOf(room)).toContain(words.knocks('Guest b', 6))
    const people = button(room, words.people)
    expect(people.dataset['count']).toBe('7')
    expect(people.getAttribute('aria-description')).toBe(words.waitingCount(7))
    await press(room, words.showAll)
    expect(deepAll(room, '.door li')).toHaveLength(4)
    expect(deepAll(room, '.above .strip'), 'the list stands open: the line is for ears only').toEqual([])
    expect(deep(room, '.above').textContent).toContain(words.knocks('Guest b', 6))
    await press(room, words.showAll)
    expect(deepAll(room, '.door li')).toHaveLength(7)
    await press(room, words.admitAll)
    expect(room.fake.asked).toEqual(many.map((one) => ['admit', one.occupantId]))
  })

  it('KN2 a keyboard is enough to admit', async () => {
    const room = await hosting({ knocks: [ben] })
    for (let presses = 0; presses < 20 && nameOf() !== words.admitName('Ben'); presses += 1) {
      await userEvent.keyboard('{Tab}')
    }
    await userEvent.keyboard('{Enter}')
    expect(room.fake.asked).toEqual([['admit', ben.occupantId]])
  })

  it('KN2 the keyboard goes on where it is when a knock is answered', async () => {
    const room = await hosting({ knocks: [ben, knock('c', 'Cy')] })
    await press(room, words.people)
    button(room, words.admitName('Ben')).focus()
    room.fake.show(roomView([host, guest], { knocks: [knock('c', 'Cy')] }))
    await drawn(room)
    expect(nameOf()).toBe(words.admitName('Cy'))
    room.fake.show(roomView([host, guest]))
    await drawn(room)
    expect(nameOf(), 'nobody waits: the focus is on the panel').toBe(words.people)
    await press(room, words.close)
    room.fake.show(roomView([host, guest], { knocks: [ben] }))
    await drawn(room)
    button(room, words.admitName('Ben')).focus()
    room.fake.show(roomView([host, guest]))
    await drawn(room)
    expect(nameOf()).toBe(words.people)
    expect(focused()?.tagName).toBe('BUTTON')
  })

  it('KN2 is told when nobody fits in any more', async () => {
    const room = await hosting({ knocks: [ben] })
    room.fake.announce({ type: 'error', code: 'room_full', about: 'admit' })
    await drawn(room)
    expect(textOf(room)).toContain('All seats are taken')
  })

  it('a long name pushes no button out of reach', async () => {
    const room = await hosting({ knocks: [knock('b', 'A name without end '.repeat(5))] })
    await press(room, words.people)
    const panel = deep(room, 'aside').getBoundingClientRect()
    for (const item of deepAll(room, '.door button')) {
      expect(item.getBoundingClientRect().right).toBeLessThan(panel.right)
    }
  })

  it('names stay within themselves, whatever direction they run in', async () => {
    const room = await hosting({ knocks: [knock('b', 'שלום')] })
    await press(room, words.people)
    expect(deepAll(room, 'bdi').map(({ textContent }) => textContent)).toContain('שלום')
    expect(deep(room, '.above').textContent).toContain('\u2068שלום\u2069')
  })
})

describe('the powers of a host', () => {
  it('MD11 H5 the switches show the room’s settings and ask for the other state', async () => {
    const settings = { ...defaultSettings, isLocked: true }
    const room = await hosting({ settings })
    await press(room, words.people)
    const switches = deepAll(room, '[role=switch]')
    expect(switches.map((item) => item.getAttribute('aria-checked'))).toEqual(['true', 'false', 'true'])
    for (const item of switches) item.click()
    await drawn(room)
    expect(room.fake.asked).toEqual([
      ['changeSettings', { isLocked: false }],
      ['changeSettings', { admission: 'knock' }],
      ['changeSettings', { mayUnmute: false }],
    ])
    expect(switches.map((item) => item.getAttribute('aria-checked'))).toEqual(['true', 'false', 'true'])
    room.fake.show(roomView([host, guest], { settings: { ...settings, isLocked: false } }))
    await drawn(room)
    expect(switches[0]?.getAttribute('aria-checked')).toBe('false')
  })

  it('MD9 MD11 seats, and what becomes of the room without its host, are chosen; a choice shows the room’s word', async () => {
    const settings = { ...defaultSettings, maxParticipants: 3, hostGraceMs: 90_000 }
    const room = await hosting({ settings })
    await press(room, words.people)
    // How media flows comes last, and has a test of its own (route.browser.test.ts).
    const chosen = () =>
      choices(room)
        .slice(0, -1)
        .map((select) => select.selectedOptions[0]?.textContent?.trim())
    expect(choices(room).map((select) => select.labels[0]?.textContent?.trim().split('\n')[0])).toEqual([
      words.seats,
      words.whenHostLeaves,
      words.hostWait,
      words.mediaRoute,
    ])
    expect(chosen()).toEqual(['3', hostLeaveWords.wait, '90 seconds'])
    for (const [at, value] of ['7', 'promote', '3600000'].entries()) choose(choices(room)[at], value)
    await drawn(room)
    expect(room.fake.asked).toEqual([
      ['changeSettings', { maxParticipants: 7 }],
      ['changeSettings', { onHostLeave: 'promote' }],
      ['changeSettings', { hostGraceMs: 3_600_000 }],
    ])
    expect(chosen(), 'the room has not answered').toEqual(['3', hostLeaveWords.wait, '90 seconds'])
    const changed = {
      ...settings,
      maxParticipants: 7,
      onHostLeave: 'promote' as const,
      hostGraceMs: 3_600_000,
    }
    room.fake.show(roomView([host, guest], { settings: changed }))
    await drawn(room)
    expect(chosen()).toEqual(['7', hostLeaveWords.promote, '1 hour'])
    room.fake.show(roomView([host, guest], { settings: { ...changed, onHostLeave: 'end' } }))
    await drawn(room)
    expect(chosen(), 'what ends at once waits for nobody').toEqual(['7', hostLeaveWords.end])
  })

  it('H1 MD2 mutes everyone', async () => {
    const room = await hosting()
    await press(room, words.people)
    await press(room, words.muteAll)
    expect(room.fake.asked).toEqual([['muteAll', 'microphone']])
  })

  it('H4 MD10 mutes who is heard, and asks who is not', async () => {
    const room = await hosting()
    await press(room, words.people)
    await press(room, words.muteMicrophoneOf('Grace'))
    await press(room, words.askCameraOf('Grace'))
    expect(room.fake.asked).toEqual([
      ['muteOccupant', guest.occupantId, 'microphone'],
      ['askUnmute', guest.occupantId, 'camera'],
    ])
    const muted = { ...guest, sources: { ...guest.sources, microphone: mutedSource('host') } }
    room.fake.show(roomView([host, muted]))
    await drawn(room)
    await press(room, words.askMicrophoneOf('Grace'))
    expect(room.fake.asked.at(-1)).toEqual(['askUnmute', guest.occupantId, 'microphone'])
  })

  it('MD8 hands over only after a question', async () => {
    const room = await hosting()
    await press(room, words.people)
    await press(room, words.makeHost('Grace'))
    expect(room.fake.asked).toEqual([])
    expect(textOf(room)).toContain(words.handOverHint)
    await press(room, words.handOver)
    expect(room.fake.asked).toEqual([['handOver', guest.occupantId]])
  })

  it('MD8 the powers go with the role, and the new host is told', async () => {
    const room = await hosting()
    await press(room, words.people)
    const newHost = anOccupant('g', 'Grace', { isHost: true })
    room.fake.show(roomView([me, newHost]))
    room.fake.announce({
      type: 'host-changed',
      occupantId: newHost.occupantId,
      previous: me.occupantId,
      isSelf: false,
    })
    await drawn(room)
    expect(textOf(room)).toContain(words.isHostNow('Grace'))
    expect(textOf(room)).not.toContain(words.hostControls)
    const { occupantId: id } = me
    room.fake.announce({ type: 'host-changed', occupantId: id, previous: newHost.occupantId, isSelf: true })
    await drawn(room)
    expect(textOf(room)).toContain(words.youAreHost)
  })
})

describe('a participant', () => {
  it('H4 MD10 is asked to un-mute, and answers', async () => {
    const room = await openTestRoom()
    room.fake.show(
      roomView([me, anOccupant('g', 'Grace', { isHost: true })], { unmuteAsked: ['microphone'] }),
    )
    await drawn(room)
    expect(deep(room, '[role=status].above').textContent).toContain(words.askedToUnmute)
    await press(room, words.stayMuted)
    await press(room, words.turnOn)
    expect(room.fake.asked).toEqual([
      ['answerUnmute', 'microphone', false],
      ['answerUnmute', 'microphone', true],
    ])
  })

  it('MD7 H5 LO1 is told what the host decided, and a refused un-mute kindly', async () => {
    const room = await openTestRoom()
    const moderated = { ...defaultSettings, mayUnmute: false }
    room.fake.show(roomView([me, guest], { settings: moderated }))
    room.fake.announce({ type: 'error', code: 'not_allowed', about: 'publish' })
    await drawn(room)
    expect(textOf(room)).toContain(words.keepsMuted)
    room.fake.announce({
      type: 'settings-changed',
      previous: defaultSettings,
      settings: { ...defaultSettings, isLocked: true },
    })
    await drawn(room)
    expect(textOf(room)).toContain(words.locked)
  })

  it('H2 has no switches, no powers and no door', async () => {
    const room = await openTestRoom()
    room.fake.show(roomView([me, anOccupant('g', 'Grace', { isHost: true })]))
    await drawn(room)
    await press(room, words.people)
    expect(deepAll(room, '[role=switch], .door')).toEqual([])
    expect(deepAll(room, 'vr-occupant-list')[0]?.shadowRoot?.querySelectorAll('button')).toHaveLength(0)
  })
})

describe('the page', () => {
  it('hears of knocks, questions, settings and hosts', async () => {
    const room = await openTestRoom()
    const heard: string[] = []
    const types = ['vr-knock', 'vr-unmute-asked', 'vr-settings-changed', 'vr-host-changed'] as const
    for (const type of types) document.body.addEventListener(type, () => heard.push(type), { once: true })
    room.fake.announce({ type: 'knock', ...ben })
    room.fake.announce({ type: 'unmute-asked', source: 'camera' })
    room.fake.announce({ type: 'settings-changed', settings: defaultSettings, previous: defaultSettings })
    room.fake.announce({ type: 'host-changed', occupantId: null, previous: null, isSelf: false })
    expect(heard).toEqual(types)
  })
})

describe('the invitation', () => {
  it('AD1 E1 any form of an address opens the same room', async () => {
    for (const form of [emoji, encodeURIComponent(emoji), spoken, code]) {
      const room = await openTestRoom((named) => {
        named.room = form
      })
      expect(room.fake.wish.roomId, form).toBe(code)
      room.remove()
    }
  })

  it('E5 AD2 shows the emoji to the eye, the words to ears, and copies the link', async () => {
    const copying = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue(undefined)
    const room = await openTestRoom((named) => {
      named.inviteUrl = `https://rooms.example/#room=${encodeURIComponent(emoji)}`
    })
    room.fake.show(roomView([host, guest], { roomId: room.fake.wish.roomId }))
    room.room = emoji
    await drawn(room)
    room.fake.show(roomView([host, guest], { roomId: room.fake.wish.roomId }))
    await drawn(room)
    await press(room, words.invite)
    const shown = deep(room, '.emoji')
    expect(shown.getAttribute('aria-hidden')).toBe('true')
    expect(shown.textContent?.replaceAll(/\s/gu, '')).toBe(emoji)
    expect(textOf(room)).toContain(spoken.replaceAll('-', ' '))
    await press(room, words.copyLink)
    expect(copying).toHaveBeenCalledWith(`https://rooms.example/#room=${encodeURIComponent(emoji)}`)
    copying.mockRestore()
  })

  it('E6 AD2 a phone that scans the code reads the link, emoji address and all, in either theme', async () => {
    const link = `https://rooms.example/some/page?lang=de#room=${encodeURIComponent(emoji)}`
    for (const theme of ['light', 'dark']) {
      const room = await openTestRoom((named) => {
        named.room = emoji
        named.inviteUrl = link
        named.setAttribute('theme', theme)
      })
      room.fake.show(roomView([host, guest], { roomId: room.fake.wish.roomId }))
      await drawn(room)
      await press(room, words.invite)
      expect(await scanned(deep(room, 'svg.code'))).toBe(link)
      room.remove()
    }
  })

  it('E6 the code to scan is the link: drawn, quiet around, and named', async () => {
    const room = await hosting()
    await press(room, words.invite)
    const drawing = deep(room, 'svg.code')
    expect(drawing.getAttribute('aria-label')).toBe(words.qrCode)
    expect(drawing.querySelector('path')?.getAttribute('d')).toMatch(/^M4 4h7v1h-7z/u)
    expect(await scanned(drawing)).toBe(location.href)
    expect(deepAll(room, '.emoji'), 'a UUID has no emoji').toEqual([])
    expect(room.fake.wish.roomId).toBe(aRoomId)
  })
})

const choices = (room: TestRoom) => deepAll<HTMLSelectElement>(room, 'select')

/** As a person does: the select changes first, then tells. */
function choose(select: HTMLSelectElement | undefined, value: string): void {
  if (select === undefined) throw new Error('no such choice')
  select.value = value
  select.dispatchEvent(new Event('change'))
}

const nameOf = (): string => {
  const element = focused()
  return element === null ? '' : nameOfElement(element)
}
