import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { planLinks, wantedLinks } from './link-plan.ts'
import { host, linkTo, occupant, self, snapshotOf, third } from './testing/session-walk.ts'

const everyone = snapshotOf(1, occupant(self), occupant(host), occupant(third))

describe('the link plan', () => {
  test('ST1 wants what the list names, as far as the snapshot knows them, and never itself', () => {
    const list = [linkTo(host), linkTo(self), linkTo(third)]
    expect(wantedLinks(list, everyone, self)).toEqual([linkTo(host), linkTo(third)])
    expect(wantedLinks(list, snapshotOf(1, occupant(host)), self)).toEqual([linkTo(host)])
    expect(wantedLinks(list, null, self)).toEqual([])
  })

  test('LK1 of a doubled occupant one link is wanted', () => {
    expect(wantedLinks([linkTo(host, 1), linkTo(host, 2)], everyone, self)).toEqual([linkTo(host, 2)])
  })

  test('LK4 another generation is another link: opened, and the old one closed', () => {
    const present = [{ occupantId: host, generation: 1 }]
    expect(planLinks(present, [linkTo(host, 2)])).toEqual({ open: [linkTo(host, 2)], close: present })
    expect(planLinks(present, [linkTo(host, 1)])).toEqual({ open: [], close: [] })
  })

  test('ST1 carrying out a plan leads to exactly the wanted links, and the next plan is empty', () => {
    const ids = [self, host, third]
    const links = fc.uniqueArray(
      fc.record({ id: fc.constantFrom(...ids), generation: fc.integer({ min: 1, max: 3 }) }),
      { selector: ({ id }) => id },
    )
    fc.assert(
      fc.property(links, links, (before, after) => {
        const present = before.map(({ id, generation }) => ({ occupantId: id, generation }))
        const wanted = after.map(({ id, generation }) => linkTo(id, generation))
        const plan = planLinks(present, wanted)
        const next = [...present.filter((link) => !plan.close.includes(link)), ...plan.open]
        expect(next.map(({ occupantId, generation }) => `${occupantId}${generation}`).sort()).toEqual(
          wanted.map(({ occupantId, generation }) => `${occupantId}${generation}`).sort(),
        )
        expect(planLinks(next, wanted)).toEqual({ open: [], close: [] })
      }),
    )
  })
})
