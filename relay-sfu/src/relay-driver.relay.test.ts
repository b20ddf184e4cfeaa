import type { RelayId, RoomId } from '@video-room/shared/ids.ts'
import { encodeToRelay } from '@video-room/shared/protocol/relay-signal.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readConfig } from './config.ts'
import {
  factsOf,
  fingerprint,
  link,
  live,
  occupant,
  secret,
  snapshotOf,
  viewOf,
} from './control/testing/room-bench.ts'
import { jsonLog } from './log.ts'
import { RelayDriver } from './relay-driver.ts'
import { FakeSignal } from './testing/fake-signal.ts'
import { FakeTransport } from './testing/fake-transport.ts'

const relayKey = 'relay-key-of-this-test-and-no-other'
const roomOne = '11111111-1111-4111-8111-111111111111' as RoomId
const roomTwo = '22222222-2222-4222-8222-222222222222' as RoomId
const patience = { timeout: 10_000 }

let signal: FakeSignal
let transport: FakeTransport
let lines: string[]
let relay: RelayDriver | null = null

beforeEach(async () => {
  signal = await FakeSignal.start()
  transport = new FakeTransport()
  lines = []
})
afterEach(async () => {
  await relay?.stop()
  relay = null
  await signal.stop()
})

async function startRelay(settings: Readonly<Record<string, string>> = {}): Promise<RelayDriver> {
  const config = readConfig({
    SIGNAL_URL: `http://127.0.0.1:${signal.port}`,
    RELAY_KEY: relayKey,
    REGION: 'Test Bench',
    BIND_ADDRESSES: '127.0.0.1',
    CAPACITY_LINKS: '2',
    LOG_LEVEL: 'debug',
    ...settings,
  })
  const log = jsonLog(
    config.logLevel,
    (line) => lines.push(line),
    () => new Date(0),
  )
  relay = await RelayDriver.start(config, transport.start, log)
  return relay
}

const events = (): readonly string[] => lines.map((line) => (JSON.parse(line) as { event: string }).event)

async function registered(): Promise<void> {
  await expect.poll(() => relay?.figures.status, patience).toBe('serving')
}

/** Summoned to the room, welcomed there, with a link for `a` and `b`. */
async function served(roomId: RoomId, ...digits: readonly [string, string]): Promise<void> {
  const before = signal.rooms.length
  signal.summon(roomId, secret('s'))
  await expect.poll(() => signal.rooms.length, patience).toBe(before + 1)
  const snapshot = snapshotOf(viewOf('a', live('microphone', 'camera')), viewOf('b'))
  signal.tellRoom({ type: 'relay-welcome', snapshot, resumeToken: secret('t') })
  const links = ['a', 'b'].map((letter, at) => ({
    occupantId: occupant(letter),
    linkId: link(digits[at] ?? ''),
    generation: 1,
  }))
  signal.tellRoom({ type: 'relay-links', links })
  await expect.poll(() => digits.every((digit) => transport.orders.has(link(digit))), patience).toBe(true)
}

function describeLink(letter: string, room = signal.rooms.at(-1)): void {
  const payload = encodeToRelay({ facts: factsOf('AB') })
  signal.tellRoom({ type: 'signal', from: occupant(letter), generation: 1, payload }, room)
}

async function admitted(letter: string, digit: string): Promise<void> {
  describeLink(letter)
  transport.events.onSecured(link(digit), fingerprint('AB'))
  await expect.poll(() => transport.isAdmitted(link(digit)), patience).toBe(true)
}

describe('the registry', () => {
  it('RG1 RG2 hears who the relay is, then how busy it is', async () => {
    await startRelay()
    await registered()
    const [socket] = signal.registry
    expect(socket?.token).toBe(relayKey)
    await expect.poll(() => socket?.heard.length, patience).toBe(2)
    const [hello, load] = socket?.heard ?? []
    expect(hello).toMatchObject({
      type: 'relay-hello',
      region: 'Test Bench',
      candidates: transport.candidates,
      fingerprint: transport.fingerprint,
      iceKey: Buffer.from(transport.options.iceKey).toString('base64url'),
      capacity: 2,
    })
    expect(load).toMatchObject({ type: 'relay-load', links: 0, rooms: 0 })
  })

  it('RG1 a lost registry is found again, and rooms go on meanwhile', async () => {
    await startRelay()
    await registered()
    await served(roomOne, 'a', 'b')
    signal.registry[0]?.cut()
    await expect.poll(() => signal.registry.length, patience).toBe(2)
    await registered()
    expect(transport.orders.size).toBe(2)
    expect(signal.registry[1]?.heard[0]).toEqual(signal.registry[0]?.heard[0])
  })

  it('RG1 a key that is not on the list is an error in the log, and tried again', async () => {
    signal.turnAwayWith = 4401
    await startRelay()
    await expect.poll(() => signal.registry.length, patience).toBeGreaterThan(2)
    expect(relay?.figures.status).toBe('registry-lost')
    expect(lines.some((line) => line.includes('"error"') && line.includes('4401'))).toBe(true)
    signal.turnAwayWith = null
    await registered()
  })

  it('RG6 hears how far the relays are that it names', async () => {
    await startRelay()
    await registered()
    transport.distancesMs.set('192.0.2.7', 31.5)
    const relayIds = ['a', 'b'].map((letter) => `r_${letter.repeat(16)}` as RelayId)
    const relays = relayIds.map((relayId, at) => ({
      relayId,
      candidates: [{ protocol: 'udp', address: `192.0.2.${7 + at}`, port: 3478 } as const],
    }))
    signal.tellRegistered({ type: 'relays', relays })
    const rtts = relayIds.map((relayId, at) =>
      at === 0
        ? { relayId, rttMs: 31.5, asked: 4, answered: 4 }
        : { relayId, rttMs: null, asked: 4, answered: 0 },
    )
    const loads = () => signal.registry[0]?.heard.filter((one) => one.type === 'relay-load')
    await expect.poll(() => loads()?.at(-1)?.rtts, patience).toEqual(rtts)
  })

  it('declines a room when it is full', async () => {
    await startRelay()
    await registered()
    await served(roomOne, 'a', 'b')
    signal.summon(roomTwo, secret('s'))
    await expect.poll(() => events(), patience).toContain('summons-declined')
    expect(signal.rooms).toHaveLength(1)
  })
})

describe('a room', () => {
  it('RG4 RL6 RL7 is served from its summons to its end', async () => {
    await startRelay()
    await registered()
    await served(roomOne, 'a', 'b')
    expect(signal.rooms[0]).toMatchObject({ path: `/room/${roomOne}/relay`, token: secret('s') })
    await admitted('a', 'a')
    await admitted('b', 'b')
    const slots = [
      { mid: '4', occupantId: occupant('a'), source: 'microphone' },
      { mid: '7', occupantId: occupant('a'), source: 'camera' },
    ]
    await expect
      .poll(() => signal.rooms[0]?.heard, patience)
      .toContainEqual({
        type: 'signal',
        to: occupant('b'),
        generation: 1,
        payload: JSON.stringify({ slots }),
      })
    signal.rooms[0]?.close(4410)
    await expect.poll(() => transport.orders.size, patience).toBe(0)
    await expect.poll(() => relay?.figures.rooms, patience).toBe(0)
  })

  it('LK5 hears of a lost link', async () => {
    await startRelay()
    await registered()
    await served(roomOne, 'a', 'b')
    transport.events.onLost(link('a'), 'silent')
    const message = { type: 'link-failed', to: occupant('a'), generation: 1 }
    await expect.poll(() => signal.rooms[0]?.heard, patience).toContainEqual(message)
    expect(relay?.figures.lostLinks).toEqual({ silent: 1 })
  })

  it('RG4 a lost socket comes back with the resume token, and links are never touched', async () => {
    await startRelay()
    await registered()
    await served(roomOne, 'a', 'b')
    await admitted('a', 'a')
    const orders = transport.orders.get(link('a'))
    signal.rooms[0]?.cut()
    await expect.poll(() => signal.rooms.length, patience).toBe(2)
    expect(signal.rooms[1]?.token).toBe(secret('t'))
    expect(transport.orders.get(link('a'))).toBe(orders)
    expect(transport.isAdmitted(link('a'))).toBe(true)
  })

  it('what it says that cannot be read makes a new socket', async () => {
    await startRelay()
    await registered()
    await served(roomOne, 'a', 'b')
    signal.rooms[0]?.say('{"v":1,"type":"gibberish"}')
    await expect.poll(() => signal.rooms.length, patience).toBe(2)
    expect(transport.orders.size).toBe(2)
  })

  it('a bug in it ends this room and no other', async () => {
    await startRelay({ CAPACITY_LINKS: '9' })
    await registered()
    await served(roomOne, 'a', 'b')
    await served(roomTwo, 'c', 'd')
    const command = transport.command.bind(transport)
    transport.command = (linkId, order) => {
      if (linkId === link('a')) throw new Error('a bug')
      command(linkId, order)
    }
    describeLink('a', signal.rooms[0])
    await expect.poll(() => [...transport.orders.keys()], patience).toEqual([link('c'), link('d')])
    expect(events()).toContain('bug')
    await expect.poll(() => signal.rooms[0]?.closeCode, patience).toBe(1000)
    await admitted('a', 'c')
    expect(relay?.figures).toMatchObject({ rooms: 1, links: 2 })
  })

  it('has its own links only: another room’s link id gets it nothing', async () => {
    await startRelay({ CAPACITY_LINKS: '9' })
    await registered()
    await served(roomOne, 'a', 'b')
    await admitted('a', 'a')
    const orders = transport.orders.get(link('a'))?.length
    await served(roomTwo, 'a', 'd')
    signal.tellRoom({ type: 'relay-links', links: [] })
    await expect.poll(() => transport.orders.has(link('d')), patience).toBe(false)
    expect(transport.orders.get(link('a'))).toHaveLength(orders ?? -1)
    expect(events()).toContain('link-of-another-room')
  })
})

describe('media threads', () => {
  const threadsOf = (...digits: readonly string[]): readonly (number | undefined)[] =>
    digits.map((digit) => transport.threads.get(link(digit)))

  it('RG8 a room is on one, chosen when it comes; the room is told, and links are opened there', async () => {
    await startRelay({ CAPACITY_LINKS: '9', MEDIA_THREADS: '2' })
    expect(transport.options.threads).toBe(2)
    await registered()
    await served(roomOne, 'a', 'b')
    await served(roomTwo, 'c', 'd')
    expect(signal.rooms.map(({ path }) => path)).toEqual([
      `/room/${roomOne}/relay`,
      `/room/${roomTwo}/relay?thread=1`,
    ])
    expect(threadsOf('a', 'b', 'c', 'd')).toEqual([0, 0, 1, 1])
  })

  it('RG8 a room stays on its own over sockets and summonses', async () => {
    await startRelay({ CAPACITY_LINKS: '9', MEDIA_THREADS: '2' })
    await registered()
    await served(roomOne, 'a', 'b')
    await served(roomTwo, 'c', 'd')
    signal.rooms[1]?.cut()
    await expect.poll(() => signal.rooms.length, patience).toBe(3)
    expect(signal.rooms[2]?.path).toBe(`/room/${roomTwo}/relay?thread=1`)
    signal.summon(roomTwo, secret('u'))
    await expect.poll(() => signal.rooms.at(-1)?.token, patience).toBe(secret('u'))
    expect(signal.rooms.at(-1)?.path).toBe(`/room/${roomTwo}/relay?thread=1`)
  })

  it('RG8 CH3 trunks of a room are dialled from its own', async () => {
    await startRelay({ CAPACITY_LINKS: '9', MEDIA_THREADS: '2' })
    await registered()
    await served(roomOne, 'a', 'b')
    await served(roomTwo, 'c', 'd')
    const ticket = {
      iceUfrag: 'u'.repeat(20),
      icePwd: 'p'.repeat(43),
      fingerprint: fingerprint('CD'),
      candidates: [{ protocol: 'udp', address: '192.0.2.9', port: 3478 } as const],
    }
    const relayId = `r_${'f'.repeat(16)}` as RelayId
    const trunk = { relayId, linkId: link('e'), generation: 1, fingerprint: ticket.fingerprint, ticket }
    signal.tellRoom({ type: 'relay-links', links: [], trunks: [trunk] })
    await expect.poll(() => transport.orders.has(link('e')), patience).toBe(true)
    expect(threadsOf('e')).toEqual([1])
  })

  it('RL8 what one says of speakers changes nothing in rooms of another', async () => {
    await startRelay({ CAPACITY_LINKS: '9', MEDIA_THREADS: '2' })
    await registered()
    await served(roomOne, 'a', 'b')
    await served(roomTwo, 'c', 'd')
    for (const [letter, digit] of [
      ['a', 'a'],
      ['b', 'b'],
    ] as const) {
      describeLink(letter, signal.rooms[0])
      transport.events.onSecured(link(digit), fingerprint('AB'))
      await expect.poll(() => transport.isAdmitted(link(digit)), patience).toBe(true)
    }
    const said = (): readonly string[] =>
      (signal.rooms[0]?.heard ?? []).flatMap((one) =>
        one.type === 'signal' && one.payload.includes('speakers') ? [one.payload] : [],
      )
    // That is not so: the link is on thread 0.
    transport.events.onSpeakers([{ linkId: link('a') }], 1)
    // What the room hears next, it hears after whatever came of that.
    transport.events.onLost(link('b'), 'silent')
    const failed = { type: 'link-failed', to: occupant('b'), generation: 1 }
    await expect.poll(() => signal.rooms[0]?.heard, patience).toContainEqual(failed)
    expect(said()).toEqual([])
    transport.events.onSpeakers([{ linkId: link('a') }], 0)
    await expect.poll(() => said()[0], patience).toContain(occupant('a'))
  })
})

describe('the end', () => {
  it('RG2 drains: tells registry and rooms, waits until they have moved on, and stops', async () => {
    const driver = await startRelay()
    await registered()
    await served(roomOne, 'a', 'b')
    const drained = driver.drain()
    await expect.poll(() => signal.rooms[0]?.heard, patience).toContainEqual({ type: 'leave' })
    await expect.poll(() => signal.registry[0]?.heard, patience).toContainEqual({ type: 'relay-draining' })
    expect(driver.figures.status).toBe('draining')
    expect(transport.orders.size).toBe(2)
    signal.summon(roomTwo, secret('s'))
    signal.tellRoom({ type: 'relay-links', links: [] })
    await drained
    expect(transport.isStopped).toBe(true)
    expect(transport.orders.size).toBe(0)
    expect(signal.rooms).toHaveLength(1)
  })

  it('RG7 an operator’s drain asks rooms to move and serves them on; a signal ends it later', async () => {
    const driver = await startRelay({ DRAIN_SECONDS: '0' })
    await registered()
    await served(roomOne, 'a', 'b')
    signal.tellRegistered({ type: 'drain' })
    await expect.poll(() => signal.rooms[0]?.heard, patience).toContainEqual({ type: 'leave' })
    await expect.poll(() => signal.registry[0]?.heard, patience).toContainEqual({ type: 'relay-draining' })
    expect(driver.figures).toMatchObject({ status: 'draining', rooms: 1, links: 2 })
    expect(transport.isStopped).toBe(false)
    await driver.drain()
    expect(transport.isStopped).toBe(true)
    const goodbyes = signal.registry[0]?.heard.filter((one) => one.type === 'relay-draining')
    expect(goodbyes).toHaveLength(1)
  })

  it('rooms that do not move on are left when the patience is over', async () => {
    const driver = await startRelay({ DRAIN_SECONDS: '0' })
    await registered()
    await served(roomOne, 'a', 'b')
    await driver.drain()
    expect(transport.orders.size).toBe(0)
    await expect.poll(() => signal.rooms[0]?.closeCode, patience).toBe(1000)
    await expect.poll(() => signal.registry[0]?.closeCode, patience).toBe(1000)
  })

  it('without rooms it is done at once', async () => {
    const driver = await startRelay({ DRAIN_SECONDS: '3600' })
    await registered()
    await driver.drain()
    expect(transport.isStopped).toBe(true)
  })
})

it('secrets, addresses, names and whole ids never reach the log, whatever happens', async () => {
  const driver = await startRelay({ CAPACITY_LINKS: '2' })
  await registered()
  await served(roomOne, 'a', 'b')
  signal.tellRoom({
    type: 'room-changed',
    patch: { revision: 8, changed: [{ ...viewOf('b'), displayName: 'Grace Hopper' }], left: [] },
  })
  await admitted('a', 'a')
  signal.summon(roomTwo, secret('x'))
  await expect.poll(() => events(), patience).toContain('summons-declined')
  describeLink('b')
  transport.events.onSecured(link('b'), fingerprint('CD'))
  await expect
    .poll(() => signal.rooms[0]?.heard.some((one) => one.type === 'link-failed'), patience)
    .toBe(true)
  signal.rooms[0]?.say('not a message of Grace Hopper')
  await expect.poll(() => signal.rooms.length, patience).toBeGreaterThan(1)
  signal.registry[0]?.cut()
  await expect.poll(() => events(), patience).toContain('registry-lost')
  transport.command = () => {
    throw new Error('Grace Hopper at 192.0.2.99')
  }
  const snapshot = snapshotOf(viewOf('a'))
  signal.tellRoom({ type: 'relay-welcome', snapshot, resumeToken: secret('t') })
  await expect.poll(() => events(), patience).toContain('bug')
  await driver.drain()
  relay = null

  const story = lines.join('\n')
  for (const event of [
    'relay-started',
    'room-served',
    'link-admitted',
    'room-unreadable',
    'link-failed',
    'stopping',
  ]) {
    expect(events()).toContain(event)
  }
  const iceKey = Buffer.from(transport.options.iceKey)
  const forbidden = [
    relayKey,
    iceKey.toString('base64url'),
    iceKey.toString('base64'),
    iceKey.toString('hex'),
    secret('s'),
    secret('t'),
    secret('x'),
    'Grace',
    '192.0.2.',
    '127.0.0.1',
    fingerprint('AB'),
    transport.fingerprint,
    roomOne,
    roomTwo,
    occupant('a'),
    link('a'),
  ]
  for (const word of forbidden) expect(story).not.toContain(word)
})
