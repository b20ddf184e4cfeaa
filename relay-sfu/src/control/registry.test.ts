import type { RoomId } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import { describe, expect, it } from 'vitest'
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
    expect(later.effects).toEqual([{ type: 'say-load' }])
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
    expect(back.effects).toEqual([{ type: 'say-draining' }, { type: 'say-load' }])
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
