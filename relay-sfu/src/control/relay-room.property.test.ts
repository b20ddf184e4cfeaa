import { occupantOf, publicationOf, type OccupantView } from '@video-room/shared/snapshot.ts'
import { kindOf, sources } from '@video-room/shared/source.ts'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { factsOf, fingerprint, link, occupant, RoomBench, secret, viewOf } from './testing/room-bench.ts'

const letters = ['a', 'b', 'c', 'd'] as const
const letter = fc.constantFrom(...letters)
const pair = fc.constantFrom('AB', 'CD')
const publications = fc.uniqueArray(
  fc.record({
    source: fc.constantFrom(...sources),
    mutedBy: fc.constantFrom(null, 'self' as const, 'host' as const),
  }),
  { selector: (one) => one.source },
)
const view = fc
  .tuple(letter, publications, fc.boolean())
  .map(([one, published, isPresent]): OccupantView => ({ ...viewOf(one, published), isPresent }))

type Act = (bench: RoomBench) => void
const act: fc.Arbitrary<Act> = fc.oneof(
  view.map(
    (changed): Act =>
      (bench) =>
        void bench.patch([changed]),
  ),
  letter.map(
    (left): Act =>
      (bench) =>
        void bench.patch([], [occupant(left)]),
  ),
  fc.subarray([...letters]).map(
    (listed): Act =>
      (bench) =>
        void bench.links(...listed),
  ),
  fc.tuple(letter, pair, fc.nat(3)).map(
    ([who, its, slots]): Act =>
      (bench) =>
        void bench.signal(who, { facts: factsOf(its, slots) }),
  ),
  fc.tuple(letter, letter, fc.constantFrom(...sources), fc.constantFrom(0, 320, 1_280)).map(
    ([who, of, source, widthPx]): Act =>
      (bench) =>
        void bench.signal(who, { wants: [{ occupantId: occupant(of), source, widthPx }] }),
  ),
  fc.tuple(letter, pair).map(
    ([who, its]): Act =>
      (bench) =>
        void bench.take({ type: 'link-secured', linkId: link(who), fingerprint: fingerprint(its) }),
  ),
  letter.map(
    (who): Act =>
      (bench) =>
        void bench.take({ type: 'link-lost', linkId: link(who) }),
  ),
  fc.subarray([...letters]).map(
    (loud): Act =>
      (bench) =>
        void bench.take({ type: 'speakers-changed', linkIds: loud.map(link) }),
  ),
  fc.nat(4_000).map((ms): Act => (bench) => {
    bench.atMs += ms
    bench.take({ type: 'timer' })
  }),
  fc.constantFrom(1006, 1000, 4401).map((code): Act => (bench) => {
    bench.take({ type: 'socket-lost', attempt: bench.state.attempt, code })
  }),
  fc.constant<Act>((bench) => void bench.take({ type: 'summoned', secret: secret('z') })),
)

/** What must hold of the transport after every event, whatever came before. */
function check({ state, open }: RoomBench): void {
  const serving = state.links.filter((one) => !one.hasFailed)
  expect([...open.keys()].sort()).toEqual(serving.map((one) => one.linkId).sort())
  if (state.connection.kind === 'ended') expect(open.size).toBe(0)
  for (const one of serving) {
    const heard = open.get(one.linkId)!
    // RL6
    if (heard.admitted) expect(one.provedFingerprint).toBe(one.facts?.fingerprint)
    // RL9
    const seen = state.snapshot === null ? undefined : occupantOf(state.snapshot, one.occupantId)
    const liveNow = sources.filter((source) => publicationOf(seen, source)?.mutedBy === null)
    expect([...heard.forwarded].sort()).toEqual(heard.admitted ? liveNow.sort() : [])
    // RL7
    for (const [slot, carried] of heard.slots) {
      expect(open.has(carried.linkId)).toBe(true)
      expect(carried.linkId).not.toBe(one.linkId)
      expect(one.facts?.sections[slot]).toMatchObject({ direction: 'receive', kind: kindOf[carried.source] })
    }
    const carried = [...heard.slots.values()].map(({ linkId, source }) => `${linkId} ${source}`)
    expect(new Set(carried).size).toBe(carried.length)
  }
}

it('RL6 RL7 RL9 whatever happens, the transport serves what the room says, and never what is muted', () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
      const bench = new RoomBench().welcome(...letters.map((one) => viewOf(one)))
      for (const one of acts) {
        one(bench)
        check(bench)
      }
    }),
    { numRuns: 300 },
  )
})

it('everything is told once: a second look finds nothing to say', () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 30 }), (acts) => {
      const bench = new RoomBench().welcome(...letters.map((one) => viewOf(one)))
      for (const one of acts) one(bench)
      bench.take({ type: 'timer' })
      expect(bench.take({ type: 'timer' })).toEqual([])
    }),
  )
})
