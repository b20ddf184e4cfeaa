import type { OccupantId, Secret } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import { Loop } from '@video-room/shared/machine/loop.ts'
import type { ClientMessage } from '@video-room/shared/protocol/messages.ts'
import { defaultSettings, type RoomSettings } from '@video-room/shared/room-info.ts'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Rejections } from '../rejections.ts'
import { roomDeadline } from '../room/deadline.ts'
import type { RoomEffect } from '../room/effect.ts'
import { reduceRoom } from '../room/reduce.ts'
import { connection, instance, live, occupant } from '../room/room-fixture.ts'
import type { RoomState } from '../room/state.ts'
import { hashSecret, newSecret } from '../secrets.ts'
import { memoryRoomInfoStore } from '../store/memory-store.ts'
import type { RoomInfoStore } from '../store/room-info-store.ts'
import { RoomDesk, type RoomLoop } from './room-desk.ts'
import { RoomGate } from './room-gate.ts'
import { Turns } from './turns.ts'

/** well: answers · down: says so · silent: never answers · slow: answers when told to. */
type Health = 'well' | 'down' | 'silent' | 'slow'

class Shell {
  health: Health = 'well'
  store: RoomInfoStore = memoryRoomInfoStore()
  calls = 0
  loop: RoomLoop | null = null
  heard: RoomEffect[] = []
  answerSlowly: () => void = () => undefined
  readonly hostToken: Secret = newSecret()
  readonly #turns = new Turns()
  readonly gate = new RoomGate({
    // Every question goes through the health of the moment.
    store: new Proxy(this.store, { get: (_first, name) => this.#asked(name as keyof RoomInfoStore) }),
    turns: this.#turns,
    who: { room: 'tests' },
    open: () => this.loop,
  })
  readonly desk = new RoomDesk({
    gate: this.gate,
    turns: this.#turns,
    rejections: new Rejections(() => undefined),
    who: { room: 'tests' },
    open: () => this.loop,
    begin: (state) => (this.loop = this.#loopOf(state)),
  })

  get state(): RoomState {
    if (this.loop === null) throw new Error('the room was created')
    return this.loop.state
  }

  #asked(name: keyof RoomInfoStore) {
    return (order: never): Promise<unknown> => {
      this.calls += 1
      if (this.health === 'down') return Promise.resolve({ ok: false, code: 'room_store_unavailable' })
      if (this.health === 'silent') return new Promise(() => undefined)
      const answer = (): Promise<unknown> => this.store[name](order)
      if (this.health === 'well') return answer()
      return new Promise<void>((resolve) => (this.answerSlowly = resolve)).then(answer)
    }
  }

  #loopOf(state: RoomState): RoomLoop {
    return new Loop(state, {
      reduce: reduceRoom,
      deadlineOf: roomDeadline,
      keep: () => undefined,
      arm: () => undefined,
      run: (effect) => {
        if (effect.type === 'ask-gate') return void this.gate.seatKnock(effect.occupantId)
        if (effect.type === 'record-all') return void this.gate.recordAll()
        if (effect.type === 'send' || effect.type === 'close') return void this.heard.push(effect)
        if (effect.type.startsWith('record-')) return void this.gate.record(effect as never)
      },
    })
  }

  async create(settings: Partial<RoomSettings> = {}): Promise<void> {
    const hostTokenHash = await hashSecret(this.hostToken)
    const order = { lifetimeMs: 3_600_000, hostTokenHash, creatorId: 'acme' }
    const all = { ...defaultSettings, maxParticipants: 5, ...settings }
    expect(await this.desk.create({ ...order, settings: all })).toMatchObject({ ok: true })
  }

  join(tokens: { hostToken?: Secret; resumeToken?: Secret } = {}) {
    return this.desk.join({ displayName: 'someone', ...tokens })
  }

  /** Join, socket and `media-ready`; the socket is named. */
  async enter(socket: string, tokens = {}): Promise<Secret> {
    const joined = await this.join(tokens)
    if (!joined.ok) throw new Error(joined.code)
    const tokenHash = await hashSecret(joined.value.resumeToken)
    const connectionId = connection(socket)
    this.loop?.dispatch({ type: 'socket-opened', atMs: Date.now(), connectionId, tokenHash })
    const ready: ClientMessage = {
      type: 'media-ready',
      instanceId: instance(socket),
      publications: [...live],
    }
    this.loop?.dispatch({ type: 'message', atMs: Date.now(), connectionId, message: ready })
    return joined.value.resumeToken
  }

  say(socket: string, message: ClientMessage): void {
    this.loop?.dispatch({ type: 'message', atMs: Date.now(), connectionId: connection(socket), message })
  }

  /** What the store says of the room once everything that was under way is done. */
  async record() {
    await vi.advanceTimersByTimeAsync(0)
    const found = await this.store.read()
    if (!found.ok) throw new Error(found.code)
    return found.value
  }
}

let shell: Shell
beforeEach(() => {
  vi.useFakeTimers()
  for (const level of ['info', 'warn'] as const) vi.spyOn(console, level).mockImplementation(() => undefined)
  shell = new Shell()
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

const unavailable = { ok: false, code: 'room_store_unavailable' }
function idOf(index: number): OccupantId {
  const seat = shell.state.seats[index]
  if (seat === undefined) throw new Error('nobody sits there')
  return seat.occupantId
}

describe('a store that fails', () => {
  it('A2 create and join answer room_store_unavailable; nobody is seated', async () => {
    await shell.create()
    shell.health = 'down'
    expect(await shell.join()).toMatchObject(unavailable)
    expect(shell.state.seats).toEqual([])
    const other = new Shell()
    other.health = 'down'
    const order = { settings: defaultSettings, lifetimeMs: 60_000, creatorId: 'acme' }
    const hostTokenHash = await hashSecret(newSecret())
    expect(await other.desk.create({ ...order, hostTokenHash })).toMatchObject(unavailable)
    expect(other.loop).toBeNull()
  })

  it('a store that never answers holds up one join for its deadline, and those in line behind it not at all', async () => {
    await shell.create()
    shell.health = 'silent'
    const before = shell.calls
    const answers = Promise.all(Array.from({ length: 20 }, () => shell.join()))
    await vi.waitFor(() => expect(shell.calls).toBe(before + 1))
    await vi.advanceTimersByTimeAsync(limits.gateAnswerMs)
    expect((await answers).every((answer) => !answer.ok && answer.code === 'room_store_unavailable')).toBe(
      true,
    )
    expect(shell.calls - before).toBe(1)
  })

  it('changes during an outage do not pile up: one write is tried, and later the whole truth told once', async () => {
    await shell.create({ onHostLeave: 'wait' })
    await shell.enter('host', { hostToken: shell.hostToken })
    await shell.enter('ada')
    await shell.record()
    shell.health = 'silent'
    const before = shell.calls
    for (let n = 0; n < 50; n += 1) {
      shell.say('host', { type: 'change-settings', settings: { isLocked: n % 2 === 0 } })
    }
    shell.say('ada', { type: 'leave' })
    await vi.advanceTimersByTimeAsync(3 * limits.gateAnswerMs)
    expect(shell.calls - before).toBe(1)
    expect(shell.state.unrecorded).not.toBeNull()
    shell.health = 'well'
    shell.loop?.dispatch({ type: 'timer', atMs: Date.now() })
    expect(await shell.record()).toMatchObject({ settings: { isLocked: false } })
    expect(Object.keys((await shell.record()).seats)).toEqual([idOf(0)])
    expect(shell.state.unrecorded).toBeNull()
    expect(shell.calls - before).toBe(2)
  })

  it('a join after the store is back tells it everything first, and gets in', async () => {
    await shell.create()
    await shell.enter('host', { hostToken: shell.hostToken })
    shell.health = 'down'
    expect(await shell.join()).toMatchObject(unavailable)
    shell.health = 'well'
    expect(await shell.join()).toMatchObject(unavailable)
    await vi.advanceTimersByTimeAsync(limits.gateRestMs)
    expect(await shell.join()).toMatchObject({ ok: true })
    expect(Object.values((await shell.record()).seats)).toMatchObject([{ isHost: true, isPresent: true }, {}])
  })

  it('D1 a store that lost the room learns it anew: seats, settings, host token', async () => {
    await shell.create({ maxParticipants: 3 })
    await shell.enter('host', { hostToken: shell.hostToken })
    await shell.enter('ada')
    const known = await shell.record()
    shell.store = memoryRoomInfoStore()
    expect(await shell.join()).toMatchObject(unavailable)
    await vi.advanceTimersByTimeAsync(limits.gateRestMs)
    expect(await shell.join()).toMatchObject({ ok: true })
    const { settings, hostTokenHash, seats } = await shell.record()
    expect({ settings, hostTokenHash }).toEqual({
      settings: known.settings,
      hostTokenHash: known.hostTokenHash,
    })
    expect(seats).toMatchObject(known.seats)
  })

  it('A2 D5 a store that forgot a taken seat seats nobody on it, and learns it anew', async () => {
    await shell.create({ maxParticipants: 1 })
    await shell.enter('host', { hostToken: shell.hostToken })
    await shell.enter('ada')
    await shell.store.leave(idOf(1))
    expect(await shell.join()).toMatchObject({ ok: false, code: 'room_full' })
    expect(shell.state.seats).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(limits.gateRestMs)
    expect(await shell.join()).toMatchObject({ ok: false, code: 'room_full' })
    expect(Object.keys((await shell.record()).seats)).toContain(idOf(1))
    expect(Object.keys((await shell.record()).seats)).toHaveLength(2)
  })

  it('KN2 A2 D5 nor does an admit', async () => {
    await shell.create({ maxParticipants: 1, admission: 'knock' })
    await shell.enter('host', { hostToken: shell.hostToken })
    await shell.enter('ada')
    const ada = shell.state.knocks[0]?.occupantId ?? idOf(0)
    shell.say('host', { type: 'admit', occupantId: ada })
    await vi.advanceTimersByTimeAsync(0)
    expect(shell.state.seats).toHaveLength(2)
    await shell.store.leave(ada)
    await shell.enter('bob')
    shell.heard = []
    const bob = shell.state.knocks[0]?.occupantId ?? idOf(0)
    shell.say('host', { type: 'admit', occupantId: bob })
    await vi.advanceTimersByTimeAsync(0)
    expect(shell.heard).toMatchObject([{ message: { type: 'error', code: 'room_full', about: 'admit' } }])
    expect([shell.state.seats.length, shell.state.knocks.length]).toEqual([2, 1])
  })

  it('MD6 the host can end the room while the store is away', async () => {
    await shell.create()
    shell.health = 'silent'
    expect(await shell.desk.end(newSecret())).toMatchObject({ ok: false, code: 'token_invalid' })
    expect(await shell.desk.end(shell.hostToken)).toEqual({ ok: true, value: null })
    expect(shell.state.status).toBe('ended')
    await vi.advanceTimersByTimeAsync(limits.gateAnswerMs)
    shell.health = 'well'
    await vi.advanceTimersByTimeAsync(limits.gateRetryMaxMs)
    shell.loop?.dispatch({ type: 'timer', atMs: Date.now() })
    expect(await shell.record()).toMatchObject({ status: 'ended', seats: {} })
  })

  it('KN2 an admit meanwhile is answered to the host, and works once the store is back', async () => {
    await shell.create({ admission: 'knock' })
    await shell.enter('host', { hostToken: shell.hostToken })
    await shell.enter('ada')
    const occupantId = shell.state.knocks[0]?.occupantId ?? occupant('nobody')
    shell.health = 'down'
    shell.say('host', { type: 'admit', occupantId })
    await vi.advanceTimersByTimeAsync(0)
    const told = { type: 'error', code: 'room_store_unavailable', about: 'admit' }
    expect(shell.heard.at(-1)).toMatchObject({ connectionId: connection('host'), message: told })
    shell.health = 'well'
    await vi.advanceTimersByTimeAsync(limits.gateRestMs)
    shell.say('host', { type: 'admit', occupantId })
    await vi.advanceTimersByTimeAsync(0)
    expect(idOf(1)).toBe(occupantId)
    expect((await shell.record()).seats).toHaveProperty(String(occupantId))
  })
})

describe('what happens while the store is thinking', () => {
  it('MD5 whoever is removed meanwhile does not come back by the answer, and holds no seat', async () => {
    await shell.create()
    await shell.enter('host', { hostToken: shell.hostToken })
    const resumeToken = await shell.enter('ada')
    await shell.record()
    const occupantId = idOf(1)
    shell.health = 'slow'
    const before = shell.calls
    const joining = shell.join({ resumeToken })
    await vi.waitFor(() => expect(shell.calls).toBe(before + 1))
    shell.say('host', { type: 'remove-occupant', occupantId })
    shell.health = 'well'
    shell.answerSlowly()
    expect(await joining).toMatchObject({ ok: false, code: 'removed' })
    expect(shell.state.seats).toHaveLength(1)
    expect(Object.keys((await shell.record()).seats)).toHaveLength(1)
  })

  it('LO1 whoever asked for a new seat before a lock fell meanwhile does not get it', async () => {
    await shell.create()
    await shell.enter('host', { hostToken: shell.hostToken })
    await shell.record()
    shell.health = 'slow'
    const before = shell.calls
    const joining = shell.join()
    await vi.waitFor(() => expect(shell.calls).toBe(before + 1))
    shell.say('host', { type: 'change-settings', settings: { isLocked: true } })
    shell.health = 'well'
    shell.answerSlowly()
    expect(await joining).toMatchObject({ ok: false, code: 'room_locked' })
    expect(Object.keys((await shell.record()).seats)).toHaveLength(1)
  })
})

describe('control', () => {
  it('RC1 RC2 the creator is obeyed at once, also while the store is silent; nobody else is', async () => {
    await shell.create()
    await shell.enter('ada')
    expect(shell.desk.control({ action: 'end' }, 'another')).toMatchObject({ ok: false, code: 'not_allowed' })
    expect(shell.state.status).toBe('open')
    shell.health = 'silent'
    expect(shell.desk.control({ action: 'lock' }, 'acme')).toEqual({ ok: true, value: null })
    expect(shell.state.settings.isLocked).toBe(true)
    expect(shell.desk.control({ action: 'end' }, null)).toEqual({ ok: true, value: null })
    expect(shell.desk.control({ action: 'end' }, 'acme')).toEqual({ ok: true, value: null })
    expect(shell.desk.control({ action: 'lock' }, 'acme')).toMatchObject({ ok: false, code: 'room_ended' })
    expect(new Shell().desk.control({ action: 'end' }, null)).toMatchObject({ code: 'room_not_found' })
  })
})
