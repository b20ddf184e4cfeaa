import type { LinkId } from '@video-room/shared/ids.ts'
import { occupantOf, publicationOf, type OccupantView } from '@video-room/shared/snapshot.ts'
import { kindOf, sources, type Source } from '@video-room/shared/source.ts'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  factsOf,
  fingerprint,
  link,
  live,
  occupant,
  RoomBench,
  secret,
  viewOf,
} from './testing/room-bench.ts'

const letters = ['a', 'b', 'c', 'd'] as const
type Act = (bench: RoomBench) => void

const letter = fc.constantFrom(...letters)
/** Mostly the one that fits. */
const pair = fc.constantFrom(...Array.from({ length: 9 }, () => 'AB'), 'CD')
const publication = fc.record({
  source: fc.constantFrom(...sources),
  mutedBy: fc.constantFrom(null, 'self' as const, 'host' as const),
})
const view = fc.record({
  of: letter,
  publications: fc.uniqueArray(publication, { selector: (one) => one.source }),
  isPresent: fc.boolean(),
})

const changes = view.map(({ of, publications, isPresent }): Act => (bench) => {
  const changed: OccupantView = { ...viewOf(of, publications), isPresent }
  bench.patch([changed])
})
const describes = fc.tuple(letter, pair, fc.nat(3)).map(([of, its, slots]): Act => (bench) => {
  bench.signal(of, { facts: factsOf(its, slots) })
})
const proves = fc.tuple(letter, pair).map(([of, its]): Act => (bench) => {
  bench.take({ type: 'link-secured', linkId: link(of), fingerprint: fingerprint(its) })
})
const wants = fc
  .tuple(letter, letter, fc.constantFrom(...sources), fc.constantFrom(0, 320, 1_280))
  .map(([of, other, source, widthPx]): Act => (bench) => {
    bench.signal(of, { wants: [{ occupantId: occupant(other), source, widthPx }] })
  })
const speak = fc.subarray([...letters]).map((loud): Act => (bench) => {
  bench.take({ type: 'speakers-changed', speakers: loud.map((one) => ({ linkId: link(one) })) })
})
const timePasses = fc.nat(2_000).map((ms): Act => (bench) => {
  bench.atMs += ms
  bench.take({ type: 'timer' })
})
const comesBack: fc.Arbitrary<Act> = fc.constant((bench) => {
  bench.welcome(...letters.map((one) => viewOf(one, live('microphone', 'screen'))))
})

const leaves = letter.map(
  (left): Act =>
    (bench) =>
      void bench.patch([], [occupant(left)]),
)
const isListed = fc.subarray([...letters]).map(
  (listed): Act =>
    (bench) =>
      void bench.links(...listed),
)
const linkLost = letter.map((of): Act => (bench) => {
  bench.take({ type: 'link-lost', linkId: link(of) })
})
const socketLost = fc.constantFrom(1006, 1006, 1006, 1000, 4410).map((code): Act => (bench) => {
  bench.take({ type: 'socket-lost', attempt: bench.state.attempt, code })
})
const summoned: fc.Arbitrary<Act> = fc.constant((bench) => {
  bench.take({ type: 'summoned', secret: secret('z') })
})

const often = fc.oneof(changes, describes, proves, wants, speak, timePasses, comesBack)
const seldom = fc.oneof(leaves, isListed, linkLost, socketLost, summoned)
const act = fc.oneof({ arbitrary: often, weight: 8 }, { arbitrary: seldom, weight: 1 })
const story = (maxLength: number): fc.Arbitrary<Act[]> => fc.array(act, { maxLength, size: 'max' })

/** Everyone is there, publishes and is admitted: from here things happen. */
function begun(): RoomBench {
  const bench = new RoomBench().welcome(...letters.map((one) => viewOf(one, live('microphone', 'camera'))))
  for (const one of letters) bench.admit(one)
  return bench
}

const sorted = (names: Iterable<Source>): readonly Source[] => [...names].sort()

/** What must hold of the transport after every event, whatever came before. */
function check({ state, open }: RoomBench): void {
  const serving = state.links.filter((one) => one.failure === null)
  const idsOf = (ids: Iterable<LinkId>): readonly LinkId[] => [...ids].sort()
  expect(idsOf(open.keys())).toEqual(idsOf(serving.map((one) => one.linkId)))
  for (const one of serving) {
    const heard = open.get(one.linkId)!
    // RL6
    if (heard.admitted) expect(one.provedFingerprint).toBe(one.facts?.fingerprint ?? 'no facts')
    // RL9
    const seen = state.snapshot === null ? undefined : occupantOf(state.snapshot, one.occupantId)
    const liveNow = sources.filter((source) => publicationOf(seen, source)?.mutedBy === null)
    expect(sorted(heard.forwarded)).toEqual(heard.admitted ? sorted(liveNow) : [])
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
  let admittedSteps = 0
  fc.assert(
    fc.property(story(40), (acts) => {
      const bench = begun()
      for (const one of acts) {
        one(bench)
        check(bench)
        if ([...bench.open.values()].some((heard) => heard.admitted)) admittedSteps += 1
      }
    }),
    { numRuns: 50 },
  )
  // A story in which nobody is ever admitted proves nothing.
  expect(admittedSteps).toBeGreaterThan(100)
})

it('everything is told once: a second look finds nothing to say', () => {
  fc.assert(
    fc.property(story(30), (acts) => {
      const bench = begun()
      for (const one of acts) one(bench)
      bench.take({ type: 'timer' })
      expect(bench.take({ type: 'timer' })).toEqual([])
    }),
    { numRuns: 50 },
  )
})
