import { limits } from '@video-room/shared/limits.ts'
import type { RelayToRoom } from '@video-room/shared/protocol/relay-messages.ts'
import { describe, expect, it } from 'vitest'
import type { ChainRelay } from './chain-state.ts'
import { roomDeadline } from './deadline.ts'
import { connection, knownRelay, occupant, relay, room, type RoomFixture } from './room-fixture.ts'
import { routeFactsOf } from './route-facts.ts'
import { trunksOf } from './trunk-links.ts'
import { relayOf } from './relay-state.ts'

type Distances = Readonly<Record<string, number>>

const surveyed = (name: string, rtts: Distances = {}): ChainRelay => ({
  relayId: relay(name),
  region: name,
  isFull: false,
  load: 0,
  rtts: Object.entries(rtts).map(([to, rttMs]) => ({ relayId: relay(to), rttMs })),
})

const between = 80
const survey = [surveyed('sin', { fra: between }), surveyed('fra', { sin: between })]

/** Host beside Singapore, Ada beside Frankfurt, the room's relay in Singapore. */
function farApart(): RoomFixture {
  const r = room({ route: 'relay' }).enter('host').serve('sin').enter('ada')
  r.report('host', { sin: ['good', 10] }).report('ada', { sin: ['good', 200] })
  return r
}

/** What the former route still needed is over. */
const settled = (r: RoomFixture): RoomFixture => r.later(limits.formerRouteMs).feed({ type: 'timer' })

const dueNow = (r: RoomFixture): RoomFixture => {
  r.atMs = Math.max(r.atMs, roomDeadline(r.state) ?? r.atMs)
  return r.feed({ type: 'timer' })
}

/** Lets time go on until the room asks the registry. */
function untilLook(r: RoomFixture): RoomFixture {
  for (let tries = 0; tries < 20; tries += 1) {
    if (r.effects.some(({ type }) => type === 'survey-relays')) return r
    dueNow(r)
  }
  throw new Error('the registry is never asked')
}

/** One look: what each is from Frankfurt, and the judgement. */
function look(r: RoomFixture, toFra: Distances = { host: 190, ada: 12 }): RoomFixture {
  untilLook(r).feed({ type: 'relays-surveyed', relays: survey })
  for (const [name, rttMs] of Object.entries(toFra)) {
    r.say(name, { type: 'relay-probes', rtts: [{ relayId: relay('fra'), rttMs }] })
  }
  return r.later(limits.chainProbeMs).feed({ type: 'timer' })
}

const summonedBranch = (r: RoomFixture): RoomFixture =>
  r.feed({ type: 'relay-summoned', purpose: 'branch', relay: knownRelay('fra') }).openRelay('fra', 'fra1')

/** The room has its second relay, and everyone has moved. */
function chained(): RoomFixture {
  const r = summonedBranch(look(look(farApart())))
  dueUntilPrepared(r)
  return withTrunksUp(r).vote('host', 'ada')
}

function dueUntilPrepared(r: RoomFixture): void {
  for (let tries = 0; tries < 20 && r.state.routing.migration === null; tries += 1) dueNow(r)
}

const tree = {
  kind: 'relayed',
  relays: [
    { relayId: relay('sin'), region: 'sin' },
    { relayId: relay('fra'), region: 'fra', parentId: relay('sin') },
  ],
  homes: { [occupant('ada')]: relay('fra') },
}

const trunkOf = (r: RoomFixture, name: string) => {
  const known = relayOf(r.state.relay, relay(name))
  return known === null ? [] : trunksOf(r.state, known)
}

/** Whoever dials a trunk of the route that is prepared says that it is up. */
function withTrunksUp(r: RoomFixture): RoomFixture {
  const next = r.state.routing.migration?.route
  for (const { region } of next?.kind === 'relayed' ? next.relays : []) {
    for (const trunk of trunkOf(r, region)) {
      if (!trunk.isDialled) continue
      r.relaySay(region, { type: 'trunk-report', to: trunk.relayId, generation: trunk.generation, rttMs: 80 })
    }
  }
  return r
}

/** Cy beside Lima, which is joined to Singapore, and Dan beside Oslo, which is joined to Frankfurt. */
function longTree(): RoomFixture {
  const r = chained().enter('cy').enter('dan')
  const homes = {
    [occupant('ada')]: relay('fra'),
    [occupant('cy')]: relay('lim'),
    [occupant('dan')]: relay('osl'),
  }
  const relays = [relay('sin'), relay('fra'), relay('lim'), relay('osl')]
  const wanted = { relays, parents: { [relay('osl')]: relay('fra') }, homes }
  r.state = { ...r.state, chain: { ...r.state.chain, wanted } }
  r.feed({ type: 'timer' })
  for (const name of ['lim', 'osl']) {
    r.feed({ type: 'relay-summoned', purpose: 'branch', relay: knownRelay(name, `${name}1`) })
    r.openRelay(name, `${name}1`)
  }
  r.later(limits.routeDwellMs).feed({ type: 'timer' })
  withTrunksUp(r).vote('host', 'ada', 'cy', 'dan')
  return r.feed({ type: 'timer' })
}

const trunkFailed = (generation: number): RelayToRoom => ({
  type: 'link-failed',
  to: relay('sin'),
  generation,
})

describe('CH5 a look at other relays', () => {
  it('begins soon after a call is relayed, and asks those who take part of all relays, their own first', () => {
    const r = untilLook(farApart()).feed({ type: 'relays-surveyed', relays: survey })
    const asked = r.effects.filter(({ type }) => type === 'probe-relays')
    expect(asked).toHaveLength(2)
    expect(asked).toContainEqual(expect.objectContaining({ relayIds: [relay('sin'), relay('fra')] }))
  })

  it('begins with those that may be nearest to them, by what is known of the ways between relays', () => {
    const names = ['far', 'mid', 'nah', 'fra', 'sin'] as const
    const rtts = { far: 400, mid: 110, nah: 20, fra: 190 }
    const relays = names.map((name) => surveyed(name, name === 'sin' ? rtts : {}))
    const r = untilLook(farApart()).feed({ type: 'relays-surveyed', relays })
    const askedOf = (name: string) =>
      r.effects.flatMap((effect) =>
        effect.type === 'probe-relays' && effect.connectionId === connection(name) ? effect.relayIds : [],
      )
    // Ada is 200 ms from Singapore, the host 10.
    expect(askedOf('ada')).toEqual(['sin', 'fra', 'mid', 'nah'].map((name) => relay(name)))
    expect(askedOf('host')).toEqual(['sin', 'nah', 'mid', 'fra'].map((name) => relay(name)))
  })

  it('where there is no other relay nobody is asked, and the next look is further away each time', () => {
    const r = farApart()
    const waits = [1, 2, 3].map(() => {
      untilLook(r).feed({ type: 'relays-surveyed', relays: survey.slice(0, 1) })
      expect(r.effects.some(({ type }) => type === 'probe-relays')).toBe(false)
      return (r.state.chain.lookAtMs ?? 0) - r.atMs
    })
    expect(waits).toEqual(waits.toSorted((a, b) => a - b))
    expect(new Set(waits).size).toBe(3)
  })

  it('ends with the call, and a mesh has none', () => {
    const r = farApart().say('ada', { type: 'leave' })
    expect(r.state.chain.lookAtMs).toBeNull()
    expect(room().enter('host').enter('ada').state.chain.lookAtMs).toBeNull()
  })

  it('one that says it is not enough: the second in a row summons the relay by its name', () => {
    const r = look(farApart())
    expect(r.state.chain.candidate?.looks).toBe(1)
    expect(r.effects.some(({ type }) => type === 'summon-relay')).toBe(false)
    look(r)
    expect(r.effects).toContainEqual(
      expect.objectContaining({ type: 'summon-relay', purpose: 'branch', only: relay('fra') }),
    )
    expect(r.state.route).toMatchObject({ relays: [{ relayId: relay('sin') }] })
  })

  it('a gain that is too small changes nothing', () => {
    const r = look(look(farApart(), { host: 190, ada: 120 }), { host: 190, ada: 120 })
    expect(r.state.chain.wanted).toBeNull()
  })

  it('of several measurements the shortest counts: a machine that is busy for a moment moves nobody', () => {
    const r = farApart()
    // Both are beside Singapore; in one look in two everything takes long.
    const toSin = (rttMs: number) => ({ relayId: relay('sin'), rttMs })
    const toFra = (rttMs: number) => ({ relayId: relay('fra'), rttMs })
    for (const slow of [0, 150, 0, 150]) {
      untilLook(r).feed({ type: 'relays-surveyed', relays: survey })
      r.say('host', { type: 'relay-probes', rtts: [toSin(10 + slow), toFra(60)] })
      r.say('ada', { type: 'relay-probes', rtts: [toSin(12 + slow), toFra(60)] })
      r.later(limits.chainProbeMs).feed({ type: 'timer' })
    }
    expect(r.state.chain).toMatchObject({ wanted: null, candidate: null })
  })

  it('a way that loses half as much is taken, once so many questions have shown it', () => {
    const r = farApart().report('ada', { sin: ['good', 20] })
    const ways = (name: string, lost: number) =>
      r.say(name, {
        type: 'relay-probes',
        rtts: [
          { relayId: relay('sin'), rttMs: 20, asked: 10, answered: 10 - lost },
          { relayId: relay('fra'), rttMs: 60, asked: 10, answered: 10 },
        ],
      })
    const counted = survey.map((one) => ({
      ...one,
      rtts: one.rtts.map(({ relayId }) => ({ relayId, rttMs: 20, asked: 80, answered: 80 })),
    }))
    let looks = 0
    while (r.state.chain.wanted === null && looks < 7) {
      untilLook(r).feed({ type: 'relays-surveyed', relays: counted })
      ways('host', 0)
      ways('ada', 3)
      r.later(limits.chainProbeMs).feed({ type: 'timer' })
      looks += 1
    }
    // Of ten questions nobody can tell.
    expect(looks).toBeGreaterThan(limits.chainRounds)
    expect(r.state.chain.wanted).toMatchObject({ relays: [relay('sin'), relay('fra')] })
  })

  it('someone whose media is lost on the way from their home is not left waiting for the next look', () => {
    const r = farApart()
    for (let count = 0; count < 6; count += 1) look(r, { host: 20, ada: 190 })
    const quietMs = (r.state.chain.lookAtMs ?? 0) - r.atMs
    expect(quietMs).toBeGreaterThan(limits.chainLossyLookMs)
    r.report('ada', { sin: ['lossy', 200] })
    expect((r.state.chain.lookAtMs ?? 0) - r.atMs).toBe(limits.chainLossyLookMs)
  })

  it('a relay that cannot be had is not wanted again for a while', () => {
    const r = look(look(farApart())).feed({ type: 'relay-unavailable', purpose: 'branch', random: 0 })
    expect(r.state.chain).toMatchObject({ wanted: null, restUntilMs: r.atMs + limits.chainRestMs })
  })
})

describe('CH1 the move to a tree', () => {
  it('is prepared with a trunk and a second link for who moves, and nobody else', () => {
    const r = summonedBranch(look(look(farApart())))
    dueUntilPrepared(r)
    expect(r.state.routing.migration?.route).toMatchObject({ ...tree, reasons: ['setting', 'chain'] })
    expect(r.relayLinks('host')).toEqual([])
    expect(r.relayLinks('ada').map(({ relayId }) => relayId)).toEqual([relay('sin'), relay('fra')])
    const [dialled] = trunkOf(r, 'fra')
    const [answered] = trunkOf(r, 'sin')
    expect(dialled).toMatchObject({ relayId: relay('sin'), isDialled: true, generation: 1 })
    expect(answered).toEqual({ ...dialled, relayId: relay('fra'), isDialled: false })
  })

  it('is committed by votes: the link to the former home is listed no more', () => {
    const r = chained()
    expect(r.state.route).toMatchObject(tree)
    expect(r.relayLinks('ada').map(({ relayId }) => relayId)).toEqual([relay('fra')])
    expect(r.state.relay.serving?.links[occupant('ada')]).toBeUndefined()
    dueNow(r)
    expect(r.state.chain.wanted).toBeNull()
  })

  it('CH1 is not committed before its trunks are up: who does not move has nothing to tell it by', () => {
    const r = summonedBranch(look(look(farApart())))
    dueUntilPrepared(r)
    r.vote('host', 'ada')
    expect(r.state.route).toMatchObject({ relays: [{ relayId: relay('sin') }] })
    withTrunksUp(r)
    expect(r.state.route).toMatchObject(tree)
  })

  it('CH1 another middle, though nobody moves, waits for the trunks that it needs', () => {
    const r = chained().enter('cy')
    const third = knownRelay('lim', 'lim1')
    const homes = { [occupant('ada')]: relay('fra'), [occupant('cy')]: relay('lim') }
    const grown = { relays: [relay('sin'), relay('fra'), relay('lim')], parents: {}, homes }
    r.state = { ...r.state, chain: { ...r.state.chain, wanted: grown } }
    r.feed({ type: 'timer' }).feed({ type: 'relay-summoned', purpose: 'branch', relay: third })
    r.openRelay('lim', 'lim1').later(limits.routeDwellMs).feed({ type: 'timer' })
    withTrunksUp(r).vote('host', 'ada', 'cy')
    expect(r.state.route).toMatchObject({
      relays: [{}, {}, { relayId: relay('lim'), parentId: relay('sin') }],
    })
    // The same homes around Frankfurt: Lima needs a trunk to it, which is not there yet.
    const turned = {
      relays: [relay('fra'), relay('sin'), relay('lim')],
      parents: {},
      homes: { [occupant('host')]: relay('sin'), [occupant('cy')]: relay('lim') },
    }
    r.state = { ...r.state, chain: { ...r.state.chain, wanted: turned } }
    r.later(limits.routeDwellMs).feed({ type: 'timer' })
    expect(r.state.route).toMatchObject({ relays: [{ relayId: relay('sin') }, {}, {}] })
    withTrunksUp(r).vote('host', 'ada', 'cy')
    expect(r.state.route).toMatchObject({
      relays: [{ relayId: relay('fra') }, {}, { parentId: relay('fra') }],
    })
  })

  it('CH1 CH4 may be one of two relays in the middle, with the others around either: media goes over three trunks', () => {
    const r = longTree()
    expect(r.state.route).toMatchObject({
      relays: [
        { relayId: relay('sin') },
        { relayId: relay('fra'), parentId: relay('sin') },
        { relayId: relay('lim'), parentId: relay('sin') },
        { relayId: relay('osl'), parentId: relay('fra') },
      ],
    })
    expect(trunkOf(r, 'fra').map(({ relayId }) => relayId)).toEqual([relay('sin'), relay('osl')])
    expect(r.state.chain.wanted).toBeNull()
  })

  it('who comes later is at home at the first relay', () => {
    const r = chained().enter('cy')
    expect(r.relayLinks('cy').map(({ relayId }) => relayId)).toEqual([relay('sin')])
    expect(r.state.route).toMatchObject(tree)
  })

  it('CH3 the trunks of the former route go on for a moment: a relay that hears of the next one late still gets all', () => {
    const r = longTree().relaySay('fra', { type: 'leave' })
    dueUntilPrepared(r)
    withTrunksUp(r).vote('host', 'ada', 'cy', 'dan')
    expect(r.state.route).toMatchObject({
      relays: [{}, {}, { relayId: relay('osl'), parentId: relay('sin') }],
    })
    expect(trunkOf(r, 'osl').map(({ relayId }) => relayId)).toEqual([relay('sin'), relay('fra')])
    expect(roomDeadline(r.state)).toBe(r.atMs + limits.formerRouteMs)
    settled(r)
    expect(trunkOf(r, 'osl').map(({ relayId }) => relayId)).toEqual([relay('sin')])
    expect(r.state.routing.former).toBeNull()
  })

  it('R8 the last one at home at a branch leaves: the branch is let go', () => {
    const r = chained().enter('cy').say('ada', { type: 'leave' })
    expect(r.state.route).toMatchObject({ kind: 'relayed', relays: [{ relayId: relay('sin') }] })
    expect(settled(r).closed('fra')).toBe('left')
    expect(r.state.relay.branches).toEqual([])
  })

  it('R8 the last one at home at the middle leaves: the branch is the room’s one relay, and nobody moves', () => {
    const left = chained()
      .say('host', { type: 'hand-over', occupantId: occupant('ada') })
      .say('host', { type: 'leave' })
    expect(left.state.route).toMatchObject({
      kind: 'relayed',
      relays: [{ relayId: relay('fra'), region: 'fra' }],
    })
    expect(left.state.relay.serving?.relayId).toBe(relay('fra'))
    expect(left.relayLinks('ada')).toEqual([])
    // Nobody else is there to hear of it late.
    expect(left.closed('sin')).toBe('left')
  })

  it('who moves back gets another link: the tickets of the former one are worth nothing', () => {
    const r = farApart()
    const first = r.state.relay.serving?.links[occupant('ada')]
    const moved = summonedBranch(look(look(r)))
    dueUntilPrepared(moved)
    withTrunksUp(moved).vote('host', 'ada').close('fra').later(limits.relayGraceMs).feed({ type: 'timer' })
    dueUntilPrepared(moved)
    const again = moved.state.relay.serving?.links[occupant('ada')]
    expect(again?.linkId).not.toBe(first?.linkId)
    expect(again?.generation).toBeGreaterThan(first?.generation ?? 0)
  })
})

it('RP2 the way through a tree is as long as its trunks are, too', () => {
  const r = chained().relaySay('fra', { type: 'trunk-report', to: relay('sin'), generation: 1, rttMs: 80 })
  r.report('host', { sin: ['good', 10] }).report('ada', { fra: ['good', 12] })
  expect(routeFactsOf(r.state).pairs.map(({ throughRelayMs }) => throughRelayMs)).toEqual([102])
})

describe('CH6 a tree whose parts fail', () => {
  it('R7 a trunk that fails is made anew under another id, and the room says who is cut off', () => {
    const r = chained()
    const [before] = trunkOf(r, 'fra')
    r.relaySay('fra', trunkFailed(1))
    const [after] = trunkOf(r, 'fra')
    expect(after).toMatchObject({ generation: 2 })
    expect(after?.linkId).not.toBe(before?.linkId)
    expect(r.heard('host')).toContainEqual(
      expect.objectContaining({ patch: expect.objectContaining({ cutRelays: [relay('fra')] }) }),
    )
    // The other end says the same, of an attempt that is over.
    r.relaySay('sin', { type: 'link-failed', to: relay('fra'), generation: 1 })
    expect(trunkOf(r, 'fra')[0]).toEqual(after)
    r.relaySay('fra', { type: 'trunk-report', to: relay('sin'), generation: 2, rttMs: 80 })
    expect(r.heard('host')).toContainEqual(
      expect.objectContaining({ patch: expect.objectContaining({ cutRelays: [] }) }),
    )
  })

  it('CH3 both ends of a trunk count attempts alike, also where one of them came later', () => {
    // The first branch is lost, so that the numbers of the next one begin further on.
    const r = chained().close('fra').later(limits.relayGraceMs).feed({ type: 'timer' })
    dueUntilPrepared(r)
    r.vote('host', 'ada').later(limits.chainRestMs)
    for (let tries = 0; tries < 12 && r.state.chain.wanted === null; tries += 1) {
      r.report('ada', { sin: ['good', 200] })
      look(r)
    }
    r.feed({ type: 'relay-summoned', purpose: 'branch', relay: knownRelay('fra', 'fra2') })
    r.openRelay('fra-again', 'fra2')
    dueUntilPrepared(r)
    const [trunk] = trunkOf(r, 'fra')
    const generation = trunk?.generation ?? 0
    expect(generation).toBeGreaterThan(1)
    r.relaySay('fra-again', { type: 'trunk-report', to: relay('sin'), generation, rttMs: 80 })
    expect(r.state.chain.trunks).toHaveLength(1)
  })

  it('a trunk that stays down loses the branch: who was there comes to the first relay', () => {
    const r = chained().relaySay('fra', trunkFailed(1))
    r.later(limits.trunkLostMs).feed({ type: 'timer' })
    expect(r.closed('fra')).toBe('left')
    dueUntilPrepared(r)
    expect(r.relayLinks('ada').map(({ relayId }) => relayId)).toContain(relay('sin'))
    withTrunksUp(r).vote('host', 'ada')
    expect(r.state.route).toMatchObject({ relays: [{ relayId: relay('sin') }] })
    expect(r.state.chain.restUntilMs).toBeGreaterThan(r.atMs)
  })

  it('CH6 a relay in the middle is lost: whoever is behind it keeps their home, which is joined to the first', () => {
    const r = longTree().close('fra').later(limits.relayGraceMs).feed({ type: 'timer' })
    expect(r.state.routing.migration?.route).toMatchObject({
      relays: [
        { relayId: relay('sin') },
        { relayId: relay('lim'), parentId: relay('sin') },
        { relayId: relay('osl'), parentId: relay('sin') },
      ],
      homes: { [occupant('cy')]: relay('lim'), [occupant('dan')]: relay('osl') },
    })
    expect(trunkOf(r, 'osl').map(({ relayId }) => relayId)).toEqual([relay('sin')])
    withTrunksUp(r).vote('host', 'ada', 'cy', 'dan')
    // Nothing is said to him of links: his own stays.
    expect(r.relayLinks('dan')).toEqual([])
    expect(r.state.route).toMatchObject({ relays: [{}, {}, { relayId: relay('osl') }] })
  })

  it('CH6 a relay in the middle drains: those behind it are joined to the first before it goes', () => {
    const r = longTree().relaySay('fra', { type: 'leave' })
    dueUntilPrepared(r)
    // Both trunks of Oslo stand, until everybody has seen all over the next one.
    expect(trunkOf(r, 'osl').map(({ relayId }) => relayId)).toEqual([relay('fra'), relay('sin')])
    withTrunksUp(r).vote('host', 'ada', 'cy', 'dan')
    expect(settled(r).closed('fra')).toBe('left')
    expect(r.state.route).toMatchObject({ relays: [{}, {}, { parentId: relay('sin') }] })
  })

  it('CH6 of a trunk that stays down the end that is further out is given up', () => {
    const r = longTree()
    const generation = trunkOf(r, 'osl')[0]?.generation ?? 0
    r.relaySay('osl', { type: 'link-failed', to: relay('fra'), generation })
    r.later(limits.trunkLostMs).feed({ type: 'timer' })
    expect(r.closed('osl')).toBe('left')
    expect(r.closed('fra')).toBeNull()
  })

  it('R8 nobody is at home at a relay in the middle any more: it stays as long as it joins others', () => {
    const r = longTree().say('ada', { type: 'leave' })
    expect(r.state.route).toMatchObject({ relays: [{}, { relayId: relay('fra') }, {}, {}] })
    r.say('dan', { type: 'leave' })
    expect(r.state.route).toMatchObject({ relays: [{ relayId: relay('sin') }, { relayId: relay('lim') }] })
    settled(r)
    expect([r.closed('fra'), r.closed('osl')]).toEqual(['left', 'left'])
  })

  it('CH6 the first relay is lost: the tree goes on around a branch, with the trunks that are left', () => {
    const r = longTree().close('sin').later(limits.relayGraceMs).feed({ type: 'timer' })
    expect(r.state.route).toMatchObject({
      relays: [
        { relayId: relay('fra') },
        { relayId: relay('lim'), parentId: relay('fra') },
        { relayId: relay('osl'), parentId: relay('fra') },
      ],
    })
  })

  it('RT3 a branch whose socket is gone: the way without it is prepared at once, and taken when it does not return', () => {
    const r = chained().close('fra')
    expect(r.state.routing.migration?.route).toMatchObject({ relays: [{ relayId: relay('sin') }] })
    expect(r.state.routing.migration?.route.reasons).toContain('relay-lost')
    r.vote('host', 'ada')
    expect(r.state.route).toMatchObject(tree)
    r.later(limits.relayReturnMs).feed({ type: 'timer' })
    expect(r.state.route).toMatchObject({ relays: [{ relayId: relay('sin') }] })
    expect(settled(r).state.relay.branches).toEqual([])
  })

  it('RT3 a branch that is away for a moment stays: nobody moves, and no trunk is dialled anew', () => {
    const r = chained()
    const before = trunkOf(r, 'fra')
    r.close('fra').later(300).openRelay('fra2', 'fra1-')
    expect(r.state.routing.migration).toBeNull()
    expect(r.state.route).toMatchObject(tree)
    expect(trunkOf(r, 'fra')).toEqual(before)
  })

  it('the first relay is lost: the branch stands already, and everyone goes there', () => {
    const r = chained().close('sin').later(limits.relayGraceMs).feed({ type: 'timer' })
    expect(r.state.relay.serving?.relayId).toBe(relay('fra'))
    expect(r.state.route).toMatchObject({ relays: [{ relayId: relay('fra'), region: 'fra' }] })
    expect(r.relayLinks('host').map(({ relayId }) => relayId)).toEqual([relay('fra')])
  })

  it('someone whose link to the branch fails comes to the first relay', () => {
    const r = chained()
    const generation = r.state.relay.branches[0]?.links[occupant('ada')]?.generation ?? 0
    r.say('ada', { type: 'link-failed', to: relay('fra'), generation })
    dueUntilPrepared(r)
    const next = r.state.routing.migration?.route
    expect(next?.kind === 'relayed' && next.homes?.[occupant('ada')]).toBeFalsy()
  })

  it('RG2 a branch that drains is left in good order', () => {
    const r = chained().relaySay('fra', { type: 'leave' })
    dueUntilPrepared(r)
    expect(r.state.routing.migration?.route).toMatchObject({ reasons: ['setting', 'relay-draining'] })
    withTrunksUp(r).vote('host', 'ada')
    expect(settled(r).closed('fra')).toBe('left')
    expect(r.state.relay.branches).toEqual([])
  })

  it('RG2 the first relay drains: a branch follows it, nobody is asked for another, and all see all until they have moved', () => {
    const r = chained().relaySay('sin', { type: 'leave' })
    expect(r.summons).toEqual([])
    expect(r.state.relay).toMatchObject({ next: { relayId: relay('fra') }, branches: [] })
    expect(r.state.routing.migration?.route).toMatchObject({ relays: [{ relayId: relay('fra') }] })
    expect(trunkOf(r, 'fra')).toHaveLength(1)
    withTrunksUp(r).vote('host', 'ada')
    expect(r.state.route).toMatchObject({ relays: [{ relayId: relay('fra') }] })
    expect(r.closed('sin')).toBe('left')
    expect(r.state.relay).toMatchObject({ serving: { relayId: relay('fra') }, next: null, branches: [] })
  })

  it('RG2 the first relay drains while a tree is prepared in which it is a branch: that is given up for one without it', () => {
    const r = look(look(farApart()))
    const homes = { [occupant('host')]: relay('sin') }
    const turned = { relays: [relay('fra'), relay('sin')], parents: {}, homes }
    r.state = { ...r.state, chain: { ...r.state.chain, wanted: turned } }
    dueUntilPrepared(summonedBranch(r))
    expect(r.state.routing.migration?.route).toMatchObject({ relays: [{ relayId: relay('fra') }, {}] })
    r.relaySay('sin', { type: 'leave' })
    const next = r.state.routing.migration?.route
    expect(next).toMatchObject({ relays: [{ relayId: relay('fra'), region: 'fra' }] })
    expect(next?.reasons).toContain('relay-draining')
    r.vote('host', 'ada')
    expect(r.state.route).toMatchObject({ relays: [{ relayId: relay('fra'), region: 'fra' }] })
    expect(r.state.relay).toMatchObject({ serving: { relayId: relay('fra') }, next: null, branches: [] })
  })

  it('RT3 the first relay is away for a moment: the branch that would follow it stays one', () => {
    const r = chained().close('sin')
    expect(r.state.relay.next?.relayId).toBe(relay('fra'))
    r.close('fra')
    expect(r.state.relay.next?.presence.kind).toBe('away')
    r.openRelay('fra2', 'fra1-').openRelay('sin2', 'sin1-')
    expect(r.state.relay).toMatchObject({ next: null, branches: [{ relayId: relay('fra') }] })
    expect(r.closed('fra2')).toBeNull()
    expect(r.state.routing.migration).toBeNull()
    expect(r.state.route).toMatchObject(tree)
  })

  it('RG2 the first relay drains: a branch that goes meanwhile takes nothing from the one that follows', () => {
    const r = chained().relaySay('fra', { type: 'leave' }).relaySay('sin', { type: 'leave' }).serve('tyo')
    expect(r.state.relay.next?.relayId).toBe(relay('tyo'))
    r.close('fra')
    expect(r.state.relay.branches).toEqual([])
    expect(r.state.relay.next?.relayId).toBe(relay('tyo'))
    withTrunksUp(r).vote('host', 'ada')
    expect(r.state.route).toMatchObject({ relays: [{ relayId: relay('tyo') }] })
  })

  it('RG4 a relay that is named once more comes again as the one it is', () => {
    const r = chained().relaySay('fra', { type: 'leave' }).relaySay('sin', { type: 'leave' })
    const before = relayOf(r.state.relay, relay('fra'))
    r.summoned('fra', 'again').openRelay('fra2', 'again')
    expect(relayOf(r.state.relay, relay('fra'))).toMatchObject({
      links: before?.links,
      isDraining: true,
      presence: { connectionId: 'c_fra2____________' },
    })
    expect(r.state.relay).toMatchObject({ next: null, branches: [{ relayId: relay('fra') }] })
  })
})
