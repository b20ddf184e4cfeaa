import { limits } from '@video-room/shared/limits.ts'
import { describe, expect, it } from 'vitest'
import { roomDeadline } from './deadline.ts'
import { relay, room, type RoomFixture } from './room-fixture.ts'

const relayed = (name: string) => ({ kind: 'relayed', relays: [{ relayId: relay(name), region: name }] })
const kinds = (r: RoomFixture) => [r.state.route.kind, r.state.routing.migration?.route.kind ?? null]
/** Two people and a relay that stands by. */
const standing = (more = {}) => room(more).enter('host').enter('ada').serve('sin')
const wish = (r: RoomFixture, route: 'auto' | 'direct' | 'relay') =>
  r.say('host', { type: 'change-settings', settings: { route } })
const failing = () =>
  standing().report('ada', { sin: 'good' }).report('host', { ada: 'unreachable', sin: 'good' })

describe('links that stand by', () => {
  it('MG6 a mesh of two has a relay that stands by: asked for with the second, told to both, carrying nothing', () => {
    const r = room().enter('host')
    expect(r.summons).toEqual([])
    expect(r.enter('ada').summons).toEqual([[]])
    r.serve('sin')
    expect(kinds(r)).toEqual(['mesh', null])
    expect(r.relayLink('host')).toMatchObject({ relayId: relay('sin'), isStandby: true })
    expect(r.relayLink('ada')).toMatchObject({ relayId: relay('sin'), isStandby: true })
    r.say('ada', { type: 'leave' })
    expect(r.closed('sin')).toBe('left')
  })

  it('RT2 a room that stays direct, and people who wish it, have none', () => {
    expect(room({ route: 'direct' }).enter('host').enter('ada').summons).toEqual([])
    const r = room().enter('host').join('ada').open('ada', 'ada1')
    expect(r.wish('ada', 'direct').summons).toEqual([])
  })

  it('MG6 after the move the direct links of two or three stand by, with the generations they had', () => {
    const r = failing().vote('host', 'ada')
    expect(kinds(r)).toEqual(['relayed', null])
    expect(r.relayLinks('ada')).toEqual([expect.not.objectContaining({ isStandby: true })])
    const start = r.effects.find((effect) => effect.type === 'send-ticketed')
    expect(start).toMatchObject({ message: { links: [{ generation: 1, isStandby: true }] } })
  })

  it('RP4 one that fails is not named for 15 s, then for longer; it comes back as a new attempt', () => {
    const r = failing().vote('host', 'ada')
    const fail = (generation: number) =>
      r.say('ada', { type: 'link-failed', to: r.seat('host')?.occupantId ?? relay('x'), generation })
    const links = () =>
      r.effects.flatMap((one) =>
        one.type === 'send-ticketed' && one.message.type === 'start' ? [one.message.links] : [],
      )
    fail(1)
    expect(links()).toEqual([[], []])
    r.later(limits.directRetryFirstMs - 1).feed({ type: 'timer' })
    expect(links()).toEqual([])
    expect(r.later(1).feed({ type: 'timer' }) && links()[0]).toMatchObject([
      { generation: 2, isStandby: true },
    ])
    fail(2)
    r.later(2 * limits.directRetryFirstMs).feed({ type: 'timer' })
    expect(links()[0]).toMatchObject([{ generation: 3 }])
  })

  it('MG6 a standing relay that someone cannot reach is let go, and none stands by for a minute', () => {
    const r = standing()
    r.say('ada', { type: 'link-failed', to: relay('sin'), generation: 1 })
    expect([r.closed('sin'), r.summons]).toEqual(['left', []])
    expect(r.later(limits.standbyRetryMs - 1).feed({ type: 'timer' }).summons).toEqual([])
    expect(r.later(1).feed({ type: 'timer' }).summons).toEqual([[relay('sin')]])
  })
})

describe('a migration', () => {
  it('MG1 MG4 is prepared in sight of all, and committed with the last word of those who are present', () => {
    const r = failing()
    expect(r.state.routing.migration?.route).toMatchObject({
      ...relayed('sin'),
      epoch: 2,
      reasons: ['direct-failed'],
    })
    expect(r.heard('ada')).toMatchObject([{ type: 'room-changed', patch: { migration: relayed('sin') } }])
    expect(r.relayLinks('ada')).toEqual([expect.not.objectContaining({ isStandby: true })])
    r.vote('host').vote('host')
    expect(kinds(r)).toEqual(['mesh', 'relayed'])
    r.vote('ada')
    expect(r.state.route).toMatchObject({ ...relayed('sin'), epoch: 2 })
    expect(r.heard('host')).toMatchObject([
      { type: 'room-changed', patch: { route: { epoch: 2 }, migration: null } },
    ])
  })

  it('MG3 a word for another epoch counts for nothing', () => {
    const r = failing()
    for (const name of ['host', 'ada']) r.say(name, { type: 'route-ready', epoch: 3 })
    expect(kinds(r)).toEqual(['mesh', 'relayed'])
  })

  it('MG4 a joiner counts from their media-ready; who leaves or is away is not waited for', () => {
    const r = failing().vote('host').enter('bob').vote('ada')
    expect(kinds(r)).toEqual(['mesh', 'relayed'])
    expect(r.vote('bob').state.route.kind).toBe('relayed')
    expect(kinds(failing().vote('host').close('ada'))).toEqual(['relayed', null])
    expect(kinds(failing().vote('host').say('ada', { type: 'leave' }))).toEqual(['mesh', null])
  })

  it('MG4 a new socket has said nothing yet', () => {
    const r = failing().enter('bob').vote('host', 'bob').close('ada')
    expect(kinds(r)).toEqual(['relayed', null])
    const back = failing().enter('bob').vote('ada').close('ada').open('again', 'ada1').vote('host', 'bob')
    expect(kinds(back), 'who has not said media-ready yet cannot be asked').toEqual(['relayed', null])
  })

  it('MG5 after 10 s it is given up and nothing happened; it is tried again after a rest, with an epoch of its own', () => {
    const r = failing().vote('host').later(limits.migrationMs).feed({ type: 'timer' })
    expect(r.state.route).toEqual({ kind: 'mesh', epoch: 1 })
    expect(r.heard('ada')).toMatchObject([{ type: 'room-changed', patch: { migration: null } }])
    r.later(limits.routeDwellMs - 1).feed({ type: 'timer' })
    expect(kinds(r)).toEqual(['mesh', null])
    r.later(1).feed({ type: 'timer' })
    expect(r.state.routing.migration?.route.epoch).toBe(3)
  })

  it('MG5 what a setting forbids is left at the deadline, votes or not', () => {
    const r = wish(standing(), 'relay').later(limits.migrationMs).feed({ type: 'timer' })
    expect(r.state.route).toMatchObject({ ...relayed('sin'), reasons: ['setting'] })
    const nobody = wish(room().enter('host').enter('ada').noRelay(), 'relay')
    expect(kinds(nobody)).toEqual(['mesh', 'relayed'])
    for (const name of ['host', 'ada']) nobody.say(name, { type: 'route-ready', epoch: 2 })
    expect(kinds(nobody), 'a route without a relay shows nothing').toEqual(['mesh', 'relayed'])
    nobody.later(limits.migrationMs).feed({ type: 'timer' })
    expect(nobody.state.route).toMatchObject({ kind: 'relayed', relays: [] })
  })

  it('RT2 once the setting hides addresses, a newcomer opens nothing direct, while the others go on', () => {
    const r = wish(standing(), 'relay').enter('bob')
    expect(kinds(r)).toEqual(['mesh', 'relayed'])
    const links = r.effects.flatMap((one) =>
      one.type === 'send-ticketed' && one.message.type === 'start' ? [one.message.links.length] : [],
    )
    expect(links, 'only the newcomer hears a start').toEqual([0])
  })

  it('MG5 a relay that is lost meanwhile ends it at once; so does a host who leaves', () => {
    const r = failing().close('sin')
    expect(kinds(r)).toEqual(['mesh', null])
    const left = failing().say('host', { type: 'leave' })
    expect(left.state.routing.migration).toBeNull()
  })

  it('MG5 a second wish meanwhile: what someone asks for takes its place', () => {
    const r = failing()
    wish(r, 'direct')
    expect([...kinds(r), r.closed('sin')]).toEqual(['mesh', null, 'left'])
    const other = wish(standing(), 'relay')
    wish(other, 'direct')
    expect(kinds(other)).toEqual(['mesh', null])
    const back = wish(standing(), 'relay')
    wish(back, 'auto')
    expect(kinds(back)).toEqual(['mesh', null])
  })

  it('MG7 is in the stored room, with its deadline', () => {
    const r = failing()
    expect(roomDeadline(r.state)).toBe(r.atMs + limits.migrationMs)
    const woken = room()
    woken.state = JSON.parse(JSON.stringify(r.state))
    woken.atMs = r.atMs
    expect(woken.vote('host', 'ada').state.route.kind).toBe('relayed')
  })
})

describe('a relay that goes', () => {
  /** Two people through `sin`, whose direct links stand by and are good. */
  const through = () => {
    const r = failing().vote('host', 'ada').later(1_000)
    return r
      .report('host', { ada: ['good', 10], sin: ['good', 10] })
      .report('ada', { host: ['good', 10], sin: ['good', 10] })
  }

  it('RT3 its socket gone, direct links that stand by take over: prepared at once, committed when it did not come back', () => {
    const r = through().close('sin')
    expect(kinds(r)).toEqual(['relayed', 'mesh'])
    r.vote('host', 'ada')
    expect(kinds(r)).toEqual(['relayed', 'mesh'])
    expect(roomDeadline(r.state)).toBe(r.atMs + limits.relayReturnMs)
    r.later(limits.relayReturnMs).feed({ type: 'timer' })
    expect(r.state.route).toMatchObject({ kind: 'mesh', reasons: ['relay-lost'] })
  })

  it('RT3 back before that, everything stays', () => {
    const r = through().close('sin').vote('host', 'ada').openRelay('again', 'sin1-')
    expect(kinds(r)).toEqual(['relayed', null])
    expect(r.later(limits.relayReturnMs).feed({ type: 'timer' }).state.route).toMatchObject(relayed('sin'))
  })

  it('RT3 another relay is asked for meanwhile, and takes over where nobody stands direct', () => {
    const r = room({ route: 'relay' }).enter('host').enter('ada').serve('sin').close('sin')
    expect(r.summons).toEqual([[relay('sin')]])
    r.serve('hcm')
    expect(r.state.routing.migration?.route).toMatchObject(relayed('hcm'))
    r.vote('host', 'ada').later(limits.relayReturnMs).feed({ type: 'timer' })
    expect(r.state.route).toMatchObject({ ...relayed('hcm'), reasons: ['setting', 'relay-lost'] })
    expect(r.state.relay).toMatchObject({ serving: { relayId: relay('hcm') }, next: null })
  })

  it('RT3 back, the next one is let go', () => {
    const r = room({ route: 'relay' }).enter('host').enter('ada').serve('sin').close('sin').serve('hcm')
    r.openRelay('again', 'sin1-')
    expect(r.closed('hcm')).toBe('left')
    expect(r.state.relay.next).toBeNull()
    expect(kinds(r)).toEqual(['relayed', null])
  })

  it('RT3 when everyone there hears nothing of it, it is lost, though its socket is open', () => {
    const r = through().report('host', { ada: ['good', 10], sin: 'silent' })
    expect(r.state.route).toMatchObject(relayed('sin'))
    r.report('ada', { host: ['good', 10], sin: 'silent' })
    expect(r.closed('sin')).toBe('left')
    expect(r.state.route.kind).toBe('mesh')
  })

  it('RG2 one that drains moves its room ahead of time: direct where that stands', () => {
    const r = through().relaySay('sin', { type: 'leave' })
    expect(kinds(r)).toEqual(['relayed', 'mesh'])
    r.vote('host', 'ada')
    expect(r.state.route).toMatchObject({ kind: 'mesh', reasons: ['relay-draining'] })
  })
})
