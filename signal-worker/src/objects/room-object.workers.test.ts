import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import type { OccupantId } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  bearer,
  call,
  connect,
  createRoom,
  enter,
  join,
  mediaReady,
  meeting,
  refusalOf,
  SocketProbe,
  upgrade,
} from '../worker-fixture.ts'

const objectOf = (roomId: string) => env.ROOM.get(env.ROOM.idFromName(roomId))

/** Moves the room's clock, then lets its timer fire. */
async function later(roomId: string, ms: number): Promise<void> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms })
  await runDurableObjectAlarm(objectOf(roomId))
}

afterEach(() => void vi.useRealTimers())

const info = async (roomId: string) => (await call('GET', `/room/${roomId}/info`)).json
const offer = (to: OccupantId, generation = 1) =>
  ({ type: 'signal', to, generation, payload: '[{"type":"offer"}]' }) as const

describe('meeting', () => {
  it('J3 ST3 host and guest are told of their link, and the later one offers', async () => {
    const room = await createRoom()
    const guest = await enter(room, 'guest')
    expect(guest.admission).toBe('waiting-for-host')
    expect(await guest.socket.next('start')).toMatchObject({ links: [] })
    const host = await enter(room, 'host')
    expect(host.admission).toBe('admitted')
    const forHost = { occupantId: guest.occupantId, initiator: true, generation: 1 }
    const forGuest = { occupantId: host.occupantId, initiator: false, generation: 1 }
    expect(await host.socket.next('start')).toMatchObject({ links: [forHost] })
    expect(await guest.socket.next('start')).toMatchObject({ links: [forGuest] })
  })

  it('D1 info has exactly the shape of the brief at every stage', async () => {
    const room = await createRoom()
    expect(await info(room.roomId)).toEqual({ occupancyCount: 0, occupants: {} })
    const { occupantId, resumeToken } = await join(room.roomId, { hostToken: room.hostToken })
    expect(await info(room.roomId)).toEqual({
      occupancyCount: 0,
      occupants: { [occupantId]: { isHost: true, isPresent: false } },
    })
    const socket = await connect(room.roomId, resumeToken)
    await socket.next('welcome')
    expect(await info(room.roomId)).toEqual({
      occupancyCount: 1,
      occupants: { [occupantId]: { isHost: true, isPresent: true } },
    })
  })

  it('SG1 a signal arrives with the sender the room stamped, whatever the sender claims', async () => {
    const { host, guest } = await meeting()
    const forged = { v: 1, ...offer(host.occupantId), from: host.occupantId, isHost: true }
    guest.socket.sendRaw(JSON.stringify(forged))
    expect(await host.socket.next('signal')).toEqual({
      type: 'signal',
      from: guest.occupantId,
      generation: 1,
      payload: '[{"type":"offer"}]',
    })
  })

  it('A2 the third person is told that the room is full and when to ask again; a seat given up is free', async () => {
    const { room, guest } = await meeting()
    const third = await call('POST', `/room/${room.roomId}/join`)
    expect([third.status, third.json]).toEqual([
      409,
      { error: { code: 'room_full', retryAfterMs: limits.roomFullRetryMs } },
    ])
    expect(third.headers.get('Retry-After')).toBe('5')
    guest.socket.send({ type: 'leave' })
    expect(await guest.socket.closed).toMatchObject({ code: 1000 })
    expect((await join(room.roomId)).isHost).toBe(false)
  })

  it('A2 of many joins at once for the last seat one wins', async () => {
    const { roomId } = await createRoom()
    const joins = await Promise.all(
      Array.from({ length: 8 }, () => call('POST', `/room/${roomId}/join`, { body: {} })),
    )
    expect(joins.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(joins.filter(({ status }) => status === 409)).toHaveLength(7)
  })

  it('A4 rooms know nothing of each other: a token, an occupant and a patch of one mean nothing in another', async () => {
    const [one, two] = [await meeting(), await meeting()]
    const stranger = await connect(two.room.roomId, one.guest.resumeToken)
    expect(await stranger.closed).toEqual({ code: 4401, reason: 'unauthorised' })
    const resume = { body: { resumeToken: one.guest.resumeToken } }
    expect(await refusalOf(call('POST', `/room/${two.room.roomId}/join`, resume))).toEqual([
      403,
      'token_invalid',
    ])
    one.guest.socket.send(offer(two.host.occupantId))
    expect(await one.guest.socket.next('error')).toMatchObject({ code: 'no_such_occupant' })
    one.guest.socket.send({ type: 'publish', source: 'screen', mutedBy: null, seenRevision: 0 })
    await one.host.socket.next('room-changed')
    expect(await two.host.socket.drain()).toEqual([])
  })

  it('MD2 H1 a host mute reaches everyone; MD1 H2 a guest cannot, and nothing changes', async () => {
    const { host, guest } = await meeting()
    await host.socket.drain()
    guest.socket.send({ type: 'mute-occupant', occupantId: host.occupantId, source: 'microphone' })
    expect(await guest.socket.next('error')).toMatchObject({ code: 'not_allowed', about: 'mute-occupant' })
    expect(await host.socket.drain()).toEqual([])
    host.socket.send({ type: 'mute-occupant', occupantId: guest.occupantId, source: 'microphone' })
    for (const { socket } of [host, guest]) {
      const { patch } = await socket.next('room-changed')
      expect(patch.changed[0]?.publications[0]).toEqual({ source: 'microphone', mutedBy: 'host' })
    }
  })

  it('MD5 a removed guest is closed with 4403 and does not get in with the same token', async () => {
    const { room, host, guest } = await meeting()
    host.socket.send({ type: 'remove-occupant', occupantId: guest.occupantId })
    expect(await guest.socket.closed).toEqual({ code: 4403, reason: 'removed' })
    const again = call('POST', `/room/${room.roomId}/join`, { body: { resumeToken: guest.resumeToken } })
    expect(await refusalOf(again)).toEqual([403, 'removed'])
    expect(await (await connect(room.roomId, guest.resumeToken)).closed).toMatchObject({ code: 4401 })
  })
})

describe('the socket', () => {
  it('SK2 the room selects video-room.v1 and never echoes the token', async () => {
    const room = await createRoom()
    const { resumeToken } = await join(room.roomId)
    expect((await connect(room.roomId, resumeToken)).protocol).toBe('video-room.v1')
  })

  it('SK3 J1 without a join: no token, a malformed one and an unknown one are all closed with 4401', async () => {
    const { room } = await meeting()
    const unauthorised = { code: 4401, reason: 'unauthorised' }
    for (const protocols of [[], ['video-room.v1'], ['video-room.v1', 'video-room.token.short']]) {
      const socket = new SocketProbe(await upgrade(room.roomId, protocols))
      expect(await socket.closed).toEqual(unauthorised)
    }
    expect(await (await connect(room.roomId, 'A'.repeat(43))).closed).toEqual(unauthorised)
  })

  it('HT4 SK3 a token whose seat was not taken in time is closed with 4401', async () => {
    const room = await createRoom()
    const { resumeToken } = await join(room.roomId)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + limits.joinToSocketMs })
    expect(await (await connect(room.roomId, resumeToken)).closed).toMatchObject({ code: 4401 })
    expect(await info(room.roomId)).toEqual({ occupancyCount: 0, occupants: {} })
  })

  const bad: readonly [string, string | ArrayBuffer, string][] = [
    ['malformed JSON', '{', 'malformed'],
    ['a list', '[]', 'malformed'],
    ['an unknown type', '{"v":1,"type":"take-over"}', 'malformed'],
    ['a wrong shape', '{"v":1,"type":"publish","source":"nose"}', 'malformed'],
    ['a binary frame', new ArrayBuffer(8), 'malformed'],
    ['no version', '{"type":"leave"}', 'unsupported_version'],
    ['an unknown version', '{"v":2,"type":"leave"}', 'unsupported_version'],
  ]
  it.each(bad)('VR3 %s is answered once and changes nothing; the room goes on', async (_name, data, code) => {
    const { room, host, guest } = await meeting()
    await host.socket.drain()
    const before = await info(room.roomId)
    guest.socket.sendRaw(data)
    expect(await guest.socket.drain()).toMatchObject([{ type: 'error', code }])
    expect(await host.socket.drain()).toEqual([])
    expect(await info(room.roomId)).toEqual(before)
  })

  it.each([
    ['text', 'x'.repeat(limits.messageMaxBytes + 1)],
    ['few characters of many bytes', '\u20ac'.repeat(limits.messageMaxBytes / 3 + 1)],
    ['a binary frame', new ArrayBuffer(limits.messageMaxBytes + 1)],
  ])('VR2 too large (%s) closes with 4413, and the others hear of an occupant away', async (_name, data) => {
    const { host, guest } = await meeting()
    await host.socket.drain()
    guest.socket.sendRaw(data)
    expect(await guest.socket.closed).toEqual({ code: 4413, reason: 'message_too_large' })
    expect((await host.socket.next('room-changed')).patch.changed[0]?.isPresent).toBe(false)
  })

  it('SK4 anything before media-ready is answered not_ready', async () => {
    const { roomId } = await createRoom()
    const socket = await connect(roomId, (await join(roomId)).resumeToken)
    socket.send({ type: 'end-room' })
    expect(await socket.next('error')).toEqual({ type: 'error', code: 'not_ready', about: 'end-room' })
  })

  it('VR4 the ninth bad message closes with 4400, and the person may come back', async () => {
    const { room, guest } = await meeting()
    for (let n = 0; n <= limits.violationsMax; n += 1) guest.socket.sendRaw('{')
    expect(await guest.socket.closed).toEqual({ code: 4400, reason: 'violations' })
    const again = await join(room.roomId, { resumeToken: guest.resumeToken })
    expect(again.occupantId).toBe(guest.occupantId)
  })

  it('VR5 more than a burst of messages at once is answered rate_limited and dropped', async () => {
    const { host, guest } = await meeting()
    await host.socket.drain()
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    for (let n = 0; n <= limits.messageBurst; n += 1) guest.socket.send(offer(host.occupantId))
    expect(await guest.socket.next('error')).toEqual({ type: 'error', code: 'rate_limited' })
    const heard = await host.socket.drain()
    const signals = heard.filter(({ type }) => type === 'signal').length
    // Media-ready and what brought them here were paid from the same purse.
    expect(signals).toBeLessThanOrEqual(limits.messageBurst)
    expect(signals).toBeGreaterThan(limits.messageBurst - 5)
  })
})

describe('coming back', () => {
  it('PR1 J6 a lost socket is resumed inside the grace with the same occupant id and publications', async () => {
    const { room, host, guest } = await meeting()
    await host.socket.drain()
    guest.socket.close()
    expect((await host.socket.next('room-changed')).patch.changed[0]?.isPresent).toBe(false)
    const again = await join(room.roomId, { resumeToken: guest.resumeToken })
    expect(again.occupantId).toBe(guest.occupantId)
    const socket = await connect(room.roomId, again.resumeToken)
    const { snapshot } = await socket.next('welcome')
    expect(snapshot.occupants[1]).toMatchObject({ isPresent: true, publications: [{}, {}] })
    socket.send(mediaReady('guest'))
    expect(await socket.next('start')).toMatchObject({ links: [{ initiator: true, generation: 1 }] })
    expect(await host.socket.drain()).toMatchObject([{ type: 'room-changed' }])
  })

  it('PR4 D3 after the grace the alarm frees the seat, the token is worth nothing', async () => {
    const { room, host, guest } = await meeting()
    await host.socket.drain()
    guest.socket.close()
    await host.socket.next('room-changed')
    await later(room.roomId, limits.graceMs)
    expect((await host.socket.next('room-changed')).patch.left).toEqual([guest.occupantId])
    expect(await info(room.roomId)).toMatchObject({ occupants: { [host.occupantId]: { isHost: true } } })
    const resume = { body: { resumeToken: guest.resumeToken } }
    expect(await refusalOf(call('POST', `/room/${room.roomId}/join`, resume))).toEqual([403, 'token_invalid'])
  })

  it('SK5 J7 a second tab with the same token takes over, the first is told, the seat does not blink', async () => {
    const { room, host, guest } = await meeting()
    await host.socket.drain()
    const tab = await join(room.roomId, { resumeToken: guest.resumeToken })
    const socket = await connect(room.roomId, tab.resumeToken)
    expect(await guest.socket.closed).toEqual({ code: 4409, reason: 'taken_over' })
    await socket.next('welcome')
    expect(await host.socket.drain()).toEqual([])
    expect(await (await connect(room.roomId, guest.resumeToken)).closed).toMatchObject({ code: 4401 })
    expect(await info(room.roomId)).toMatchObject({ occupancyCount: 2 })
  })

  it('HT5 A3 the host token takes the host seat over, also one that never opened a socket', async () => {
    const { roomId, hostToken } = await createRoom()
    const [first, second] = [await join(roomId, { hostToken }), await join(roomId, { hostToken })]
    expect(second).toMatchObject({ occupantId: first.occupantId, isHost: true })
    const socket = await connect(roomId, second.resumeToken)
    expect(await socket.next('welcome')).toMatchObject({ isHost: true, occupantId: first.occupantId })
  })

  it('HT3 a host token that is wrong, or of another room, is token_invalid', async () => {
    const [one, two] = [await createRoom(), await createRoom()]
    for (const hostToken of [two.hostToken, 'A'.repeat(43)]) {
      const answer = call('POST', `/room/${one.roomId}/join`, { body: { hostToken } })
      expect(await refusalOf(answer)).toEqual([403, 'token_invalid'])
    }
  })

  it('PR3 a socket that was silent for too long is taken for lost, one that spoke is not', async () => {
    // Whatever else the room hears of sweeps as well; here that is nothing but its sockets: no relay is looked for.
    const { room, host, guest } = await meeting({ route: 'direct' })
    await host.socket.drain()
    expect(await info(room.roomId)).toMatchObject({ occupancyCount: 2 })
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + limits.presenceSweepMs })
    host.socket.send({ type: 'publish', source: 'camera', mutedBy: 'self', seenRevision: 0 })
    await host.socket.next('room-changed')
    await runDurableObjectAlarm(objectOf(room.roomId))
    expect(await guest.socket.closed).toMatchObject({ code: 1001 })
    expect((await host.socket.next('room-changed')).patch.changed[0]?.isPresent).toBe(false)
    expect(await info(room.roomId)).toMatchObject({ occupancyCount: 1 })
  })
})

describe('sleep', () => {
  it('a room that slept goes on: sockets, seats, links and tokens are as they were', async () => {
    const { room, host, guest } = await meeting()
    await host.socket.drain()
    await evictDurableObject(objectOf(room.roomId))
    guest.socket.send(offer(host.occupantId))
    expect(await host.socket.next('signal')).toMatchObject({ from: guest.occupantId })
    await evictDurableObject(objectOf(room.roomId))
    host.socket.send({ type: 'remove-occupant', occupantId: guest.occupantId })
    expect(await guest.socket.closed).toMatchObject({ code: 4403 })
    await evictDurableObject(objectOf(room.roomId))
    const resume = { body: { resumeToken: guest.resumeToken } }
    expect(await refusalOf(call('POST', `/room/${room.roomId}/join`, resume))).toEqual([403, 'removed'])
  })

  it('PR4 the alarm of a room that slept still ends the grace', async () => {
    const { room, host, guest } = await meeting()
    await host.socket.drain()
    guest.socket.close()
    await host.socket.next('room-changed')
    await evictDurableObject(objectOf(room.roomId))
    await later(room.roomId, limits.graceMs)
    expect((await host.socket.next('room-changed')).patch.left).toEqual([guest.occupantId])
  })

  it('VR6 ping is answered without waking the room', async () => {
    const { room, host } = await meeting()
    await evictDurableObject(objectOf(room.roomId))
    await host.socket.ping()
  })

  it('storage of an unknown schema version is refused with a clear word and left as it is', async () => {
    const { roomId, hostToken } = await createRoom()
    const stub = objectOf(roomId)
    await runInDurableObject(stub, (_room, { storage }) => {
      storage.sql.exec('UPDATE room_facts SET schema_version = 99')
      storage.sql.exec("UPDATE room_state SET version = 99, state = 'of another build'")
    })
    await evictDurableObject(stub)
    const said = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    expect(await refusalOf(call('POST', `/room/${roomId}/join`))).toEqual([500, 'internal'])
    expect(await (await connect(roomId, hostToken)).closed).toEqual({ code: 4500, reason: 'internal' })
    expect(said.mock.calls.join()).toContain('stored schema version 99 is not 3')
    said.mockRestore()
    await runInDurableObject(stub, (_room, { storage }) => {
      const rows = storage.sql.exec('SELECT version, state FROM room_state').toArray()
      expect(rows).toEqual([{ version: 99, state: 'of another build' }])
    })
  })
})

describe('the end', () => {
  it('MD6 DELETE by the host closes everyone with 4410; joins hear room_ended, an hour later not found', async () => {
    const { room, host, guest } = await meeting()
    const path = `/room/${room.roomId}`
    expect(await refusalOf(call('DELETE', path))).toEqual([403, 'not_allowed'])
    expect(await refusalOf(call('DELETE', path, { headers: bearer(guest.resumeToken) }))).toEqual([
      403,
      'token_invalid',
    ])
    expect((await call('DELETE', path, { headers: bearer(room.hostToken) })).status).toBe(204)
    const ended = { code: 4410, reason: 'room_ended' }
    expect([await host.socket.closed, await guest.socket.closed]).toEqual([ended, ended])
    expect((await call('DELETE', path, { headers: bearer(room.hostToken) })).status).toBe(204)
    expect(await refusalOf(call('POST', `${path}/join`))).toEqual([410, 'room_ended'])
    expect(await refusalOf(call('GET', `${path}/info`))).toEqual([410, 'room_ended'])
    expect(await (await connect(room.roomId, guest.resumeToken)).closed).toEqual(ended)

    await later(room.roomId, limits.roomTombstoneMs)
    expect(await refusalOf(call('POST', `${path}/join`))).toEqual([404, 'room_not_found'])
    await runInDurableObject(objectOf(room.roomId), async (_room, { storage }) => {
      const tables = storage.sql.exec(
        "SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'",
      )
      expect(tables.toArray()).toEqual([])
      expect(await storage.getAlarm()).toBeNull()
    })
  })

  it('MD6 the host ends the room by a word on the socket', async () => {
    const { host, guest } = await meeting()
    host.socket.send({ type: 'end-room' })
    expect(await guest.socket.closed).toMatchObject({ code: 4410 })
    expect(await host.socket.closed).toMatchObject({ code: 4410 })
  })

  it('MD6 the alarm ends a room whose time is over', async () => {
    const room = await createRoom({ lifetimeMs: limits.roomLifetimeMinMs })
    const host = await enter(room, 'host')
    await host.socket.next('start')
    await later(room.roomId, limits.roomLifetimeMinMs)
    expect(await host.socket.closed).toMatchObject({ code: 4410 })
  })
})

describe('privacy', () => {
  it('no secret, SDP, address or display name of a whole meeting, good and bad, reaches a log', async () => {
    const methods = ['debug', 'info', 'log', 'warn', 'error'] as const
    const spies = methods.map((method) => vi.spyOn(console, method).mockImplementation(() => undefined))
    const room = await createRoom()
    const host = await enter(room, 'host')
    const guest = await enter(room, 'Nguyễn Thị Display')
    await guest.socket.next('start')
    const sdp = 'v=0 o=- 1 1 IN IP4 203.0.113.77 a=ice-pwd:verysecret'
    guest.socket.send({ ...offer(host.occupantId), payload: sdp })
    await host.socket.next('signal')
    guest.socket.sendRaw(`{"v":1,"type":"${sdp}"}`)
    await guest.socket.next('error')
    await call('POST', `/room/${room.roomId}/join`, {
      body: { hostToken: 'Z'.repeat(43), displayName: 'Intruder' },
      headers: { 'CF-Connecting-IP': '198.51.100.23' },
    })
    guest.socket.send({ type: 'leave' })
    await guest.socket.closed
    await call('DELETE', `/room/${room.roomId}`, { headers: bearer(room.hostToken) })
    await host.socket.closed
    const logged = spies.flatMap((spy) => spy.mock.calls).join('\n')
    for (const spy of spies) spy.mockRestore()
    expect(logged).toContain('room-created')
    expect(logged).toContain('occupant-left')
    const secrets = [
      room.hostToken,
      room.roomId,
      host.resumeToken,
      guest.resumeToken,
      guest.occupantId,
      'creator-key-of-these-tests',
      'Nguyễn',
      'Display',
      'Intruder',
      'ZZZZ',
      'ice-pwd',
      'v=0',
      '203.0.113.77',
      '198.51.100.23',
    ]
    for (const secret of secrets) expect(logged).not.toContain(secret)
  })
})
