import type { OccupantId } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import type { Route } from '@video-room/shared/route.ts'
import type { OccupantView } from '@video-room/shared/snapshot.ts'
import { describe, expect, test, vi } from 'vitest'
import {
  host,
  joinResponse,
  linkTo,
  occupant,
  relay,
  relayedBy,
  relayLink,
  self,
  snapshotOf,
  third,
  ticketOf,
} from './core/testing/session-walk.ts'
import type { MediaTrack } from './core/view.ts'
import { RoomSession, type RoomSessionOptions } from './room-session.ts'
import { FakeMachine, FakeMedia, FakeTrack, settled } from './testing/fake-room.ts'

const roomId = '11111111-1111-4111-8111-111111111111'
const mesh: Route = { kind: 'mesh', epoch: 1 }
const live = (...sources: ('microphone' | 'camera' | 'screen')[]) =>
  sources.map((source) => ({ source, mutedBy: null }) as const)
const hostWithCamera = occupant(host, live('microphone', 'camera'))

function newSession(machine: FakeMachine, more: Partial<RoomSessionOptions> = {}): RoomSession {
  const { platform, openLink, openRelayLink } = machine
  return new RoomSession({
    signal: 'https://signal.example',
    roomId,
    platform,
    openLink,
    openRelayLink,
    ...more,
  })
}

/** Joined and welcomed; `start` has not come. */
async function welcomed(
  route: Route,
  more: Partial<RoomSessionOptions> = {},
  others: readonly OccupantView[] = [hostWithCamera],
) {
  const machine = new FakeMachine()
  const session = newSession(machine, more)
  const joined = session.join()
  machine.request.answer(200, joinResponse())
  await settled()
  machine.socket.fire('open')
  const snapshot = { ...snapshotOf(5, occupant(self), ...others), route }
  machine.socket.say({ type: 'welcome', occupantId: self, isHost: false, snapshot })
  await joined
  return { machine, session }
}

/** In a relayed room, the relay link connected. */
async function relayed(more: Partial<RoomSessionOptions> = {}, others?: readonly OccupantView[]) {
  const room = await welcomed(relayedBy(relay), more, others)
  room.machine.socket.say({ type: 'start', links: [], relay: relayLink() })
  room.machine.relayLink.events.onConnected()
  return room
}

const trackOf = (session: RoomSession, id: OccupantId, source: 'camera' | 'microphone'): MediaTrack | null =>
  session.view.occupants.find(({ occupantId }) => occupantId === id)?.sources[source].track ?? null

describe('a room session in a relayed room', () => {
  test('RT2 how this person wants media to flow is said with media-ready', async () => {
    const { machine } = await welcomed(mesh, { route: 'relay' })
    expect(machine.socket.messages[0]).toMatchObject({ type: 'media-ready', routeWish: 'relay' })
    const { machine: other } = await welcomed(mesh)
    expect(other.socket.messages[0]).not.toHaveProperty('routeWish')
  })

  test('RL1 RL6 opens the link that start names, and brings its facts and its wants to the relay', async () => {
    const { machine } = await relayed()
    expect(machine.relayLink.options).toMatchObject({ ticket: ticketOf(1), slots: { audio: 2, video: 2 } })
    expect(machine.socket.messages.slice(1)).toMatchObject([
      { type: 'signal', to: relay, generation: 1, payload: '{"facts":{}}' },
      { type: 'signal', to: relay, generation: 1, payload: expect.stringContaining('"wants":[') },
    ])
    machine.socket.say({ type: 'signal', from: relay, generation: 1, payload: '{"slots":[]}' })
    expect(machine.relayLink.signals).toEqual(['{"slots":[]}'])
  })

  test('RL3 the link of the join answer is opened before there is a socket, and adopted', async () => {
    const machine = new FakeMachine()
    const session = newSession(machine)
    void session.join()
    machine.request.answer(200, joinResponse({ relay: relayLink() }))
    await settled()
    expect([machine.relayLinks.length, machine.socket.readyState]).toEqual([1, 0])
    machine.socket.fire('open')
    expect(machine.socket.messages.map(({ type }) => type)).toEqual(['media-ready'])
    const snapshot = { ...snapshotOf(5, occupant(self), hostWithCamera), route: relayedBy(relay) }
    machine.socket.say({ type: 'welcome', occupantId: self, isHost: false, snapshot })
    expect(machine.socket.messages.map(({ type }) => type)).toEqual(['media-ready', 'signal', 'signal'])
    machine.socket.say({ type: 'start', links: [], relay: relayLink() })
    expect(machine.relayLinks.map(({ isClosed }) => isClosed)).toEqual([false])
  })

  test('RL7 N3 hands out the track of whoever the slot carries, and of nobody else', async () => {
    const { machine, session } = await relayed({}, [hostWithCamera, occupant(third, live('camera'))])
    const [slot, other] = [new FakeTrack('slot 4'), new FakeTrack('slot 5')]
    machine.relayLink.events.onTracks([{ occupantId: host, source: 'camera', track: slot }])
    expect([trackOf(session, host, 'camera'), trackOf(session, third, 'camera')]).toEqual([slot, null])
    expect(slot.enabled).toBe(true)
    machine.relayLink.events.onTracks([
      { occupantId: third, source: 'camera', track: slot },
      { occupantId: host, source: 'camera', track: other },
    ])
    expect([trackOf(session, host, 'camera'), trackOf(session, third, 'camera')]).toEqual([other, slot])
    machine.relayLink.events.onTracks([{ occupantId: host, source: 'camera', track: other }])
    expect([slot.enabled, other.enabled]).toEqual([false, true])
  })

  test('MG1 a picture that may be shown is not shut for the moment in which it is judged', async () => {
    const { machine, session } = await relayed()
    const picture = new FakeTrack('slot 4')
    const switched: boolean[] = []
    Object.defineProperty(picture, 'enabled', {
      get: () => switched.at(-1) ?? true,
      set(enabled: boolean) {
        switched.push(enabled)
      },
    })
    machine.relayLink.events.onTracks([{ occupantId: host, source: 'camera', track: picture }])
    expect([trackOf(session, host, 'camera'), switched]).toEqual([picture, []])
    machine.relayLink.events.onTracks([])
    expect(switched).toEqual([false])
  })

  test('MD2 M5 what the room does not call live is shut off here too, whatever the relay sends', async () => {
    const { machine, session } = await relayed()
    const track = new FakeTrack('slot 4')
    const carry = (occupantId: OccupantId): void =>
      machine.relayLink.events.onTracks([{ occupantId, source: 'camera', track }])
    carry(third)
    expect(track.enabled).toBe(false)
    carry(host)
    expect(track.enabled).toBe(true)
    const muted = occupant(host, [{ source: 'camera', mutedBy: 'host' }])
    machine.socket.say({ type: 'room-changed', patch: { revision: 6, changed: [muted], left: [] } })
    expect([track.enabled, trackOf(session, host, 'camera')]).toEqual([false, null])
  })

  test('M1 H1 own tracks go out on the relay link as well, and stop there too', async () => {
    const media = new FakeMedia()
    await media.set('camera', true)
    const { machine, session } = await relayed({ media })
    expect(machine.relayLink.outgoing.camera).toBe(media.view.captures.camera.track)
    session.setCamera(false)
    expect(machine.relayLink.outgoing.camera).toBeNull()
  })

  test('RL8 M8 tiles say how wide they are, and the relay hears it', async () => {
    const { machine, session } = await relayed()
    await machine.clock.pass(limits.wantsIntervalMs)
    session.setWatched(host, 'camera', true, 333.3)
    expect(machine.relayLink.wants.at(-1)).toEqual([
      { occupantId: host, source: 'microphone', widthPx: 0 },
      { occupantId: host, source: 'camera', widthPx: 334 },
    ])
    session.setWatched(host, 'camera', false)
    await machine.clock.pass(limits.wantsIntervalMs)
    expect(machine.relayLink.wants.at(-1)).toEqual([{ occupantId: host, source: 'microphone', widthPx: 0 }])
  })

  test('RL7 the link is told to make room before it is needed', async () => {
    const { machine } = await relayed()
    const changed = [occupant(third, live('microphone', 'camera', 'screen'))]
    machine.socket.say({ type: 'room-changed', patch: { revision: 6, changed, left: [] } })
    expect(machine.relayLink.slots).toEqual({ audio: 4, video: 4 })
  })

  test('LK3 RL5 a link that went silent gets a new ticket, and is reported when that does not help', async () => {
    const { machine } = await relayed()
    await machine.clock.pass(limits.linkSilentMs + limits.linkSampleMs)
    expect(machine.socket.messages.at(-1)).toMatchObject({ type: 'ask-ticket', to: relay, generation: 1 })
    machine.socket.say({ type: 'ticket', relayId: relay, generation: 1, ticket: ticketOf(2) })
    expect(machine.relayLink.tickets).toEqual([ticketOf(2)])
    await machine.clock.pass(limits.linkRestartMs)
    expect(machine.socket.messages.at(-1)).toMatchObject({ type: 'link-failed', to: relay, generation: 1 })
    machine.socket.say({ type: 'start', links: [], relay: relayLink(relay, 2) })
    expect(machine.relayLinks.map(({ isClosed }) => isClosed)).toEqual([true, false])
  })

  test('a sample names the relay, and says that media goes through it', async () => {
    const { session } = await relayed()
    expect(await session.samples()).toMatchObject([{ endpointId: relay, via: 'relay', receivedBytes: 0 }])
    const { machine, session: direct } = await welcomed(mesh)
    machine.socket.say({ type: 'start', links: [linkTo(host)] })
    expect(await direct.samples()).toMatchObject([{ endpointId: host, via: 'direct' }])
  })

  test('RL8 who speaks is told as the relay hears it', async () => {
    const { machine, session } = await relayed()
    const speakers = vi.fn<(ids: readonly OccupantId[]) => void>()
    session.on('speakers', speakers)
    machine.relayLink.events.onSpeakers([host])
    expect(speakers).toHaveBeenCalledExactlyOnceWith([host])
  })

  test('design 4 from mesh to relay no picture is lost, and two sounds are open for a moment only', async () => {
    const { machine, session } = await welcomed(mesh)
    machine.socket.say({ type: 'start', links: [linkTo(host)] })
    machine.link.events.onConnected()
    const { microphone } = machine.link.incoming
    const patch = { revision: 6, changed: [], left: [], route: relayedBy(relay) }
    machine.socket.say({ type: 'room-changed', patch })
    machine.socket.say({ type: 'start', links: [], relay: relayLink() })
    machine.relayLink.events.onConnected()
    expect([trackOf(session, host, 'microphone'), microphone.enabled]).toEqual([microphone, true])
    const slot = new FakeTrack('slot 4')
    machine.relayLink.events.onTracks([{ occupantId: host, source: 'microphone', track: slot }])
    expect(trackOf(session, host, 'microphone')).toBe(slot)
    expect([microphone.enabled, slot.enabled]).toEqual([true, true])
    machine.link.receivedBytes = 1
    await machine.clock.pass(limits.soundPartsMs)
    expect([microphone.enabled, slot.enabled]).toEqual([false, true])
    await machine.clock.pass(limits.linkSettleMs + limits.linkSampleMs)
    expect([machine.link.isClosed, machine.relayLink.isClosed]).toEqual([true, false])
  })

  test('MG1 MG6 media moves to a relay that stood by, and the direct link stands by afterwards', async () => {
    const media = new FakeMedia()
    await media.set('camera', true)
    const { machine, session } = await welcomed(mesh, { media })
    let revision = 5
    const say = (patch: { route?: Route; migration?: Route | null }): void =>
      machine.socket.say({
        type: 'room-changed',
        patch: { revision: (revision += 1), changed: [], left: [], ...patch },
      })
    const next: Route = { ...relayedBy(relay), epoch: 2 }
    machine.socket.say({ type: 'start', links: [linkTo(host)], relay: { ...relayLink(), isStandby: true } })
    machine.link.events.onConnected()
    machine.relayLink.events.onConnected()
    expect(Object.values(machine.relayLink.options.tracks)).toEqual([null, null, null, null])
    session.setCamera(true)
    expect(machine.relayLink.outgoing.camera).toBeNull()
    expect((await session.samples()).map(({ isStandby }) => isStandby)).toEqual([false, true])
    const own = media.view.captures.camera.track
    expect(machine.relayLink.expected).toBe(own)
    say({ migration: next })
    machine.socket.say({ type: 'start', links: [linkTo(host)], relay: relayLink() })
    expect([machine.link.outgoing.camera, machine.relayLink.outgoing.camera]).toEqual([own, own])
    expect(machine.link.caps).toEqual([limits.overlapBitrateShare])
    const [picture, sound] = [new FakeTrack('slot 6'), new FakeTrack('slot 4')]
    machine.relayLink.events.onTracks([
      { occupantId: host, source: 'camera', track: picture },
      { occupantId: host, source: 'microphone', track: sound },
    ])
    const shown = () => session.view.occupants.find(({ occupantId }) => occupantId === host)?.sources
    const { incoming } = machine.link
    // Of pictures both are open, so that the next can be made ready; of sounds one.
    expect([shown()?.camera.track, shown()?.camera.nextTrack]).toEqual([incoming.camera, picture])
    expect([incoming.camera.enabled, picture.enabled]).toEqual([true, true])
    expect([incoming.microphone.enabled, sound.enabled]).toEqual([true, false])
    const routes = vi.fn<(news: { readonly route: Route; readonly previous: Route }) => void>()
    session.on('route-changed', routes)
    say({ route: next, migration: null })
    expect([shown()?.camera.track, shown()?.camera.nextTrack]).toEqual([picture, null])
    // One that went before the other came would leave a hole.
    expect([incoming.microphone.enabled, sound.enabled]).toEqual([true, true])
    await machine.clock.pass(limits.soundPartsMs)
    expect([incoming.microphone.enabled, sound.enabled]).toEqual([false, true])
    expect(routes).toHaveBeenCalledExactlyOnceWith({ type: 'route-changed', route: next, previous: mesh })
    const stand = [{ ...linkTo(host), isStandby: true }]
    machine.socket.say({ type: 'start', links: stand, relay: relayLink() })
    expect(machine.link.outgoing.camera).toBe(own)
    machine.link.receivedBytes = 1
    machine.relayLink.receivedBytes = 1
    await machine.clock.pass(limits.linkSettleMs + limits.linkSampleMs)
    expect([machine.link.outgoing.camera, machine.link.isClosed]).toEqual([null, false])
    expect(machine.link.caps.at(-1)).toBeNull()
    expect(incoming.camera.enabled).toBe(false)
    expect(session.view.routeHistory.map(({ route }) => route)).toEqual([mesh, next])
  })

  test('MG6 who saves data has nothing stand by', async () => {
    const machine = new FakeMachine()
    const platform = { ...machine.platform, savesData: true }
    const session = newSession(machine, { platform })
    const joined = session.join()
    machine.request.answer(200, joinResponse())
    await settled()
    machine.socket.fire('open')
    const snapshot = { ...snapshotOf(5, occupant(self), hostWithCamera), route: mesh }
    machine.socket.say({ type: 'welcome', occupantId: self, isHost: false, snapshot })
    await joined
    machine.socket.say({ type: 'start', links: [linkTo(host)], relay: { ...relayLink(), isStandby: true } })
    machine.link.events.onConnected()
    expect(machine.relayLinks).toEqual([])
  })

  test('PR2 close releases the relay link too', async () => {
    const { machine, session } = await relayed()
    session.close()
    expect([machine.relayLink.isClosed, machine.clock.armed]).toEqual([true, 0])
  })
})
