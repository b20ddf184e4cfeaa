import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test'
import { roomIdSchema } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import * as v from 'valibot'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  helloOf,
  protocolsOf,
  register,
  registry,
  relayIdOf,
  relayKey,
  summonTo,
  toRegistry,
} from '../relay-fixture.ts'
import { call, createRoom, Probe, refusalOf, upgradeAt } from '../worker-fixture.ts'

const roomId = v.parse(roomIdSchema, 'c0ffee00-0000-4000-8000-000000000000')
const summon = (...exclude: readonly string[]) =>
  registry().summon({ roomId, exclude: exclude.map(relayIdOf), people: [] })

/** The registry is one for all tests: each begins with an empty one. */
async function forgetAll(): Promise<void> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + limits.relaySilentMs })
  await runDurableObjectAlarm(registry())
  vi.useRealTimers()
}

beforeEach(forgetAll)
afterEach(() => void vi.useRealTimers())

describe('the registry of relays', () => {
  it('RG1 RG3 a relay that said hello is summoned, and the room gets what it needs to mint tickets', async () => {
    const relay = await register('ada')
    const summoned = await summon()
    const { type: _hello, capacity: _capacity, ...facts } = helloOf('ada')
    expect(summoned).toMatchObject(facts)
    expect(await relay.next('summon')).toEqual({ type: 'summon', roomId, secret: summoned?.secret })
    expect((await summon())?.secret).not.toBe(summoned?.secret)
  })

  it('RG3 without a relay, or with all of them excluded, a room gets none', async () => {
    expect(await summon()).toBeNull()
    await register('ada')
    expect(await summon('ada')).toBeNull()
    expect((await summon('bob'))?.relayId).toBe(relayIdOf('ada'))
  })

  it('RG3 CH5 the relay that a room names is summoned while it may be, and no other in its place', async () => {
    const [, bob] = [await register('ada'), await register('bob')]
    const order = { roomId, exclude: [], people: [], only: relayIdOf('bob') }
    expect((await registry().summon(order))?.relayId).toBe(relayIdOf('bob'))
    bob.send({ type: 'relay-draining' })
    await vi.waitFor(async () => expect(await registry().summon(order)).toBeNull())
  })

  it('RG3 a room gets a relay near to its people, busier as it is, by the word of the edge', async () => {
    await register('ada', {}, { latitude: '50.1', longitude: '8.7' })
    const near = await register('bob', {}, { latitude: '1.3', longitude: '103.9' })
    near.send({ type: 'relay-load', links: 50, rooms: 9, cpu: 0.3 })
    await vi.waitFor(async () => expect((await registry().survey()).map(({ share }) => share)).toContain(0.5))
    const room = await createRoom({ route: 'relay' })
    const cf = { latitude: '-6.2', longitude: '106.8' }
    const joined = await call('POST', `/room/${room.roomId}/join`, { body: {}, cf })
    expect(joined.status).toBe(200)
    expect(await summonTo(room.roomId, near)).toBeDefined()
  })

  it('RG6 relays hear of each other, and a room that plans sees how far they are apart', async () => {
    const ada = await register('ada')
    expect(await ada.next('relays')).toEqual({ type: 'relays', relays: [] })
    const bob = await register('bob')
    const { relayId, candidates } = helloOf('bob')
    expect(await ada.next('relays')).toEqual({ type: 'relays', relays: [{ relayId, candidates }] })
    expect((await bob.next('relays')).relays.map((relay) => relay.relayId)).toEqual([relayIdOf('ada')])
    ada.send({ type: 'relay-load', links: 25, rooms: 4, cpu: 0.1, rtts: [{ relayId, rttMs: 31.5 }] })
    const { type: _hello, capacity: _capacity, ...facts } = helloOf('ada')
    await vi.waitFor(async () =>
      expect((await registry().survey())[0]).toEqual({
        ...facts,
        share: 0.25,
        isDraining: false,
        rtts: [{ relayId, rttMs: 31.5 }],
      }),
    )
    bob.close()
    expect(await ada.next('relays')).toEqual({ type: 'relays', relays: [] })
    expect((await registry().survey()).map(({ rtts }) => rtts)).toEqual([[]])
  })

  it('RG7 one that an operator wants empty is told so, and gets no more rooms', async () => {
    const ada = await register('ada')
    expect(await registry().drain(relayIdOf('bob'))).toBe('unknown')
    expect(await registry().drain(relayIdOf('ada'))).toBe('asked')
    expect(await ada.next('drain')).toEqual({ type: 'drain' })
    expect(await summon()).toBeNull()
    expect(await registry().drain(relayIdOf('ada'))).toBe('drains-already')
  })

  it.each([
    ['another', 'another-key-of-these-tests-0123456789'],
    ['an empty', ''],
  ])('RG1 %s key is closed with 4401 and lists nobody', async (_what, key) => {
    const socket = await toRegistry(key)
    expect(await socket.closed).toEqual({ code: 4401, reason: 'unauthorised' })
    expect(await summon()).toBeNull()
  })

  it('RG1 without a key: 4401; without an upgrade 426; with words we do not speak 400; with POST 405', async () => {
    const words = { decode: () => ({ ok: false, code: 'malformed' }) as const, encode: String }
    const keyless = new Probe(await upgradeAt('/relay/socket', ['video-room.relay.v1']), words)
    expect(await keyless.closed).toMatchObject({ code: 4401 })
    expect(await refusalOf(call('GET', '/relay/socket'))).toEqual([426, 'upgrade_required'])
    expect((await upgradeAt('/relay/socket', ['video-room.v1'])).status).toBe(400)
    expect(await refusalOf(call('POST', '/relay/socket'))).toEqual([405, 'method_not_allowed'])
    expect(await refusalOf(call('GET', '/relay/elsewhere'))).toEqual([404, 'not_found'])
  })

  it('RG1 HT6 a page of a stranger cannot even try', async () => {
    const headers = { Origin: 'https://evil.example' }
    expect((await upgradeAt('/relay/socket', protocolsOf(relayKey), headers)).status).toBe(403)
  })

  it('RG1 the key is not echoed as the selected subprotocol', async () => {
    expect((await register('ada')).protocol).toBe('video-room.relay.v1')
  })

  it('RG1 a newer socket of the same relay closes the older with 4409', async () => {
    const [older, newer] = [await register('ada'), await register('ada')]
    expect(await older.closed).toEqual({ code: 4409, reason: 'taken_over' })
    await summon()
    await newer.next('summon')
  })

  it('RG2 one that drains gets no more rooms, and its socket stays', async () => {
    const relay = await register('ada')
    relay.send({ type: 'relay-draining' })
    await relay.ping()
    await vi.waitFor(async () => expect(await summon()).toBeNull())
    await relay.ping()
  })

  it('RG2 a silent one is forgotten by the alarm, a closed one at once', async () => {
    const [ada, bob] = [await register('ada'), await register('bob')]
    bob.close()
    await vi.waitFor(async () => expect(await summon('ada')).toBeNull())
    await forgetAll()
    expect(await ada.closed).toMatchObject({ code: 1001 })
    expect(await summon()).toBeNull()
  })

  it('a registry that slept knows its relays and reaches them', async () => {
    const relay = await register('ada')
    await evictDurableObject(registry())
    expect((await summon())?.relayId).toBe(relayIdOf('ada'))
    await relay.next('summon')
    await evictDurableObject(registry())
    relay.send({ type: 'relay-load', links: helloOf('ada').capacity, rooms: 9, cpu: 1 })
    await vi.waitFor(async () => expect(await summon()).toBeNull())
  })

  it.each([
    ['what is no JSON', '{'],
    ['a hello without addresses', JSON.stringify({ v: 1, ...helloOf('ada'), candidates: [] })],
    ['a binary frame', new ArrayBuffer(limits.messageMaxBytes + 1)],
    ['too much', 'x'.repeat(limits.messageMaxBytes + 1)],
  ])('VR4 %s is counted, the ninth time closes with 4400', async (_what, data) => {
    const socket = await toRegistry()
    for (let n = 0; n <= limits.violationsMax; n += 1) socket.sendRaw(data)
    expect(await socket.closed).toEqual({ code: 4400, reason: 'violations' })
    expect(await summon()).toBeNull()
  })

  it('D6 neither key, nor ICE key, nor secret, nor an address reaches a log', async () => {
    const lines: string[] = []
    for (const level of ['info', 'warn', 'error', 'log'] as const) {
      vi.spyOn(console, level).mockImplementation((line) => void lines.push(String(line)))
    }
    const relay = await register('ada')
    const summoned = await summon()
    relay.send({ type: 'relay-draining' })
    await vi.waitFor(() => expect(lines.join('\n')).toContain('relay-draining'))
    vi.restoreAllMocks()
    const hello = helloOf('ada')
    const said = lines.join('\n')
    for (const secret of [relayKey, hello.iceKey, summoned?.secret ?? '', hello.fingerprint, hello.relayId]) {
      expect(said).not.toContain(secret)
    }
    expect(said).not.toMatch(/192\.0\.2\.77|2001:db8/)
  })
})
