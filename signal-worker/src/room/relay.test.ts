import { limits } from '@video-room/shared/limits.ts'
import { describe, expect, it } from 'vitest'
import { roomDeadline } from './deadline.ts'
import { connection, knownRelay, live, occupant, relay, room, tokenHash } from './room-fixture.ts'
import { relayLinkAhead } from './relay-links.ts'

const relayed = (...names: readonly string[]) => ({
  kind: 'relayed',
  relays: names.map((name) => ({ relayId: relay(name), region: name })),
})
/** A room that a relay serves, with a host in it. */
const served = (name = 'sin') => room({ route: 'relay' }).enter('host').serve(name)

const signalTo = (to: string, generation = 1) =>
  ({ type: 'signal', to: relay(to), generation, payload: '{"wants":[]}' }) as const
const failed = (to: string, generation = 1) => ({ type: 'link-failed', to: relay(to), generation }) as const

describe('the route', () => {
  it('RT2 a room set to relay summons one with the first join, and has no link before it serves', () => {
    const r = room({ route: 'relay' }).join('host')
    expect(r.summons).toEqual([[]])
    expect(r.state.route).toMatchObject(relayed())
    r.open('host', 'host1').ready('host').enter('ada')
    expect(r.links('ada')).toEqual([])
    expect(r.relayLink('ada')).toBeNull()
    r.serve('sin')
    expect(r.state.route).toMatchObject(relayed('sin'))
    expect(r.relayLink('host')).toMatchObject({ relayId: relay('sin'), generation: 1 })
    expect(r.relayLink('ada')).toMatchObject({ relayId: relay('sin'), generation: 1 })
    expect(r.state.seats).toHaveLength(2)
  })

  it('RT2 a wish of one makes a room relayed that leaves it open, for as long as they are in it', () => {
    const r = room().enter('host').join('ada').open('ada', 'ada1')
    r.wish('ada', 'relay')
    expect(r.state.route).toMatchObject(relayed())
    expect(r.links('host')).toBeNull()
    expect(r.links('ada')).toEqual([])
    r.serve('sin').say('ada', { type: 'leave' })
    expect(r.state.route).toMatchObject({ kind: 'mesh', epoch: 4 })
    expect(r.closed('sin')).toBe('left')
  })

  it('RT2 direct is a mesh whatever anyone wishes', () => {
    const r = room({ route: 'direct' }).enter('host').join('ada').open('ada', 'ada1').wish('ada', 'relay')
    expect(r.state.route).toEqual({ kind: 'mesh', epoch: 1 })
    expect(r.links('ada')).toHaveLength(1)
  })

  it('RT1 MD11 the host changes the route; each has an epoch of its own, and mesh links come back as new ones', () => {
    const r = room({ route: 'direct' }).enter('host').enter('ada')
    const change = (route: 'relay' | 'direct') =>
      r.say('host', { type: 'change-settings', settings: { route } })
    change('relay')
    expect([r.state.route.epoch, r.summons]).toEqual([1, [[]]])
    r.serve('sin').vote('host', 'ada')
    // The second was prepared before there was a relay.
    expect(r.state.route).toMatchObject({ ...relayed('sin'), epoch: 3, reasons: ['setting'] })
    expect(r.links('ada')).toBeNull()
    change('direct')
    const again = { occupantId: occupant('host'), initiator: true, generation: 2 }
    expect(r.state.routing.migration?.route).toMatchObject({ kind: 'mesh', epoch: 4 })
    r.vote('host', 'ada')
    expect(r.state.route).toMatchObject({ kind: 'mesh', epoch: 4 })
    expect(r.closed('sin')).toBe('left')
    expect(r.links('ada')).toEqual([again])
    expect(r.state.relay).toMatchObject({ serving: null, next: null, search: null })
  })

  it('RT1 everyone hears of the route, the relay by its welcome', () => {
    const r = served().enter('ada')
    r.close('sin').later(limits.relayGraceMs).feed({ type: 'timer' })
    expect(r.heard('ada')).toMatchObject([
      { type: 'room-changed', patch: { route: { kind: 'relayed', relays: [] } } },
      { type: 'start', links: [] },
    ])
  })
})

describe('the search', () => {
  it('RG3 without a relay it asks again, later and later, with chance in it', () => {
    const r = room({ route: 'relay' }).enter('host').noRelay(0)
    const waits: number[] = []
    for (let n = 0; n < 6; n += 1) {
      const untilMs = roomDeadline(r.state) ?? 0
      waits.push(untilMs - r.atMs)
      r.later(untilMs - r.atMs).feed({ type: 'timer' })
      expect(r.summons).toEqual([[]])
      r.noRelay(0)
    }
    expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000, 5_000])
  })

  it('RG3 a registry that never answers is asked again; what it says to a question given up counts for the next', () => {
    const r = room({ route: 'relay' }).enter('host').later(limits.relayAnswerMs).feed({ type: 'timer' })
    expect(r.summons).toEqual([])
    expect(r.summoned('late').state.relay.search).toMatchObject({ kind: 'resting' })
    r.later(limits.relayRetryFirstMs).feed({ type: 'timer' })
    expect(r.summons).toEqual([[]])
    expect(r.serve('sin').state.route).toMatchObject(relayed('sin'))
  })

  it('RG4 a summoned relay that does not come within 5 s is left out of the next question', () => {
    const r = room({ route: 'relay' }).enter('host').summoned('sin').later(limits.relayConnectMs)
    expect(r.feed({ type: 'timer' }).summons).toEqual([[relay('sin')]])
    expect(r.openRelay('sin', 'sin1').closed('sin')).toBe('unauthorised')
    // Nobody else is there: it may come after all.
    r.noRelay().later(limits.relayRetryMaxMs).feed({ type: 'timer' })
    expect(r.summons).toEqual([[]])
  })

  it('RG4 the secret works once, the resume token once, and any other token never', () => {
    const r = served()
    expect(r.openRelay('thief', 'sin1').closed('thief')).toBe('unauthorised')
    expect(r.openRelay('thief', 'host1').closed('thief')).toBe('unauthorised')
    expect(r.openRelay('again', 'sin1-', 'sin2').closed('sin')).toBe('taken_over')
    expect(r.openRelay('thief', 'sin1-').closed('thief')).toBe('unauthorised')
    expect(r.openRelay('third', 'sin2').closed('again')).toBe('taken_over')
    expect(r.state.route).toMatchObject({ ...relayed('sin'), epoch: 3 })
  })

  it('RG4 an occupant cannot open their socket with a relay’s token, nor a relay with an occupant’s', () => {
    const r = served()
    expect(r.open('thief', 'sin1-').closed('thief')).toBe('unauthorised')
    expect(r.openRelay('thief', 'host1').closed('thief')).toBe('unauthorised')
  })

  it('RT4 with the last seat the relay is dismissed; with the next join another search begins', () => {
    const r = served()
      .enter('ada')
      .close('host')
      .close('ada')
      .later(limits.graceMs - 1)
    r.feed({ type: 'timer' })
    expect(r.closed('sin')).toBeNull()
    r.later(1).feed({ type: 'timer' })
    expect(r.closed('sin')).toBe('left')
    expect(r.state.relay).toMatchObject({ serving: null, search: null })
    expect(roomDeadline(r.state)).toBe(r.state.hostAwaitedUntilMs)
    expect(r.join('bob').summons).toEqual([[]])
  })

  it('RT4 MD6 the end closes its socket with 4410 and forgets its key; nothing is searched any more', () => {
    const r = served().say('host', { type: 'end-room' })
    expect(r.closed('sin')).toBe('room_ended')
    expect(JSON.stringify(r.state)).not.toContain(knownRelay('sin').iceKey)
    expect(r.openRelay('sin2', 'sin1-').closed('sin2')).toBe('room_ended')
    expect(r.summoned('hcm').state.relay.search).toBeNull()
  })
})

describe('a relay in the room', () => {
  it('RL1 SN1 hears the welcome with everything, then its links, then each change before those it is about', () => {
    const r = room({ route: 'relay' }).enter('host').serve('sin')
    const [welcome, links, ...rest] = r.relayHeard('sin')
    expect(rest).toEqual([])
    expect(welcome).toMatchObject({ type: 'relay-welcome', snapshot: { route: relayed('sin') } })
    expect(welcome).toHaveProperty('resumeToken', 'sin1-'.padEnd(43, '_'))
    const ofHost = { occupantId: occupant('host'), linkId: 'fffffffffffe', generation: 1 }
    expect(links).toEqual({ type: 'relay-links', links: [ofHost] })
    r.enter('ada')
    expect(r.effects.findIndex(({ type }) => type === 'send-relay')).toBe(0)
    expect(r.relayHeard('sin')).toMatchObject([{ type: 'room-changed' }])
  })

  it('RL9 MD2 a host’s mute reaches the relay in the same step', () => {
    const r = served().enter('ada')
    r.say('host', { type: 'mute-occupant', occupantId: occupant('ada'), source: 'microphone' })
    const muted = { publications: [{ source: 'microphone', mutedBy: 'host' }, {}] }
    expect(r.relayHeard('sin')).toMatchObject([{ type: 'room-changed', patch: { changed: [muted] } }])
  })

  it('RL3 it lets in whoever joined, before their media is ready; a guest not before a host is', () => {
    const r = room({ route: 'relay' }).join('ada').serve('sin')
    expect(r.relayHeard('sin').at(-1)).toEqual({ type: 'relay-links', links: [] })
    r.enter('host')
    const ids = ['ada', 'host'].map((name) => ({ occupantId: occupant(name) }))
    expect(r.relayHeard('sin').at(-1)).toMatchObject({ type: 'relay-links', links: ids })
    r.join('bob')
    const ahead = relayLinkAhead(r.state, occupant('bob'))
    expect(ahead).toMatchObject({ relayId: relay('sin'), generation: 1 })
    expect(r.open('bob', 'bob1').ready('bob').relayLink('bob')).toEqual(ahead)
  })

  it('RL3 a join answers a link ahead only where the first start will name it', () => {
    const waiting = room({ route: 'relay' }).join('ada').join('host')
    expect(relayLinkAhead(waiting.state, occupant('host'))).toBeNull()
    waiting.serve('sin')
    expect(relayLinkAhead(waiting.state, occupant('ada'))).toBeNull()
    expect(relayLinkAhead(waiting.state, occupant('host'))).toMatchObject({ linkId: 'fffffffffffe' })
    // Who comes back may be another page, whose links are made anew (LK6).
    const back = served().close('host').join('host', { token: 'host2' })
    expect(relayLinkAhead(back.state, occupant('host'))).toBeNull()
    const mesh = room().enter('host').join('ada')
    expect(relayLinkAhead(mesh.state, occupant('ada'))).toBeNull()
  })

  it('RL2 link ids count up from the base, past its end, and never come twice', () => {
    const r = served()
    expect(r.enter('ada').relayLink('ada')?.linkId).toBe('ffffffffffff')
    expect(r.enter('bob').relayLink('bob')?.linkId).toBe('000000000000')
    expect(r.say('ada', failed('sin')).relayLink('ada')).toMatchObject({
      linkId: '000000000001',
      generation: 2,
    })
    expect(r.say('bob', { type: 'leave' }).enter('cy').relayLink('cy')?.linkId).toBe('000000000002')
  })

  it('LK5 RL1 link-failed from either end remakes the link once, for both ends, and nobody else’s', () => {
    const r = served().enter('ada').say('ada', failed('sin'))
    expect(r.relayLink('ada')).toMatchObject({ generation: 2 })
    expect(r.relayLink('host')).toBeNull()
    expect(r.relayHeard('sin')).toMatchObject([{ type: 'relay-links', links: [{}, { generation: 2 }] }])
    const { state } = r
    expect(r.relaySay('sin', { type: 'link-failed', to: occupant('ada'), generation: 1 }).state).toBe(state)
    r.relaySay('sin', { type: 'link-failed', to: occupant('ada'), generation: 2 })
    expect(r.relayLink('ada')).toMatchObject({ generation: 3 })
  })

  it('LK6 a reload gets a new generation and id; the same page keeps both', () => {
    const r = served().enter('ada').close('ada').open('again', 'ada1').ready('again', live, 'ada')
    const { linkId } = r.relayLink('again') ?? {}
    expect(r.relayLink('again')).toMatchObject({ generation: 1 })
    r.close('again').open('reloaded', 'ada1').ready('reloaded', live, 'reloaded')
    expect(r.relayLink('reloaded')).toMatchObject({ generation: 2 })
    expect(r.relayLink('reloaded')?.linkId).not.toBe(linkId)
  })

  it('RL5 ask-ticket is answered for the link that is, and not at all for any other', () => {
    const r = served().enter('ada')
    const ask = (generation: number, to = relay('sin')) =>
      r.say('ada', { type: 'ask-ticket', to, generation }).effects
    expect(ask(1)).toMatchObject([
      { type: 'send-ticketed', message: { type: 'ticket', link: { linkId: 'ffffffffffff' } } },
    ])
    expect(ask(2)).toEqual([])
    expect(ask(1, relay('hcm'))).toEqual([])
    r.enter('bob').say('bob', failed('sin'))
    expect(ask(1)).toHaveLength(1)
  })

  it('WH2 a relayed room has started when host and participant can see each other through the relay', () => {
    const r = room({ route: 'relay' }).enter('host').enter('ada')
    expect(r.notices).toEqual([])
    expect(r.serve('sin').notices).toEqual(['room.started'])
  })
})

describe('signals to and from a relay', () => {
  it('SG1 both ways with the sender stamped, and to nobody else', () => {
    const r = served().enter('ada').say('ada', signalTo('sin'))
    expect(r.effects).toEqual([
      {
        type: 'send-relay',
        connectionId: connection('sin'),
        message: { type: 'signal', from: occupant('ada'), generation: 1, payload: '{"wants":[]}' },
      },
    ])
    r.relaySay('sin', { type: 'signal', to: occupant('ada'), generation: 1, payload: '{"slots":[]}' })
    expect(r.effects).toHaveLength(1)
    expect(r.heard('ada')).toEqual([
      { type: 'signal', from: relay('sin'), generation: 1, payload: '{"slots":[]}' },
    ])
  })

  it('SG3 of another generation: dropped, whoever says it', () => {
    const r = served().enter('ada')
    const { state } = r
    expect(r.say('ada', signalTo('sin', 2)).effects).toEqual([])
    r.relaySay('sin', { type: 'signal', to: occupant('ada'), generation: 2, payload: '' })
    expect([r.effects, r.state]).toEqual([[], state])
  })

  it('SG3 to a relay that does not serve, or is away: no_such_occupant; between occupants: dropped, there is no such link', () => {
    const r = served().enter('ada').say('ada', signalTo('hcm'))
    expect(r.heard('ada')).toMatchObject([{ type: 'error', code: 'no_such_occupant' }])
    r.say('ada', { type: 'signal', to: occupant('host'), generation: 1, payload: '[]' })
    expect(r.effects).toEqual([])
    r.close('sin').say('ada', signalTo('sin'))
    expect(r.heard('ada')).toMatchObject([{ type: 'error', code: 'no_such_occupant' }])
    expect(r.seat('ada')?.presence).toMatchObject({ violations: 0 })
  })

  it('RL1 a relay reaches nobody who is away, at the door, or not ready', () => {
    const r = room({ route: 'relay', admission: 'knock' })
      .enter('host')
      .serve('sin')
      .enter('ada')
      .knock('eve')
    r.join('bob').open('bob', 'bob1').close('ada')
    for (const name of ['ada', 'eve', 'bob', 'nobody']) {
      const said = { type: 'signal', to: occupant(name), generation: 1, payload: '' } as const
      expect(r.relaySay('sin', said).effects, name).toEqual([])
      expect(r.relaySay('sin', { ...said, type: 'link-failed' }).heard('host'), name).toEqual([])
    }
  })
})

describe('a relay that goes', () => {
  it('RT3 its socket may be gone for 3 s: the route stays, links and ids too, and everyone repeats what it may have missed', () => {
    const r = served().enter('ada')
    const { route } = r.state
    r.close('sin').later(limits.relayGraceMs - 1)
    expect(r.effects.filter(({ type }) => type !== 'notify' && type !== 'summon-relay')).toEqual([])
    r.openRelay('again', 'sin1-')
    expect(r.state.route).toEqual(route)
    expect(r.relayHeard('again').map(({ type }) => type)).toEqual(['relay-welcome', 'relay-links'])
    expect(r.relayLink('ada')).toMatchObject({ generation: 1, linkId: 'ffffffffffff' })
    expect(r.relayLink('host')).toMatchObject({ generation: 1, linkId: 'fffffffffffe' })
    // Nothing of the wait is left: what is due is the look at other relays, and at silent sockets.
    expect(roomDeadline(r.state)).toBe(Math.min(r.state.sweepAtMs ?? 0, r.state.chain.lookAtMs ?? 0))
  })

  it('RT3 another is summoned at once; after 3 s it leaves the list, and nothing goes direct', () => {
    const r = served().enter('ada').close('sin')
    expect(r.summons).toEqual([[relay('sin')]])
    r.noRelay().later(limits.relayGraceMs).feed({ type: 'timer' })
    expect(r.state.route).toMatchObject({ ...relayed(), epoch: 4 })
    expect(r.summons).toEqual([[relay('sin')]])
    expect([r.links('ada'), r.relayLink('ada')]).toEqual([[], null])
    expect(r.openRelay('late', 'sin1-').closed('late')).toBe('unauthorised')
    r.serve('hcm')
    expect(r.state.route).toMatchObject({ ...relayed('hcm'), epoch: 5 })
    // No generation of an occupant comes twice, not even if the same relay came back.
    expect(r.relayLink('ada')).toMatchObject({ relayId: relay('hcm'), generation: 2 })
    expect(r.state.generations).toEqual({})
  })

  it('RT3 an occupant who asks for a ticket while its socket is away ends the wait: the media is gone, too', () => {
    const r = served().enter('ada')
    r.close('sin')
      .noRelay()
      .say('ada', { type: 'ask-ticket', to: relay('sin'), generation: 1 })
    expect(r.state.route).toMatchObject(relayed())
    expect(r.summons.at(-1)).toEqual([relay('sin')])
  })

  it('RT3 the links of two people that fail one after the other are the relay’s failure, though its socket is there', () => {
    const r = served().enter('ada')
    r.say('ada', failed('sin'))
    expect(r.state.route).toMatchObject(relayed('sin'))
    r.later(limits.relayDoubtMs - 1).say('host', failed('sin'))
    expect(r.state.route).toMatchObject(relayed())
    expect(r.closed('sin')).toBe('left')
    expect(r.summons.at(-1)).toEqual([relay('sin')])
  })

  it('RT3 one person whose link fails again and again, or two at different times, take the relay from nobody', () => {
    const r = served().enter('ada')
    r.say('ada', failed('sin')).say('ada', failed('sin', 2))
    r.later(limits.relayDoubtMs).say('host', failed('sin'))
    expect(r.state.route).toMatchObject(relayed('sin'))
    expect(r.relayLink('host')).toMatchObject({ relayId: relay('sin'), generation: 2 })
  })

  it('RT3 an occupant whose link failed while its socket is away ends the wait', () => {
    const r = served().enter('ada').close('sin').noRelay().say('ada', failed('sin'))
    expect(r.state.route).toMatchObject(relayed())
    expect(r.summons).toEqual([[relay('sin')]])
  })

  it('LK4 generations go on from the highest that any of its links had', () => {
    const r = served().enter('ada')
    for (let generation = 1; generation < 5; generation += 1) r.say('ada', failed('sin', generation))
    r.close('sin').noRelay().later(limits.relayGraceMs).serve('hcm')
    expect(r.relayLink('host')).toMatchObject({ generation: 6 })
  })

  it('RG2 MG2 one that drains serves on until everybody stands at another', () => {
    const r = served().enter('ada').relaySay('sin', { type: 'leave' })
    expect(r.summons).toEqual([[relay('sin')]])
    expect(r.state.route).toMatchObject({ ...relayed('sin'), epoch: 3 })
    r.noRelay().say('ada', signalTo('sin'))
    expect(r.relayHeard('sin')).toHaveLength(1)
    r.later(limits.relayRetryMaxMs).feed({ type: 'timer' })
    expect(r.summons).toEqual([[relay('sin')]])
    r.serve('hcm')
    expect(r.closed('sin')).toBeNull()
    expect(r.relayLinks('ada')).toMatchObject([
      { relayId: relay('sin') },
      { relayId: relay('hcm'), generation: 1 },
    ])
    expect(r.relayLinks('ada').some(({ isStandby }) => isStandby)).toBe(false)
    r.vote('host', 'ada')
    expect(r.closed('sin')).toBe('left')
    expect(r.state.route).toMatchObject({
      ...relayed('hcm'),
      epoch: 4,
      reasons: ['setting', 'relay-draining'],
    })
    expect(r.relayLinks('ada')).toMatchObject([{ relayId: relay('hcm'), generation: 1 }])
  })

  it('RG2 one that drained and closed is not waited for; a search that rested begins at once', () => {
    const r = served().relaySay('sin', { type: 'leave' }).noRelay().close('sin')
    expect(r.state.route).toMatchObject(relayed())
    expect(r.summons).toEqual([[relay('sin')]])
  })

  it('RG5 VR4 the ninth bad message ends its service, one that is too large does at once', () => {
    const bad = { type: 'bad-message', connectionId: connection('sin'), code: 'malformed' } as const
    const r = served()
    for (let n = 0; n < limits.violationsMax; n += 1) expect(r.feed(bad).effects).toEqual([])
    expect(r.feed(bad).closed('sin')).toBe('violations')
    expect(r.summons).toEqual([[relay('sin')]])
    const large = served().feed({ ...bad, code: 'too_large' })
    expect(large.closed('sin')).toBe('message_too_large')
    expect(large.state.relay.serving).toBeNull()
  })

  it('PR3 a silent one is closed so that it comes back, and waited for like any other', () => {
    const r = served().feed({ type: 'socket-silent', connectionId: connection('sin') })
    expect(r.closed('sin')).toBe('silent')
    expect(r.openRelay('again', 'sin1-').state.route).toMatchObject(relayed('sin'))
  })

  it('words on a socket that it no longer has count for nothing', () => {
    const r = served().enter('ada').openRelay('again', 'sin1-')
    const { state } = r
    r.relaySay('sin', { type: 'leave' })
    r.feed({ type: 'socket-closed', connectionId: connection('sin') })
    expect(r.state).toBe(state)
  })
})

describe('secrets', () => {
  it('SN1 nothing that occupants hear holds the key, an address or a token; only who mints tickets sees them', () => {
    const r = served().enter('ada')
    const said = JSON.stringify([r.heard('ada'), r.relayHeard('sin'), r.effects])
    const { iceKey, fingerprint } = knownRelay('sin')
    for (const secret of [iceKey, fingerprint, '192.0.2.1', tokenHash('sin1-')]) {
      expect(said).not.toContain(secret)
    }
  })
})
