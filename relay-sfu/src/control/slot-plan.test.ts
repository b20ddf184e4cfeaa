import type { OccupantId } from '@video-room/shared/ids.ts'
import { kindOf, sources } from '@video-room/shared/source.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSame, planSlots, type Placement, type PublicationName, type Slot } from './slot-plan.ts'

const id = (letter: string): OccupantId => `o_${letter.repeat(16)}` as OccupantId
const name = (letter: string, source: PublicationName['source']): PublicationName => ({
  occupantId: id(letter),
  source,
})
const video = (...indexes: readonly number[]): Slot[] => indexes.map((index) => ({ index, kind: 'video' }))
const shown = (plan: readonly Placement[]): string[] =>
  plan.map(({ slot, occupantId, source }) => `${slot}:${occupantId[2]}:${source}`)

describe('planSlots', () => {
  it('RL7 puts each publication into a slot of its kind', () => {
    const slots: Slot[] = [{ index: 4, kind: 'audio' }, ...video(5, 6)]
    const publications = [name('a', 'microphone'), name('a', 'camera'), name('b', 'camera')]
    expect(shown(planSlots({ slots, publications, wants: null, before: [] }))).toEqual([
      '4:a:microphone',
      '5:a:camera',
      '6:b:camera',
    ])
  })

  it('RL7 a leave empties its slot and moves nobody', () => {
    const slots = video(4, 5, 6)
    const before = planSlots({
      slots,
      publications: [name('a', 'camera'), name('b', 'camera'), name('c', 'camera')],
      wants: null,
      before: [],
    })
    const publications = [name('a', 'camera'), name('c', 'camera')]
    const after = planSlots({ slots, publications, wants: null, before })
    expect(shown(after)).toEqual(['4:a:camera', '6:c:camera'])
    const joined = planSlots({
      slots,
      publications: [...publications, name('d', 'camera')],
      wants: null,
      before: after,
    })
    expect(shown(joined)).toEqual(['4:a:camera', '5:d:camera', '6:c:camera'])
  })

  it('short of slots, a screen takes the place of a camera, and a camera never of its equal', () => {
    const slots = video(4, 5)
    const cameras = [name('a', 'camera'), name('b', 'camera'), name('c', 'camera')]
    const before = planSlots({ slots, publications: cameras, wants: null, before: [] })
    expect(shown(before)).toEqual(['4:a:camera', '5:b:camera'])
    const publications = [...cameras, name('c', 'screen')]
    const after = planSlots({ slots, publications, wants: null, before })
    expect(after).toHaveLength(2)
    expect(after.some((one) => one.source === 'screen')).toBe(true)
  })

  it('RL8 short of slots, what is wanted goes before what is not', () => {
    const slots = video(4)
    const publications = [name('a', 'camera'), name('b', 'camera')]
    const before = planSlots({ slots, publications, wants: null, before: [] })
    expect(shown(before)).toEqual(['4:a:camera'])
    const wants = [{ ...name('b', 'camera'), widthPx: 320 }]
    expect(shown(planSlots({ slots, publications, wants, before }))).toEqual(['4:b:camera'])
  })

  it('RL7 a face and its voice, a screen and its sound go into slots that are played in time with each other', () => {
    const slots: Slot[] = [4, 6, 8].flatMap((index): Slot[] => [
      { index, kind: 'audio' },
      { index: index + 1, kind: 'video' },
    ])
    const first = [name('a', 'microphone'), name('b', 'camera'), name('b', 'microphone')]
    const before = planSlots({ slots, publications: first, wants: null, before: [] })
    expect(shown(before)).toEqual(['4:a:microphone', '6:b:microphone', '7:b:camera'])
    const publications = [...first, name('b', 'screen'), name('a', 'camera'), name('b', 'screen-audio')]
    expect(shown(planSlots({ slots, publications, wants: null, before }))).toEqual([
      '4:a:microphone',
      '5:a:camera',
      '6:b:microphone',
      '7:b:camera',
      '8:b:screen-audio',
      '9:b:screen',
    ])
  })

  describe('of one stream', () => {
    const slots: Slot[] = [
      { index: 4, kind: 'audio' },
      { index: 5, kind: 'audio' },
      { index: 6, kind: 'audio' },
      ...video(7, 8, 9),
    ]

    it('RL7 microphone and camera, screen and its sound stand in the same place of their kinds', () => {
      const publications = [
        name('a', 'microphone'),
        name('a', 'camera'),
        name('b', 'camera'),
        name('a', 'screen'),
        name('a', 'screen-audio'),
      ]
      const plan = planSlots({ slots, publications, wants: null, before: [] })
      const place = (letter: string, source: PublicationName['source']) =>
        ((plan.find((one) => isSame(one, name(letter, source)))?.slot ?? Number.NaN) - 4) % 3
      expect(plan).toHaveLength(5)
      expect(place('a', 'microphone')).toBe(place('a', 'camera'))
      expect(place('a', 'screen')).toBe(place('a', 'screen-audio'))
    })

    it('RL7 a camera that comes later finds the place beside its microphone free', () => {
      const sounds = [name('a', 'microphone'), name('b', 'microphone')]
      const before = planSlots({ slots, publications: sounds, wants: null, before: [] })
      const publications = [...sounds, name('c', 'camera'), name('b', 'camera')]
      expect(shown(planSlots({ slots, publications, wants: null, before }))).toEqual([
        '4:a:microphone',
        '5:b:microphone',
        '8:b:camera',
        '9:c:camera',
      ])
    })
  })

  it('a slot that the browser refuses later gives its publication to another one', () => {
    const publications = [name('a', 'camera')]
    const before = planSlots({ slots: video(4, 5), publications, wants: null, before: [] })
    expect(shown(planSlots({ slots: video(5), publications, wants: null, before }))).toEqual(['5:a:camera'])
  })
})

const nameArbitrary = fc.record({
  occupantId: fc.constantFrom('a', 'b', 'c', 'd').map(id),
  source: fc.constantFrom(...sources),
})
const namesArbitrary = fc.uniqueArray(nameArbitrary, { comparator: isSame, maxLength: 16 })
const slotsArbitrary = fc
  .array(fc.constantFrom('audio' as const, 'video' as const), { maxLength: 12 })
  .map((kinds) => kinds.map((kind, at): Slot => ({ index: 4 + at, kind })))
const wantsArbitrary = fc.option(
  namesArbitrary.map((names) => names.map((one) => ({ ...one, widthPx: 320 }))),
)
const questionArbitrary = fc.record({
  slots: slotsArbitrary,
  publications: namesArbitrary,
  wants: wantsArbitrary,
})

describe('planSlots, whatever comes', () => {
  it('RL7 no slot twice, no publication twice, kinds fit, nothing that does not exist', () => {
    fc.assert(
      fc.property(questionArbitrary, questionArbitrary, (first, second) => {
        const before = planSlots({ ...first, before: [] })
        const plan = planSlots({ ...second, before })
        expect(new Set(plan.map((one) => one.slot)).size).toBe(plan.length)
        for (const one of plan) {
          expect(plan.filter((other) => isSame(one, other))).toHaveLength(1)
          expect(second.publications.some((other) => isSame(one, other))).toBe(true)
          expect(second.slots.find((slot) => slot.index === one.slot)?.kind).toBe(kindOf[one.source])
        }
      }),
    )
  })

  it('asked again it answers the same', () => {
    fc.assert(
      fc.property(questionArbitrary, questionArbitrary, (first, second) => {
        const before = planSlots({ ...first, before: [] })
        const plan = planSlots({ ...second, before })
        expect(planSlots({ ...second, before: plan })).toEqual(plan)
      }),
    )
  })

  it('with slots enough everything is placed, and what was placed stays where it was', () => {
    fc.assert(
      fc.property(questionArbitrary, namesArbitrary, wantsArbitrary, (first, publications, wants) => {
        const slots: Slot[] = [
          ...first.slots,
          ...Array.from({ length: 16 }, (_, at): Slot => ({ index: 20 + at, kind: 'audio' })),
          ...Array.from({ length: 16 }, (_, at): Slot => ({ index: 40 + at, kind: 'video' })),
        ]
        const before = planSlots({ ...first, before: [] })
        const plan = planSlots({ slots, publications, wants, before })
        expect(plan).toHaveLength(publications.length)
        for (const earlier of before) {
          const now = plan.find((one) => isSame(one, earlier))
          if (now !== undefined) expect(now.slot).toBe(earlier.slot)
        }
      }),
    )
  })

  it('short of slots or not, nothing unplaced has precedence over what is placed', () => {
    fc.assert(
      fc.property(questionArbitrary, (question) => {
        const plan = planSlots({ ...question, before: [] })
        const wanted = (one: PublicationName) =>
          question.wants === null || question.wants.some((want) => isSame(want, one))
        const unplaced = question.publications.filter((one) => !plan.some((other) => isSame(one, other)))
        for (const left of unplaced.filter(wanted)) {
          const rivals = plan.filter((one) => kindOf[one.source] === kindOf[left.source])
          expect(rivals.every(wanted)).toBe(true)
          expect(rivals).toHaveLength(
            question.slots.filter((slot) => slot.kind === kindOf[left.source]).length,
          )
        }
      }),
    )
  })
})
