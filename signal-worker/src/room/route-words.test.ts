import { limits } from '@video-room/shared/limits.ts'
import { describe, expect, it } from 'vitest'
import { room, type RoomFixture } from './room-fixture.ts'
import { readStoredState } from './stored-state.ts'

const standing = (more = {}) => room(more).enter('host').enter('ada').serve('sin')
/** A call whose direct link failed: the move to the relay is prepared. */
const failing = () =>
  standing().report('ada', { sin: 'good' }).report('host', { ada: 'unreachable', sin: 'good' })
const wish = (r: RoomFixture, route: 'auto' | 'direct' | 'relay') =>
  r.say('host', { type: 'change-settings', settings: { route } })
const gap = (r: RoomFixture, name: string, gapMs: number, more = {}) =>
  r.say(name, { type: 'route-gap', epoch: r.state.route.epoch, gapMs, steadyMs: 40, ...more })
const moves = ({ words }: RoomFixture) => words.filter(({ type }) => type !== 'call')

describe('what is counted of moves', () => {
  it('OP4 a move: from where, to where, why, and how long it was prepared; and the call goes another way', () => {
    const r = failing().vote('host').later(740)
    expect(r.words).toEqual([])
    expect(r.vote('ada').words).toEqual([
      { type: 'moved', from: 'mesh', to: 'relayed', reason: 'direct-failed', tookMs: 740 },
      { type: 'call', route: 'relayed' },
    ])
  })

  it('OP4 one that was not seen in time, and one that nobody needed any more, failed', () => {
    const late = failing().vote('host').later(limits.migrationMs).feed({ type: 'timer' })
    const failed = { type: 'move-failed', from: 'mesh', to: 'relayed' }
    expect(late.words).toEqual([{ ...failed, reason: 'direct-failed', why: 'late' }])
    const needless = wish(wish(standing(), 'relay'), 'auto')
    expect(needless.words).toEqual([{ ...failed, reason: 'setting', why: 'needless' }])
  })

  it('OP4 from relay to relay it is the last reason that moved it', () => {
    const r = room({ route: 'relay' }).enter('host').enter('ada').serve('sin').close('sin').serve('hcm')
    r.vote('host', 'ada').later(limits.relayReturnMs).feed({ type: 'timer' })
    expect(r.state.route.reasons).toEqual(['setting', 'relay-lost'])
    expect(r.words).toEqual([
      {
        type: 'moved',
        from: 'relayed',
        to: 'relayed',
        reason: 'relay-lost',
        tookMs: limits.relayReturnMs,
      },
    ])
  })

  it('OP4 what was not prepared has no duration; one who is alone moves nobody', () => {
    const r = room({ route: 'relay' }).enter('host')
    expect([r.words, r.serve('sin').words]).toEqual([[], []])
    const waiting = wish(room().enter('host').enter('ada').noRelay(), 'relay')
    expect(waiting.later(limits.migrationMs).feed({ type: 'timer' }).words).toEqual([
      { type: 'moved', from: 'mesh', to: 'relayed', reason: 'setting', tookMs: limits.migrationMs },
      { type: 'call', route: 'waiting' },
    ])
    expect(waiting.serve('sin').words).toEqual([
      { type: 'moved', from: 'relayed', to: 'relayed', reason: 'setting', tookMs: null },
      { type: 'call', route: 'relayed' },
    ])
  })

  it('OP4 a room that ends, or is left by all but one, in the middle of a move has neither moved nor failed to', () => {
    expect(failing().say('host', { type: 'end-room' }).words).toEqual([{ type: 'call', route: null }])
    expect(failing().say('ada', { type: 'leave' }).words).toEqual([{ type: 'call', route: null }])
  })
})

describe('which way calls flow', () => {
  it('OP4 is said as a call begins and ends, and of nobody who is alone', () => {
    const r = room().enter('host')
    expect(r.words).toEqual([])
    expect(r.enter('ada').words).toEqual([{ type: 'call', route: 'mesh' }])
    expect(r.enter('bob').words).toEqual([])
    r.say('bob', { type: 'leave' })
    expect(r.words).toEqual([])
    expect(r.say('ada', { type: 'leave' }).words).toEqual([{ type: 'call', route: null }])
  })

  it('OP4 is said again now and then while it lasts, by the sweep that wakes the room anyway', () => {
    const r = room().enter('host').enter('ada')
    const said: number[] = []
    for (let sweep = 1; sweep <= 120; sweep += 1) {
      r.later(limits.presenceSweepMs).feed({ type: 'timer' })
      if (r.words.length > 0) said.push(r.atMs)
      if (r.words.length > 0) expect(r.words).toEqual([{ type: 'call', route: 'mesh' }])
    }
    expect(said.length).toBe((120 * limits.presenceSweepMs) / limits.callWordMs)
    const pauses = said.slice(1).map((atMs, index) => atMs - (said[index] ?? 0))
    expect(Math.max(...pauses)).toBeLessThan(limits.callCountedMs / 2)
  })
})

describe('what pages saw of a move', () => {
  const moved = () => failing().vote('host', 'ada')

  it('FX3 is counted once for each who was there, with the way it went', () => {
    const r = moved()
    const word = { type: 'gap', from: 'mesh', to: 'relayed', gapMs: 84, steadyMs: 40 }
    expect(gap(r, 'host', 84).words).toEqual([word])
    expect(gap(r, 'host', 9_000).words).toEqual([])
    expect(gap(r, 'ada', 50, { steadyMs: null }).words).toEqual([{ ...word, gapMs: 50, steadyMs: null }])
  })

  it('FX3 of another route, of none, and of who came later it is not counted, and nobody is told', () => {
    expect(gap(standing(), 'host', 84).words).toEqual([])
    const r = moved()
    for (const epoch of [1, 3]) expect(gap(r, 'host', 84, { epoch }).words).toEqual([])
    r.enter('bob')
    expect([gap(r, 'bob', 84).words, r.heard('bob')]).toEqual([[], []])
    expect(gap(r, 'host', 84).effects).toHaveLength(1)
  })

  it('FX3 is awaited over hibernation too; a room of an older build awaits nobody', () => {
    const r = moved()
    const stored = JSON.stringify(r.state)
    r.state = readStoredState(r.state.version, stored) ?? r.state
    expect(moves(gap(r, 'host', 84))).toHaveLength(1)
    const older = moved()
    older.state = readStoredState(older.state.version, stored.replace('"moved":', '"unknown":')) ?? r.state
    expect(older.state.routing.moved).toBeNull()
    expect(gap(older, 'host', 84).words).toEqual([])
  })
})
