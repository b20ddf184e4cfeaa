/** What the badge says while routes change or nobody is reached, and what it opens. */
import axe from 'axe-core'
import { relayIdSchema } from '@video-room/shared/ids.ts'
import type { Route } from '@video-room/shared/route.ts'
import { defaultSettings } from '@video-room/shared/room-info.ts'
import { afterEach, describe, expect, it } from 'vitest'
import * as v from 'valibot'
import type { OccupantState, SessionView } from '../../core/view.ts'
import { linkPlaceWords, noMediaWords, reasonWords, timeWords } from '../route-words.ts'
import { aSample } from '../testing/a-sample.ts'
import { button, deep, deepAll, focused, textOf } from '../testing/deep.ts'
import { anOccupant, roomView } from '../testing/fake-session.ts'
import { drawn, openTestRoom, type TestRoom } from '../testing/test-room.ts'
import { namesOf, words } from '../words.ts'

const host = anOccupant('s', 'Ada', { isSelf: true, isHost: true, link: 'none' })
const guest = anOccupant('g', 'Grace Hopper')
const relayId = v.parse(relayIdSchema, 'r_relayrelayrelayr')
const mesh: Route = { kind: 'mesh', epoch: 1 }
const relayed: Route = {
  kind: 'relayed',
  epoch: 2,
  reasons: ['direct-failed', 'loss'],
  relays: [{ relayId, region: 'Singapore' }],
}
const migration = (sinceMs: number, epoch = 3) => ({ route: { ...mesh, epoch }, sinceMs })

async function inRoom(
  more: Partial<SessionView>,
  occupants: readonly OccupantState[] = [host, guest],
): Promise<TestRoom> {
  const room = await openTestRoom()
  await turnTo(room, more, occupants)
  return room
}

async function turnTo(
  room: TestRoom,
  more: Partial<SessionView>,
  occupants: readonly OccupantState[] = [host, guest],
): Promise<void> {
  room.fake.show(roomView(occupants, more))
  await drawn(room)
}

const badge = (room: TestRoom): HTMLElement => deep(room, 'vr-route-badge')
const said = (room: TestRoom): string => deep(badge(room), '[role=status]').textContent.trim()
const details = (room: TestRoom): HTMLElement => deep(badge(room), '.details')
const toggle = (room: TestRoom): HTMLElement => deep(badge(room), 'button')

describe('<vr-route-badge>', () => {
  afterEach(() => {
    for (const room of document.querySelectorAll('test-room')) room.remove()
    localStorage.clear()
  })

  it('a chain of relays is named as one', async () => {
    const relays = ['Singapore', 'Hanoi'].map((region) => ({ relayId, region }))
    const room = await inRoom({ route: { ...relayed, relays } })
    expect(said(room)).toBe(words.media(words.via('Singapore', 'Hanoi')))
  })

  it('MG6 a TURN server on a standing link is not the present way', async () => {
    const room = await inRoom({ route: mesh })
    room.fake.sample([aSample(), aSample({ endpointId: relayId, localCandidate: 'relay', isStandby: true })])
    await drawn(room)
    expect(said(room)).toBe(words.media(words.direct))
  })

  it('MG1 says that it switches when that takes more than a second, and no longer than it does', async () => {
    // That the drawing of the room takes its time does not count.
    const room = await inRoom({ route: relayed })
    const sinceMs = performance.now() + 1_000
    await turnTo(room, { route: relayed, migration: migration(sinceMs) })
    expect(said(room)).toBe(words.media(words.via('Singapore')))
    await expect.poll(() => said(room), { timeout: 5_000 }).toBe(words.media(words.switching))
    expect(performance.now() - sinceMs).toBeGreaterThan(990)
    await turnTo(room, { route: { ...mesh, epoch: 3 } })
    expect(said(room)).toBe(words.media(words.direct))
  })

  it('MG1 each migration has its own second; one that is old by now is told at once', async () => {
    const room = await inRoom({ route: relayed, migration: migration(performance.now() - 60_000) })
    await expect.poll(() => said(room)).toBe(words.media(words.switching))
    await turnTo(room, { route: relayed, migration: migration(performance.now() + 9_000, 4) })
    expect(said(room)).toBe(words.media(words.via('Singapore')))
  })

  it('RP1 explains at once why nobody is reached when there is no relay to go by', async () => {
    const route: Route = { ...mesh, reasons: ['direct-failed', 'no-relay'] }
    const room = await inRoom({ route }, [host, { ...guest, link: 'connecting' }])
    const advice = noMediaWords.noRelay(namesOf(['Grace Hopper']))
    await expect.poll(() => said(room)).toBe(`${words.media(words.notConnected)} ${advice}`)
    expect(deep(badge(room), '.advice').textContent).toBe(advice)
    await turnTo(room, { route })
    expect(said(room)).toBe(words.media(words.direct))
    expect(deepAll(badge(room), '.advice')).toEqual([])
  })

  it('a link that is still being made is given its time', async () => {
    const room = await inRoom({ route: mesh }, [host, { ...guest, link: 'connecting' }])
    expect(said(room)).toBe(words.media(words.direct))
    const advice = noMediaWords.slow(namesOf(['Grace Hopper']))
    await expect.poll(() => said(room), { timeout: 8_000 }).toContain(advice)
  })

  it('RT2 who waits for a relay reads that it comes by itself', async () => {
    const settings = { ...defaultSettings, route: 'relay' as const }
    const room = await inRoom({ route: { kind: 'relayed', epoch: 2, relays: [] }, settings })
    await expect.poll(() => said(room), { timeout: 8_000 }).toContain(noMediaWords.waiting)
    expect(said(room)).toContain(words.waitingForRelay)
  })

  it('opens the evidence: the way, why, since when, its figures, what stands by, and what was', async () => {
    const routeHistory = [
      { route: mesh, atMs: 1_000 },
      { route: relayed, atMs: 61_000 },
    ]
    const room = await inRoom({ route: relayed, routeHistory })
    toggle(room).click()
    await drawn(room)
    expect(textOf(details(room))).toContain(words.noFigures)
    const carrying = aSample({ endpointId: relayId, via: 'relay', rttMs: 20.4 })
    const standing = aSample({ isStandby: true, rttMs: 7, localCandidate: 'srflx' })
    room.fake.sample([carrying, standing])
    room.fake.sample([
      { ...carrying, atMs: 500, receivedBytes: 125_000, receivedPackets: 99, lostPackets: 1 },
      { ...standing, atMs: 500 },
    ])
    await drawn(room)
    const shown = textOf(details(room))
    for (const part of ['20 ms', '2.0 Mbit/s', '1.0 %', 'host – prflx', 'srflx – prflx', '7 ms']) {
      expect(shown).toContain(part)
    }
    expect(shown).toContain(reasonWords('direct-failed', 'relayed'))
    expect(shown).toContain(words.sinceTime(timeWords(61_000)))
    const headings = deepAll(details(room), 'h3, h4').map(({ textContent }) => textContent.trim())
    expect(headings).toEqual([
      `${words.wayNow}: ${words.via('Singapore')}`,
      'Singapore',
      'Grace Hopper',
      words.wayHistory,
    ])
    expect(deepAll(details(room), '.links .why').map(({ textContent }) => textContent)).toEqual([
      linkPlaceWords.now,
      linkPlaceWords.standby,
    ])
    expect(deepAll(details(room), '.past strong').map(({ textContent }) => textContent)).toEqual([
      words.via('Singapore'),
      words.direct,
    ])
  })

  it('shows what is being prepared, and figures anew every two seconds, or when links come and go', async () => {
    const room = await inRoom({ route: mesh, migration: { route: relayed, sinceMs: performance.now() } })
    toggle(room).click()
    const at = (atMs: number, rttMs: number) => [
      aSample({ atMs, rttMs }),
      aSample({ atMs, rttMs, endpointId: relayId, via: 'relay' }),
    ]
    room.fake.sample(at(0, 11))
    room.fake.sample(at(500, 12))
    room.fake.sample(at(1_000, 13))
    await drawn(room)
    expect(textOf(details(room))).toContain('12 ms')
    expect(deepAll(details(room), 'h3').at(1)?.textContent).toContain(words.wayPrepared)
    room.fake.sample(at(2_500, 14))
    await drawn(room)
    expect(textOf(details(room))).toContain('14 ms')
    room.fake.sample(at(2_600, 15).slice(0, 1))
    await drawn(room)
    expect(textOf(details(room))).toContain('15 ms')
  })

  it('serves the keyboard, screen readers and small screens', async () => {
    const routeHistory = Array.from({ length: 20 }, (_, index) => ({
      route: { ...(index % 2 === 0 ? mesh : relayed), epoch: index + 1 },
      atMs: 1_000 * index,
    }))
    const room = await inRoom({ route: { ...relayed, epoch: 20 }, routeHistory })
    room.style.cssText = 'inline-size: 320px; block-size: 560px'
    toggle(room).focus()
    toggle(room).click()
    room.fake.sample([aSample({ endpointId: relayId, via: 'relay' }), aSample({ isStandby: true })])
    await drawn(room)
    expect(toggle(room).getAttribute('aria-expanded')).toBe('true')
    expect(deep(badge(room), `#${toggle(room).getAttribute('aria-controls')}`)).toBe(details(room))
    const [inner, outer] = [
      details(room).getBoundingClientRect(),
      deep(room, '.stage').getBoundingClientRect(),
    ]
    expect(inner.bottom).toBeLessThanOrEqual(outer.bottom)
    expect(inner.right).toBeLessThanOrEqual(outer.right)
    expect(details(room).scrollHeight).toBeGreaterThan(details(room).clientHeight)
    expect(details(room).scrollWidth).toBe(details(room).clientWidth)
    const { violations } = await axe.run(room)
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join()}`)).toEqual([])
    details(room).focus()
    expect(focused()).toBe(details(room))
    details(room).dispatchEvent(
      new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, composed: true }),
    )
    await drawn(room)
    expect(deepAll(badge(room), '.details')).toEqual([])
    expect(focused()).toBe(toggle(room))
  })

  it('participants may open it too', async () => {
    const grace = anOccupant('s', 'Ada', { isSelf: true, link: 'none' })
    const room = await inRoom({ route: relayed }, [anOccupant('h', 'Hedy', { isHost: true }), grace])
    button(room, words.media(words.via('Singapore'))).click()
    await drawn(room)
    expect(textOf(details(room))).toContain(reasonWords('loss', 'relayed'))
  })
})
