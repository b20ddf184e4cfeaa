import { limits } from '@video-room/shared/limits.ts'
import { pathVerdicts, type PathVerdict } from '@video-room/shared/protocol/path-report.ts'
import type { Route } from '@video-room/shared/route.ts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RouteFacts } from './route-facts.ts'
import { chooseRoute } from './route-policy.ts'

const mesh: Route = { kind: 'mesh', epoch: 1 }
const relayed: Route = { kind: 'relayed', epoch: 2, relays: [] }

const pair = (
  verdict: PathVerdict,
  rttMs: number | null = null,
  throughRelayMs: number | null = null,
): RouteFacts['pairs'][number] => ({ verdict, rttMs, throughRelayMs })

const facts = (more: Partial<RouteFacts> = {}): RouteFacts => ({
  setting: 'auto',
  wishes: ['auto', 'auto'],
  present: mesh,
  occupantCount: 2,
  pairs: [pair('good', 20)],
  relay: 'ready',
  isRelayLost: false,
  isRelayDraining: false,
  toRelay: [
    { verdict: 'good', rttMs: 20 },
    { verdict: 'good', rttMs: 20 },
  ],
  uplinksLimited: 0,
  ...more,
})
const choose = (more?: Partial<RouteFacts>) => {
  const { kind, pressure, reasons } = chooseRoute(facts(more))
  return [kind, pressure, ...reasons]
}

describe('what was asked for', () => {
  test('RT2 a setting is never overruled, a wish only by a setting, and hiding addresses weighs more than avoiding relays', () => {
    expect(choose({ setting: 'relay', wishes: ['direct'] })).toEqual(['relayed', 'must', 'setting'])
    expect(choose({ setting: 'direct', wishes: ['relay'] })).toEqual(['mesh', 'must', 'setting'])
    expect(choose({ wishes: ['auto', 'relay', 'direct'] })).toEqual(['relayed', 'must', 'wish'])
    expect(choose({ wishes: ['direct'], pairs: [pair('unreachable')] })).toEqual(['mesh', 'must', 'wish'])
  })
})

describe('from a mesh', () => {
  test('J1 two who reach each other stay direct', () => {
    expect(choose()).toEqual(['mesh', 'better'])
    expect(choose({ pairs: [pair('connecting')] })).toEqual(['mesh', 'better'])
  })

  test.each([
    ['more than four people', { occupantCount: 5 }, ['relayed', 'need', 'occupants']],
    [
      'two who do not reach each other',
      { pairs: [pair('good'), pair('unreachable')] },
      ['relayed', 'need', 'direct-failed'],
    ],
    ['a path that went silent', { pairs: [pair('silent')] }, ['relayed', 'need', 'direct-failed']],
    ['bytes without pictures', { pairs: [pair('undecoded')] }, ['relayed', 'need', 'decoding']],
    ['loss that lasts', { pairs: [pair('lossy')] }, ['relayed', 'strain', 'loss']],
    [
      'an uplink that three are too many for',
      { occupantCount: 3, uplinksLimited: 1 },
      ['relayed', 'strain', 'uplink'],
    ],
    ['a relay that is much quicker', { pairs: [pair('good', 200, 90)] }, ['relayed', 'better', 'latency']],
  ] as const)('RP1 RP3 %s: relayed', (_, more, expected) => {
    expect(choose(more)).toEqual(expected)
    expect(choose({ ...more, relay: 'none' }), 'without a relay it stays').toEqual(['mesh', 'better'])
  })

  test('RP1 a relay that someone cannot reach helps nobody, and one to which packets are lost as well does not help against loss', () => {
    const toRelay = [pair('unreachable'), pair('good')]
    expect(choose({ pairs: [pair('silent')], toRelay })).toEqual(['mesh', 'better'])
    expect(choose({ pairs: [pair('lossy')], toRelay: [pair('lossy')] })).toEqual(['mesh', 'better'])
  })

  test('RP1 for two a relay takes nothing off an uplink', () => {
    expect(choose({ uplinksLimited: 2 })).toEqual(['mesh', 'better'])
  })

  test('RP3 quicker by little, or by a small share, is not quicker', () => {
    expect(choose({ pairs: [pair('good', 90, 41)] })).toEqual(['mesh', 'better'])
    expect(choose({ pairs: [pair('good', 400, 300)] })).toEqual(['mesh', 'better'])
    expect(chooseRoute(facts({ pairs: [pair('good', 100, 40), pair('good', 300, 100)] })).marginMs).toBe(200)
  })
})

describe('from a relay', () => {
  const through = (more: Partial<RouteFacts>) => choose({ present: relayed, ...more })

  test('RP2 back when every pair is good and no slower but for a little', () => {
    expect(through({ pairs: [pair('good', 40, 20)] })).toEqual(['mesh', 'better', 'direct-better'])
    expect(through({ pairs: [pair('good', 41, 20)] })).toEqual(['relayed', 'better'])
    expect(through({ pairs: [pair('good', 40, 20), pair('connecting')] })).toEqual(['relayed', 'better'])
    expect(through({ pairs: [pair('good')] }), 'measured, not hoped').toEqual(['relayed', 'better'])
  })

  test('RP2 four stay: who comes and goes moves nobody', () => {
    const count = limits.meshReturnOccupantsMax
    expect(through({ occupantCount: count })[0]).toBe('mesh')
    expect(through({ occupantCount: count + 1 })).toEqual(['relayed', 'better'])
  })

  test('RT3 a lost relay: direct where that stands by, else another relay, else direct all the same', () => {
    const lost = { isRelayLost: true, pairs: [pair('connecting')] }
    expect(through({ ...lost, pairs: [pair('good')] })).toEqual(['mesh', 'need', 'relay-lost'])
    expect(through({ ...lost, relay: 'expected' })).toEqual(['relayed', 'need', 'relay-lost'])
    expect(through({ ...lost, relay: 'none' })).toEqual(['mesh', 'need', 'relay-lost', 'no-relay'])
  })

  test('RG2 one that drains serves until there is somewhere to go', () => {
    const draining = { isRelayDraining: true, pairs: [pair('connecting')] }
    expect(through({ ...draining, relay: 'none' })).toEqual(['relayed', 'better'])
    expect(through({ ...draining, relay: 'ready' })).toEqual(['relayed', 'need', 'relay-draining'])
  })
})

const verdictArb = fc.constantFrom(...pathVerdicts)
const rttArb = fc.option(fc.integer({ min: 0, max: 500 }))
const pairArb = fc.record({ verdict: verdictArb, rttMs: rttArb, throughRelayMs: rttArb })
const factsArb: fc.Arbitrary<RouteFacts> = fc.record({
  setting: fc.constant('auto' as const),
  wishes: fc.constant([]),
  present: fc.constantFrom(mesh, relayed),
  occupantCount: fc.integer({ min: 2, max: 6 }),
  pairs: fc.array(pairArb, { minLength: 1, maxLength: 6 }),
  relay: fc.constantFrom('none', 'expected', 'ready'),
  isRelayLost: fc.boolean(),
  isRelayDraining: fc.boolean(),
  toRelay: fc.array(fc.record({ verdict: verdictArb, rttMs: rttArb }), { minLength: 1, maxLength: 6 }),
  uplinksLimited: fc.integer({ min: 0, max: 2 }),
})

describe('in the obvious directions', () => {
  const isRelayed = (of: RouteFacts): boolean => chooseRoute(of).kind === 'relayed'

  test('RP1 more people, or one pair that is worse, never turns a relayed choice into a direct one', () => {
    fc.assert(
      fc.property(factsArb, fc.nat(5), (of, at) => {
        if (!isRelayed(of) || of.isRelayLost) return
        expect(isRelayed({ ...of, occupantCount: of.occupantCount + 1 })).toBe(true)
        const worse = of.pairs.map((one, n) =>
          n === at % of.pairs.length ? { ...one, verdict: 'unreachable' as const } : one,
        )
        const isReached = of.toRelay.every(
          ({ verdict }) => !['unreachable', 'silent', 'undecoded'].includes(verdict),
        )
        if (isReached) expect(isRelayed({ ...of, pairs: worse })).toBe(true)
      }),
    )
  })

  test('RP2 a slower relay never turns a direct choice into a relayed one', () => {
    fc.assert(
      fc.property(factsArb, fc.integer({ min: 1, max: 200 }), (of, more) => {
        if (isRelayed(of)) return
        const slower = of.pairs.map((one) => ({
          ...one,
          throughRelayMs: one.throughRelayMs === null ? null : one.throughRelayMs + more,
        }))
        expect(isRelayed({ ...of, pairs: slower })).toBe(false)
      }),
    )
  })
})
