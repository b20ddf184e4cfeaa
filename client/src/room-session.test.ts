import { addressOfBytes } from '@video-room/shared/emoji/address.ts'
import { limits } from '@video-room/shared/limits.ts'
import { smallJpeg } from '@video-room/shared/testing/small-jpeg.ts'
import { describe, expect, test, vi } from 'vitest'
import {
  host,
  joinResponse,
  linkTo,
  occupant,
  self,
  snapshotOf,
  tokenA,
  tokenB,
} from './core/testing/session-walk.ts'
import type { SessionView } from './core/view.ts'
import { RoomSession, type RoomSessionOptions } from './room-session.ts'
import { FakeMachine, FakeMedia, settled } from './testing/fake-room.ts'

const roomId = '11111111-1111-4111-8111-111111111111'
const camera = (mutedBy: 'self' | 'host' | null) => [{ source: 'camera', mutedBy } as const]

function newSession(machine: FakeMachine, more: Partial<RoomSessionOptions> = {}): RoomSession {
  const { platform, openLink } = machine
  return new RoomSession({
    signal: 'https://signal.example',
    roomId,
    displayName: 'Ann',
    platform,
    openLink,
    ...more,
  })
}

/** Joined; the host films. */
async function inRoom(more: Partial<RoomSessionOptions> = {}) {
  const machine = new FakeMachine()
  const session = newSession(machine, more)
  const joined = session.join()
  await admit(machine)
  machine.socket.say({ type: 'start', links: [linkTo(host)] })
  return { machine, session, joined, result: await joined }
}

async function admit(machine: FakeMachine, resumeToken = tokenA): Promise<void> {
  machine.request.answer(200, joinResponse({ resumeToken }))
  await settled()
  machine.socket.fire('open')
  const snapshot = snapshotOf(5, occupant(self), occupant(host, camera(null)))
  machine.socket.say({ type: 'welcome', occupantId: self, isHost: false, snapshot })
}

const hostView = (session: RoomSession) =>
  session.view.occupants.find(({ occupantId }) => occupantId === host)

describe('a room session under plain Node', () => {
  test('N1 needs no window, document or navigator', () => {
    expect(
      ['window', 'document', 'RTCPeerConnection', 'sessionStorage'].filter((name) => name in globalThis),
    ).toEqual([])
    const session = new RoomSession({ signal: 'https://signal.example', roomId })
    expect(session.view).toMatchObject({ status: 'lobby', roomId, occupants: [] })
    session.close()
  })

  test('N2 J1 joins: request, socket, media-ready, link; and tells each step', async () => {
    const machine = new FakeMachine()
    const session = newSession(machine)
    const told: string[] = []
    session.on('state-changed', ({ status }) => told.push(status))
    session.on('joined', ({ occupantId }) => told.push(occupantId))
    session.on('occupant-joined', ({ displayName }) => told.push(displayName))
    const joined = session.join({ displayName: 'Bea' })
    expect(machine.request.body).toEqual({ displayName: 'Bea' })
    await admit(machine)
    expect(await joined).toEqual({ ok: true, occupantId: self, isHost: false })
    expect(told).toEqual(['joining', 'in-room', self])
    expect(machine.socket.messages).toMatchObject([
      { v: 1, type: 'media-ready', instanceId: 'i_-_v7-_v7-_v7-_v7' },
    ])
    machine.socket.say({ type: 'start', links: [linkTo(host)] })
    expect(machine.link.options).toMatchObject({ occupantId: host, initiator: true, iceServers: [] })
  })

  test('N3 PB2 hands out received tracks by occupant and source, once the link is connected', async () => {
    const { machine, session } = await inRoom()
    expect(hostView(session)?.sources.camera.track).toBeNull()
    machine.link.events.onConnected()
    expect(hostView(session)?.sources.camera.track).toBe(machine.link.incoming.camera)
    expect(hostView(session)?.link).toBe('connected')
  })

  test('MD2 H1 M5 what the room does not call live is shut off at the receiver', async () => {
    const { machine, session } = await inRoom()
    const { incoming } = machine.link
    machine.link.events.onConnected()
    expect([incoming.camera.enabled, incoming.microphone.enabled]).toEqual([true, false])
    const patch = { revision: 6, changed: [occupant(host, camera('host'))], left: [] }
    machine.socket.say({ type: 'room-changed', patch })
    expect(incoming.camera.enabled).toBe(false)
    expect(hostView(session)?.sources.camera).toMatchObject({ mutedBy: 'host', track: null })
  })

  test('M1 M2 H1 local captures go out on every link and to the room, and obey a host', async () => {
    const media = new FakeMedia()
    await media.set('camera', true)
    const { machine, session } = await inRoom({ media })
    expect(machine.link.outgoing.camera).toBe(media.view.captures.camera.track)
    session.setCamera(false)
    expect(machine.link.outgoing.camera).toBeNull()
    expect(machine.socket.messages.at(-1)).toMatchObject({
      type: 'publish',
      source: 'camera',
      mutedBy: 'self',
    })
    session.setCamera(true)
    expect(machine.socket.messages.at(-1)).toMatchObject({ type: 'publish', mutedBy: null })
    const [own] = session.view.occupants
    expect(own?.sources.camera.track).toBe(media.view.captures.camera.track)
    const patch = { revision: 6, changed: [occupant(self, camera('host'))], left: [] }
    const before = machine.socket.messages.length
    machine.socket.say({ type: 'room-changed', patch })
    expect(media.view.captures.camera.status).toBe('muted')
    expect(machine.link.outgoing.camera).toBeNull()
    expect(machine.socket.messages).toHaveLength(before)
  })

  test('M8 what nobody looks at is paused on that one link, and stays paused when it is remade', async () => {
    const { machine, session } = await inRoom()
    session.setWatched(host, 'camera', false)
    session.setWatched(host, 'screen', false)
    session.setWatched(host, 'screen', true)
    expect(machine.link.paused).toEqual(['camera'])
    machine.socket.say({ type: 'start', links: [linkTo(host, 2)] })
    expect([machine.links.length, machine.link.paused]).toEqual([2, ['camera']])
    session.setWatched(host, 'camera', true)
    expect(machine.link.paused).toEqual([])
  })

  test('SG1 brings the signals of a link to the room and back', async () => {
    const { machine } = await inRoom()
    machine.link.events.onSignal('[1]')
    expect(machine.socket.messages.at(-1)).toMatchObject({
      type: 'signal',
      to: host,
      generation: 1,
      payload: '[1]',
    })
    machine.socket.say({ type: 'signal', from: host, generation: 1, payload: '[2]' })
    expect(machine.link.signals).toEqual(['[2]'])
  })

  test('A2 a refusal is the result of the join, and the next join may succeed', async () => {
    const machine = new FakeMachine()
    const session = newSession(machine)
    const refused = session.join()
    machine.request.answer(409, { error: { code: 'room_full', retryAfterMs: 2_000 } })
    expect(await refused).toEqual({ ok: false, code: 'room_full', retryAfterMs: 2_000 })
    const second = session.join()
    await admit(machine)
    expect(await second).toMatchObject({ ok: true })
    expect(await session.join()).toMatchObject({ ok: true })
  })

  test('J6 a lost socket leaves the links alone, resumes with the token, and keeps the occupant', async () => {
    const { machine, session } = await inRoom()
    machine.link.events.onConnected()
    machine.socket.fire('close', { code: 1006 })
    expect(session.view.status).toBe('reconnecting')
    expect(hostView(session)?.sources.camera.track).not.toBeNull()
    await machine.clock.pass(limits.reconnectFirstMs)
    expect(machine.request.body).toMatchObject({ resumeToken: tokenA })
    await admit(machine, tokenB)
    machine.socket.say({ type: 'start', links: [linkTo(host)] })
    expect(session.view).toMatchObject({ status: 'in-room', occupantId: self })
    expect(machine.links).toHaveLength(1)
    expect(machine.link.isClosed).toBe(false)
    expect([...machine.storage.entries.values()]).toEqual([tokenB])
  })

  test('J6 the network came back: the wait is over at once', async () => {
    const { machine } = await inRoom()
    machine.socket.fire('close', { code: 1006 })
    for (const listener of machine.onlineListeners) listener()
    expect(machine.asked).toHaveLength(2)
  })

  test('J6 a reload resumes by the token of the tab; another tab has none', async () => {
    const { machine } = await inRoom()
    const reloaded = newSession(machine)
    void reloaded.join()
    expect(machine.request.body).toMatchObject({ resumeToken: tokenA })
    const elsewhere = new FakeMachine()
    void newSession(elsewhere).join()
    expect(elsewhere.request.body).toEqual({ displayName: 'Ann' })
  })

  test('J7 SK5 a second tab with the same token takes over, and the first ends and says so', async () => {
    const { machine, session } = await inRoom()
    const ended = vi.fn<(end: unknown) => void>()
    session.on('ended', ended)
    machine.socket.fire('close', { code: 4409 })
    expect(ended).toHaveBeenCalledExactlyOnceWith({ type: 'ended', reason: 'taken_over' })
    expect(machine.link.isClosed).toBe(true)
    await machine.clock.pass(limits.reconnectGiveUpMs)
    expect(machine.asked).toHaveLength(1)
  })

  test('LK3 a link that went silent is restarted, then reported; a new generation replaces it', async () => {
    const { machine, session } = await inRoom()
    const sampled = vi.fn<() => void>()
    session.on('sampled', sampled)
    machine.link.events.onConnected()
    await machine.clock.pass(limits.linkSilentMs + limits.linkSampleMs)
    expect(sampled).toHaveBeenCalled()
    expect(machine.link.restarts).toBe(1)
    expect(hostView(session)?.link).toBe('recovering')
    await machine.clock.pass(limits.linkRestartMs)
    expect(machine.socket.messages.at(-1)).toMatchObject({ type: 'link-failed', to: host, generation: 1 })
    machine.socket.say({ type: 'start', links: [linkTo(host, 2)] })
    expect(machine.links.map(({ isClosed }) => isClosed)).toEqual([true, false])
  })

  test('J1 leaving mid-join aborts the request and leaves no timer, socket or link', async () => {
    const machine = new FakeMachine()
    const session = newSession(machine)
    const joined = session.join()
    session.leave()
    expect(await joined).toEqual({ ok: false, code: 'left', retryAfterMs: null })
    await settled()
    expect(machine.request.aborted()).toBe(true)
    expect([machine.clock.armed, machine.sockets.length, machine.links.length]).toEqual([0, 0, 0])
  })

  test('J1 leaving before the welcome closes the socket and leaves no timer', async () => {
    const machine = new FakeMachine()
    const session = newSession(machine)
    const joined = session.join()
    machine.request.answer(200, joinResponse())
    await settled()
    session.leave()
    expect(await joined).toMatchObject({ ok: false, code: 'left' })
    expect([machine.socket.closedWith, machine.clock.armed]).toEqual([1000, 0])
    expect(machine.storage.entries.size).toBe(0)
  })

  test('PR2 close says goodbye once and releases all: link, socket, timers, listeners, devices', async () => {
    const media = new FakeMedia()
    const { machine, session } = await inRoom({ media })
    const changed = vi.fn<(view: SessionView) => void>()
    session.on('changed', changed)
    await settled()
    changed.mockClear()
    session.close()
    session.close()
    await settled()
    expect(machine.socket.messages.filter(({ type }) => type === 'leave')).toHaveLength(1)
    expect([machine.socket.closedWith, machine.link.isClosed, media.isClosed]).toEqual([1000, true, true])
    expect([machine.clock.armed, media.listening, machine.onlineListeners.size]).toEqual([0, 0, 0])
    expect(changed).not.toHaveBeenCalled()
    expect(await session.join()).toMatchObject({ ok: false, code: 'left' })
  })

  test('changed comes once for many changes, and the view is the same object in between', async () => {
    const { machine, session } = await inRoom()
    await settled()
    const changed = vi.fn<(view: SessionView) => void>()
    session.on('changed', changed)
    for (const revision of [6, 7, 8]) {
      const patch = { revision, changed: [occupant(host, camera(revision === 7 ? 'self' : null))], left: [] }
      machine.socket.say({ type: 'room-changed', patch })
    }
    await settled()
    expect(changed).toHaveBeenCalledTimes(1)
    expect(changed.mock.calls[0]?.[0]).toBe(session.view)
    expect(session.view).toBe(session.view)
  })

  test('a listener that throws disturbs neither the others nor the session', async () => {
    const { machine, session } = await inRoom()
    const second = vi.fn<() => void>()
    session.on('occupant-left', () => {
      throw new Error('a bug of the page')
    })
    session.on('occupant-left', second)
    machine.socket.say({ type: 'room-changed', patch: { revision: 6, changed: [], left: [host] } })
    expect(second).toHaveBeenCalledTimes(1)
    expect(session.view.status).toBe('waiting-for-host')
    await expect(machine.clock.pass(0)).rejects.toThrow('a bug of the page')
  })

  test('H1 MD5 MD6 the wishes of a host reach the room', async () => {
    const { machine, session } = await inRoom()
    session.muteOccupant(host, 'camera')
    session.removeOccupant(host)
    session.endRoom()
    expect(machine.socket.messages.slice(1).map(({ type }) => type)).toEqual([
      'mute-occupant',
      'remove-occupant',
      'end-room',
    ])
  })

  test('KN2 KN3 MD8 MD10 MD11 each power of a host is a method, and so is the answer to one', async () => {
    const media = new FakeMedia()
    const { machine, session } = await inRoom({ media })
    session.admit(host)
    session.deny(host)
    session.changeSettings({ isLocked: true })
    session.muteAll('microphone')
    session.askUnmute(host, 'microphone')
    session.handOver(host)
    machine.socket.say({ type: 'unmute-asked', source: 'microphone' })
    expect(session.view.unmuteAsked).toEqual(['microphone'])
    session.answerUnmute('microphone', true)
    expect(media.view.captures.microphone.status).toBe('live')
    expect(machine.socket.messages.slice(1).map(({ type }) => type)).toEqual([
      'admit',
      'deny',
      'change-settings',
      'mute-all',
      'ask-unmute',
      'hand-over',
      'publish',
    ])
  })

  test('KN1 KN2 a join at the door settles when the host lets in', async () => {
    const machine = new FakeMachine()
    const session = newSession(machine)
    const joined = session.join()
    machine.request.answer(200, joinResponse({ admission: 'knocking' }))
    await settled()
    machine.socket.fire('open')
    machine.socket.say({ type: 'knocking' })
    expect(session.view.status).toBe('knocking')
    const snapshot = snapshotOf(5, occupant(self), occupant(host))
    machine.socket.say({ type: 'welcome', occupantId: self, isHost: false, snapshot })
    expect(await joined).toEqual({ ok: true, occupantId: self, isHost: false })
  })

  test('KN8 at a door that asks for it a picture is shown and taken back; elsewhere it goes nowhere; a wrong one is a mistake of the page', async () => {
    const machine = new FakeMachine()
    const session = newSession(machine)
    session.showKnockPicture(smallJpeg)
    void session.join()
    machine.request.answer(200, joinResponse({ admission: 'knocking' }))
    await settled()
    machine.socket.fire('open')
    machine.socket.say({ type: 'knocking', mayShowPicture: true })
    expect([session.view.knockPicture, machine.socket.messages]).toEqual([{ shown: null }, []])
    session.showKnockPicture(smallJpeg)
    expect(session.view.knockPicture?.shown).toBe(`data:image/jpeg;base64,${smallJpeg}`)
    session.showKnockPicture(null)
    expect(machine.socket.messages).toMatchObject([
      { type: 'knock-picture', picture: smallJpeg },
      { type: 'knock-picture', picture: null },
    ])
    expect(() => session.showKnockPicture('data:image/png;base64,AAAA')).toThrow(TypeError)
  })

  test('KN3 MD5 after a denial the same tab is refused by its token', async () => {
    const machine = new FakeMachine()
    const session = newSession(machine)
    const joined = session.join()
    machine.request.answer(200, joinResponse({ admission: 'knocking' }))
    await settled()
    machine.socket.fire('open')
    machine.socket.say({ type: 'knocking' })
    machine.socket.fire('close', { code: 4404 })
    expect(await joined).toMatchObject({ ok: false, code: 'denied' })
    const again = newSession(machine).join()
    expect(machine.request.body).toMatchObject({ resumeToken: tokenA })
    machine.request.answer(403, { error: { code: 'denied' } })
    expect(await again).toMatchObject({ ok: false, code: 'denied' })
  })

  test('AD1 J6 every form of an address asks at one path and finds one seat again', async () => {
    const machine = new FakeMachine()
    const { code, emoji, words } = addressOfBytes(Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]))
    const session = newSession(machine, { roomId: emoji })
    void session.join()
    expect(machine.request.address).toBe(`https://signal.example/room/${code}/join`)
    await admit(machine)
    expect(machine.socket.address).toBe(`wss://signal.example/room/${code}/socket`)
    void newSession(machine, { roomId: words }).join()
    expect(machine.request.body).toMatchObject({ resumeToken: tokenA })
  })

  test('a room id that cannot be one is a mistake of the page and throws', () => {
    expect(() => newSession(new FakeMachine(), { roomId: 'lobby' })).toThrow()
    expect(() => newSession(new FakeMachine(), { hostToken: 'short' })).toThrow()
  })

  test('without WebRTC the room still works, and its links are not remade in a storm', async () => {
    const machine = new FakeMachine()
    const session = new RoomSession({ signal: 'https://signal.example', roomId, platform: machine.platform })
    void session.join()
    await admit(machine)
    machine.socket.say({ type: 'start', links: [linkTo(host)] })
    await machine.clock.pass(limits.linkRestartMs - limits.linkSampleMs)
    expect(machine.socket.messages.map(({ type }) => type)).toEqual(['media-ready'])
    session.close()
    expect(machine.clock.armed).toBe(0)
  })
})
