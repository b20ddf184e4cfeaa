import { relayIdSchema, secretSchema, type RelayId } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import type { RelayToRegistry } from '@video-room/shared/protocol/relay-messages.ts'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { connection } from '../room/room-fixture.ts'
import {
  pickRelay,
  reduceRoster,
  relaySocketSchema,
  rosterDeadline,
  type RelayRoster,
  type RosterEffect,
  type RosterEvent,
} from './relay-roster.ts'

const relay = (name: string): RelayId => v.parse(relayIdSchema, `r_${name.padEnd(16, '_')}`)

type UntimedEvent = RosterEvent extends infer E ? (E extends RosterEvent ? Omit<E, 'atMs'> : never) : never

/** A roster that events are fed to, with the effects of the last one at hand. Sockets are named after their relays. */
class Fixture {
  roster: RelayRoster = []
  effects: readonly RosterEffect[] = []
  atMs = 1_000_000

  feed(event: UntimedEvent): this {
    const { state, effects } = reduceRoster(this.roster, { ...event, atMs: this.atMs })
    this.roster = state
    this.effects = effects
    return this
  }

  later(ms: number): this {
    this.atMs += ms
    return this
  }

  open(socket: string): this {
    return this.feed({ type: 'socket-opened', connectionId: connection(socket) })
  }

  say(socket: string, message: RelayToRegistry): this {
    return this.feed({ type: 'message', connectionId: connection(socket), message })
  }

  hello(socket: string, name = socket, capacity = 100): this {
    return this.say(socket, {
      type: 'relay-hello',
      relayId: relay(name),
      region: name,
      candidates: [{ protocol: 'udp', address: '192.0.2.1', port: 3478 }],
      fingerprint: Array.from({ length: 32 }, () => 'AB').join(':'),
      iceKey: v.parse(secretSchema, 'k'.repeat(43)),
      capacity,
    })
  }

  load(socket: string, links: number): this {
    return this.say(socket, { type: 'relay-load', links, rooms: 1, cpu: 0 })
  }

  enter(name: string, capacity = 100): this {
    return this.open(name).hello(name, name, capacity)
  }

  pick(...excluded: readonly string[]): string | null {
    return pickRelay(this.roster, excluded.map(relay), this.atMs)?.relay.region ?? null
  }

  closed(socket: string): string | null {
    const close = this.effects.find(
      (effect) => effect.type === 'close' && effect.connectionId === connection(socket),
    )
    return close?.type === 'close' ? close.reason : null
  }
}

const rosterOf = (): Fixture => new Fixture()

describe('who is listed', () => {
  it('RG1 a hello is answered, and not before it is a relay given a room', () => {
    const r = rosterOf().open('ada')
    expect(r.pick()).toBeNull()
    expect(r.hello('ada').effects).toEqual([
      { type: 'send', connectionId: connection('ada'), message: { type: 'registered' } },
    ])
    expect(r.pick()).toBe('ada')
  })

  it('RG1 a newer socket of the same relay closes the older, and one more hello changes nothing else', () => {
    const r = rosterOf().enter('ada').open('again').hello('again', 'ada')
    expect(r.closed('ada')).toBe('taken_over')
    expect(r.roster).toHaveLength(1)
    expect(r.feed({ type: 'socket-closed', connectionId: connection('ada') }).pick()).toBe('ada')
    expect(r.feed({ type: 'socket-closed', connectionId: connection('again') }).pick()).toBeNull()
  })

  it('RG2 a relay silent for 15 s is forgotten, and a word of it keeps it', () => {
    const r = rosterOf()
      .enter('ada')
      .enter('bob')
      .later(limits.relaySilentMs - 1)
    r.load('ada', 0).later(1)
    expect(r.pick('ada')).toBeNull()
    r.feed({ type: 'timer' })
    expect([r.closed('ada'), r.closed('bob')]).toEqual([null, 'silent'])
    expect(rosterDeadline(r.roster)).toBe(r.atMs - 1 + limits.relaySilentMs)
    expect(rosterDeadline([])).toBeNull()
  })

  it('RG2 a socket that never says hello is closed as well', () => {
    const r = rosterOf().open('mute').later(limits.relaySilentMs).feed({ type: 'timer' })
    expect(r.closed('mute')).toBe('silent')
    expect(r.roster).toEqual([])
  })

  it('RG1 anything before the hello, and what is malformed, counts; the ninth closes with 4400 (VR4)', () => {
    const r = rosterOf().open('ada').load('ada', 1)
    for (let n = 1; n < limits.violationsMax; n += 1) {
      r.feed({ type: 'bad-message', connectionId: connection('ada') })
    }
    expect(r.effects).toEqual([])
    expect(r.say('ada', { type: 'relay-draining' }).closed('ada')).toBe('violations')
    expect(r.roster).toEqual([])
  })

  it('a socket that the roster does not know is told to come back; its end is no news', () => {
    expect(rosterOf().load('lost', 1).closed('lost')).toBe('internal')
    const event = { type: 'socket-closed', connectionId: connection('lost') } as const
    expect(rosterOf().feed(event).effects).toEqual([])
  })

  it('holds no more sockets than it may', () => {
    const r = rosterOf()
    for (let n = 0; n < limits.relaysMax; n += 1) r.open(`s${n}`)
    expect(r.open('late').closed('late')).toBe('internal')
    expect(r.roster).toHaveLength(limits.relaysMax)
  })

  it('is the same after a sleep: it is plain JSON', () => {
    const { roster } = rosterOf().enter('ada').load('ada', 7).open('bob')
    const text = JSON.stringify(roster)
    expect(v.parse(v.array(relaySocketSchema), JSON.parse(text))).toEqual(roster)
  })
})

describe('which relay a room gets', () => {
  it.each<[string, (r: Fixture) => Fixture, string | null]>([
    ['the only one', (r) => r.enter('ada'), 'ada'],
    ['of equals the first by id', (r) => r.enter('bob').enter('ada'), 'ada'],
    ['the one with fewer links', (r) => r.enter('ada').enter('bob').load('ada', 2).load('bob', 1), 'bob'],
    [
      'the one with the smaller share, not the smaller number',
      (r) => r.enter('ada', 10).enter('bob', 1_000).load('ada', 5).load('bob', 50),
      'bob',
    ],
    ['none that is full', (r) => r.enter('ada', 4).load('ada', 4), null],
    ['none without capacity', (r) => r.enter('ada', 0), null],
    ['none that drains', (r) => r.enter('ada').say('ada', { type: 'relay-draining' }).enter('bob'), 'bob'],
  ])('RG3 %s', (_what, arrange, expected) => {
    expect(arrange(rosterOf()).pick()).toBe(expected)
  })

  it('RG3 never one that the room excludes', () => {
    const r = rosterOf().enter('ada').enter('bob')
    expect([r.pick('ada'), r.pick('ada', 'bob')]).toEqual(['bob', null])
  })

  it('RG3 many rooms at once are spread before anyone has said how busy they are', () => {
    const r = rosterOf().enter('ada').enter('bob')
    const picked = Array.from({ length: 6 }, () => {
      const name = r.pick()
      if (name !== null) r.feed({ type: 'summoned', relayId: relay(name) })
      return name
    })
    expect(picked).toEqual(['ada', 'bob', 'ada', 'bob', 'ada', 'bob'])
    r.load('ada', 1)
    expect(r.pick()).toBe('ada')
  })
})
