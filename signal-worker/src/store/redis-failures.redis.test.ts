/** What becomes of a store whose Redis dies, stalls, returns, or holds what nobody knows. */
import { randomUUID } from 'node:crypto'
import { occupantIdSchema, roomIdSchema, secretHashSchema, type OccupantId } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import { defaultSettings } from '@video-room/shared/room-info.ts'
import * as v from 'valibot'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { startRedis, type RedisServer } from '../testing/redis-server.ts'
import { parseRedisUrl } from './redis-address.ts'
import { RedisRunner } from './redis-runner.ts'
import { keysOf, RedisRoomInfoStore } from './redis.ts'
import type { RoomRecord } from './record.ts'
import type { CreateOrder } from './room-info-store.ts'
import { scriptNames } from './scripts/table.ts'

const down = { ok: false, code: 'room_store_unavailable' }
const hourMs = 3_600_000
const occupant = (name: string): OccupantId => v.parse(occupantIdSchema, `o_${name.padEnd(16, '_')}`)
const order = (): CreateOrder => ({
  settings: { ...defaultSettings, maxParticipants: 2 },
  expiresAtMs: Date.now() + hourMs,
  lifetimeMs: hourMs,
  hostTokenHash: v.parse(secretHashSchema, 'h'.repeat(43)),
  creatorId: 'acme',
})
const admission = (name: string) => ({
  occupantId: occupant(name),
  isHost: false,
  tokenHash: null,
  atMs: Date.now(),
  graceEndsAtMs: Date.now() + limits.joinToSocketMs,
})

async function runnerOf(url: string): Promise<RedisRunner> {
  const address = parseRedisUrl(url)
  if (address === null) throw new Error('the address of the server is sound')
  const runner = new RedisRunner(address)
  onTestFinished(() => runner.close())
  return runner
}

async function begin(words: readonly string[] = []) {
  const server = await startRedis(words)
  onTestFinished(() => server.end())
  const runner = await runnerOf(server.url)
  const roomId = v.parse(roomIdSchema, randomUUID())
  const store = new RedisRoomInfoStore({ roomId, run: (command) => runner.run(command) })
  return { server, runner, store, roomId, keys: keysOf(roomId) }
}

async function timed<Value>(
  work: () => Promise<Value>,
): Promise<{ readonly value: Value; readonly tookMs: number }> {
  const startedMs = performance.now()
  const value = await work()
  return { value, tookMs: performance.now() - startedMs }
}

async function recordOf(store: RedisRoomInfoStore): Promise<RoomRecord> {
  const read = await store.read()
  if (!read.ok) throw new Error(`the room should be there: ${read.code}`)
  return read.value
}

/** Long enough for the rest after a failure and a slow machine. */
const soon = { timeout: limits.redisAnswerMs + limits.redisRestMs + 5_000, interval: 50 }

afterEach(() => vi.restoreAllMocks())

describe('a Redis that dies', () => {
  it('D5 kill -9: refusals come at once, not after a wait, and the room is back when Redis is (with persistence)', async () => {
    const { server, store } = await begin(['--appendonly', 'yes', '--appendfsync', 'always'])
    await store.create(order())
    expect((await store.admit(admission('ada'))).ok).toBe(true)
    await server.kill()
    for (let n = 0; n < 5; n += 1) {
      const { value, tookMs } = await timed(() => store.admit(admission('bob')))
      expect(value).toEqual(down)
      expect(tookMs).toBeLessThan(limits.redisAnswerMs)
    }
    await server.start()
    await vi.waitFor(async () => expect((await store.admit(admission('bob'))).ok).toBe(true), soon)
    expect(Object.keys((await recordOf(store)).seats)).toHaveLength(2)
  })

  it('D5 a restart without persistence forgets rooms; what a living room reasserts is there again, once', async () => {
    const { server, store } = await begin()
    await store.create(order())
    await store.admit(admission('ada'))
    const live = await recordOf(store)
    await server.kill()
    await server.start()
    await vi.waitFor(
      async () => expect(await store.read()).toEqual({ ok: false, code: 'room_not_found' }),
      soon,
    )
    const present = { occupantId: occupant('ada'), isPresent: true, graceEndsAtMs: null }
    expect(await store.setPresence(present)).toEqual(down)
    await store.reassert(live)
    await store.reassert(live)
    const again = await recordOf(store)
    expect(Object.keys(again.seats)).toEqual([occupant('ada')])
    expect(again.hostTokenHash).toBe(live.hostTokenHash)
  })
})

describe('a Redis that stalls (SIGSTOP)', () => {
  it('D5 refuses in bounded time, then at once, and goes on by itself after SIGCONT', async () => {
    const { server, store } = await begin()
    await store.create(order())
    server.pause()
    const first = await timed(() => store.admit(admission('ada')))
    expect(first.value).toEqual(down)
    expect(first.tookMs).toBeLessThan(limits.redisAnswerMs + 1_000)
    const second = await timed(() => store.admit(admission('ada')))
    expect(second.value).toEqual(down)
    expect(second.tookMs).toBeLessThan(200)
    server.resume()
    await vi.waitFor(async () => expect((await store.admit(admission('ada'))).ok).toBe(true), soon)
  })

  it('D5 obeys nothing afterwards that was given up meanwhile', async () => {
    const { server, store } = await begin()
    await store.create(order())
    // Redis must know the script already, or it would refuse the late command for that.
    await store.admit(admission('bob'))
    await store.leave(occupant('bob'))
    server.pause()
    expect(await store.admit(admission('ghost'))).toEqual(down)
    server.resume()
    await vi.waitFor(async () => expect((await store.admit(admission('ada'))).ok).toBe(true), soon)
    expect(Object.keys((await recordOf(store)).seats)).toEqual([occupant('ada')])
  })

  it('D5 nothing piles up: of ten thousand commands only so many wait, the others are refused at once', async () => {
    const { server, store } = await begin()
    await store.create(order())
    server.pause()
    let waiting = 0
    const answers = Array.from({ length: 10_000 }, async () => {
      waiting += 1
      const answer = await store.read()
      waiting -= 1
      return answer
    })
    await new Promise((resolve) => setTimeout(resolve, 0))
    await vi.waitFor(() => expect(waiting).toBeLessThanOrEqual(limits.redisCommandsMax), { timeout: 1_000 })
    expect((await Promise.all(answers)).every((answer) => !answer.ok)).toBe(true)
    server.resume()
    await vi.waitFor(async () => expect((await store.read()).ok).toBe(true), soon)
  })
})

describe('a Redis that is no longer the one to write to', () => {
  it('D5 a replica refuses; the connection is dropped, and the next one finds the master', async () => {
    const { server, store } = await begin()
    await store.create(order())
    await server.redis.replicaof('127.0.0.1', '1')
    expect(await store.admit(admission('ada'))).toEqual(down)
    const gone = await timed(() => store.admit(admission('ada')))
    expect(gone.tookMs).toBeLessThan(200)
    await server.redis.replicaof('NO', 'ONE')
    await vi.waitFor(async () => expect((await store.admit(admission('ada'))).ok).toBe(true), soon)
  })
})

describe('a Redis whose clock is not ours', () => {
  it('D6 HT4 seats are judged by the clock of Redis: ours may be hours off', async () => {
    const { server, runner, roomId } = await begin()
    const aheadMs = 5 * hourMs
    const store = new RedisRoomInfoStore({
      roomId,
      run: (command) => runner.run(command),
      now: () => Date.now() + aheadMs,
    })
    const atMs = Date.now() + aheadMs
    await store.create({ ...order(), expiresAtMs: atMs + hourMs })
    expect((await store.admit({ ...admission('ada'), atMs, graceEndsAtMs: atMs + 5_000 })).ok).toBe(true)
    const graceEndsAtMs = (await recordOf(store)).seats[occupant('ada')]?.graceEndsAtMs ?? 0
    const [seconds] = await server.redis.time()
    expect(Math.abs(graceEndsAtMs - 5_000 - Number(seconds) * 1_000)).toBeLessThan(3_000)
  })
})

describe('what stands in the keys', () => {
  it('D1 a foreign tool reads the dictionary: HGETALL shows count, settings and each occupant; every key has a TTL', async () => {
    const { server, store, keys } = await begin()
    await store.create(order())
    await store.admit({ ...admission('host'), isHost: true })
    await store.admit(admission('ada'))
    await store.setPresence({ occupantId: occupant('host'), isPresent: true, graceEndsAtMs: null })
    const tokenHashes = [v.parse(secretHashSchema, 'e'.repeat(43))]
    await store.bar({ reason: 'removed', occupantId: null, tokenHashes })
    expect(await server.redis.hgetall(keys[0])).toMatchObject({
      schema: '1',
      status: 'open',
      occupancyCount: '1',
      maxParticipants: '2',
      isLocked: 'false',
      creator: 'acme',
    })
    const occupants = await server.redis.hgetall(keys[1])
    expect(JSON.parse(occupants[occupant('host')] ?? '')).toEqual({
      isHost: true,
      isPresent: true,
      graceEndsAtMs: null,
    })
    expect(JSON.parse(occupants[occupant('ada')] ?? '')).toMatchObject({ isHost: false, isPresent: false })
    for (const key of keys) {
      const ttlMs = await server.redis.pttl(key)
      expect(ttlMs).toBeGreaterThan(hourMs)
      expect(ttlMs).toBeLessThanOrEqual(hourMs + limits.roomTombstoneMs)
    }
    await store.end(Date.now())
    expect(await server.redis.exists(keys[1], keys[2])).toBe(0)
    expect(await server.redis.pttl(keys[0])).toBeLessThanOrEqual(limits.roomTombstoneMs)
  })

  const broken: readonly (readonly [
    string,
    (server: RedisServer, keys: readonly [string, string, string]) => Promise<unknown>,
  ])[] = [
    ['a future schema', ({ redis }, keys) => redis.hset(keys[0], 'schema', '2')],
    ['no schema', ({ redis }, keys) => redis.hdel(keys[0], 'schema')],
    ['a status that nobody knows', ({ redis }, keys) => redis.hset(keys[0], 'status', 'paused')],
    ['a limit that is no number', ({ redis }, keys) => redis.hset(keys[0], 'maxParticipants', 'many')],
    ['a time that is no number', ({ redis }, keys) => redis.hset(keys[0], 'expiresAtMs', '')],
    ['an occupant that is no JSON', ({ redis }, keys) => redis.hset(keys[1], occupant('ada'), '{"isHost":')],
    ['an occupant of another shape', ({ redis }, keys) => redis.hset(keys[1], occupant('ada'), '[1]')],
    ['facts of another kind', ({ redis }, keys) => redis.set(keys[0], 'garbage')],
    ['occupants of another kind', ({ redis }, keys) => redis.set(keys[1], 'garbage')],
    ['bars of another kind', ({ redis }, keys) => redis.set(keys[2], 'garbage')],
  ]
  it.each(broken)('%s: a clear refusal, nobody gets in, and nothing is destroyed', async (_what, spoil) => {
    const errors = vi.spyOn(console, 'error').mockReturnValue()
    const { server, store, keys, runner } = await begin()
    await store.create(order())
    await store.admit(admission('ada'))
    const live = await recordOf(store)
    await spoil(server, keys)
    const before = await Promise.all(keys.map((key) => server.redis.dump(key)))
    for (const answer of [
      await store.create(order()),
      await store.admit(admission('bob')),
      await store.setPresence({ occupantId: occupant('ada'), isPresent: true, graceEndsAtMs: null }),
      await store.setSettings(defaultSettings),
      await store.leave(occupant('ada')),
      await store.end(Date.now()),
      await store.settle(),
      await store.read(),
      await store.reassert(live),
    ]) {
      expect(answer).toEqual(down)
    }
    expect(await Promise.all(keys.map((key) => server.redis.dump(key)))).toEqual(before)
    expect(errors.mock.calls.flat().join('\n')).toContain('"why":"store_schema"')
    // One spoilt room is no reason to refuse the others.
    const other = new RedisRoomInfoStore({
      roomId: v.parse(roomIdSchema, randomUUID()),
      run: (command) => runner.run(command),
    })
    expect((await other.create(order())).ok).toBe(true)
  })

  const hostile: readonly (readonly [string, string])[] = [
    ['code that ends a string', `' .. redis.call('FLUSHALL') .. '`],
    ['code that ends a long string', `"]] redis.call('FLUSHALL') --`],
    ['a line of the protocol', '\r\nFLUSHALL\r\n'],
    ['a command of the protocol', '*1\r\n$8\r\nFLUSHALL\r\n'],
    ['a zero byte', '\0'],
    ['JSON', '{"isHost":true}'],
    ['a condition', '0) or true or (0'],
    ['a metamethod', '__index'],
    ['a hundred thousand letters', 'x'.repeat(100_000)],
  ]
  it.each(hostile)('hostile words stay words: %s', async (_what, words) => {
    const { server, store, keys, runner, roomId } = await begin()
    await store.create(order())
    await server.redis.set('canary', 'alive')
    const asOccupant = words as OccupantId
    // Behind the types and the schemas of the edge, which would have stopped each of these.
    await store.admit({ ...admission('ada'), occupantId: asOccupant })
    expect(await server.redis.hkeys(keys[1])).toEqual([words])
    await store.setPresence({ occupantId: asOccupant, isPresent: true, graceEndsAtMs: null })
    await store.handOver({ from: asOccupant, to: asOccupant })
    for (const script of scriptNames) {
      await runner.run({ script, roomId, words: Array.from({ length: 9 }, () => words), clockMs: null })
    }
    expect(await server.redis.get('canary')).toBe('alive')
    expect((await server.redis.keys('*')).toSorted()).toEqual(expect.arrayContaining(['canary', keys[0]]))
    expect(await server.redis.dbsize()).toBeLessThanOrEqual(4)
  })
})
