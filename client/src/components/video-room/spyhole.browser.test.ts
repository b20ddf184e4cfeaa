/** A small picture at the door: the choice of who knocks, and what the host sees (KN8). */
import { addressOfPicture } from '@video-room/shared/knock-picture.ts'
import { smallJpeg } from '@video-room/shared/testing/small-jpeg.ts'
import { defaultSettings } from '@video-room/shared/room-info.ts'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { deepAll, textOf } from '../testing/deep.ts'
import { anOccupant, lobbyView, occupantId, roomView } from '../testing/fake-session.ts'
import { drawn, openTestRoom, type TestRoom } from '../testing/test-room.ts'
import { words } from '../words.ts'

const picture = addressOfPicture(smallJpeg)
const host = anOccupant('s', 'Ada', { isSelf: true, isHost: true, link: 'none' })

async function knocking(shown: string | null | undefined): Promise<TestRoom> {
  const room = await openTestRoom()
  show(room, shown)
  await drawn(room)
  return room
}

const show = (room: TestRoom, shown: string | null | undefined): void =>
  room.fake.show({ ...lobbyView, status: 'knocking', knockPicture: shown === undefined ? null : { shown } })

const pictures = (room: TestRoom) => deepAll<HTMLImageElement>(room, 'img')

afterEach(() => {
  for (const room of document.querySelectorAll('test-room')) room.remove()
  localStorage.clear()
})

describe('someone who knocks', () => {
  it('KN8 is not asked where the room does not ask', async () => {
    const room = await knocking(undefined)
    expect(deepAll(room, '[role=switch]')).toEqual([])
  })

  it('KN8 is asked, with nothing shown yet; what they show they see themselves; they may take it back', async () => {
    const room = await knocking(null)
    const [off] = deepAll(room, '[role=switch]')
    expect(off?.getAttribute('aria-checked')).toBe('false')
    expect(textOf(room)).toContain(words.showPictureHint)
    expect([pictures(room), room.fake.asked]).toEqual([[], []])
    off?.click()
    await vi.waitFor(() => expect(room.fake.asked).toEqual([['showKnockPicture', smallJpeg]]))
    expect(off?.getAttribute('aria-checked'), 'the session says what is shown').toBe('false')

    show(room, picture)
    await drawn(room)
    const [on] = deepAll(room, '[role=switch]')
    expect(on?.getAttribute('aria-checked')).toBe('true')
    expect(pictures(room).map(({ src, alt }) => [src, alt])).toEqual([[picture, words.shownPicture]])
    on?.click()
    await vi.waitFor(() => expect(room.fake.asked.at(-1)).toEqual(['showKnockPicture', null]))
  })

  it('KN8 needs a camera to show a picture, and none to take it back', async () => {
    const room = await knocking(null)
    room.fakeMedia.capture('camera', { status: 'muted', track: null })
    await drawn(room)
    const [off] = deepAll(room, '[role=switch]')
    expect(off?.getAttribute('aria-disabled')).toBe('true')
    expect(textOf(room)).toContain(words.showPictureNeedsCamera)
    off?.click()
    await drawn(room)
    expect(room.fake.asked).toEqual([])
    show(room, picture)
    await drawn(room)
    deepAll(room, '[role=switch]')[0]?.click()
    await vi.waitFor(() => expect(room.fake.asked).toEqual([['showKnockPicture', null]]))
  })

  it('KN8 who changes their mind while the picture is taken is not shown', async () => {
    const room = await knocking(null)
    let taken: (still: string) => void = () => undefined
    room.fakeMedia.takeStill = () => new Promise((resolve) => (taken = resolve))
    const lobby = deepAll(room, 'vr-lobby')[0]
    const ask = (isShown: boolean) =>
      lobby?.dispatchEvent(
        new CustomEvent('vr-request', {
          detail: { type: 'show-picture', isShown },
          bubbles: true,
          composed: true,
        }),
      )
    ask(true)
    ask(false)
    taken(smallJpeg)
    await drawn(room)
    expect(room.fake.asked).toEqual([['showKnockPicture', null]])
  })
})

describe('a host', () => {
  const knock = (letter: string, displayName: string, more: object = {}) => ({
    occupantId: occupantId(letter),
    displayName,
    ...more,
  })

  it('KN8 sees the picture beside the name, in the line and in the list', async () => {
    const room = await openTestRoom()
    room.fake.show(roomView([host], { knocks: [knock('b', 'Ben', { picture })] }))
    await drawn(room)
    const seen = () => pictures(room).map(({ src, alt }) => [src, alt])
    expect(seen()).toEqual([[picture, words.pictureOf('Ben')]])
    await vi.waitFor(() => expect(pictures(room)[0]?.naturalWidth).toBe(8))

    const knocks = [knock('b', 'Ben', { picture }), knock('c', 'Cy')]
    room.fake.show(roomView([host], { knocks }))
    await drawn(room)
    expect(seen(), 'of many the list shows who is who').toEqual([])
    for (const item of deepAll<HTMLButtonElement>(room, '.above button')) item.click()
    await drawn(room)
    expect(seen()).toEqual([[picture, words.pictureOf('Ben')]])
    expect(deepAll(room, '.door li')).toHaveLength(2)
  })

  it('KN8 a hostile name stays the name of a picture', async () => {
    const name = '"><img src=x onerror=alert(1)>'
    const room = await openTestRoom()
    room.fake.show(roomView([host], { knocks: [knock('b', name, { picture })] }))
    await drawn(room)
    expect(pictures(room).map(({ alt }) => alt)).toEqual([words.pictureOf(name)])
  })

  it('KN8 MD11 switches pictures on where there is a door, and off again', async () => {
    const room = await openTestRoom()
    const settings = { ...defaultSettings, admission: 'knock' as const }
    room.fake.show(roomView([host], { settings }))
    await drawn(room)
    deepAll(room, '[data-name=people]')[0]?.click()
    await drawn(room)
    const item = () =>
      deepAll(room, '[role=switch]').find(({ textContent }) => textContent?.includes(words.askPicture))
    expect(item()?.getAttribute('aria-checked')).toBe('false')
    item()?.click()
    room.fake.show(roomView([host], { settings: { ...settings, knockPicture: true } }))
    await drawn(room)
    item()?.click()
    expect(room.fake.asked).toEqual([
      ['changeSettings', { knockPicture: true }],
      ['changeSettings', { knockPicture: false }],
    ])
    room.fake.show(roomView([host], { settings: defaultSettings }))
    await drawn(room)
    expect(item()).toBeUndefined()
  })
})
