import { env } from 'cloudflare:workers'
import { runInDurableObject } from 'cloudflare:test'
import { parseAddress } from '@video-room/shared/emoji/address.ts'
import { limits } from '@video-room/shared/limits.ts'
import { roomIdSchema } from '@video-room/shared/ids.ts'
import { createResponseSchema } from '@video-room/shared/protocol/http.ts'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { createApp } from './app.ts'
import { readConfig } from './config.ts'
import { roomIdOfCode, sha256Hex } from './secrets.ts'
import {
  bearer,
  call,
  connect,
  createRoom,
  creatorKey,
  join,
  origin,
  refusalOf,
  upgrade,
} from './worker-fixture.ts'

const unknownRoom = '00000000-0000-4000-8000-000000000000'

describe('create', () => {
  it('HT1 C2 the holder of a creator key gets a room, a link to share and a host token', async () => {
    const room = await createRoom({ maxParticipants: 2 })
    expect(v.is(roomIdSchema, room.roomId)).toBe(true)
    const address = parseAddress(room.emoji)
    expect(address).toEqual({ emoji: room.emoji, words: room.words, code: room.code })
    expect(room.roomId).toBe(await roomIdOfCode(room.code))
    expect(room.joinUrl).not.toContain(room.hostToken)
    const leftMs = Date.parse(room.expiresAt) - Date.now()
    expect(Math.abs(leftMs - limits.roomLifetimeDefaultMs)).toBeLessThan(10_000)
  })

  it('HT1 C1 without proof 401, with a wrong one 403, and nothing is stored', async () => {
    const headers = { 'Idempotency-Key': 'never-made' }
    expect(await refusalOf(call('POST', '/room/create', { headers }))).toEqual([
      401,
      'creator_proof_required',
    ])
    const wrong = { ...headers, ...bearer(`${creatorKey}x`) }
    expect(await refusalOf(call('POST', '/room/create', { headers: wrong }))).toEqual([
      403,
      'creator_proof_invalid',
    ])
    expect(await refusalOf(call('GET', `/room/${unknownRoom}/info`))).toEqual([404, 'room_not_found'])
    const stub = env.ROOM.get(env.ROOM.idFromName(unknownRoom))
    await runInDurableObject(stub, (_room, state) => {
      const found = state.storage.sql.exec(
        "SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'",
      )
      expect(found.toArray()).toEqual([])
    })
  })

  it('HT2 J5 the same idempotency key answers the same room, another body is a mismatch', async () => {
    const headers = { 'Idempotency-Key': 'booking-4711' }
    const first = await createRoom({ maxParticipants: 2 }, headers)
    expect(first.roomId[14]).toBe('8')
    expect(await createRoom({ maxParticipants: 2 }, headers)).toEqual(first)
    const other = call('POST', '/room/create', { body: {}, headers: { ...headers, ...bearer(creatorKey) } })
    expect(await refusalOf(other)).toEqual([422, 'idempotency_mismatch'])
    const tooLong = {
      'Idempotency-Key': 'k'.repeat(limits.idempotencyKeyMaxLength + 1),
      ...bearer(creatorKey),
    }
    expect(await refusalOf(call('POST', '/room/create', { headers: tooLong }))).toEqual([400, 'bad_request'])
  })

  it('AD2 E5 the link to share is ASCII, and its fragment is the address', async () => {
    const { joinUrl, emoji } = await createRoom()
    expect(joinUrl).toBe(`${origin}/#room=${encodeURIComponent(emoji)}`)
    expect(joinUrl).toMatch(/^[\x21-\x7e]+$/)
    expect(parseAddress(new URL(joinUrl).hash.slice('#room='.length))?.emoji).toBe(emoji)
  })

  it('J5 without a key every room is another one', async () => {
    const [one, two] = [await createRoom(), await createRoom()]
    expect(one.roomId).not.toBe(two.roomId)
    expect(one.hostToken).not.toBe(two.hostToken)
  })

  it('C5 revocation: rooms of a key that was taken out go on, and it makes no more', async () => {
    const before = createApp(readConfig({ CREATOR_KEYS: `old:sha256:${await sha256Hex('an-old-key')}` }))
    const after = createApp(readConfig({ CREATOR_KEYS: `new:sha256:${await sha256Hex('a-new-key')}` }))
    const create = (app: ReturnType<typeof createApp>, key: string) =>
      app.request(`${origin}/room/create`, { method: 'POST', headers: bearer(key) }, env)
    const made = await create(before, 'an-old-key')
    const { roomId } = v.parse(createResponseSchema, await made.json())
    expect((await create(after, 'an-old-key')).status).toBe(403)
    expect((await create(after, 'a-new-key')).status).toBe(201)
    const joined = await after.request(`${origin}/room/${roomId}/join`, { method: 'POST' }, env)
    expect(joined.status).toBe(200)
  })
})

describe('bad input', () => {
  const bodies: readonly [string, string, string, number, string][] = [
    ['malformed JSON', '{', 'application/json', 400, 'bad_request'],
    ['JSON that is no object', '[]', 'application/json', 400, 'bad_request'],
    ['a wrong type', '{"maxParticipants":"2","hostToken":2}', 'application/json', 400, 'bad_request'],
    ['out of range', '{"maxParticipants":16,"hostToken":"x"}', 'application/json', 400, 'bad_request'],
    ['no JSON type', '{}', 'text/plain', 415, 'unsupported_media_type'],
    ['too large', `{"x":"${'x'.repeat(limits.bodyMaxBytes)}"}`, 'application/json', 413, 'body_too_large'],
    [
      'too large and malformed',
      '{'.repeat(limits.bodyMaxBytes + 1),
      'application/json',
      413,
      'body_too_large',
    ],
  ]
  it.each(bodies)(
    'VR2 %s is refused by create and by join alike',
    async (_name, text, type, status, code) => {
      const headers = { ...bearer(creatorKey), 'Content-Type': type }
      expect(await refusalOf(call('POST', '/room/create', { text, headers }))).toEqual([status, code])
      const { roomId } = await createRoom()
      expect(await refusalOf(call('POST', `/room/${roomId}/join`, { text, headers }))).toEqual([status, code])
    },
  )

  it('VR2 a body that hides its length is still cut off', async () => {
    const chunk = new TextEncoder().encode(' '.repeat(limits.bodyMaxBytes))
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(chunk)
        controller.enqueue(chunk)
        controller.close()
      },
    })
    const app = createApp(readConfig({ CREATOR_KEYS: `sha256:${await sha256Hex(creatorKey)}` }))
    const request = new Request(`${origin}/room/create`, {
      method: 'POST',
      headers: { ...bearer(creatorKey), 'Content-Type': 'application/json' },
      body,
    })
    expect((await app.fetch(request, env)).status).toBe(413)
  })

  it('a refusal names the field and never its value', async () => {
    const { json } = await call('POST', '/room/create', {
      body: { maxParticipants: 99 },
      headers: bearer(creatorKey),
    })
    expect(json).toEqual({ error: { code: 'bad_request', field: 'maxParticipants' } })
  })

  it('unknown routes and wrong methods under /room are typed', async () => {
    expect(await refusalOf(call('GET', '/room'))).toEqual([404, 'not_found'])
    expect(await refusalOf(call('GET', '/room/a/b/c'))).toEqual([404, 'not_found'])
    expect(await refusalOf(call('GET', '/room/create'))).toEqual([405, 'method_not_allowed'])
    const wrong = await call('PUT', `/room/${unknownRoom}/join`)
    expect([wrong.status, wrong.headers.get('Allow')]).toEqual([405, 'POST'])
  })

  it.each(['x', '../..', `${unknownRoom}0`, '00000000-0000-1000-8000-000000000000'])(
    'HT3 an id that cannot be a room (%s) is not found',
    async (id) => {
      const path = `/room/${encodeURIComponent(id)}`
      expect(await refusalOf(call('POST', `${path}/join`))).toEqual([404, 'room_not_found'])
      expect(await refusalOf(call('GET', `${path}/info`))).toEqual([404, 'room_not_found'])
      expect(await refusalOf(call('DELETE', path))).toEqual([404, 'room_not_found'])
    },
  )

  it('J1 HT3 a room nobody made cannot be joined, and its socket is closed as unauthorised', async () => {
    expect(await refusalOf(call('POST', `/room/${unknownRoom}/join`))).toEqual([404, 'room_not_found'])
    const socket = await connect(unknownRoom, 'x'.repeat(43))
    expect(await socket.closed).toEqual({ code: 4401, reason: 'unauthorised' })
  })

  it('SK1 the socket route without an upgrade: 426; with only foreign subprotocols: 400', async () => {
    expect(await refusalOf(call('GET', `/room/${unknownRoom}/socket`))).toEqual([426, 'upgrade_required'])
    const response = await upgrade(unknownRoom, ['video-room.v9'])
    expect([response.status, await response.json()]).toEqual([
      400,
      { error: { code: 'unsupported_version' } },
    ])
  })
})

describe('origins', () => {
  const withOrigin = (value: string) => ({ headers: { Origin: value } })

  it('HT6 a page of a foreign origin is refused, sockets included', async () => {
    const foreign = withOrigin('https://evil.example')
    expect(await refusalOf(call('GET', '/health', foreign))).toEqual([403, 'origin_not_allowed'])
    const { roomId } = await createRoom()
    const { resumeToken } = await join(roomId)
    const protocols = ['video-room.v1', `video-room.token.${resumeToken}`]
    expect((await upgrade(roomId, protocols, foreign.headers)).status).toBe(403)
    expect((await upgrade(roomId, protocols, { Origin: 'null' })).status).toBe(403)
    expect((await upgrade(roomId, protocols, { Origin: origin })).status).toBe(101)
  })

  it('HT6 a listed origin hears that it may read the answer, refusals too', async () => {
    const listed = withOrigin('https://embedder.example')
    for (const path of ['/health', `/room/${unknownRoom}/info`]) {
      const { headers } = await call('GET', path, listed)
      expect(headers.get('Access-Control-Allow-Origin')).toBe('https://embedder.example')
      expect(headers.get('Vary')).toContain('Origin')
      expect(headers.get('Cache-Control')).toBe('no-store')
    }
  })

  it('HT6 a preflight is answered for listed origins only', async () => {
    const asked = await call('OPTIONS', '/room/create', withOrigin('https://embedder.example'))
    expect([asked.status, asked.headers.get('Access-Control-Allow-Headers')]).toEqual([
      204,
      'Authorization, Content-Type, Idempotency-Key',
    ])
    expect((await call('OPTIONS', '/room/create', withOrigin('https://evil.example'))).status).toBe(403)
  })

  it('HT6 "*" lets every page in', async () => {
    const app = createApp(readConfig({ ALLOWED_ORIGINS: '*' }))
    const response = await app.request(
      `${origin}/health`,
      { headers: { Origin: 'https://any.example' } },
      env,
    )
    expect(response.status).toBe(200)
  })
})

describe('rates and odds and ends', () => {
  it('an address that asks too often gets 429 with a time to wait; others are not held up', async () => {
    const app = createApp(readConfig({}), () => 0)
    const ask = (address: string) =>
      app.request(`${origin}/health`, { headers: { 'CF-Connecting-IP': address } }, env)
    for (let n = 0; n < limits.requestBurst; n += 1) expect((await ask('192.0.2.1')).status).toBe(200)
    const refused = await ask('192.0.2.1')
    expect([refused.status, refused.headers.get('Retry-After')]).toEqual([429, '1'])
    expect((await ask('192.0.2.2')).status).toBe(200)
  })

  it('a room that is joined too often answers rate_limited', async () => {
    const { roomId } = await createRoom({ maxParticipants: 0 })
    const stub = env.ROOM.get(env.ROOM.idFromName(roomId))
    const answers = await runInDurableObject(stub, async (room) => {
      const codes: string[] = []
      for (let n = 0; n <= limits.joinBurst + 5; n += 1) {
        const answer = await room.join({ displayName: '' })
        codes.push(answer.ok ? 'ok' : answer.code)
      }
      return codes
    })
    expect(answers.slice(0, limits.joinBurst)).toEqual(Array(limits.joinBurst).fill('room_full'))
    expect(answers.at(-1)).toBe('rate_limited')
  })

  it('the development key is told to this machine only, and only when there is one', async () => {
    const key = 'development-creator-key'
    const app = createApp(readConfig({ DEVELOPMENT_CREATOR_KEY: key }))
    const ask = (url: string, headers: Record<string, string> = {}) =>
      app.request(`${url}/development`, { headers }, env)
    for (const near of ['http://localhost:8787', 'http://127.0.0.1:8787', 'http://[::1]:8787']) {
      expect(await (await ask(near)).json()).toEqual({ creatorKey: key })
    }
    expect((await ask('http://192.168.1.5:8787')).status).toBe(404)
    expect((await ask('http://localhost:8787', { 'CF-Connecting-IP': '192.168.1.9' })).status).toBe(404)
    const bare = createApp(readConfig({ CREATOR_KEYS: `sha256:${await sha256Hex(creatorKey)}` }))
    expect((await bare.request('http://localhost:8787/development', {}, env)).status).toBe(404)
    const created = await app.request(`${origin}/room/create`, { method: 'POST', headers: bearer(key) }, env)
    expect(created.status).toBe(201)
  })

  it('everything else is the demo page, or not found where there is none', async () => {
    expect(await refusalOf(call('GET', '/'))).toEqual([404, 'not_found'])
    const page = {
      ...env,
      ASSETS: { fetch: async () => new Response('a page') } as unknown as Fetcher,
    }
    const app = createApp(readConfig({}))
    expect(await (await app.request(`${origin}/embed.html`, {}, page)).text()).toBe('a page')
    expect((await app.request(`${origin}/room/nothing/here`, {}, page)).status).toBe(404)
  })

  it('health tells the version of the wire', async () => {
    expect((await call('GET', '/health')).json).toEqual({ ok: true, version: 1 })
  })

  it('a join brings the ICE servers of this deployment', async () => {
    const { roomId } = await createRoom()
    expect((await join(roomId)).iceServers).toEqual([{ urls: ['stun:127.0.0.1:3478'] }])
  })
})
