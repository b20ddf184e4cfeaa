import { limits } from '@video-room/shared/limits.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { relay, room, type RoomFixture } from './room-fixture.ts'
import { paceOf } from './route-pace.ts'
import { initialRouting } from './routing-state.ts'

const good = (r: RoomFixture) =>
  r
    .report('host', { ada: ['good', 10], sin: ['good', 10] })
    .report('ada', { host: ['good', 10], sin: ['good', 10] })
const tick = (r: RoomFixture, ms: number) => r.later(ms).feed({ type: 'timer' })
const settle = (r: RoomFixture) => (r.state.routing.migration === null ? r : r.vote('host', 'ada'))

/** Moved to the relay because two did not reach each other. */
const relayedRoom = () =>
  settle(room().enter('host').enter('ada').serve('sin').report('host', { ada: 'unreachable', sin: 'good' }))

describe('the way back', () => {
  it('RP2 is taken when direct has been good for 20 s and the last move is 30 s ago', () => {
    const r = good(relayedRoom())
    tick(r, limits.routeDwellMs - 1)
    expect(r.state.route.kind).toBe('relayed')
    settle(tick(r, 1))
    expect(r.state.route).toMatchObject({ kind: 'mesh', reasons: ['direct-better'] })
    expect(r.relayLinks('ada')).toEqual([expect.objectContaining({ relayId: relay('sin'), isStandby: true })])
  })

  it('RP2 a moment that was not good begins the 20 s anew', () => {
    const r = good(relayedRoom())
    tick(r, limits.routeDwellMs - 5_000)
    good(r.report('ada', { host: 'silent' }))
    tick(r, limits.directBetterMs - 1)
    expect(r.state.routing.migration).toBeNull()
    expect(tick(r, 1).state.routing.migration?.route.kind).toBe('mesh')
  })

  it('RP4 after a return that did not last the next one waits twice as long', () => {
    const r = good(relayedRoom())
    settle(tick(r, limits.routeDwellMs))
    settle(r.report('ada', { host: 'undecoded' }))
    expect(r.state.route).toMatchObject({ kind: 'relayed', reasons: ['decoding'] })
    good(r)
    tick(r, 2 * limits.directBetterMs - 1)
    expect(r.state.routing.migration).toBeNull()
    expect(tick(r, 1).state.routing.migration?.route.kind).toBe('mesh')
  })
})

describe('pace', () => {
  it('RP4 six free moves in ten minutes, then the oldest must be that long ago', () => {
    const freeMovesAtMs = Array.from({ length: limits.routeSwitchesMax }, (_, n) => n)
    const routing = { ...initialRouting, freeMovesAtMs, betterSinceMs: 0 }
    expect(paceOf({ pressure: 'better', kind: 'mesh' }, routing, limits.routeBudgetMs - 1)).toMatchObject({
      isDue: false,
      dueAtMs: limits.routeBudgetMs,
    })
    expect(paceOf({ pressure: 'better', kind: 'mesh' }, routing, limits.routeBudgetMs).isDue).toBe(true)
  })

  it('RP1 RP4 a random walk of facts never moves twice within 30 s, but for what is broken or forbidden', () => {
    const said = fc.tuple(
      fc.constantFrom('host', 'ada'),
      fc.constantFrom('good', 'good', 'lossy', 'connecting'),
      fc.constantFrom('good', 'good', 'lossy'),
      fc.integer({ min: 0, max: 400 }),
      fc.boolean(),
      fc.constantFrom(100, 2_000, 9_000, 25_000),
    )
    let moves = 0
    fc.assert(
      fc.property(fc.array(said, { minLength: 20, maxLength: 80, size: 'max' }), (walk) => {
        const r = room().enter('host').enter('ada').serve('sin')
        let movedAtMs = Number.NEGATIVE_INFINITY
        for (const [name, direct, toRelay, rttMs, isUplinkLimited, ms] of walk) {
          const other = name === 'host' ? 'ada' : 'host'
          const before = r.state.route
          settle(tick(r, ms).report(name, { [other]: [direct, rttMs], sin: [toRelay, 30] }, isUplinkLimited))
          if (r.state.route === before) continue
          expect(r.atMs - movedAtMs).toBeGreaterThanOrEqual(limits.routeDwellMs)
          movedAtMs = r.atMs
          moves += 1
        }
      }),
      { numRuns: 100 },
    )
    // Of use only if it moves at all.
    expect(moves).toBeGreaterThan(50)
  })
})
