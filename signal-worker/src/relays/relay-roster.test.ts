import { relayIdSchema, secretSchema, type RelayId } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import type { RelayToRegistry } from '@video-room/shared/protocol/relay-messages.ts'
import type { ThreadCandidate } from '@video-room/shared/relay-threads.ts'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { connection } from '../room/room-fixture.ts'
import { relaySocketSchema, type RelayRoster } from './listed-relay.ts'
import {
  pickRelay,
  reduceRoster,
  rosterDeadline,
  type RosterEffect,
  type RosterEvent,
} from './relay-roster.ts'
import { standingsOf, surveyOf } from './relay-survey.ts'

const relay = (name: string): RelayId => v.parse(relayIdSchema, `r_${name.padEnd(16, '_')}`)

const nameOf = (id: string): string => id.slice(2).replaceAll('_', '')

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

  hello(
    socket: string,
    name = socket,
    capacity = 100,
    moreCandidates: readonly ThreadCandidate[] = [],
  ): this {
    return this.say(socket, {
      type: 'relay-hello',
      relayId: relay(name),
      region: name,
      candidates: [{ protocol: 'udp', address: '192.0.2.1', port: 3478 }, ...moreCandidates],
      fingerprint: Array.from({ length: 32 }, () => 'AB').join(':'),
      iceKey: v.parse(secretSchema, 'k'.repeat(43)),
      capacity,
    })
  }

  load(socket: string, links: number, rtts?: Readonly<Record<string, number | null>>): this {
    const said = Object.entries(rtts ?? {}).map(([name, rttMs]) => ({ relayId: relay(name), rttMs }))
    const load = { type: 'relay-load', links, rooms: 1, cpu: 0.5 } as const
    return this.say(socket, rtts === undefined ? load : { ...load, rtts: said })
  }

  enter(name: string, capacity = 100): this {
    return this.open(name).hello(name, name, capacity)
  }

  pick(...excluded: readonly string[]): string | null {
    return pickRelay(this.roster, { excluded: excluded.map(relay) }, this.atMs)?.relay.region ?? null
  }

  /** Whom the last event made each socket know: its list, by region. */
  get told(): Readonly<Record<string, readonly string[]>> {
    const lists = this.effects.flatMap((effect) =>
      effect.type === 'send' && effect.message.type === 'relays'
        ? [
            [
              nameOf(effect.connectionId),
              effect.message.relays.map(({ relayId }) => nameOf(relayId)),
            ] as const,
          ]
        : [],
    )
    return Object.fromEntries(lists)
  }

  rttsOf(name: string): Readonly<Record<string, number | null>> {
    const rtts = this.roster.find((socket) => socket.relay?.relayId === relay(name))?.relay?.rtts ?? []
    return Object.fromEntries(rtts.map(({ relayId, rttMs }) => [nameOf(relayId), rttMs]))
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
      { type: 'send', connectionId: connection('ada'), message: { type: 'relays', relays: [] } },
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

describe('a relay that a room names', () => {
  it.each<[string, (r: Fixture) => Fixture, string | null]>([
    ['is taken though another is less busy', (r) => r.load('ada', 90), 'ada'],
    ['is not taken when it is full', (r) => r.load('ada', 100), null],
    ['is not taken when it drains', (r) => r.say('ada', { type: 'relay-draining' }), null],
    [
      'is not taken when it has gone',
      (r) => r.feed({ type: 'socket-closed', connectionId: connection('ada') }),
      null,
    ],
  ])('RG3 %s', (_what, arrange, expected) => {
    const r = arrange(rosterOf().enter('ada').enter('bob'))
    expect(pickRelay(r.roster, { excluded: [], only: relay('ada') }, r.atMs)?.relay.region ?? null).toBe(
      expected,
    )
  })

  it('RG3 is not taken against the wish of the room', () => {
    const r = rosterOf().enter('ada').enter('bob')
    expect(pickRelay(r.roster, { excluded: [relay('ada')], only: relay('ada') }, r.atMs)).toBeNull()
  })
})

describe('relays that know each other', () => {
  const three = () => rosterOf().enter('ada').enter('bob').enter('cyd')

  it('RG6 each is told of the others when one comes, and of nobody else', () => {
    const r = rosterOf().enter('ada').open('mute')
    expect(r.told).toEqual({})
    expect(r.enter('bob').told).toEqual({ ada: ['bob'], bob: ['ada'] })
    expect(r.enter('cyd').told).toEqual({ ada: ['bob', 'cyd'], bob: ['cyd', 'ada'], cyd: ['ada', 'bob'] })
  })

  it('RG6 what they say of themselves changes no list', () => {
    const r = three().load('ada', 7, { bob: 3 })
    expect(r.effects).toEqual([])
    expect(r.feed({ type: 'summoned', relayId: relay('bob') }).effects).toEqual([])
  })

  it.each<[string, (r: Fixture) => Fixture]>([
    ['closes', (r) => r.feed({ type: 'socket-closed', connectionId: connection('bob') })],
    ['drains', (r) => r.say('bob', { type: 'relay-draining' })],
    [
      'falls silent',
      (r) => r.later(9_000).load('ada', 0).load('cyd', 0).later(6_000).feed({ type: 'timer' }),
    ],
  ])('RG6 one that %s is on no list any more', (_what, act) => {
    expect(act(three()).told).toEqual({ ada: ['cyd'], cyd: ['ada'] })
  })

  it('RG6 a relay that comes back hears the whole list on its new socket, the others nothing', () => {
    const r = three().open('again').hello('again', 'bob')
    expect(r.told).toEqual({ again: ['cyd', 'ada'] })
  })

  it('RG6 among many, each probes as many as it may and is probed by as many', () => {
    const r = rosterOf()
    const names = Array.from(
      { length: limits.relaysProbedMax + 9 },
      (_, n) => `n${String(n).padStart(2, '0')}`,
    )
    const lists = new Map<string, readonly string[]>()
    for (const name of names) {
      for (const [socket, told] of Object.entries(r.enter(name).told)) lists.set(socket, told)
    }
    expect([...lists.keys()].toSorted()).toEqual(names)
    for (const name of names) {
      expect(lists.get(name)).toHaveLength(limits.relaysProbedMax)
      expect(lists.get(name)).not.toContain(name)
      const probers = [...lists.values()].filter((told) => told.includes(name))
      expect(probers).toHaveLength(limits.relaysProbedMax)
    }
  })

  it('RG6 round trips are kept as they were last said, about others that are there, each once', () => {
    const r = three().load('ada', 0, { bob: 31.5, cyd: null, ada: 1, nobody: 2 })
    expect(r.rttsOf('ada')).toEqual({ bob: 31.5, cyd: null })
    const twice = [4, 5].map((rttMs) => ({ relayId: relay('bob'), rttMs }))
    r.say('ada', { type: 'relay-load', links: 0, rooms: 0, cpu: 0, rtts: twice })
    expect(r.rttsOf('ada')).toEqual({ bob: 4 })
    expect(r.load('ada', 0).rttsOf('ada')).toEqual({})
  })

  it('RG6 they go with the relay they lead to', () => {
    const r = three().load('ada', 0, { bob: 31, cyd: 7 }).load('bob', 0, { cyd: 9 })
    r.feed({ type: 'socket-closed', connectionId: connection('cyd') })
    expect([r.rttsOf('ada'), r.rttsOf('bob')]).toEqual([{ bob: 31 }, {}])
  })
})

describe('an operator', () => {
  const asked = () =>
    rosterOf()
      .enter('ada')
      .enter('bob')
      .feed({ type: 'drain-asked', relayId: relay('ada') })
  const order = (socket: string) => ({
    type: 'send',
    connectionId: connection(socket),
    message: { type: 'drain' },
  })

  it('RG7 has a relay drained: it is told once, and no room is given to it from then on', () => {
    const r = asked()
    expect(r.effects[0]).toEqual(order('ada'))
    expect([r.pick(), r.pick('bob')]).toEqual(['bob', null])
    expect(r.feed({ type: 'drain-asked', relayId: relay('ada') }).effects).toEqual([])
    expect(r.feed({ type: 'drain-asked', relayId: relay('nobody') }).effects).toEqual([])
  })

  it('RG7 a relay that did not hear it, because it was changing its socket, is told again', () => {
    const r = asked().open('again').hello('again', 'ada')
    expect(r.effects).toContainEqual(order('again'))
    expect(r.pick('bob')).toBeNull()
  })

  it('OP2 sees how relays stand, by what they last said, and no silent one', () => {
    const r = asked()
      .later(limits.relaySilentMs - 1_000)
      .load('ada', 40, { bob: 12 })
      .later(1_000)
    expect(standingsOf(r.roster, r.atMs)).toEqual([
      {
        relayId: relay('ada'),
        region: 'ada',
        isDraining: true,
        links: 40,
        rooms: 1,
        trunks: 0,
        capacity: 100,
        cpu: 0.5,
        heardAgoMs: 1_000,
        rttMs: { [relay('bob')]: 12 },
      },
    ])
  })
})

it('a room that plans sees every live relay, how busy it is, and how far from the others', () => {
  const r = rosterOf().enter('ada', 10).enter('bob', 0).load('ada', 2, { bob: 12 })
  r.feed({ type: 'summoned', relayId: relay('ada') }).say('bob', { type: 'relay-draining' })
  const [ada, bob] = surveyOf(r.roster, r.atMs)
  expect(ada).toEqual({
    relayId: relay('ada'),
    region: 'ada',
    share: (2 + limits.relayRoomLinks) / 10,
    isDraining: false,
    rtts: [{ relayId: relay('bob'), rttMs: 12 }],
    candidates: [{ protocol: 'udp', address: '192.0.2.1', port: 3478 }],
    fingerprint: Array.from({ length: 32 }, () => 'AB').join(':'),
    iceKey: 'k'.repeat(43),
  })
  expect(bob).toMatchObject({ share: 1, isDraining: true, rtts: [] })
  expect(surveyOf(r.roster, r.atMs + limits.relaySilentMs)).toEqual([])
})

it('RG8 others probe its thread 0, and so do people', () => {
  const own = { protocol: 'udp', address: '192.0.2.1' } as const
  const r = rosterOf().enter('bob').open('ada')
  r.hello('ada', 'ada', 100, [{ ...own, port: 3479, thread: 1 }])
  const told = r.effects.filter(
    (effect) => effect.type === 'send' && effect.connectionId === connection('bob'),
  )
  const known = [{ ...own, port: 3478 }]
  expect(told).toMatchObject([{ message: { relays: [{ relayId: relay('ada'), candidates: known }] } }])
  const surveyed = surveyOf(r.roster, r.atMs).find(({ relayId }) => relayId === relay('ada'))
  expect(surveyed?.candidates).toEqual(known)
})

describe('where people are', () => {
  const near = (kilometres: Readonly<Record<string, number>>) => (id: string) =>
    Object.entries(kilometres).find(([name]) => connection(name) === id)?.[1] ?? null
  const busy = (): Fixture => rosterOf().enter('ada').enter('bob').enter('cleo').load('ada', 60)
  const pickOf = (r: Fixture, kilometres: Readonly<Record<string, number>>): string | null =>
    pickRelay(r.roster, { excluded: [], farthestKm: near(kilometres) }, r.atMs)?.relay.region ?? null

  it('RG3 a relay that is much nearer is taken, busier as it is', () => {
    expect(pickOf(busy(), { ada: 700, bob: 9_000, cleo: 12_000 })).toBe('ada')
  })

  it('RG3 of those that are about as near the less busy one is taken', () => {
    expect(pickOf(busy(), { ada: 700, bob: 1_100, cleo: 12_000 })).toBe('bob')
  })

  it('RG3 one of which nobody knows where it is gives way to one that is known', () => {
    expect(pickOf(busy(), { ada: 700 })).toBe('ada')
  })

  it('RG3 load decides where nothing is known', () => {
    expect(pickOf(busy(), {})).toBe('bob')
  })

  it('RG3 a full relay is taken for no nearness', () => {
    expect(pickOf(busy().load('ada', 100), { ada: 0, bob: 9_000 })).toBe('bob')
  })
})
