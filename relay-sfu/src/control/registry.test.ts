import type { RelayId, RoomId } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import type { RegistryToRelay } from '@video-room/shared/protocol/relay-messages.ts'
import { describe, expect, it } from 'vitest'
import { relayLimits } from '../limits.ts'
import { initialRegistry, reduceRegistry, registryDeadline, type RegistryState } from './registry.ts'
import { secret } from './testing/room-bench.ts'

const at = (atMs: number) => ({ atMs, random: 0.5 })
const summon = { type: 'summon', roomId: 'r' as RoomId, secret: secret('s') } as const

/** A registered relay, at 0. */
function registered(): RegistryState {
  const opened = reduceRegistry(initialRegistry(0), { type: 'timer', ...at(0) }).state
  const greeting = reduceRegistry(opened, { type: 'socket-opened', attempt: 1, ...at(0) }).state
  const message = { type: 'registered' } as const
  return reduceRegistry(greeting, { type: 'message-received', attempt: 1, message, ...at(0) }).state
}

const heard = (state: RegistryState, message: RegistryToRelay, atMs = 1) =>
  reduceRegistry(state, { type: 'message-received', attempt: state.attempt, message, ...at(atMs) })

describe('reduceRegistry', () => {
  it('RG1 opens a socket at once and says hello on it', () => {
    const opened = reduceRegistry(initialRegistry(7), { type: 'timer', ...at(7) })
    expect(opened.effects).toEqual([{ type: 'open-socket', attempt: 1 }])
    const greeting = reduceRegistry(opened.state, { type: 'socket-opened', attempt: 1, ...at(8) })
    expect(greeting.effects).toEqual([{ type: 'say-hello' }])
  })

  it('RG2 says its load every 5 s once it is registered', () => {
    const state = registered()
    expect(registryDeadline(state)).toBe(limits.relayLoadMs)
    const later = reduceRegistry(state, { type: 'timer', ...at(limits.relayLoadMs) })
    expect(later.effects).toEqual([{ type: 'say-load', rtts: [] }])
    expect(registryDeadline(later.state)).toBe(2 * limits.relayLoadMs)
  })

  it('RG3 a summons leads to a room, but not while it drains', () => {
    const state = registered()
    const event = { type: 'message-received', attempt: 1, message: summon, ...at(1) } as const
    expect(reduceRegistry(state, event).effects).toEqual([{ ...summon, type: 'serve-room' }])
    const draining = reduceRegistry(state, { type: 'drain', ...at(1) })
    expect(draining.effects).toEqual([{ type: 'say-draining' }])
    expect(reduceRegistry(draining.state, event).effects).toEqual([])
  })

  it('RG2 a registry that was away hears that the relay drains', () => {
    let state = registered()
    state = reduceRegistry(state, { type: 'socket-lost', attempt: 1, ...at(10) }).state
    state = reduceRegistry(state, { type: 'drain', ...at(11) }).state
    state = reduceRegistry(state, { type: 'timer', ...at(registryDeadline(state)) }).state
    state = reduceRegistry(state, { type: 'socket-opened', attempt: 2, ...at(400) }).state
    const message = { type: 'registered' } as const
    const back = reduceRegistry(state, { type: 'message-received', attempt: 2, message, ...at(401) })
    expect(back.effects).toEqual([{ type: 'say-draining' }, { type: 'say-load', rtts: [] }])
  })

  it('never gives up, and waits longer from try to try', () => {
    let state = registered()
    let nowMs = 0
    const waits: number[] = []
    for (let tries = 0; tries < 20; tries += 1) {
      state = reduceRegistry(state, { type: 'socket-lost', attempt: state.attempt, ...at(nowMs) }).state
      const dueMs = registryDeadline(state)
      waits.push(dueMs - nowMs)
      nowMs = dueMs
      const again = reduceRegistry(state, { type: 'timer', ...at(nowMs) })
      expect(again.effects).toEqual([{ type: 'open-socket', attempt: tries + 2 }])
      state = again.state
    }
    expect(waits).toEqual(waits.toSorted((a, b) => a - b))
    expect(waits.at(-1)).toBeGreaterThan(10 * (waits[0] ?? 0))
  })

  it('a relay that starts together with its worker finds it within a moment', () => {
    let state = initialRegistry(0)
    let nowMs = 0
    while (nowMs < 3_000) {
      state = reduceRegistry(state, { type: 'timer', ...at(nowMs) }).state
      state = reduceRegistry(state, { type: 'socket-lost', attempt: state.attempt, ...at(nowMs) }).state
      expect(registryDeadline(state) - nowMs).toBeLessThanOrEqual(limits.reconnectFirstMs)
      nowMs = registryDeadline(state)
    }
  })

  it('a socket that does not open, or is not answered, is given up for another one', () => {
    const opened = reduceRegistry(initialRegistry(0), { type: 'timer', ...at(0) }).state
    const late = at(limits.socketOpenTimeoutMs)
    const closed = { type: 'close-socket', attempt: 1 }
    expect(reduceRegistry(opened, { type: 'timer', ...late }).effects).toEqual([closed])
    const greeting = reduceRegistry(opened, { type: 'socket-opened', attempt: 1, ...at(0) }).state
    expect(reduceRegistry(greeting, { type: 'timer', ...late }).effects).toEqual([closed])
    const unreadable = { type: 'message-unreadable', attempt: 1, ...at(1) } as const
    expect(reduceRegistry(greeting, unreadable).effects).toEqual([closed])
  })

  it('an older socket says nothing any more', () => {
    const state = registered()
    expect(reduceRegistry(state, { type: 'socket-lost', attempt: 0, ...at(1) }).state).toBe(state)
  })
})

describe('other relays', () => {
  const relay = (name: string): RelayId => `r_${name.padEnd(16, '_')}` as RelayId
  const other = (name: string) => ({
    relayId: relay(name),
    candidates: [{ protocol: 'udp', address: '192.0.2.1', port: 3478 } as const],
  })
  const told = (state: RegistryState, ...names: readonly string[]) =>
    heard(state, { type: 'relays', relays: names.map(other) })
  const timer = (state: RegistryState, atMs: number, random = 0.5) =>
    reduceRegistry(state, { type: 'timer', atMs, random })
  const probed = (state: RegistryState, name: string, rttMs: number | null) =>
    reduceRegistry(state, {
      type: 'relay-probed',
      relayId: relay(name),
      measured: { rttMs, asked: 4, answered: rttMs === null ? 0 : 3 },
      ...at(2),
    }).state

  it('RG6 newcomers are asked at once, and nobody twice for a list that changed', () => {
    const first = told(registered(), 'ada', 'bob')
    expect(first.effects).toEqual([{ type: 'probe-relays', relays: [other('ada'), other('bob')] }])
    const second = told(first.state, 'bob', 'cyd')
    expect(second.effects).toEqual([{ type: 'probe-relays', relays: [other('cyd')] }])
    expect(told(second.state, 'bob').effects).toEqual([])
  })

  it('RG6 all are asked again every 15 s, sooner or later by a fifth', () => {
    let { state } = told(registered(), 'ada', 'bob')
    const askedAtMs: number[] = []
    for (let random = 0; askedAtMs.length < 4; random = (random + 0.37) % 1) {
      const atMs = registryDeadline(state)
      const woken = timer(state, atMs, random)
      if (woken.effects.some((effect) => effect.type === 'probe-relays')) {
        expect(woken.effects).toContainEqual({ type: 'probe-relays', relays: [other('ada'), other('bob')] })
        askedAtMs.push(atMs)
      }
      state = woken.state
    }
    const waits = askedAtMs.slice(1).map((atMs, n) => atMs - (askedAtMs[n] ?? 0))
    const spreadMs = relayLimits.relayProbeMs * relayLimits.relayProbeSpread
    for (const waitMs of waits)
      expect(Math.abs(waitMs - relayLimits.relayProbeMs)).toBeLessThanOrEqual(spreadMs)
    expect(new Set(waits).size).toBe(waits.length)
  })

  it('RG6 what they answered is said with the next load', () => {
    const { state } = told(registered(), 'ada', 'bob', 'cyd')
    const answered = probed(probed(state, 'ada', 31.5), 'bob', null)
    const rtts = [
      { relayId: relay('ada'), rttMs: 31.5, asked: 4, answered: 3 },
      { relayId: relay('bob'), rttMs: null, asked: 4, answered: 0 },
    ]
    expect(timer(answered, limits.relayLoadMs).effects).toEqual([{ type: 'say-load', rtts }])
  })

  it('RG6 with none there nothing is asked; a registry that is away is no reason to ask', () => {
    const { state } = told(told(registered(), 'ada').state)
    expect(registryDeadline(state)).toBe(limits.relayLoadMs)
    const lost = reduceRegistry(told(state, 'ada').state, { type: 'socket-lost', attempt: 1, ...at(9) }).state
    const retried = timer(lost, relayLimits.relayProbeMs * 2)
    expect(retried.effects).toEqual([{ type: 'open-socket', attempt: 2 }])
  })

  it('RG6 what is known of them outlives a socket', () => {
    let state = probed(told(registered(), 'ada').state, 'ada', 12)
    state = reduceRegistry(state, { type: 'socket-lost', attempt: 1, ...at(10) }).state
    state = timer(state, registryDeadline(state)).state
    state = reduceRegistry(state, { type: 'socket-opened', attempt: 2, ...at(400) }).state
    const back = heard(state, { type: 'registered' }, 401)
    expect(back.effects).toMatchObject([{ type: 'say-load', rtts: [{ relayId: relay('ada'), rttMs: 12 }] }])
    expect(told(back.state, 'ada').effects).toEqual([])
  })
})

it('RG7 an operator’s drain is obeyed once, and the registry hears that it is', () => {
  const first = heard(registered(), { type: 'drain' })
  expect(first.effects).toEqual([{ type: 'say-draining' }, { type: 'begin-draining' }])
  expect(heard(first.state, summon).effects).toEqual([])
  expect(heard(first.state, { type: 'drain' }).effects).toEqual([])
  // The signal that ends the process comes later.
  expect(reduceRegistry(first.state, { type: 'drain', ...at(5) }).effects).toEqual([])
})
