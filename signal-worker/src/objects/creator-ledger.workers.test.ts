import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { roomIdSchema } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import { createResponseSchema } from '@video-room/shared/protocol/http.ts'
import { SignJWT } from 'jose'
import * as v from 'valibot'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { bearer, call, creatorKey, refusalOf } from '../worker-fixture.ts'
import { roomIdOfCode } from '../secrets.ts'

afterEach(() => void vi.useRealTimers())

const ledgerOf = (creator: string) => env.CREATOR_LEDGER.get(env.CREATOR_LEDGER.idFromName(creator))
const order = { idempotencyKey: null, lifetimeMs: 60_000, quota: 2 }

async function placeAt(creator: string, changes: Partial<typeof order> | { idempotencyKey: string } = {}) {
  const answer = await ledgerOf(creator).takePlace({ ...order, ...changes })
  if (!answer.ok) throw new Error(answer.code)
  return answer.value
}

/** Stands in vitest.workers.config.ts. */
const backendSecret = new TextEncoder().encode('the-secret-of-a-backend-in-these-tests')
const tokenOf = async (sub: string, claims: object = {}, expires = '5m'): Promise<string> =>
  new SignJWT({ sub, ...claims })
    .setProtectedHeader({ alg: 'HS256', kid: 'acme.1' })
    .setAudience('video-room')
    .setExpirationTime(expires)
    .sign(backendSecret)

const create = async (token: string, body: object = {}, headers: Readonly<Record<string, string>> = {}) =>
  call('POST', '/room/create', { body, headers: { ...bearer(token), ...headers } })

const tablesOf = (state: DurableObjectState) =>
  state.storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'").toArray()

describe('the ledger object', () => {
  it('HT2 answers the same address and host token to the same key, also after sleep', async () => {
    const first = await placeAt('sleeper', { idempotencyKey: 'booking' })
    await evictDurableObject(ledgerOf('sleeper'))
    expect(await placeAt('sleeper', { idempotencyKey: 'booking' })).toEqual({ ...first, isNew: false })
    expect((await placeAt('another', { idempotencyKey: 'booking' })).roomId).not.toBe(first.roomId)
    expect(first.roomId).toBe(await roomIdOfCode(first.address.code))
  })

  it('C6 remembers over sleep how many rooms are open', async () => {
    const { roomId } = await placeAt('counted')
    await placeAt('counted')
    await evictDurableObject(ledgerOf('counted'))
    const refused = await ledgerOf('counted').takePlace(order)
    expect(refused).toMatchObject({ ok: false, code: 'creator_quota' })
    await ledgerOf('counted').roomEnded(roomId)
    await evictDurableObject(ledgerOf('counted'))
    expect((await ledgerOf('counted').takePlace(order)).ok).toBe(true)
  })

  it('C6 of many orders at once only as many as the quota are granted', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => ledgerOf('hasty').takePlace(order)))
    expect(answers.filter(({ ok }) => ok)).toHaveLength(2)
  })

  it('leaves nothing behind when all its rooms are over', async () => {
    await placeAt('gone')
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_001 })
    expect(await runDurableObjectAlarm(ledgerOf('gone'))).toBe(true)
    await runInDurableObject(ledgerOf('gone'), (_ledger, state) => expect(tablesOf(state)).toEqual([]))
    expect((await ledgerOf('gone').takePlace(order)).ok).toBe(true)
  })

  it('leaves nothing behind of a creator who never got a room', async () => {
    await ledgerOf('never').takePlace({ ...order, quota: 0 })
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + limits.roomTombstoneMs + 1 })
    expect(await runDurableObjectAlarm(ledgerOf('never'))).toBe(true)
    await runInDurableObject(ledgerOf('never'), (_ledger, state) => expect(tablesOf(state)).toEqual([]))
  })

  it('a ledger of a future build is refused and left as it is', async () => {
    const { roomId } = await placeAt('future')
    await runInDurableObject(ledgerOf('future'), (_ledger, state) => {
      state.storage.sql.exec('UPDATE ledger SET version = 99')
    })
    await evictDurableObject(ledgerOf('future'))
    expect(await ledgerOf('future').takePlace(order)).toEqual({ ok: false, code: 'internal' })
    await runInDurableObject(ledgerOf('future'), (_ledger, state) => {
      expect(state.storage.sql.exec('SELECT room_id FROM ledger_rooms').toArray()).toEqual([
        { room_id: roomId },
      ])
    })
  })
})

describe('creators by token', () => {
  it('C4 HT1 a token makes rooms, with the settings it rules', async () => {
    const token = await tokenOf('ruled', { room: { maxParticipants: 3, admission: 'knock' } })
    const made = await create(token)
    expect(made.status).toBe(201)
    const { roomId } = v.parse(createResponseSchema, made.json)
    expect(v.is(roomIdSchema, roomId)).toBe(true)
    const joined = await call('POST', `/room/${roomId}/join`)
    expect(joined.json).toMatchObject({ settings: { maxParticipants: 3, admission: 'knock' } })
  })

  it('C4 a wish beyond the rules of its token is refused, and nothing is counted', async () => {
    const token = await tokenOf('greedy', { maxRooms: 1, room: { maxParticipants: 3 } })
    const refused = await create(token, { maxParticipants: 4 })
    expect([refused.status, refused.json]).toEqual([
      403,
      { error: { code: 'not_allowed', field: 'maxParticipants' } },
    ])
    expect((await create(token, { maxParticipants: 2 })).status).toBe(201)
  })

  it('HT8 C6 the quota of a token holds, says when to ask again, and an ended room frees its place', async () => {
    const token = await tokenOf('quota', { maxRooms: 1 })
    const { roomId, hostToken } = v.parse(createResponseSchema, (await create(token)).json)
    const refused = await create(token)
    expect([refused.status, refused.json]).toEqual([
      429,
      { error: { code: 'creator_quota', retryAfterMs: limits.creatorQuotaRetryMs } },
    ])
    expect(refused.headers.get('Retry-After')).toBe('60')
    expect((await create(await tokenOf('quota-of-another', { maxRooms: 1 }))).status).toBe(201)
    expect((await call('DELETE', `/room/${roomId}`, { headers: bearer(hostToken) })).status).toBe(204)
    await vi.waitFor(async () => expect((await create(token)).status).toBe(201), { timeout: 5_000 })
  })

  it('HT2 C6 a repeated order gets the same answer, by whichever token of the creator, at the quota too', async () => {
    const headers = { 'Idempotency-Key': 'booking' }
    const first = await create(await tokenOf('repeats', { maxRooms: 1 }), {}, headers)
    expect(first.status).toBe(201)
    expect((await create(await tokenOf('repeats', { maxRooms: 1 }), {}, headers)).json).toEqual(first.json)
    expect((await create(await tokenOf('repeats-not', { maxRooms: 1 }), {}, headers)).json).not.toEqual(
      first.json,
    )
    const other = create(await tokenOf('repeats', { maxRooms: 1 }), { maxParticipants: 5 }, headers)
    expect(await refusalOf(other)).toEqual([422, 'idempotency_mismatch'])
  })

  it('HT2 a refused order of a repeated key costs no place', async () => {
    const headers = { 'Idempotency-Key': 'booking' }
    const token = await tokenOf('mistaken', { maxRooms: 2 })
    expect((await create(token, {}, headers)).status).toBe(201)
    await create(token, { maxParticipants: 5 }, headers)
    expect((await create(token)).status).toBe(201)
    expect(await refusalOf(create(token))).toEqual([429, 'creator_quota'])
  })

  const unsigned = (header: object, claims: object): string =>
    `${btoa(JSON.stringify(header))}.${btoa(JSON.stringify(claims))}.`

  it.each([
    ['an expired token', async () => tokenOf('late', {}, '-5m')],
    ['a token without signature', async () => unsigned({ alg: 'none' }, { sub: 'x', aud: 'video-room' })],
    ['half a token', async () => (await tokenOf('half')).slice(0, -20)],
    ['a key of nobody', async () => `${creatorKey}x`],
  ])('C1 HT1 %s makes no room', async (_what, proof) => {
    expect(await refusalOf(create(await proof()))).toEqual([403, 'creator_proof_invalid'])
  })
})
