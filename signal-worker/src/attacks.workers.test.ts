/** What people who mean harm try first, each against the running worker. docs/threat-model.md names these tests. */
import { env } from 'cloudflare:workers'
import { runInDurableObject } from 'cloudflare:test'
import { addressOfBytes } from '@video-room/shared/emoji/address.ts'
import { occupantIdSchema } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import { createResponseSchema } from '@video-room/shared/protocol/http.ts'
import type { ClientMessage } from '@video-room/shared/protocol/messages.ts'
import { SignJWT } from 'jose'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import {
  bearer,
  call,
  connect,
  createRoom,
  creatorKey,
  enter,
  join,
  mediaReady,
  meeting,
  origin,
  refusalOf,
  upgrade,
} from './worker-fixture.ts'
import { createApp } from './app.ts'
import { readConfig } from './config.ts'

const someone = v.parse(occupantIdSchema, 'o_someone_________')

describe('a guest who acts as host', () => {
  const actions: readonly ClientMessage[] = [
    { type: 'admit', occupantId: someone },
    { type: 'deny', occupantId: someone },
    { type: 'change-settings', settings: { maxParticipants: 15, isLocked: true } },
    { type: 'mute-occupant', occupantId: someone, source: 'microphone' },
    { type: 'mute-all', source: 'microphone' },
    { type: 'ask-unmute', occupantId: someone, source: 'microphone' },
    { type: 'remove-occupant', occupantId: someone },
    { type: 'hand-over', occupantId: someone },
    { type: 'end-room' },
  ]

  it.each(actions)('MD1 H2 $type: not_allowed, nobody hears of it, nothing changes', async (action) => {
    const { room, host, guest } = await meeting()
    await host.socket.drain()
    const target = 'occupantId' in action ? { ...action, occupantId: host.occupantId } : action
    guest.socket.send(target)
    expect(await guest.socket.next('error')).toEqual({
      type: 'error',
      code: 'not_allowed',
      about: action.type,
    })
    expect(await host.socket.drain()).toEqual([])
    const again = await connect(room.roomId, host.resumeToken)
    const { snapshot, isHost } = await again.next('welcome')
    expect([isHost, snapshot.settings.isLocked, snapshot.settings.maxParticipants]).toEqual([true, false, 1])
    expect(snapshot.occupants).toHaveLength(2)
  })

  it('VR4 who goes on trying is thrown out, and the room goes on', async () => {
    const { host, guest } = await meeting()
    for (let n = 0; n <= limits.violationsMax; n += 1) guest.socket.send({ type: 'end-room' })
    expect(await guest.socket.closed).toEqual({ code: 4400, reason: 'violations' })
    await host.socket.ping()
  })

  it('KN1 KN4 someone at the door lets nobody in and hears nothing of the room', async () => {
    const room = await createRoom({ admission: 'knock' })
    const host = await enter(room, 'host')
    const knocker = await join(room.roomId, { displayName: 'Mallory' })
    expect(knocker.admission).toBe('knocking')
    const socket = await connect(room.roomId, knocker.resumeToken)
    await socket.next('knocking')
    for (const message of [{ type: 'admit', occupantId: knocker.occupantId } as const, mediaReady('guest')]) {
      socket.send(message)
      expect((await socket.next('error')).about).toBe(message.type)
    }
    host.socket.send({ type: 'publish', source: 'screen', mutedBy: null, seenRevision: 0 })
    await host.socket.next('room-changed')
    socket.send({ type: 'signal', to: host.occupantId, generation: 1, payload: 'let me in' })
    expect((await socket.next('error')).about).toBe('signal')
    const heard = await host.socket.drain()
    expect(heard.filter(({ type }) => type === 'signal')).toEqual([])
    const { json } = await call('GET', `/room/${room.roomId}/info`)
    expect(JSON.stringify(json)).not.toContain(knocker.occupantId)
  })
})

describe('tokens in the wrong place', () => {
  it('A4 tokens of one room open nothing in another: host, guest, socket, end', async () => {
    const [mine, other] = [await meeting(), await meeting()]
    const tryJoin = async (body: object) =>
      refusalOf(call('POST', `/room/${other.room.roomId}/join`, { body }))
    expect(await tryJoin({ hostToken: mine.room.hostToken })).toEqual([403, 'token_invalid'])
    expect(await tryJoin({ resumeToken: mine.host.resumeToken })).toEqual([403, 'token_invalid'])
    expect(await tryJoin({ hostToken: other.guest.resumeToken })).toEqual([403, 'token_invalid'])
    const end = call('DELETE', `/room/${other.room.roomId}`, { headers: bearer(mine.room.hostToken) })
    expect(await refusalOf(end)).toEqual([403, 'token_invalid'])
    const asSocket = await connect(other.room.roomId, mine.host.resumeToken)
    expect(await asSocket.closed).toEqual({ code: 4401, reason: 'unauthorised' })
    const hostTokenAsSocket = await connect(other.room.roomId, other.room.hostToken)
    expect(await hostTokenAsSocket.closed).toEqual({ code: 4401, reason: 'unauthorised' })
  })

  it('HT5 a join that is played again opens no second seat, and the older token stops', async () => {
    const { room, guest } = await meeting({ maxParticipants: 2 })
    const replay = { resumeToken: guest.resumeToken }
    const [one, two] = [await join(room.roomId, replay), await join(room.roomId, replay)]
    expect([one.occupantId, two.occupantId]).toEqual([guest.occupantId, guest.occupantId])
    const socket = await connect(room.roomId, two.resumeToken)
    await socket.next('welcome')
    expect(await guest.socket.closed).toEqual({ code: 4409, reason: 'taken_over' })
    for (const old of [guest.resumeToken, one.resumeToken]) {
      expect(await (await connect(room.roomId, old)).closed).toMatchObject({ code: 4401 })
      const again = call('POST', `/room/${room.roomId}/join`, { body: { resumeToken: old } })
      expect(await refusalOf(again)).toEqual([403, 'token_invalid'])
    }
  })

  it('SK2 a token in the URL opens nothing', async () => {
    const room = await createRoom()
    const { resumeToken } = await join(room.roomId)
    const response = await upgrade(`${room.roomId}/socket?token=${resumeToken}&x=`, ['video-room.v1'])
    const closed = new Promise<number>((resolve) => {
      response.webSocket?.addEventListener('close', ({ code }) => resolve(code))
      response.webSocket?.accept()
    })
    expect(await closed).toBe(4401)
    const end = await call('DELETE', `/room/${room.roomId}?hostToken=${room.hostToken}`)
    expect(end.status).toBe(403)
    expect((await call('POST', `/room/create?key=${creatorKey}`)).status).toBe(401)
  })

  it('MD5 someone who was removed comes back by no path with any token they ever had', async () => {
    const { room, host, guest } = await meeting()
    const newer = await join(room.roomId, { resumeToken: guest.resumeToken })
    host.socket.send({ type: 'remove-occupant', occupantId: guest.occupantId })
    expect(await guest.socket.closed).toEqual({ code: 4403, reason: 'removed' })
    for (const { resumeToken } of [guest, newer]) {
      const back = call('POST', `/room/${room.roomId}/join`, { body: { resumeToken } })
      expect(await refusalOf(back)).toEqual([403, 'removed'])
      expect((await (await connect(room.roomId, resumeToken)).closed).code).toBeGreaterThanOrEqual(4400)
    }
    const { json } = await call('GET', `/room/${room.roomId}/info`)
    expect(JSON.stringify(json)).not.toContain(guest.occupantId)
  })
})

describe('forged creators', () => {
  const backendSecret = new TextEncoder().encode('the-secret-of-a-backend-in-these-tests')
  const signed = async (claims: object, key: Uint8Array = backendSecret): Promise<string> =>
    new SignJWT({ sub: 'mallory', aud: 'video-room', exp: Math.floor(Date.now() / 1_000) + 60, ...claims })
      .setProtectedHeader({ alg: 'HS256', kid: 'acme.1' })
      .sign(key)
  const part = (json: object): string =>
    btoa(JSON.stringify(json)).replaceAll('=', '').replaceAll('+', '-').replaceAll('/', '_')
  const aMinuteAgo = (): number => Math.floor(Date.now() / 1_000) - 60

  it.each([
    ['expired', async () => signed({ exp: aMinuteAgo() })],
    ['of another audience', async () => signed({ aud: 'someone-else' })],
    ['re-signed with another key', async () => signed({}, new TextEncoder().encode('k'.repeat(40)))],
    ['without signature', async () => `${part({ alg: 'none' })}.${part({ sub: 'x', aud: 'video-room' })}.`],
    ['cut short', async () => (await signed({})).slice(0, -5)],
  ])('C1 HT1 RC2 a token that is %s neither makes nor controls a room', async (_what, forge) => {
    const headers = bearer(await forge())
    expect(await refusalOf(call('POST', '/room/create', { headers }))).toEqual([403, 'creator_proof_invalid'])
    const { roomId } = await createRoom()
    const end = call('POST', `/room/${roomId}/control`, { headers, body: { action: 'end' } })
    expect(await refusalOf(end)).toEqual([403, 'creator_proof_invalid'])
    expect((await join(roomId)).isHost).toBe(false)
  })

  it('C4 MD11 a host does not get past the seats that the creator’s token allows', async () => {
    const headers = bearer(await signed({ room: { maxParticipants: 2 } }))
    const { json } = await call('POST', '/room/create', { headers, body: {} })
    const host = await enter(v.parse(createResponseSchema, json), 'host')
    host.socket.send({ type: 'change-settings', settings: { maxParticipants: 3 } })
    expect(await host.socket.next('error')).toMatchObject({ code: 'not_allowed', about: 'change-settings' })
  })

  it('RC2 a good token of another creator controls nothing', async () => {
    const { roomId } = await createRoom()
    const end = call('POST', `/room/${roomId}/control`, {
      headers: bearer(await signed({})),
      body: { action: 'end' },
    })
    expect(await refusalOf(end)).toEqual([403, 'not_allowed'])
  })
})

describe('floods', () => {
  it('C6 a flood of rooms is slowed down per creator, whatever addresses it comes from', async () => {
    const ledger = env.CREATOR_LEDGER.get(env.CREATOR_LEDGER.idFromName('flood'))
    const codes = await runInDurableObject(ledger, async (object) => {
      const heard: string[] = []
      for (let n = 0; n < limits.createBurst + 20; n += 1) {
        const answer = await object.takePlace({ idempotencyKey: null, lifetimeMs: 60_000, quota: 2 })
        heard.push(answer.ok ? 'ok' : answer.code)
      }
      return heard
    })
    expect(codes.slice(0, 3)).toEqual(['ok', 'ok', 'creator_quota'])
    expect(codes.filter((code) => code === 'ok')).toHaveLength(2)
    expect(codes.at(-1)).toBe('rate_limited')
  })

  it('KN1 KN7 a flood of knocks is refused, and the list of the host stays short', async () => {
    const room = await createRoom({ admission: 'knock' })
    const host = await enter(room, 'host')
    const answers = await Promise.all(
      Array.from({ length: 3 * limits.knockBurst }, async (_, n) =>
        call('POST', `/room/${room.roomId}/join`, { body: { displayName: `knocker ${n}` } }),
      ),
    )
    const refused = answers.filter(({ status }) => status === 429)
    expect(refused.length).toBeGreaterThanOrEqual(limits.knockBurst)
    expect(refused[0]?.json).toMatchObject({ error: { code: 'rate_limited' } })
    expect(answers.every(({ status }) => status === 200 || status === 429)).toBe(true)
    const lists = (await host.socket.drain()).filter((message) => message.type === 'knocks')
    for (const { knocks } of lists) expect(knocks.length).toBeLessThanOrEqual(limits.knocksMax)
  })

  it('E1 who guesses addresses finds nothing, writes nothing, and is soon refused', async () => {
    const app = createApp(readConfig({}), () => 0)
    const guess = async (n: number) => {
      const { code, words, emoji } = addressOfBytes(Uint8Array.from([1, 2, 3, 4, 5, 6, n >> 8, n & 255]))
      const path = `/room/${[code, words, encodeURIComponent(emoji)][n % 3]}/info`
      return app.request(`${origin}${path}`, { headers: { 'CF-Connecting-IP': '192.0.2.77' } }, env)
    }
    const statuses: number[] = []
    for (let n = 0; n < limits.requestBurst + 10; n += 1) statuses.push((await guess(n)).status)
    expect(new Set(statuses.slice(0, limits.requestBurst))).toEqual(new Set([404]))
    expect(new Set(statuses.slice(limits.requestBurst))).toEqual(new Set([429]))
  })
})

describe('hostile display names', () => {
  const nameSeen = async (displayName: string): Promise<string> => {
    const room = await createRoom()
    const host = await enter(room, 'host')
    await host.socket.drain()
    const guest = await join(room.roomId, { displayName })
    await connect(room.roomId, guest.resumeToken)
    const { patch } = await host.socket.next('room-changed')
    return patch.changed[0]?.displayName ?? ''
  }

  it('a name of 64 kB is refused, a long one is cut', async () => {
    const { roomId } = await createRoom()
    const huge = call('POST', `/room/${roomId}/join`, { body: { displayName: 'x'.repeat(65_536) } })
    expect(await refusalOf(huge)).toEqual([413, 'body_too_large'])
    const long = call('POST', `/room/${roomId}/join`, { body: { displayName: 'x'.repeat(2_000) } })
    expect(await refusalOf(long)).toEqual([400, 'bad_request'])
    expect(Array.from(await nameSeen('🦊'.repeat(500)))).toHaveLength(limits.displayNameMaxLength)
  })

  it.each([
    ['control characters', 'A\u0000d\u001b[31ma\r\nB\u0085', 'A d [31ma B'],
    ['marks that turn the text around', 'Ada \u202e(host)\u2066\u2069\u200f', 'Ada (host)'],
    ['half a surrogate', 'Ada\ud83d', 'Ada\ufffd'],
    ['nothing but blanks', '\u2028\t \ufeff', ''],
  ])('a name with %s is shown on one safe line', async (_what, typed, shown) => {
    expect(await nameSeen(typed)).toBe(shown)
  })

  it('markup stays text', async () => {
    expect(await nameSeen('<img src=x onerror=alert(1)>')).toBe('<img src=x onerror=alert(1)>')
  })
})
