/** How media flows: said by the badge, chosen by attribute and by the host. */
import { relayIdSchema } from '@video-room/shared/ids.ts'
import type { Route } from '@video-room/shared/route.ts'
import { defaultSettings } from '@video-room/shared/room-info.ts'
import { afterEach, describe, expect, it, vi } from 'vitest'
import * as v from 'valibot'
import type { VideoRoomEventDetails } from '../events.ts'
import { routeWishHints, routeWishWords } from '../route-words.ts'
import { aSample } from '../testing/a-sample.ts'
import { button, deep, deepAll, textOf } from '../testing/deep.ts'
import { anOccupant, lobbyView, occupantId, roomView } from '../testing/fake-session.ts'
import { drawn, openTestRoom, type TestRoom } from '../testing/test-room.ts'
import { refusalWords } from '../trouble-words.ts'
import { words } from '../words.ts'

const host = anOccupant('s', 'Ada', { isSelf: true, isHost: true, link: 'none' })
const guest = anOccupant('g', 'Grace Hopper')
const relayId = v.parse(relayIdSchema, 'r_relayrelayrelayr')
const relayed = (...regions: string[]): Route => ({
  kind: 'relayed',
  epoch: 2,
  relays: regions.map((region) => ({ relayId, region })),
})

async function inRoom(route: Route, prepare?: (room: TestRoom) => void): Promise<TestRoom> {
  const room = await openTestRoom(prepare)
  room.fake.show(roomView([host, guest], { route }))
  await drawn(room)
  return room
}

const badge = (room: TestRoom): HTMLElement => deep(room, 'vr-route-badge')
const said = (room: TestRoom): string | undefined => deep(badge(room), '[role=status]').textContent?.trim()

describe('how media flows', () => {
  afterEach(() => {
    for (const room of document.querySelectorAll('test-room')) room.remove()
    localStorage.clear()
  })

  it('stands in words, for the eye and for ears, and follows the room', async () => {
    const room = await inRoom({ kind: 'mesh', epoch: 1 })
    expect(textOf(badge(room))).toContain(words.direct)
    expect(said(room)).toBe(words.media(words.direct))
    room.fake.show(roomView([host, guest], { route: relayed() }))
    await drawn(room)
    expect(said(room)).toBe(words.media(words.waitingForRelay))
    room.fake.show(roomView([host, guest], { route: relayed('Singapore') }))
    await drawn(room)
    expect(said(room)).toBe(words.media(words.via('Singapore')))
    expect(button(room, words.media(words.via('Singapore'))).getAttribute('aria-expanded')).toBe('false')
  })

  it('nothing flows to nobody: alone there is no badge', async () => {
    const room = await openTestRoom()
    room.fake.show(roomView([host]))
    await drawn(room)
    expect(deepAll(room, 'vr-route-badge')).toEqual([])
  })

  it('what a TURN server carries is not called direct', async () => {
    const room = await inRoom({ kind: 'mesh', epoch: 1 })
    room.fake.sample([aSample({ remoteCandidate: 'relay' })])
    await drawn(room)
    expect(said(room)).toBe(words.media(words.throughTurn))
    room.fake.sample([aSample()])
    await drawn(room)
    expect(said(room)).toBe(words.media(words.direct))
  })

  it('RT2 the attribute is the wish of the session, and nonsense in it is none', async () => {
    const room = await inRoom(relayed('Singapore'), (wishing) => wishing.setAttribute('route', 'relay'))
    expect(room.fake.wish.route).toBe('relay')
    const other = await inRoom(relayed('Singapore'), (wishing) => wishing.setAttribute('route', 'teleport'))
    expect(other.fake.wish.route).toBe('auto')
  })

  it('RT2 another wish counts from the lobby on, and ends no call', async () => {
    const room = await openTestRoom()
    room.route = 'relay'
    await drawn(room)
    expect([room.sessions.length, room.fake.wish.route]).toEqual([2, 'relay'])
    room.fake.show(roomView([host, guest]))
    await drawn(room)
    room.route = 'direct'
    await drawn(room)
    expect([room.sessions.length, room.state?.status]).toEqual([2, 'in-room'])
  })

  it('RT2 a room that the element makes has it as its setting', async () => {
    const asked = vi.spyOn(globalThis, 'fetch').mockResolvedValue(new Response('{}', { status: 500 }))
    const bodyOf = (call: number): unknown => {
      const body = asked.mock.calls[call]?.[1]?.body
      return typeof body === 'string' ? JSON.parse(body) : null
    }
    const room = await openTestRoom((wishing) => {
      wishing.route = 'relay'
    })
    await room.createRoom('key')
    expect(bodyOf(0)).toEqual({ route: 'relay' })
    room.route = 'auto'
    await room.createRoom('key')
    expect(bodyOf(1)).toEqual({})
    asked.mockRestore()
  })

  it('MD11 the host chooses for everyone, and the choice moves with the room’s word', async () => {
    const settings = { ...defaultSettings, route: 'direct' as const }
    const room = await openTestRoom()
    room.fake.show(roomView([host, guest], { settings }))
    await drawn(room)
    button(room, words.people).click()
    await drawn(room)
    const choice = deepAll<HTMLSelectElement>(room, 'select').find((one) =>
      one.labels[0]?.textContent.includes(words.mediaRoute),
    )
    if (!(choice instanceof HTMLSelectElement)) throw new Error('no list')
    expect([...choice.options].map(({ label }) => label.trim())).toEqual(Object.values(routeWishWords))
    expect(choice.value).toBe('direct')
    expect(choice.labels[0]?.textContent).toContain(routeWishHints.direct)
    choice.value = 'relay'
    choice.dispatchEvent(new Event('change', { bubbles: true }))
    expect(room.fake.asked).toEqual([['changeSettings', { route: 'relay' }]])
    expect(choice.value).toBe('direct')
    room.fake.show(roomView([host, guest], { settings: { ...settings, route: 'relay' } }))
    await drawn(room)
    expect(choice.value).toBe('relay')
  })

  it('RL8 tells how wide each picture is shown, in coarse steps', async () => {
    const room = await inRoom(relayed('Singapore'))
    const key = `${occupantId('g')} camera`
    await vi.waitFor(() => expect(room.fake.widths.get(key)).toBeGreaterThan(0))
    const tile = deepAll(room, 'vr-tile').at(-1)
    const widthPx = (tile?.clientWidth ?? 0) * devicePixelRatio
    await vi.waitFor(() => expect(room.fake.widths.get(key)).toBe(80 * Math.ceil(widthPx / 80)))
    room.style.inlineSize = '340px'
    await vi.waitFor(() => expect(room.fake.widths.get(key)).toBeLessThanOrEqual(400 * devicePixelRatio))
  })

  it('RL8 who speaks is whoever is heard here, in a relayed room too; of whom is not sent here the relay’s word counts', async () => {
    const room = await inRoom(relayed('Singapore'))
    const rings = async (): Promise<number> => {
      await drawn(room)
      return deepAll(room, '.ring.speaking').length
    }
    const heardAt = (level: number, more = {}) =>
      aSample({
        endpointId: relayId,
        via: 'relay',
        heard: [{ occupantId: occupantId('g'), source: 'microphone', level }],
        ...more,
      })
    room.fake.speak([occupantId('g'), occupantId('s')])
    expect(await rings()).toBe(1)
    room.fake.sample([heardAt(0)])
    expect(await rings()).toBe(0)
    room.fake.sample([heardAt(0.2)])
    expect(await rings()).toBe(1)
    room.fakeMedia.level(0.2)
    expect(await rings()).toBe(2)
    room.fakeMedia.level(0)
    room.fake.sample([heardAt(0), heardAt(0.2, { endpointId: occupantId('g'), isStandby: true })])
    expect(await rings()).toBe(0)
    room.fake.sample([heardAt(0, { heard: [] })])
    expect(await rings()).toBe(1)
    room.fake.show(roomView([host, guest]))
    room.fake.sample([])
    expect(await rings()).toBe(0)
  })

  it('RT1 MG4 the page hears of every change with its reasons, and can have the evidence as data', async () => {
    const heard: VideoRoomEventDetails['vr-route-changed'][] = []
    const room = await openTestRoom((made) => {
      made.addEventListener('vr-route-changed', ({ detail }) => heard.push(detail))
    })
    expect(room.routeEvidence()).toEqual({ route: null, migration: null, history: [], links: [] })
    const previous: Route = { kind: 'mesh', epoch: 1 }
    const route: Route = { ...relayed('Singapore', 'Hanoi'), reasons: ['direct-failed', 'loss'] }
    const migration = { route: { kind: 'mesh', epoch: 4 }, sinceMs: 90 } as const
    const routeHistory = [
      { route: previous, atMs: 1 },
      { route, atMs: 50 },
    ]
    room.fake.show(roomView([host, guest], { route, migration, routeHistory }))
    room.fake.announce({ type: 'route-changed', route, previous })
    room.fake.announce({ type: 'route-changed', route: { kind: 'mesh', epoch: 4 }, previous: route })
    expect(heard).toEqual([
      {
        kind: 'relayed',
        regions: ['Singapore', 'Hanoi'],
        reasons: ['direct-failed', 'loss'],
        epoch: 2,
        previous: 'mesh',
      },
      { kind: 'mesh', regions: [], reasons: [], epoch: 4, previous: 'relayed' },
    ])
    const links = [aSample(), aSample({ endpointId: relayId, via: 'relay', isStandby: true })]
    room.fake.sample(links)
    expect(room.routeEvidence()).toEqual({ route, migration, history: routeHistory, links })
  })

  it('RP5 someone who finds a direct room full reads why, and what to do', async () => {
    const room = await openTestRoom()
    room.fake.show({ ...lobbyView, refusal: { code: 'direct_full', retryAfterMs: null } })
    await drawn(room)
    expect(textOf(room)).toContain(refusalWords.direct_full.title)
    expect(textOf(room)).toContain(refusalWords.direct_full.hint)
  })
})
