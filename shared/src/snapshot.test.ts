import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { OccupantId } from './ids.ts'
import { defaultSettings } from './room-info.ts'
import { sources } from './source.ts'
import { applyPatch, diffSnapshot, type OccupantView, type Snapshot } from './snapshot.ts'

const ids = ['a', 'b', 'c', 'd'].map((letter) => `o_${letter.repeat(16)}` as OccupantId)

const view = (occupantId: OccupantId): fc.Arbitrary<OccupantView> =>
  fc.record({
    occupantId: fc.constant(occupantId),
    displayName: fc.string({ maxLength: 4 }),
    isHost: fc.boolean(),
    isPresent: fc.boolean(),
    publications: fc
      .uniqueArray(fc.constantFrom(...sources))
      .map((offered) => offered.map((source) => ({ source, mutedBy: null }))),
  })

const snapshot: fc.Arbitrary<Snapshot> = fc.record({
  revision: fc.constant(7),
  route: fc.constant({ kind: 'mesh' as const, epoch: 1 }),
  settings: fc
    .record({ maxParticipants: fc.nat(15), isLocked: fc.boolean() })
    .map((some) => ({ ...defaultSettings, ...some })),
  occupants: fc.subarray(ids).chain((present) => fc.tuple(...present.map(view))),
})

const byId = (state: Snapshot) =>
  [...state.occupants].toSorted((a, b) => (a.occupantId < b.occupantId ? -1 : 1))

describe('snapshot', () => {
  it('SN2 a patch leads from any snapshot to any other of its room', () => {
    fc.assert(
      fc.property(snapshot, snapshot, (before, after) => {
        const patch = diffSnapshot(before, after)
        const reached = patch === null ? before : applyPatch(before, { ...patch, revision: 8 })
        expect(reached).not.toBeNull()
        if (reached === null) return
        expect(byId(reached)).toEqual(byId(after))
        expect(reached.settings).toEqual(after.settings)
      }),
    )
  })

  it('SN2 equal snapshots need no patch', () => {
    fc.assert(fc.property(snapshot, (state) => diffSnapshot(state, { ...state, revision: 9 }) === null))
  })

  it.each([6, 7, 9])('SN2 a patch of revision %i does not continue revision 7', (revision) => {
    const before: Snapshot = {
      revision: 7,
      route: { kind: 'mesh', epoch: 1 },
      settings: defaultSettings,
      occupants: [],
    }
    expect(applyPatch(before, { revision, changed: [], left: [] })).toBeNull()
  })
})
