import { limits } from '@video-room/shared/limits.ts'
import { describe, expect, it } from 'vitest'
import { occupant, relay, room, type RoomFixture } from './room-fixture.ts'
import { linksOf } from './start.ts'

const four = ['host', 'ada', 'bo', 'cy'] as const
const mesh = () => four.reduce((r, name) => r.enter(name), room())
const crowded = () => mesh().serve('sin').enter('di')
/** Whom somebody is to have a direct link to. */
const direct = (r: RoomFixture, name: string) =>
  linksOf(r.state, occupant(name))
    .map(({ occupantId }) => occupantId)
    .toSorted()
const occupants = (...names: readonly string[]) => names.map(occupant).toSorted()
const failRelay = (r: RoomFixture, name: string) =>
  r.say(name, { type: 'link-failed', to: relay('sin'), generation: r.relayLink(name)?.generation ?? 1 })

describe('ST5 one too many for a mesh', () => {
  it('is not linked to anybody directly, and opens no encoder for it: their way is the relay, from the start', () => {
    const r = crowded()
    expect(r.state.routing.migration?.route).toMatchObject({ kind: 'relayed', reasons: ['occupants'] })
    expect(direct(r, 'di')).toEqual([])
    expect(direct(r, 'ada')).toEqual(occupants('host', 'bo', 'cy'))
    expect(r.relayLink('di')).toMatchObject({ relayId: relay('sin') })
    expect(r.relayLink('di')).not.toHaveProperty('isStandby')
  })

  it('nor is who comes after them', () => {
    const r = crowded().enter('ev')
    expect(direct(r, 'ev')).toEqual([])
    expect(direct(r, 'host')).toEqual(occupants('ada', 'bo', 'cy'))
  })

  it('has what everybody has once the relay carries', () => {
    const r = crowded().vote(...four, 'di')
    expect(r.state.route.kind).toBe('relayed')
    expect(r.state.routing.crowdedFrom).toBeNull()
  })

  it('is linked to everybody as soon as the move to the relay is given up', () => {
    const r = crowded().later(limits.migrationMs).feed({ type: 'timer' })
    expect([r.state.route.kind, r.state.routing.migration]).toEqual(['mesh', null])
    expect(direct(r, 'di')).toEqual(occupants(...four))
    expect(direct(r, 'ada')).toEqual(occupants('host', 'bo', 'cy', 'di'))
  })

  it('has time where all of them reach the relay: giving up would only make the mesh that is too much', () => {
    const r = crowded()
    for (const name of [...four, 'di']) r.report(name, { sin: 'good' })
    r.later(limits.migrationMs).feed({ type: 'timer' })
    expect(r.state.routing.migration).not.toBeNull()
    r.later(limits.crowdPatienceMs - 1).feed({ type: 'timer' })
    expect([r.state.routing.migration?.route.kind, direct(r, 'di')]).toEqual(['relayed', []])
    r.later(1).feed({ type: 'timer' })
    expect(r.state.routing.migration).toBeNull()
    expect(direct(r, 'di')).toEqual(occupants(...four))
  })

  it('is waited for by nobody: a move that was given up a moment ago, for fewer, is tried again', () => {
    const r = mesh().serve('sin').report('ada', { bo: 'unreachable', sin: 'good' })
    expect(r.state.routing.migration).not.toBeNull()
    r.later(limits.migrationMs).feed({ type: 'timer' })
    expect(r.state.routing).toMatchObject({ migration: null, restUntilMs: expect.any(Number) })
    r.later(1).enter('di')
    expect(r.state.routing.migration?.route).toMatchObject({ reasons: ['occupants'] })
    expect(direct(r, 'di')).toEqual([])
  })

  it('has none once one of them does not', () => {
    const r = crowded()
    for (const name of [...four, 'di']) r.report(name, { sin: 'good' })
    r.later(limits.migrationMs + 1).feed({ type: 'timer' })
    r.report('bo', { sin: 'unreachable' })
    expect(r.state.routing.migration).toBeNull()
    expect(direct(r, 'di')).toEqual(occupants(...four))
  })

  it('keeps the links that they have where the relay came later', () => {
    const r = mesh().enter('di')
    expect(direct(r, 'di')).toEqual(occupants(...four))
    r.serve('sin')
    expect(r.state.routing.migration?.route).toMatchObject({ reasons: ['occupants'] })
    expect(direct(r, 'di')).toEqual(occupants(...four))
    expect(direct(r.enter('ev'), 'ev')).toEqual([])
  })
})

describe('RP1 a relay that a crowd needs', () => {
  const givenUp = () => crowded().later(limits.migrationMs).feed({ type: 'timer' })

  it('is not let go because one of them does not reach it while it stands by: they try again', () => {
    const r = givenUp()
    const before = r.relayLink('di')
    expect(before).toMatchObject({ isStandby: true })
    failRelay(r, 'di')
    expect(r.closed('sin')).toBeNull()
    expect(r.relayLink('di')).toMatchObject({ generation: (before?.generation ?? 0) + 1, isStandby: true })
  })

  it('is looked for at once though none was to stand by for a while', () => {
    const r = mesh().serve('sin')
    failRelay(r, 'ada')
    expect([r.closed('sin'), r.state.relay.pausedUntilMs]).toEqual(['left', expect.any(Number)])
    expect(r.summons).toEqual([])
    expect(r.enter('di').summons).toHaveLength(1)
  })
})
