/** What becomes of a store whose Redis is well, but far: slow answers, answers that break off, an address that moves. */
import { randomUUID } from 'node:crypto'
import { occupantIdSchema, roomIdSchema, secretHashSchema, type OccupantId } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import { defaultSettings } from '@video-room/shared/room-info.ts'
import * as v from 'valibot'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { startRedis } from '../testing/redis-server.ts'
import { startTcpProxy } from '../testing/tcp-proxy.ts'
import { parseRedisUrl } from './redis-address.ts'
import { RedisRunner } from './redis-runner.ts'
import { keysOf, RedisRoomInfoStore } from './redis.ts'

const down = { ok: false, code: 'room_store_unavailable' }
const hourMs = 3_600_000
const occupant = (name: string): OccupantId => v.parse(occupantIdSchema, `o_${name.padEnd(16, '_')}`)
const admission = (name: string) => ({
  occupantId: occupant(name),
  isHost: false,
  tokenHash: null,
  atMs: Date.now(),
  graceEndsAtMs: Date.now() + limits.joinToSocketMs,
})

/** A room in a Redis that is reached through a network of the test's own. */
async function begin() {
  const server = await startRedis()
  onTestFinished(() => server.end())
  const proxy = await startTcpProxy(server.port)
  onTestFinished(() => proxy.end())
  const address = parseRedisUrl(`redis://127.0.0.1:${proxy.port}`)
  if (address === null) throw new Error('the address is sound')
  const runner = new RedisRunner(address)
  onTestFinished(() => runner.close())
  const roomId = v.parse(roomIdSchema, randomUUID())
  const store = new RedisRoomInfoStore({ roomId, run: (command) => runner.run(command) })
  const created = await store.create({
    settings: { ...defaultSettings, maxParticipants: 15 },
    expiresAtMs: Date.now() + hourMs,
    lifetimeMs: hourMs,
    hostTokenHash: v.parse(secretHashSchema, 'h'.repeat(43)),
    creatorId: 'acme',
  })
  expect(created.ok).toBe(true)
  // Redis knows the script from here on, and the runner its clock.
  await store.admit(admission('first'))
  const [, occupantsKey] = keysOf(roomId)
  const listed = async (): Promise<string[]> => (await server.redis.hkeys(occupantsKey)).toSorted()
  return { server, proxy, store, listed }
}

/** Long enough for the rest after a failure and a slow machine. */
const soon = { timeout: limits.redisAnswerMs + limits.redisRestMs + 5_000, interval: 50 }

beforeEach(() => void vi.spyOn(console, 'warn').mockReturnValue())
afterEach(() => void vi.restoreAllMocks())

describe('a Redis that is slow', () => {
  it('D5 slow within bounds: every answer is right, and many at once wait no longer than one', async () => {
    const { proxy, store, listed } = await begin()
    proxy.slow({ thereMs: 150, backMs: 150 })
    const startedMs = performance.now()
    const answers = await Promise.all(Array.from({ length: 14 }, (_, n) => store.admit(admission(`n${n}`))))
    expect(answers.every(({ ok }) => ok)).toBe(true)
    expect(performance.now() - startedMs, 'they share the way').toBeLessThan(14 * 300)
    expect(await listed()).toHaveLength(15)
    expect(await store.admit(admission('overflow'))).toEqual({ ok: false, code: 'room_full' })
  })

  it('D5 a command that is late on its way is refused in bounded time, and obeyed by nobody when it arrives', async () => {
    const { proxy, store, listed } = await begin()
    proxy.slow({ thereMs: limits.redisAnswerMs + 500 })
    const startedMs = performance.now()
    expect(await store.admit(admission('ghost'))).toEqual(down)
    expect(performance.now() - startedMs).toBeLessThan(limits.redisAnswerMs + 1_500)
    proxy.slow({})
    await vi.waitFor(async () => expect((await store.admit(admission('ada'))).ok).toBe(true), soon)
    expect(await listed()).toEqual([occupant('ada'), occupant('first')].toSorted())
  })

  it('D5 an answer that is late on its way is none; asked again, the seat is the same one', async () => {
    const { proxy, store, listed } = await begin()
    proxy.slow({ backMs: limits.redisAnswerMs + 500 })
    expect(await store.admit(admission('ada'))).toEqual(down)
    proxy.slow({})
    await vi.waitFor(async () => expect((await store.admit(admission('ada'))).ok).toBe(true), soon)
    expect(await listed()).toEqual([occupant('ada'), occupant('first')].toSorted())
  })

  it('D5 one that grows slower and slower is never waited for longer than the bound, and recovers by itself', async () => {
    const { proxy, store } = await begin()
    for (const backMs of [200, 900, limits.redisAnswerMs + 300, limits.redisAnswerMs + 2_000]) {
      proxy.slow({ backMs })
      const startedMs = performance.now()
      const answer = await store.read()
      expect(performance.now() - startedMs).toBeLessThan(limits.redisAnswerMs + 1_500)
      if (backMs < limits.redisAnswerMs / 2) expect(answer.ok).toBe(true)
    }
    proxy.slow({})
    await vi.waitFor(async () => expect((await store.read()).ok).toBe(true), soon)
  })
})

describe('a connection that breaks in the middle of an answer', () => {
  it.each([0, 1, 3, 10, 25, 60, 200])(
    'D5 after %d bytes: no answer is made of a part, the next connection serves, and the repeated command harms nothing',
    async (bytes) => {
      const { proxy, store, listed } = await begin()
      proxy.breakAfter(bytes)
      expect(await store.read()).toEqual(down)
      await vi.waitFor(async () => expect((await store.read()).ok).toBe(true), soon)
      proxy.breakAfter(bytes)
      const [one, two] = await Promise.all([store.admit(admission('ada')), store.admit(admission('bob'))])
      for (const answer of [one, two]) if (!answer.ok) expect(answer).toEqual(down)
      for (const name of ['ada', 'bob']) {
        await vi.waitFor(async () => expect((await store.admit(admission(name))).ok).toBe(true), soon)
      }
      expect(await listed()).toEqual([occupant('ada'), occupant('bob'), occupant('first')].toSorted())
    },
  )
})
