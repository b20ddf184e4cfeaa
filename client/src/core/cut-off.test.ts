import type { RelayId } from '@video-room/shared/ids.ts'
import { expect, test } from 'vitest'
import { isCutOff } from './cut-off.ts'
import { initialSession, type SessionState } from './state.ts'
import { host, occupant, otherRelay, relay, self, snapshotOf, third } from './testing/session-walk.ts'
import { viewOf } from './view-of.ts'

/** Self and the third at the first relay, the host behind a trunk. */
function inTree(...cutRelays: RelayId[]): SessionState {
  const session = initialSession({} as SessionState['config'])
  return {
    ...session,
    seat: { occupantId: self } as SessionState['seat'],
    snapshot: {
      ...snapshotOf(1, occupant(self), occupant(host), occupant(third)),
      cutRelays,
      route: {
        kind: 'relayed',
        epoch: 2,
        relays: [
          { relayId: relay, region: 'here' },
          { relayId: otherRelay, region: 'there', parentId: relay },
        ],
        homes: { [host]: otherRelay },
      },
    },
  }
}

test('R7 who is behind a trunk that is down is cut off, nobody else is', () => {
  expect([host, third, self].map((id) => isCutOff(inTree(otherRelay), id))).toEqual([true, false, false])
  expect([host, third].map((id) => isCutOff(inTree(), id))).toEqual([false, false])
})

test('R7 seen from behind it, everyone else is', () => {
  const seen = { ...inTree(otherRelay), seat: { occupantId: host } as SessionState['seat'] }
  expect([self, third].map((id) => isCutOff(seen, id))).toEqual([true, true])
})

test('R7 the tile says that they are coming back', () => {
  const state: SessionState = {
    ...inTree(otherRelay),
    phase: 'live',
    config: { roomId: '' } as unknown as SessionState['config'],
    links: {
      [relay]: { carries: true, use: 'media', health: { connected: true, silent: false } },
    } as unknown as SessionState['links'],
  }
  const { occupants } = viewOf(state, () => null)
  expect(occupants.map(({ link }) => link)).toEqual(['none', 'recovering', 'connected'])
})
