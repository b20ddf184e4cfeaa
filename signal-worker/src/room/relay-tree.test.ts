import { occupantIdSchema, relayIdSchema, type OccupantId, type RelayId } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import fc from 'fast-check'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { chooseTree } from './relay-tree.ts'
import { rated, type Leg, type TreeFacts } from './tree-rating.ts'
import type { RelayTree } from './tree-shape.ts'

const relay = (name: string): RelayId => v.parse(relayIdSchema, `r_${name.padEnd(16, '0')}`)
const occupant = (name: string): OccupantId => v.parse(occupantIdSchema, `o_${name.padEnd(16, '0')}`)
const [paris, tokyo, lima, oslo] = ['paris', 'tokyo', 'lima', 'oslo'].map(relay) as [
  RelayId,
  RelayId,
  RelayId,
  RelayId,
]
const [ada, bo, cy, dan] = ['ada', 'bo', 'cy', 'dan'].map(occupant) as [
  OccupantId,
  OccupantId,
  OccupantId,
  OccupantId,
]

type Legs = TreeFacts['occupants'][number]['legs']

/** Of a loss nothing is known. */
const clean = (rttMs: number): Leg => ({ rttMs, leastLoss: 0, mostLoss: 1 })

type Distances = Readonly<Record<string, number>>

/** `trunks`: `paris tokyo` → milliseconds. */
function factsOf(
  people: Readonly<Record<OccupantId, Distances>>,
  trunks: Distances,
  present: RelayTree = { relays: [paris], parents: {}, homes: {} },
  relays: readonly RelayId[] = [paris, tokyo, lima],
): TreeFacts {
  return {
    occupants: Object.entries(people).map(([id, rtts]) => ({
      occupantId: v.parse(occupantIdSchema, id),
      legs: Object.fromEntries(Object.entries(rtts).map(([name, ms]) => [relay(name), clean(ms)])) as Legs,
    })),
    relays,
    between: (a, b) => {
      const ms = Object.entries(trunks).find(([pair]) => {
        const ends = pair.split(' ').map(relay)
        return ends.includes(a) && ends.includes(b)
      })?.[1]
      return ms === undefined ? null : clean(ms)
    },
    load: () => 0,
    present,
  }
}

const far = { [ada]: { paris: 10, tokyo: 250 }, [bo]: { paris: 250, tokyo: 10 } }

test('CH5 two far ends with a good line between two relays get one each', () => {
  const { tree, presentMs, chosenMs } = chooseTree(factsOf(far, { 'paris tokyo': 180 }))
  expect(tree).toEqual({ relays: [paris, tokyo], parents: {}, homes: { [bo]: tokyo } })
  expect([presentMs, chosenMs]).toEqual([260, 200])
})

test.each([
  ['a gain below 15 %', { 'paris tokyo': 205 }],
  ['a trunk that nobody measured', {}],
  ['a trunk that is no better than the open net', { 'paris tokyo': 240 }],
])('CH5 %s is no reason for a second relay', (_what, trunks) => {
  const facts = factsOf(far, trunks)
  expect(chooseTree(facts).tree).toBe(facts.present)
})

test('CH5 a gain of a few milliseconds is none, whatever its share: in one house nobody needs a chain', () => {
  const near = { [ada]: { paris: 1, tokyo: 6 }, [bo]: { paris: 6, tokyo: 1 } }
  const facts = factsOf(near, { 'paris tokyo': 1 })
  expect(chooseTree(facts).tree).toBe(facts.present)
})

test('CH5 one relay that is nearer to all takes the place of the first', () => {
  const people = { [ada]: { paris: 100, tokyo: 20 }, [bo]: { paris: 110, tokyo: 30 } }
  expect(chooseTree(factsOf(people, { 'paris tokyo': 90 })).tree).toEqual({
    relays: [tokyo],
    parents: {},
    homes: {},
  })
})

test('CH5 a third relay where a third person is far, joined to the one in the middle', () => {
  const people = {
    [ada]: { paris: 10, tokyo: 250, lima: 250 },
    [bo]: { paris: 250, tokyo: 10, lima: 300 },
    [cy]: { paris: 250, tokyo: 300, lima: 10 },
  }
  const trunks = { 'paris tokyo': 100, 'paris lima': 100, 'tokyo lima': 250 }
  expect(chooseTree(factsOf(people, trunks)).tree).toEqual({
    relays: [paris, tokyo, lima],
    parents: {},
    homes: { [bo]: tokyo, [cy]: lima },
  })
})

/** One person beside each of four relays. */
const four = {
  [ada]: { paris: 5, tokyo: 300, lima: 300, oslo: 300 },
  [bo]: { paris: 300, tokyo: 5, lima: 300, oslo: 300 },
  [cy]: { paris: 300, tokyo: 300, lima: 5, oslo: 300 },
  [dan]: { paris: 300, tokyo: 300, lima: 300, oslo: 5 },
}
const relays = [paris, tokyo, lima, oslo]
/** Good lines from Paris to Tokyo, from Oslo to Paris, and from Lima to Tokyo. */
const line = { 'paris tokyo': 50, 'paris oslo': 20, 'tokyo lima': 20 }

test('CH5 CH4 two relays in the middle, where that is much shorter than any star: three trunks at most', () => {
  const others = { 'paris lima': 200, 'tokyo oslo': 200, 'lima oslo': 200 }
  const { tree, chosenMs } = chooseTree(factsOf(four, { ...line, ...others }, undefined, relays))
  expect(tree.relays[0]).toBe(paris)
  expect(tree.relays.toSorted()).toEqual(relays.toSorted())
  expect([tree.parents, chosenMs]).toEqual([{ [lima]: tokyo }, 100])
})

test('CH5 a star is simpler: a third trunk must take its share off the longest way, too', () => {
  const others = { 'paris lima': 50, 'tokyo oslo': 75, 'lima oslo': 200 }
  const { tree, chosenMs } = chooseTree(factsOf(four, { ...line, ...others }, undefined, relays))
  expect([tree.parents, chosenMs]).toEqual([{}, 110])
})

test('CH5 a relay that nobody is at home at is in a tree where it joins two others', () => {
  const people = { [ada]: { paris: 5, tokyo: 200, oslo: 200 }, [bo]: { paris: 300, tokyo: 200, oslo: 5 } }
  const lines = { 'paris tokyo': 40, 'tokyo oslo': 40, 'paris oslo': 190 }
  const { tree } = chooseTree(factsOf(people, lines, undefined, [paris, tokyo, oslo]))
  expect(tree).toEqual({ relays: [tokyo, paris, oslo], parents: {}, homes: { [ada]: paris, [bo]: oslo } })
})

/** Tokyo and Lima are both nearer than Paris, Lima by a little. */
const two = { [ada]: { paris: 100, tokyo: 22, lima: 20 }, [bo]: { paris: 100, tokyo: 22, lima: 20 } }
const busy = (load: Readonly<Record<RelayId, number>>) => (id: RelayId) => load[id] ?? 0

test.each([
  ['of two that are as good the less busy one is taken', { [lima]: 0.8, [tokyo]: 0.1 }, two, tokyo],
  ['a difference that may be gone in a moment is none', { [lima]: 0.2, [tokyo]: 0.1 }, two, lima],
  [
    'one that is nearer by much is taken, however busy',
    { [lima]: 0.8, [tokyo]: 0.1 },
    { ...two, [ada]: { paris: 100, tokyo: 42, lima: 20 } },
    lima,
  ],
])('CH5 load: %s', (_what, load, people, chosen) => {
  const facts = { ...factsOf(people, {}), load: busy(load) }
  expect(chooseTree(facts).tree.relays).toEqual([chosen])
})

test('CH5 load alone moves nobody', () => {
  const facts = factsOf(two, {}, { relays: [lima], parents: {}, homes: {} })
  expect(chooseTree({ ...facts, load: busy({ [lima]: 0.99 }) }).tree).toBe(facts.present)
})

test('CH5 who has measured nothing but the present home stays there, and is no hindrance', () => {
  const people = { ...far, [cy]: { paris: 20 } }
  const { tree } = chooseTree(factsOf(people, { 'paris tokyo': 120 }))
  expect(tree).toEqual({ relays: [paris, tokyo], parents: {}, homes: { [bo]: tokyo } })
})

test('CH5 a present way that is not all measured is left alone', () => {
  const facts = factsOf({ ...far, [cy]: {} }, { 'paris tokyo': 100 })
  expect(chooseTree(facts)).toEqual({
    tree: facts.present,
    presentMs: null,
    chosenMs: null,
    isLossy: false,
  })
})

test('CH5 a chain that has stopped paying ends; between the two margins it stays', () => {
  const chain = { relays: [paris, tokyo], parents: {}, homes: { [bo]: tokyo } }
  const [idle, paying] = [244, 220].map((ms) => factsOf(far, { 'paris tokyo': ms }, chain))
  expect(idle && chooseTree(idle).tree).toEqual({ relays: [paris], parents: {}, homes: {} })
  expect(paying && chooseTree(paying).tree).toBe(chain)
})

test('CH5 a relay that may not be had any more is in no new tree', () => {
  const facts = factsOf(far, { 'paris tokyo': 100 }, undefined, [paris, lima])
  expect(chooseTree(facts).tree).toBe(facts.present)
})

/** `ms`, and of a hundred questions how many had no answer; as relays and people count them. */
const leg = ([rttMs, lost]: readonly [ms: number, lost: number]): Leg => ({
  rttMs,
  leastLoss: Math.max(0, lost - 1) / 100,
  mostLoss: (lost + 1) / 102,
})

type Lossy = Readonly<Record<string, readonly [ms: number, lost: number]>>

function lossyFacts(people: readonly Lossy[], trunks: Lossy, present?: RelayTree): TreeFacts {
  const empty = factsOf({}, {}, present)
  const occupants = people.map((legs, at) => ({
    occupantId: [ada, bo, cy, dan][at] ?? ada,
    legs: Object.fromEntries(Object.entries(legs).map(([name, way]) => [relay(name), leg(way)])) as Legs,
  }))
  const trunkOf = (a: RelayId, b: RelayId): Leg | null => {
    const found = Object.entries(trunks).find(([pair]) => {
      const ends = pair.split(' ').map(relay)
      return ends.includes(a) && ends.includes(b)
    })
    return found === undefined ? null : leg(found[1])
  }
  return { ...empty, occupants, between: trunkOf }
}

/** Bo's way to Paris loses 10 of 100, the way to Tokyo nothing; both relays are as far. */
const wireless = [
  { paris: [20, 0], tokyo: [40, 0] },
  { paris: [80, 10], tokyo: [70, 0] },
] as const

test('CH5 a way that loses half as much is worth a second relay, though no round trip falls by enough', () => {
  const facts = lossyFacts([{ paris: [20, 0], tokyo: [100, 12] }, wireless[1]], { 'paris tokyo': [30, 0] })
  const { tree, isLossy } = chooseTree(facts)
  expect(tree).toEqual({ relays: [paris, tokyo], parents: {}, homes: { [bo]: tokyo } })
  expect(isLossy).toBe(true)
})

test('CH5 one relay to which all lose half as much takes the place of the first', () => {
  expect(chooseTree(lossyFacts(wireless, { 'paris tokyo': [30, 0] })).tree.relays).toEqual([tokyo])
})

test.each([
  [
    'less than 2 %',
    [
      { paris: [20, 0], tokyo: [40, 0] },
      { paris: [80, 2], tokyo: [75, 0] },
    ],
  ],
  [
    'not half of it',
    [
      { paris: [20, 0], tokyo: [40, 0] },
      { paris: [80, 10], tokyo: [75, 5] },
    ],
  ],
  ['at the price of a way that is much longer', [wireless[0], { paris: [80, 10], tokyo: [200, 0] }]],
] as const)('CH5 a loss is no reason to move: %s', (_what, people) => {
  const facts = lossyFacts(people, { 'paris tokyo': [90, 0] })
  expect(chooseTree(facts).tree).toBe(facts.present)
})

test('CH5 a trunk whose losses nobody counted is not believed to lose little', () => {
  const facts = lossyFacts([{ paris: [20, 0] }, wireless[1]], {})
  const trunk = { rttMs: 30, leastLoss: 0, mostLoss: 1 }
  expect(chooseTree({ ...facts, between: () => trunk }).tree).toBe(facts.present)
})

test('CH5 the losses of all parts of a way add up', () => {
  const chain = { relays: [paris, tokyo], parents: {}, homes: { [bo]: tokyo } }
  const people = [{ paris: [20, 11] }, { tokyo: [20, 11] }] as const
  const { leastLoss } = rated(chain, lossyFacts(people, { 'paris tokyo': [30, 11] }, chain))
  expect(leastLoss).toBeCloseTo(1 - 0.9 ** 3)
})

test('CH5 a shorter way that loses much more than the present one is not taken', () => {
  const people = [
    { paris: [60, 0], tokyo: [20, 12] },
    { paris: [70, 0], tokyo: [60, 12] },
  ] as const
  const facts = lossyFacts(people, { 'paris tokyo': [90, 0] })
  expect(chooseTree(facts).tree).toBe(facts.present)
  const lossless = people.map((ways) => ({ ...ways, tokyo: [ways.tokyo[0], 0] as const }))
  expect(chooseTree(lossyFacts(lossless, { 'paris tokyo': [90, 0] })).tree.relays).toEqual([tokyo])
})

test('CH5 what is chosen is worth its change, and asked again and again it soon stays', () => {
  const ids = relays
  const way = fc.option(fc.tuple(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 0, max: 30 })), {
    nil: null,
    freq: 6,
  })
  // Every other world loses nothing.
  const row = fc.tuple(way, way, way, way)
  fc.assert(
    fc.property(
      fc.array(row, { minLength: 2, maxLength: 5 }),
      fc.array(way, { minLength: 6, maxLength: 6 }),
      fc.boolean(),
      (rows, lines, isClean) => {
        const legOf = ([ms, lost]: readonly [number, number]): Leg => leg([ms, isClean ? 0 : lost])
        const occupants = rows.map((ways, at) => ({
          occupantId: occupant(`x${at}`),
          legs: Object.fromEntries(
            ways.flatMap((one, relayAt) => (one === null ? [] : [[ids[relayAt], legOf(one)]])),
          ) as Legs,
        }))
        const between = (a: RelayId, b: RelayId): Leg | null => {
          const [low = 0, high = 0] = [ids.indexOf(a), ids.indexOf(b)].toSorted((x, y) => x - y)
          const found = lines[(high * (high - 1)) / 2 + low] ?? null
          return found === null ? null : legOf(found)
        }
        const first = { relays: ids.slice(0, 1), parents: {}, homes: {} }
        const facts: TreeFacts = { occupants, relays: ids, load: () => 0, between, present: first }
        const { tree } = chooseTree(facts)
        if (tree === facts.present) return
        const [before, after] = [rated(facts.present, facts), rated(tree, facts)]
        const isShorter = before.ms - after.ms >= limits.chainGainMs
        expect(isShorter || after.mostLoss <= before.leastLoss / 2).toBe(true)
        let present: RelayTree = tree
        for (let looks = 0; looks < 6; looks += 1) present = chooseTree({ ...facts, present }).tree
        expect(chooseTree({ ...facts, present }).tree).toBe(present)
      },
    ),
    { numRuns: 300 },
  )
})
