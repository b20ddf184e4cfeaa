import { spawn, type ChildProcess } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { RoomId } from '@video-room/shared/ids.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { link, occupant, secret, snapshotOf } from './control/testing/room-bench.ts'
import { FakeSignal } from './testing/fake-signal.ts'

const main = fileURLToPath(new URL('main.ts', import.meta.url))
const relayKey = 'relay-key-of-this-test-and-no-other'
const room = '33333333-3333-4333-8333-333333333333' as RoomId
/** A start takes a second on a quiet machine, ten with a load of eight on each core. */
const patience = { timeout: 60_000 }

let signal: FakeSignal
let child: ChildProcess | null = null
let lines: string[]

beforeEach(async () => {
  signal = await FakeSignal.start()
  lines = []
})
afterEach(async () => {
  if (child !== null && child.exitCode === null) child.kill('SIGKILL')
  child = null
  await signal.stop()
})

function spawnMain(settings: Readonly<Record<string, string>> = {}): ChildProcess {
  const env = {
    PATH: process.env['PATH'],
    SIGNAL_URL: `http://127.0.0.1:${signal.port}`,
    RELAY_KEY: relayKey,
    UDP_PORT: '0',
    BIND_ADDRESSES: '127.0.0.1',
    HTTP_PORT: '0',
    ...settings,
  }
  const spawned = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  createInterface({ input: spawned.stdout }).on('line', (line) => lines.push(line))
  createInterface({ input: spawned.stderr }).on('line', (line) => lines.push(line))
  child = spawned
  return spawned
}

const fieldOf = (event: string, field: string): unknown => {
  const line = lines
    .map((one) => JSON.parse(one) as Record<string, unknown>)
    .find((one) => one['event'] === event)
  return line?.[field]
}

async function started(settings: Readonly<Record<string, string>> = {}) {
  const relay = spawnMain(settings)
  await expect.poll(() => fieldOf('health-served', 'httpPort'), patience).toBeTypeOf('number')
  await expect.poll(() => fieldOf('registered', 'attempt'), patience).toBe(1)
  const get = (path: string) =>
    fetch(`http://127.0.0.1:${String(fieldOf('health-served', 'httpPort'))}${path}`)
  return { relay, get }
}

/** With one link, so that the room has something to move. */
async function serveOneRoom(): Promise<void> {
  signal.summon(room, secret('s'))
  await expect.poll(() => signal.rooms.length, patience).toBe(1)
  signal.tellRoom({ type: 'relay-welcome', snapshot: snapshotOf(), resumeToken: secret('t') })
  const served = { occupantId: occupant('a'), linkId: link('a'), generation: 1 }
  signal.tellRoom({ type: 'relay-links', links: [served] })
  await expect.poll(() => fieldOf('room-served', 'attempt'), patience).toBe(1)
}

describe('node src/main.ts', { timeout: 120_000 }, () => {
  it('serves health and metrics; a relay without its registry is not well', async () => {
    const { get } = await started()
    const health = await get('/health')
    expect([health.status, await health.json()]).toEqual([
      200,
      { ok: true, status: 'serving', rooms: 0, links: 0 },
    ])
    const metrics = await (await get('/metrics')).text()
    expect(metrics).toContain('\nvideo_room_relay_registered 1\n')
    expect(metrics).toMatch(/\nprocess_resident_memory_bytes \d{7,}\n/)
    const { port } = signal
    await signal.stop()
    await expect.poll(async () => (await get('/health')).status, patience).toBe(503)
    signal = await FakeSignal.start(port)
    await expect.poll(async () => (await get('/health')).status, patience).toBe(200)
  })

  it('RG2 SIGTERM drains: 503, leave, and exit code 0 when the room has moved on', async () => {
    const { relay, get } = await started({ DRAIN_SECONDS: '3600' })
    await serveOneRoom()
    await expect
      .poll(async () => (await (await get('/health')).json()) as object, patience)
      .toMatchObject({ links: 1 })
    const exited = once(relay, 'exit')
    relay.kill('SIGTERM')
    await expect.poll(() => signal.rooms[0]?.heard, patience).toContainEqual({ type: 'leave' })
    expect((await get('/health')).status).toBe(503)
    signal.rooms[0]?.close(1000)
    expect(await exited).toEqual([0, null])
  })

  it('RG8 MEDIA_THREADS: says hello with the ports of each, serves metrics of all, and ends like one', async () => {
    const { relay, get } = await started({ MEDIA_THREADS: '2', TCP_PORT: '0' })
    expect(fieldOf('relay-started', 'mediaThreads')).toBe(2)
    const hello = signal.registry[0]?.heard.find((one) => one.type === 'relay-hello')
    const threads = hello?.candidates.map(({ protocol, thread = 0 }) => `${protocol} ${thread}`)
    expect(threads).toEqual(['udp 0', 'tcp 0', 'udp 1', 'tcp 1'])
    expect(new Set(hello?.candidates.map(({ protocol, port }) => `${protocol} ${port}`)).size).toBe(4)
    expect(hello?.capacity).toBe(200)
    const metrics = await (await get('/metrics')).text()
    expect(metrics).toContain('\nvideo_room_relay_forwarded_packets_total 0\n')
    const exited = once(relay, 'exit')
    relay.kill('SIGTERM')
    expect(await exited).toEqual([0, null])
  })

  it('a second signal ends it at once', async () => {
    const { relay } = await started({ DRAIN_SECONDS: '3600' })
    await serveOneRoom()
    const exited = once(relay, 'exit')
    relay.kill('SIGINT')
    await expect.poll(() => fieldOf('draining', 'rooms'), patience).toBe(1)
    relay.kill('SIGINT')
    expect(await exited).toEqual([1, null])
  })

  it('names what is wrong with its settings, and not the value', async () => {
    const relay = spawnMain({ RELAY_KEY: 'short', UDP_PORT: 'many' })
    expect(await once(relay, 'close')).toEqual([1, null])
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain('RELAY_KEY')
    expect(lines[0]).toContain('UDP_PORT')
    expect(lines[0]).not.toMatch(/short|many/)
  })

  it('says when its port is taken', async () => {
    const taken = createSocket('udp4')
    await new Promise<void>((resolve) => taken.bind(0, '127.0.0.1', resolve))
    const relay = spawnMain({ UDP_PORT: String(taken.address().port) })
    expect(await once(relay, 'close')).toEqual([1, null])
    expect(fieldOf('not-started', 'code')).toBe('EADDRINUSE')
    await new Promise<void>((resolve) => taken.close(() => resolve()))
  })
})
