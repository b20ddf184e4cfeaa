import { env } from 'cloudflare:workers'
import { runDurableObjectAlarm } from 'cloudflare:test'
import { limits } from '@video-room/shared/limits.ts'
import { relaysResponseSchema } from '@video-room/shared/protocol/operator.ts'
import * as v from 'valibot'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp } from './app.ts'
import { readConfig } from './config.ts'
import { helloOf, register, registry, relayIdOf, relayKey } from './relay-fixture.ts'
import { sha256Hex } from './secrets.ts'
import { bearer, call, creatorKey, origin, refusalOf } from './worker-fixture.ts'

/** Stands in vitest.workers.config.ts, hashed. */
const operatorKey = 'operator-key-of-these-tests-0123456789'
const headers = bearer(operatorKey)
const drainPath = (name: string): string => `/relays/${relayIdOf(name)}/drain`

/** The registry is one for all tests: each begins with an empty one. */
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + limits.relaySilentMs })
  await runDurableObjectAlarm(registry())
  vi.useRealTimers()
})

async function standings() {
  const { status, json } = await call('GET', '/relays', { headers })
  expect(status).toBe(200)
  return v.parse(relaysResponseSchema, json).relays
}

describe('who is an operator', () => {
  it.each([
    ['no key', {}],
    ['another key', bearer(`${operatorKey}x`)],
    ['a relay’s key', bearer(relayKey)],
    ['a creator’s key', bearer(creatorKey)],
  ])('OP1 %s opens nothing: 401, and no relay is drained', async (_what, wrong) => {
    await register('ada')
    expect(await refusalOf(call('GET', '/relays', { headers: wrong }))).toEqual([
      401,
      'operator_key_required',
    ])
    const drain = call('POST', drainPath('ada'), { headers: wrong })
    expect(await refusalOf(drain)).toEqual([401, 'operator_key_required'])
    expect((await standings()).map(({ isDraining }) => isDraining)).toEqual([false])
  })

  it('OP1 the hash itself is no key', async () => {
    const hash = bearer(await sha256Hex(operatorKey))
    expect(await refusalOf(call('GET', '/relays', { headers: hash }))).toEqual([401, 'operator_key_required'])
    expect((await call('GET', '/relays')).headers.get('WWW-Authenticate')).toBe('Bearer')
  })

  it('OP1 where no operator key is configured there is nothing, whoever asks', async () => {
    const app = createApp(readConfig({}))
    for (const [method, path] of [
      ['GET', '/relays'],
      ['PUT', '/relays'],
      ['POST', drainPath('ada')],
    ] as const) {
      const answer = await app.request(`${origin}${path}`, { method, headers }, env)
      expect([answer.status, await answer.json()]).toEqual([404, { error: { code: 'not_found' } }])
    }
  })

  it('OP1 HT6 a page of a stranger cannot even try, and nothing is kept on the way', async () => {
    const foreign = { ...headers, Origin: 'https://evil.example' }
    expect(await refusalOf(call('GET', '/relays', { headers: foreign }))).toEqual([403, 'origin_not_allowed'])
    expect((await call('GET', '/relays', { headers })).headers.get('Cache-Control')).toBe('no-store')
  })

  it('who tries keys is slowed down like everyone', async () => {
    const from = { ...bearer('a-guess'), 'CF-Connecting-IP': '2001:db8:ffff::1' }
    const tries = await Promise.all(
      Array.from({ length: 2 * limits.requestBurst }, () => call('GET', '/relays', { headers: from })),
    )
    expect(tries.map(({ status }) => status).filter((status) => status === 429).length).toBeGreaterThan(0)
  })
})

describe('GET /relays', () => {
  it('OP2 tells how each relay stands, and nothing that opens a door', async () => {
    expect(await standings()).toEqual([])
    const ada = await register('ada')
    await register('bob')
    const rtts = [{ relayId: relayIdOf('bob'), rttMs: 31.5 }]
    ada.send({ type: 'relay-load', links: 25, rooms: 4, trunks: 2, cpu: 0.25, rtts })
    await vi.waitFor(async () => expect((await standings())[0]?.links).toBe(25))
    const { json } = await call('GET', '/relays', { headers })
    const [first, second] = v.parse(relaysResponseSchema, json).relays
    expect(first).toEqual({
      relayId: relayIdOf('ada'),
      region: 'ada town',
      isDraining: false,
      links: 25,
      rooms: 4,
      trunks: 2,
      capacity: 100,
      cpu: 0.25,
      heardAgoMs: expect.any(Number) as number,
      rttMs: { [relayIdOf('bob')]: 31.5 },
    })
    expect(second).toMatchObject({ links: 0, rooms: 0, cpu: 0, rttMs: {} })
    const text = JSON.stringify(json)
    const { iceKey, fingerprint } = helloOf('ada')
    for (const secret of [iceKey, fingerprint, '192.0.2.77', '2001:db8::77'])
      expect(text).not.toContain(secret)
  })

  it('OP2 a browser gets the page, under a strict policy and without any key; a program never does', async () => {
    const config = readConfig({ OPERATOR_KEYS: `sha256:${await sha256Hex(operatorKey)}` })
    const asked: string[] = []
    const assets = {
      fetch: async (url: URL) => {
        asked.push(url.pathname)
        return new Response('<!doctype html>', { headers: { 'Content-Type': 'text/html' } })
      },
    }
    const get = (accept: Readonly<Record<string, string>>, bindings: object) =>
      createApp(config).request(`${origin}/relays`, { headers: accept }, { ...env, ...bindings })
    const page = await get({ Accept: 'text/html,*/*;q=0.8' }, { ASSETS: assets })
    expect([page.status, page.headers.get('Content-Type'), asked]).toEqual([200, 'text/html', ['/relays']])
    const policy = page.headers.get('Content-Security-Policy') ?? ''
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe')
    expect((await get({ Accept: 'text/html', ...headers }, { ASSETS: assets })).status).toBe(200)
    expect((await get({ Accept: 'application/json' }, { ASSETS: assets })).status).toBe(401)
    expect((await get({ Accept: 'text/html' }, {})).status).toBe(404)
    expect(asked).toHaveLength(1)
  })
})

describe('POST /relays/:relayId/drain', () => {
  it('OP3 RG7 the relay is told, once: 202, then 409', async () => {
    const ada = await register('ada')
    const drained = await call('POST', drainPath('ada'), { headers })
    expect([drained.status, drained.json]).toEqual([202, null])
    expect(await ada.next('drain')).toEqual({ type: 'drain' })
    expect((await standings())[0]).toMatchObject({ isDraining: true })
    expect(await refusalOf(call('POST', drainPath('ada'), { headers }))).toEqual([409, 'relay_draining'])
  })

  it.each([drainPath('nobody'), '/relays/r_short/drain', '/relays/%00/drain'])(
    'OP3 %s is no relay: 404',
    async (path) => {
      expect(await refusalOf(call('POST', path, { headers }))).toEqual([404, 'relay_not_found'])
    },
  )

  it('OP3 other methods are not allowed, other paths are not there', async () => {
    expect(await refusalOf(call('GET', drainPath('ada'), { headers }))).toEqual([405, 'method_not_allowed'])
    expect(await refusalOf(call('DELETE', '/relays', { headers }))).toEqual([405, 'method_not_allowed'])
    expect(await refusalOf(call('GET', '/relays/elsewhere', { headers }))).toEqual([404, 'not_found'])
  })
})
