import type { EndpointId, OccupantId, RelayId } from '@video-room/shared/ids.ts'
import { firstRoute } from '@video-room/shared/route.ts'
import type { Snapshot } from '@video-room/shared/snapshot.ts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isOfRoute, isOvertaken, planLinks, wantedLinks, type WantedLink } from './link-plan.ts'
import {
  host,
  linkTo,
  occupant,
  otherRelay,
  relay,
  relayedBy,
  relayLink,
  self,
  snapshotOf,
  third,
  ticketOf,
} from './testing/session-walk.ts'

const wanted = (endpointId: OccupantId, generation = 1): WantedLink => ({
  endpointId,
  generation,
  initiator: true,
  use: 'media',
})
const relayWanted = (endpointId: RelayId): WantedLink => ({
  endpointId,
  generation: 1,
  ticket: ticketOf(),
  use: 'media',
})
const [wantedRelay, wantedOther] = [relayWanted(relay), relayWanted(otherRelay)]
const everyone = snapshotOf(1, occupant(self), occupant(host), occupant(third))
const relayed = { ...everyone, route: relayedBy(relay) }

describe('the link plan', () => {
  test('ST1 wants what the list names, as far as the snapshot knows them, and never itself', () => {
    const list = [linkTo(host), linkTo(self), linkTo(third)]
    expect(wantedLinks(list, [], everyone, self)).toEqual([wanted(host), wanted(third)])
    expect(wantedLinks(list, [], snapshotOf(1, occupant(host)), self)).toEqual([wanted(host)])
    expect(wantedLinks(list, [], null, self)).toEqual([])
  })

  test('LK1 of a doubled occupant one link is wanted', () => {
    expect(wantedLinks([linkTo(host, 1), linkTo(host, 2)], [], everyone, self)).toEqual([wanted(host, 2)])
  })

  test('RL1 RL3 wants the relay link that is named, before any snapshot too', () => {
    const { ticket } = relayLink(relay, 3)
    const named = { endpointId: relay, generation: 3, ticket, use: 'media' }
    expect(wantedLinks([], [relayLink(relay, 3)], null, null)).toEqual([named])
    expect(wantedLinks([], [relayLink(relay, 3)], everyone, self)).toEqual([named])
  })

  test('MG2 MG6 wants two relay links while media moves between relays, and what stands by to stand by', () => {
    const list = [{ ...linkTo(host), isStandby: true }]
    const relays = [relayLink(), { ...relayLink(otherRelay), isStandby: true }]
    const uses = wantedLinks(list, relays, everyone, self).map(({ endpointId, use }) => [endpointId, use])
    expect(uses).toEqual([
      [host, 'standby'],
      [relay, 'media'],
      [otherRelay, 'standby'],
    ])
  })

  test('RT2 a link is of a route when its media would flow over it', () => {
    expect(isOfRoute(relayedBy(relay), relay, self)).toBe(true)
    expect(isOfRoute(relayedBy(relay), otherRelay, self)).toBe(false)
    expect(isOfRoute(relayedBy(relay), host, self)).toBe(false)
    expect([isOfRoute(firstRoute, host, self), isOfRoute(firstRoute, relay, self)]).toEqual([true, false])
  })

  test.for<[string, EndpointId, Snapshot, readonly WantedLink[], boolean]>([
    ['a mesh link when the room became relayed', host, relayed, [], true],
    ['a mesh link when a relay link is named', host, everyone, [wantedRelay], true],
    ['a mesh link that the room does not want in a mesh', host, everyone, [], false],
    ['a mesh link to someone who has left', host, snapshotOf(1, occupant(self)), [wantedRelay], false],
    ['a mesh link that is wanted anew', host, relayed, [wanted(host, 2)], false],
    ['a relay link when the room is a mesh again', relay, everyone, [wanted(host)], true],
    ['a relay link when another relay took over', relay, relayed, [wantedOther], true],
    ['a relay link whose relay left the list', relay, { ...everyone, route: relayedBy() }, [], true],
    ['a relay link that the room does not want any more', relay, relayed, [], false],
    ['a relay link that is wanted anew', relay, relayed, [wantedRelay], false],
  ])('design 4 the route has left behind: %s', ([, id, snapshot, others, isSo]) => {
    expect(isOvertaken(id, others, snapshot)).toBe(isSo)
  })

  test('LK4 another generation is another link: opened, and the old one closed', () => {
    const present = [{ endpointId: host, generation: 1 }]
    expect(planLinks(present, [wanted(host, 2)])).toEqual({ open: [wanted(host, 2)], close: present })
    expect(planLinks(present, [wanted(host, 1)])).toEqual({ open: [], close: [] })
  })

  test('ST1 carrying out a plan leads to exactly the wanted links, and the next plan is empty', () => {
    const ids = [self, host, third]
    const links = fc.uniqueArray(
      fc.record({ id: fc.constantFrom(...ids), generation: fc.integer({ min: 1, max: 3 }) }),
      { selector: ({ id }) => id },
    )
    fc.assert(
      fc.property(links, links, (before, after) => {
        const present = before.map(({ id, generation }) => ({ endpointId: id, generation }))
        const list = after.map(({ id, generation }) => wanted(id, generation))
        const plan = planLinks(present, list)
        const next = [...present.filter((link) => !plan.close.includes(link)), ...plan.open]
        expect(next.map(({ endpointId, generation }) => `${endpointId}${generation}`).sort()).toEqual(
          list.map(({ endpointId, generation }) => `${endpointId}${generation}`).sort(),
        )
        expect(planLinks(next, list)).toEqual({ open: [], close: [] })
      }),
    )
  })
})
