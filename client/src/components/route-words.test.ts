import { routeReasons, type Route } from '@video-room/shared/route.ts'
import { describe, expect, test } from 'vitest'
import { figureWords, noMediaWords, reasonWords, routeWishHints, wayWords, whyWords } from './route-words.ts'
import { figuresOf } from './route-badge/link-figures.ts'
import { aSample } from './testing/a-sample.ts'

const plain = (text: string): string => text.replaceAll(/[\u2068\u2069]/gu, '')

function relayed(...regions: string[]): Route {
  return { kind: 'relayed', epoch: 2, relays: regions.map((region) => ({ relayId: 'r_x' as never, region })) }
}

describe('words for routes', () => {
  test('the way is one of few, and honest', () => {
    const mesh: Route = { kind: 'mesh', epoch: 1 }
    expect(wayWords(mesh, false, null)).toBe('Direct')
    expect(wayWords(mesh, true, null)).toBe('Direct, through TURN')
    expect(plain(wayWords(relayed('Singapore'), true, null))).toBe('Via relay Singapore')
    expect(plain(wayWords(relayed('Singapore', 'Hanoi', 'Tokyo'), false, null))).toBe(
      'Via Singapore → Hanoi → Tokyo',
    )
    expect(wayWords(relayed(), false, null)).toBe('Waiting for a relay')
  })

  test('R1 a chain is told from where one is: the own relay first', () => {
    const [sin, han, tyo] = ['r_s', 'r_h', 'r_t'] as never[]
    const route: Route = {
      kind: 'relayed',
      epoch: 2,
      relays: [
        { relayId: sin!, region: 'Singapore' },
        { relayId: han!, region: 'Hanoi', parentId: sin },
        { relayId: tyo!, region: 'Tokyo', parentId: han },
      ],
      homes: { ['o_far' as never]: tyo! },
    }
    const way = (self: string): string => plain(wayWords(route, false, self as never))
    expect(way('o_near')).toBe('Via Singapore → Hanoi → Tokyo')
    expect(way('o_far')).toBe('Via Tokyo → Hanoi → Singapore')
  })

  test.each(routeReasons)('the reason %s is one sentence about what happened', (reason) => {
    for (const kind of ['mesh', 'relayed'] as const) {
      expect(reasonWords(reason, kind)).toMatch(/^[A-Z][^.]{10,120}\.$/)
    }
  })

  test('reasons come in the order of weight, and a call that begins needs none', () => {
    const reasons = ['direct-failed', 'loss'] as const
    expect(whyWords({ ...relayed('Singapore'), reasons: [...reasons] })).toEqual(
      reasons.map((reason) => reasonWords(reason, 'relayed')),
    )
    expect(whyWords({ kind: 'mesh', epoch: 1 })).toHaveLength(1)
  })

  test('whoever is not reached, or chooses, reads what to do', () => {
    const said = [
      noMediaWords.noRelay('Grace'),
      noMediaWords.directOnly('Grace'),
      noMediaWords.slow('Grace'),
      noMediaWords.waiting,
      ...Object.values(routeWishHints),
    ]
    for (const sentence of said) expect(sentence).toMatch(/^[A-Z].*\.$/)
  })

  test('figures name a TURN server as such, as “relay” is another thing here; unknown ones are dashes', () => {
    const sample = aSample({ localCandidate: 'relay', remoteCandidate: null, rttMs: null })
    const figures = Object.fromEntries(figureWords(figuresOf(sample, undefined, null)))
    expect(figures).toMatchObject({ Path: 'TURN – –', 'Round trip': '–', Sent: '–' })
  })
})
