import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { limits } from '@video-room/shared/limits.ts'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp } from './app.ts'
import { readConfig } from './config.ts'
import { readTally, RouteTeller } from './objects/route-tally.ts'
import { arrive, migrated, register, registry, relayIdOf, relayKey } from './relay-fixture.ts'
import { bearer, call, createRoom, creatorKey, enter, meeting, origin, refusalOf } from './worker-fixture.ts'

/** Stands in vitest.workers.config.ts, hashed. */
const headers = bearer('operator-key-of-these-tests-0123456789')
const tally = () => env.ROUTE_TALLY.get(env.ROUTE_TALLY.idFromName('routes'))

/** The registry is one for all tests: each begins with an empty one. The tally is, too: each looks at what it adds. */
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + limits.relaySilentMs })
  await runDurableObjectAlarm(registry())
  vi.useRealTimers()
})
afterEach(() => void vi.useRealTimers())

async function page(): Promise<string> {
  const response = await exports.default.fetch(`${origin}/metrics`, { headers })
  expect(response.status).toBe(200)
  expect(response.headers.get('Content-Type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(response.headers.get('Cache-Control')).toBe('no-store')
  return response.text()
}

/** By name and labels as they stand in the page. */
async function numbers(): Promise<ReadonlyMap<string, number>> {
  const lines = (await page()).trimEnd().split('\n')
  return new Map(
    lines
      .filter((line) => !line.startsWith('#'))
      .map((line): [string, number] => {
        const found = /^([a-z_]+(?:\{.*\})?) ([\d.]+)$/.exec(line)
        if (found === null) throw new Error(`not a line of the format: ${line}`)
        return [found[1] ?? '', Number(found[2])]
      }),
  )
}

/** What was added since `before`, of the numbers that have grown. */
async function grown(before: ReadonlyMap<string, number>): Promise<Readonly<Record<string, number>>> {
  const now = [...(await numbers())].map(([name, value]) => [name, value - (before.get(name) ?? 0)] as const)
  return Object.fromEntries(now.filter(([name, by]) => by !== 0 && !name.includes('_bucket')))
}

/** A call of two that went from direct links to a relay by the host's word. */
async function moved() {
  const registered = await register('sin')
  const { room, host, guest } = await meeting({ maxParticipants: 2 })
  await arrive(room, registered)
  host.socket.send({ type: 'change-settings', settings: { route: 'relay' } })
  const { route } = await migrated([host.socket, guest.socket])
  return { room, host, guest, epoch: route.epoch }
}

const there = 'from="mesh",to="relayed"'

describe('who reads the numbers', () => {
  it.each([
    ['no key', {}],
    ['a relay’s key', bearer(relayKey)],
    ['a creator’s key', bearer(creatorKey)],
  ])('OP1 OP4 %s reads nothing: 401', async (_what, wrong) => {
    expect(await refusalOf(call('GET', '/metrics', { headers: wrong }))).toEqual([
      401,
      'operator_key_required',
    ])
  })

  it('OP1 OP4 where no operator key is configured there are none, and they are read and nothing else', async () => {
    const answer = await createApp(readConfig({})).request(`${origin}/metrics`, { headers }, env)
    expect([answer.status, await answer.json()]).toEqual([404, { error: { code: 'not_found' } }])
    expect(await refusalOf(call('POST', '/metrics', { headers }))).toEqual([405, 'method_not_allowed'])
  })

  it('OP4 relays stand there as they last said they are; a room nobody is in is no call', async () => {
    const before = await numbers()
    const ada = await register('ada')
    ada.send({ type: 'relay-load', links: 25, rooms: 4, trunks: 2, cpu: 0.25, rtts: [] })
    await enter(await createRoom(), 'host')
    const links = `video_room_relays_links{relay="${relayIdOf('ada')}",region="ada town"}`
    await vi.waitFor(async () => expect((await numbers()).get(links)).toBe(25))
    expect((await numbers()).get('video_room_relays{state="serving"}')).toBe(1)
    expect(before.get('video_room_relays{state="serving"}')).toBe(0)
    expect((await grown(before))['video_room_calls{route="mesh"}']).toBeUndefined()
  })
})

describe('what rooms have counted', () => {
  it('OP4 FX3 a move, and the gap that each page saw of it, once; the call ends and is counted no more', async () => {
    const before = await numbers()
    const { host, guest, epoch } = await moved()
    const gap = { type: 'route-gap', epoch, steadyMs: 40 } as const
    for (const gapMs of [84, 9_000]) host.socket.send({ ...gap, gapMs })
    guest.socket.send({ ...gap, gapMs: 116, steadyMs: null })
    const counted = {
      [`video_room_route_moves_total{${there},reason="setting"}`]: 1,
      [`video_room_route_move_seconds_count{${there}}`]: 1,
      [`video_room_route_gap_seconds_count{${there}}`]: 2,
      [`video_room_route_steady_seconds_count{${there}}`]: 1,
      'video_room_calls{route="relayed"}': 1,
    }
    await vi.waitFor(async () => expect(await grown(before)).toMatchObject(counted))
    const sum = (await grown(before))[`video_room_route_gap_seconds_sum{${there}}`]
    expect(sum).toBeCloseTo(0.2)
    guest.socket.send({ type: 'leave' })
    await vi.waitFor(async () =>
      expect((await grown(before))['video_room_calls{route="relayed"}']).toBeUndefined(),
    )
  })

  it('OP4 counts are there after a restart, and grow on', async () => {
    await moved()
    const name = `video_room_route_moves_total{${there},reason="setting"}`
    const before = await vi.waitFor(async () => {
      const count = (await numbers()).get(name)
      expect(count).toBeGreaterThan(0)
      return count
    })
    await evictDurableObject(tally())
    expect((await numbers()).get(name)).toBe(before)
    await moved()
    await vi.waitFor(async () => expect((await numbers()).get(name)).toBe((before ?? 0) + 1))
  })

  it('OP4 a room that died without a word is counted for a while and no longer', async () => {
    const calls = async () => (await readTally(env)).calls.chain ?? 0
    const before = await calls()
    await tally().note('a-room-that-dies', [{ type: 'call', route: 'chain' }])
    expect(await calls()).toBe(before + 1)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + limits.callCountedMs - 1_000 })
    expect(await calls()).toBe(before + 1)
    vi.setSystemTime(Date.now() + 1_000)
    expect(await calls()).toBe(before)
  })

  it('OP4 no id of a room or a person stands there', async () => {
    const { room, host, guest, epoch } = await moved()
    host.socket.send({ type: 'route-gap', epoch, gapMs: 84, steadyMs: 40 })
    const objectId = env.ROOM.idFromName(room.roomId).toString()
    const text = await page()
    for (const id of [room.roomId, objectId, host.occupantId, guest.occupantId])
      expect(text).not.toContain(id)
  })

  it('OP4 what could not be counted is told in the log, and hurts nobody; the next word goes through', async () => {
    const said = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const broken = { note: () => Promise.reject(new Error('out of reach')) }
    const stubs = [broken, tally()]
    const bindings = { ...env, ROUTE_TALLY: { idFromName: () => null, get: () => stubs.shift() } }
    const teller = new RouteTeller(bindings as unknown as typeof env, 'a-room', { room: 'cafe' })
    const before = (await readTally(env)).calls.waiting ?? 0
    await teller.tell([{ type: 'call', route: 'waiting' }])
    expect(said.mock.calls).toEqual([
      [JSON.stringify({ level: 'warn', event: 'route-not-counted', room: 'cafe', words: 1 })],
    ])
    await teller.tell([{ type: 'call', route: 'waiting' }])
    expect((await readTally(env)).calls.waiting).toBe(before + 1)
    said.mockRestore()
  })
})
