import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { createHmac } from 'node:crypto'
import { limits } from '@video-room/shared/limits.ts'
import type { RelayAssignment } from '@video-room/shared/protocol/messages.ts'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  arrive,
  helloOf,
  migrated,
  protocolsOf,
  register,
  registry,
  relayIdOf,
  summonTo,
  toRoom,
} from '../relay-fixture.ts'
import {
  bearer,
  call,
  connect,
  createRoom,
  enter,
  join,
  mediaReady,
  refusalOf,
  upgradeAt,
} from '../worker-fixture.ts'

const objectOf = (roomId: string) => env.ROOM.get(env.ROOM.idFromName(roomId))

/** Moves the clock, then lets the timer of the object fire. */
async function later(object: DurableObjectStub, ms: number): Promise<void> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms })
  await runDurableObjectAlarm(object)
}

/** The registry is one for all tests: each begins with an empty one. */
beforeEach(async () => {
  await later(registry(), limits.relaySilentMs)
  vi.useRealTimers()
})
afterEach(() => void vi.useRealTimers())

/** A room with a host in it that a relay serves. */
async function served(name = 'sin') {
  const registered = await register(name)
  const room = await createRoom({ route: 'relay', maxParticipants: 3 })
  const host = await enter(room, 'host')
  const relay = await arrive(room, registered)
  const start = await startWithRelay(host.socket)
  return { room, host, relay, registered, start }
}

async function startWithRelay(socket: Awaited<ReturnType<typeof connect>>): Promise<RelayAssignment> {
  for (;;) {
    const { relay } = await socket.next('start')
    if (relay !== undefined) return relay
  }
}

/** As a relay does (RL2): by the key that it made, and nothing else. */
function check(name: string, { linkId, ticket }: RelayAssignment): void {
  const bytes = Buffer.from(ticket.iceUfrag, 'base64')
  const key = Buffer.from(helloOf(name).iceKey, 'base64url')
  expect(ticket.icePwd).toBe(
    createHmac('sha256', key).update(ticket.iceUfrag).digest('base64').replace('=', ''),
  )
  expect([bytes.length, bytes[0], bytes.subarray(5, 11).toString('hex')]).toEqual([15, 1, linkId])
  const leftMs = bytes.readUInt32BE(1) * 1_000 - Date.now()
  expect(leftMs).toBeGreaterThan(limits.ticketMs - 10_000)
  expect(leftMs).toBeLessThanOrEqual(limits.ticketMs + 1_000)
  expect(ticket.candidates).toEqual(helloOf(name).candidates)
  expect(ticket.fingerprint).toBe(helloOf(name).fingerprint)
}

describe('a room that a relay serves', () => {
  it('RG3 RG4 RL1 summons it, welcomes it with all there is to know, and names it to everyone with a ticket', async () => {
    const { room, host, relay, start } = await served()
    expect(relay.socket.protocol).toBe('video-room.relay.v1')
    expect(relay.welcome.snapshot).toMatchObject({
      route: { kind: 'relayed', relays: [{ relayId: relayIdOf('sin'), region: 'sin town' }] },
      occupants: [{ occupantId: host.occupantId, isPresent: true }],
    })
    expect(start).toMatchObject({ relayId: relayIdOf('sin'), generation: 1 })
    check('sin', start)
    expect(relay.links.links).toEqual([{ occupantId: host.occupantId, linkId: start.linkId, generation: 1 }])
    // A relay is no occupant.
    expect((await call('GET', `/room/${room.roomId}/info`)).json).toMatchObject({ occupancyCount: 1 })
  })

  it('RL3 a join answers the relay link ahead, under the id that its start will name and the relay knows already', async () => {
    const { room, relay } = await served()
    const joined = await join(room.roomId, { displayName: 'ada' })
    const ahead = joined.relay
    if (ahead === undefined) throw new Error('the join names the relay link')
    check('sin', ahead)
    expect((await relay.socket.next('relay-links')).links).toContainEqual({
      occupantId: joined.occupantId,
      linkId: ahead.linkId,
      generation: 1,
    })
    const socket = await connect(room.roomId, joined.resumeToken)
    socket.send(mediaReady('ada'))
    const start = await startWithRelay(socket)
    expect(start).toMatchObject({ relayId: ahead.relayId, generation: 1, linkId: ahead.linkId })
    expect(start.ticket.iceUfrag).not.toBe(ahead.ticket.iceUfrag)
    expect((await relay.socket.next('room-changed')).patch.changed).toMatchObject([
      { occupantId: joined.occupantId },
    ])
  })

  it('SG1 RL6 signals go both ways, stamped by the room, and to nobody else', async () => {
    const { room, host, relay } = await served()
    const ada = await enter(room, 'ada')
    await startWithRelay(ada.socket)
    await host.socket.drain()
    ada.socket.send({ type: 'signal', to: relayIdOf('sin'), generation: 1, payload: '{"wants":[]}' })
    expect(await relay.socket.next('signal')).toEqual({
      type: 'signal',
      from: ada.occupantId,
      generation: 1,
      payload: '{"wants":[]}',
    })
    relay.socket.send({ type: 'signal', to: ada.occupantId, generation: 1, payload: '{"slots":[]}' })
    expect(await ada.socket.next('signal')).toEqual({
      type: 'signal',
      from: relayIdOf('sin'),
      generation: 1,
      payload: '{"slots":[]}',
    })
    expect(await host.socket.drain()).toEqual([])
  })

  it('SG3 RL5 somebody else’s generation, and a relay that is not ours, get nothing', async () => {
    const { room, relay } = await served()
    const ada = await enter(room, 'ada')
    await startWithRelay(ada.socket)
    ada.socket.send({ type: 'signal', to: relayIdOf('sin'), generation: 9, payload: 'old' })
    ada.socket.send({ type: 'ask-ticket', to: relayIdOf('sin'), generation: 9 })
    ada.socket.send({ type: 'ask-ticket', to: relayIdOf('hcm'), generation: 1 })
    ada.socket.send({ type: 'link-failed', to: relayIdOf('sin'), generation: 9 })
    expect(await ada.socket.drain()).toEqual([])
    ada.socket.send({ type: 'signal', to: relayIdOf('hcm'), generation: 1, payload: 'stray' })
    expect(await ada.socket.next('error')).toMatchObject({ code: 'no_such_occupant' })
    relay.socket.send({ type: 'signal', to: ada.occupantId, generation: 9, payload: 'old' })
    relay.socket.send({ type: 'signal', to: ada.occupantId, generation: 1, payload: 'new' })
    expect(await ada.socket.next('signal')).toMatchObject({ payload: 'new' })
  })

  it('RL5 ask-ticket gives another ticket of the same link', async () => {
    const { host, start } = await served()
    host.socket.send({ type: 'ask-ticket', to: relayIdOf('sin'), generation: 1 })
    const answer = await host.socket.next('ticket')
    expect(answer).toMatchObject({ relayId: relayIdOf('sin'), generation: 1 })
    check('sin', { ...start, ticket: answer.ticket })
    expect(answer.ticket.iceUfrag).not.toBe(start.ticket.iceUfrag)
  })

  it('LK5 link-failed of either end gives both a new generation under a new id', async () => {
    const { host, relay, start } = await served()
    host.socket.send({ type: 'link-failed', to: relayIdOf('sin'), generation: 1 })
    const second = await startWithRelay(host.socket)
    expect(second.generation).toBe(2)
    expect(second.linkId).not.toBe(start.linkId)
    check('sin', second)
    expect((await relay.socket.next('relay-links')).links).toMatchObject([
      { linkId: second.linkId, generation: 2 },
    ])
    relay.socket.send({ type: 'link-failed', to: host.occupantId, generation: 2 })
    expect((await startWithRelay(host.socket)).generation).toBe(3)
  })

  it('RL9 MD2 a host’s mute reaches the relay', async () => {
    const { room, host, relay } = await served()
    const ada = await enter(room, 'ada')
    await startWithRelay(ada.socket)
    host.socket.send({ type: 'mute-occupant', occupantId: ada.occupantId, source: 'microphone' })
    await relay.socket.upTo(
      (message) =>
        message.type === 'room-changed' && message.patch.changed[0]?.publications[0]?.mutedBy === 'host',
    )
  })

  it('MD5 the link of someone who was removed leaves the relay’s list with them', async () => {
    const { room, host, relay } = await served()
    const ada = await enter(room, 'ada')
    await startWithRelay(ada.socket)
    await relay.socket.next('relay-links')
    host.socket.send({ type: 'remove-occupant', occupantId: ada.occupantId })
    expect((await relay.socket.next('relay-links')).links).toMatchObject([{ occupantId: host.occupantId }])
  })

  it('MD6 the end of the room closes its socket with 4410', async () => {
    const { room, relay } = await served()
    await call('DELETE', `/room/${room.roomId}`, { headers: bearer(room.hostToken) })
    expect(await relay.socket.closed).toEqual({ code: 4410, reason: 'room_ended' })
    const late = await toRoom(room.roomId, relay.welcome.resumeToken)
    expect(await late.closed).toEqual({ code: 4410, reason: 'room_ended' })
  })

  it('RT4 with the last occupant it is dismissed, and summoned again for the next', async () => {
    const { room, host, relay, registered } = await served()
    host.socket.send({ type: 'leave' })
    expect(await relay.socket.closed).toMatchObject({ code: 1000 })
    await join(room.roomId)
    expect(await summonTo(room.roomId, registered)).not.toBe(relay.secret)
  })
})

describe('the way of a relay into a room', () => {
  it('RG4 a secret works once; an unknown, a malformed and a missing one are closed with 4401', async () => {
    const { room, host, relay } = await served()
    const unauthorised = { code: 4401, reason: 'unauthorised' }
    for (const token of [relay.secret, 'A'.repeat(43), 'short', host.resumeToken]) {
      expect(await (await toRoom(room.roomId, token)).closed, token).toEqual(unauthorised)
    }
    const other = await createRoom({ route: 'relay' })
    expect(await (await toRoom(other.roomId, relay.welcome.resumeToken)).closed).toEqual(unauthorised)
    // Nor is a relay's token anything to a place of an occupant.
    expect(await (await connect(room.roomId, relay.welcome.resumeToken)).closed).toEqual(unauthorised)
    const resume = { body: { resumeToken: relay.welcome.resumeToken } }
    expect(await refusalOf(call('POST', `/room/${room.roomId}/join`, resume))).toEqual([403, 'token_invalid'])
  })

  it('RG4 without an upgrade 426, with an occupant’s words 400, for no room 404, with POST 405', async () => {
    const room = await createRoom()
    const path = `/room/${room.roomId}/relay`
    expect(await refusalOf(call('GET', path))).toEqual([426, 'upgrade_required'])
    expect((await upgradeAt(path, ['video-room.v1'])).status).toBe(400)
    expect((await upgradeAt('/room/nowhere/relay', protocolsOf('A'.repeat(43)))).status).toBe(404)
    expect(await refusalOf(call('POST', path))).toEqual([405, 'method_not_allowed'])
  })

  it('RG4 a relay quicker than the registry’s answer waits for it', async () => {
    const registered = await register('sin')
    const room = await createRoom({ route: 'relay' })
    const joining = join(room.roomId, { hostToken: room.hostToken })
    const secret = await summonTo(room.roomId, registered)
    const socket = await toRoom(room.roomId, secret)
    await socket.next('relay-welcome')
    await joining
  })

  it('RG4 the resume token opens the next socket, once; links, ids and route are as they were', async () => {
    const { room, host, relay, start } = await served()
    relay.socket.close()
    const again = await toRoom(room.roomId, relay.welcome.resumeToken)
    const welcome = await again.next('relay-welcome')
    expect(welcome.snapshot.route).toEqual(relay.welcome.snapshot.route)
    expect((await again.next('relay-links')).links).toEqual(relay.links.links)
    // Whoever has a link says again what the relay may have missed (RL6).
    expect(await startWithRelay(host.socket)).toMatchObject({ linkId: start.linkId, generation: 1 })
    expect(await (await toRoom(room.roomId, relay.welcome.resumeToken)).closed).toMatchObject({ code: 4401 })
    const third = await toRoom(room.roomId, welcome.resumeToken)
    expect(await again.closed).toEqual({ code: 4409, reason: 'taken_over' })
    await third.next('relay-welcome')
  })

  it('RG8 it says which of its threads serves the room: tickets lead there, and know of no threads', async () => {
    const [udp] = helloOf('sin').candidates
    const second = { ...udp, port: 3479 }
    const registered = await register('sin', { candidates: [udp, { ...second, thread: 1 }] })
    const room = await createRoom({ route: 'relay' })
    const host = await enter(room, 'host')
    const secret = await summonTo(room.roomId, registered)
    const unauthorised = { code: 4401, reason: 'unauthorised' }
    for (const query of ['?thread=2', '?thread=-1', '?thread=one', '?thread=']) {
      expect(await (await toRoom(room.roomId, secret, query)).closed, query).toEqual(unauthorised)
    }
    const relay = await toRoom(room.roomId, secret, '?thread=1')
    const { resumeToken } = await relay.next('relay-welcome')
    expect((await startWithRelay(host.socket)).ticket.candidates).toEqual([second])
    relay.close()
    expect(await (await toRoom(room.roomId, resumeToken)).closed).toEqual(unauthorised)
    await (await toRoom(room.roomId, resumeToken, '?thread=1')).next('relay-welcome')
  })

  it('RT3 when a relay is gone another is summoned at once, and takes its place', async () => {
    const { room, host, relay, registered } = await served()
    const other = await register('hcm')
    await host.socket.drain()
    relay.socket.close()
    registered.close()
    const next = await arrive(room, other)
    expect(next.welcome.snapshot.route).toMatchObject({
      relays: [{ relayId: relayIdOf('hcm') }],
      reasons: ['setting', 'relay-lost'],
    })
    const start = await startWithRelay(host.socket)
    expect(start).toMatchObject({ relayId: relayIdOf('hcm'), generation: 1 })
    check('hcm', start)
  })

  it('RT3 without another it leaves the route after 3 s', async () => {
    const { room, host, relay, registered } = await served()
    await host.socket.drain()
    registered.close()
    relay.socket.close()
    await expect.poll(() => host.socket.drain().then(() => true)).toBe(true)
    await later(objectOf(room.roomId), limits.relayGraceMs)
    expect((await host.socket.next('room-changed')).patch.route).toMatchObject({
      kind: 'relayed',
      relays: [],
    })
    expect(await host.socket.next('start')).toEqual({ type: 'start', links: [] })
  })

  it('RG2 one that drains serves until another does', async () => {
    const { host, relay, registered, room } = await served()
    const other = await register('hcm')
    registered.send({ type: 'relay-draining' })
    relay.socket.send({ type: 'leave' })
    await host.socket.drain()
    const next = await arrive(room, other)
    expect(await relay.socket.closed).toMatchObject({ code: 1000 })
    expect(next.welcome.snapshot.route).toMatchObject({ kind: 'relayed', epoch: 4 })
    expect(await startWithRelay(host.socket)).toMatchObject({ relayId: relayIdOf('hcm') })
    expect((await call('GET', `/room/${room.roomId}/info`)).json).toMatchObject({ occupancyCount: 1 })
  })

  it('RT2 without any relay media waits; one that comes later is found by asking again', async () => {
    const room = await createRoom({ route: 'relay' })
    const host = await enter(room, 'host')
    expect(await host.socket.next('start')).toEqual({ type: 'start', links: [] })
    const registered = await register('sin')
    await later(objectOf(room.roomId), limits.relayRetryFirstMs)
    vi.useRealTimers()
    await arrive(room, registered)
    check('sin', await startWithRelay(host.socket))
  })

  it('MD11 RT2 the host moves the room to a relay and back', async () => {
    const registered = await register('sin')
    const room = await createRoom({ maxParticipants: 2 })
    const host = await enter(room, 'host')
    const ada = await enter(room, 'ada')
    await ada.socket.next('start')
    host.socket.send({ type: 'change-settings', settings: { route: 'relay' } })
    const relay = await arrive(room, registered)
    const toRelay = await migrated([host.socket, ada.socket])
    expect(toRelay.route).toMatchObject({ kind: 'relayed', reasons: ['setting'] })
    check('sin', await startWithRelay(ada.socket))
    await ada.socket.drain()
    host.socket.send({ type: 'change-settings', settings: { route: 'direct' } })
    const start = await ada.socket.next('start')
    expect(start).toMatchObject({ links: [{ occupantId: host.occupantId, generation: 2 }] })
    expect(start.relay, 'both routes are listed until everyone has said that they see').toBeDefined()
    expect((await migrated([host.socket, ada.socket])).route).toMatchObject({ kind: 'mesh' })
    expect(await relay.socket.closed).toMatchObject({ code: 1000 })
    expect((await ada.socket.next('start')).relay).toBeUndefined()
  })

  it('VR4 VR2 a relay that talks nonsense is closed, and another takes its place', async () => {
    const { room, relay } = await served()
    const other = await register('hcm')
    for (let n = 0; n <= limits.violationsMax; n += 1) relay.socket.sendRaw('{')
    expect(await relay.socket.closed).toEqual({ code: 4400, reason: 'violations' })
    const next = await arrive(room, other)
    next.socket.sendRaw('x'.repeat(limits.messageMaxBytes + 1))
    expect(await next.socket.closed).toEqual({ code: 4413, reason: 'message_too_large' })
  })

  it('VR4 an occupant cannot speak as a relay, nor a relay as an occupant', async () => {
    const { host, relay } = await served()
    host.socket.sendRaw(JSON.stringify({ v: 1, type: 'relay-links', links: [] }))
    expect(await host.socket.next('error')).toMatchObject({ code: 'malformed' })
    for (let n = 0; n <= limits.violationsMax; n += 1) relay.socket.sendRaw('{"v":1,"type":"end-room"}')
    expect(await relay.socket.closed).toMatchObject({ code: 4400 })
    expect(await host.socket.drain()).not.toContainEqual({ type: 'end-room' })
  })

  it('PR3 a relay that was silent for too long is closed so that it comes back', async () => {
    const { room, host, relay } = await served()
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + limits.presenceSweepMs })
    host.socket.send({ type: 'publish', source: 'camera', mutedBy: 'self', seenRevision: 0 })
    await relay.socket.next('room-changed')
    await runDurableObjectAlarm(objectOf(room.roomId))
    expect(await relay.socket.closed).toMatchObject({ code: 1001 })
    const again = await toRoom(room.roomId, relay.welcome.resumeToken)
    await again.next('relay-welcome')
  })

  it('a room that slept goes on with its relay: socket, links, key and tokens are as they were', async () => {
    const { room, host, relay, start } = await served()
    await host.socket.drain()
    await evictDurableObject(objectOf(room.roomId))
    host.socket.send({ type: 'signal', to: relayIdOf('sin'), generation: 1, payload: 'facts' })
    expect(await relay.socket.next('signal')).toMatchObject({ from: host.occupantId, payload: 'facts' })
    await evictDurableObject(objectOf(room.roomId))
    relay.socket.send({ type: 'signal', to: host.occupantId, generation: 1, payload: 'slots' })
    expect(await host.socket.next('signal')).toMatchObject({ from: relayIdOf('sin') })
    await evictDurableObject(objectOf(room.roomId))
    host.socket.send({ type: 'ask-ticket', to: relayIdOf('sin'), generation: 1 })
    check('sin', { ...start, ticket: (await host.socket.next('ticket')).ticket })
    await evictDurableObject(objectOf(room.roomId))
    relay.socket.close()
    await (await toRoom(room.roomId, relay.welcome.resumeToken)).next('relay-welcome')
  })
})

describe('privacy', () => {
  it('D6 no key, secret, token, ticket or address reaches a log', async () => {
    const lines: string[] = []
    for (const level of ['info', 'warn', 'error', 'log'] as const) {
      vi.spyOn(console, level).mockImplementation((line) => void lines.push(String(line)))
    }
    const { room, host, relay, start } = await served()
    host.socket.send({ type: 'ask-ticket', to: relayIdOf('sin'), generation: 1 })
    const { ticket } = await host.socket.next('ticket')
    relay.socket.sendRaw('{')
    await (
      await toRoom(room.roomId, 'B'.repeat(43))
    ).closed
    relay.socket.send({ type: 'leave' })
    await call('DELETE', `/room/${room.roomId}`, { headers: bearer(room.hostToken) })
    await relay.socket.closed
    vi.restoreAllMocks()
    const said = lines.join('\n')
    expect(said).toContain('relay-connected')
    const { iceKey, fingerprint, relayId } = helloOf('sin')
    const secrets = [iceKey, fingerprint, relayId, relay.secret, relay.welcome.resumeToken, 'BBBB']
    for (const secret of [...secrets, ticket.icePwd, ticket.iceUfrag, start.ticket.icePwd, start.linkId]) {
      expect(said).not.toContain(secret)
    }
    expect(said).not.toMatch(/192\.0\.2\.77|2001:db8/)
  })
})
