import { limits } from '@video-room/shared/limits.ts'
import type { Route } from '@video-room/shared/route.ts'
import { describe, expect, test } from 'vitest'
import { carriersOf, nextCarriersOf } from './track-table.ts'
import {
  host,
  linkTo,
  occupant,
  otherRelay,
  readingOf,
  relay,
  relayedBy,
  relayLink,
  self,
  snapshotOf,
  trackNamed,
  Walk,
} from './testing/session-walk.ts'
import { viewOf } from './view-of.ts'

const filming = occupant(host, [{ source: 'camera', mutedBy: null }])
const relayed: Route = { ...relayedBy(relay), epoch: 2, reasons: ['direct-failed'] }
const mesh: Route = { kind: 'mesh', epoch: 3, reasons: ['direct-better'] }

/** In a mesh; the move to the relay is prepared, both links connected. */
const moving = (): Walk => {
  const walk = new Walk().enter(occupant(self), filming).start(linkTo(host)).connected(host)
  return walk.migrate(relayed).startRelayed(relayLink(), linkTo(host)).connected(relay)
}
const caps = (walk: Walk): readonly unknown[] => walk.effects.filter(({ type }) => type === 'cap-link')
const cap = (endpointId: string, share: number | null) => ({
  type: 'cap-link',
  endpointId,
  generation: 1,
  share,
})

describe('the routes of a stay', () => {
  test('MG1 during a migration the present link is shown, and the next one can be made ready', () => {
    const walk = moving()
    expect(carriersOf(walk.state, host)).toEqual([host, relay])
    expect(nextCarriersOf(walk.state, host)).toEqual([relay])
    const view = viewOf(walk.state, (id, source, route) => trackNamed(`${route} ${id} ${source}`))
    expect(view.migration).toEqual({ route: relayed, sinceMs: walk.nowMs })
    expect(view.occupants[1]?.sources.camera.track?.id).toContain('present')
    expect(view.occupants[1]?.sources.camera.nextTrack?.id).toContain('next')
    expect(view.occupants[1]?.sources.screen.nextTrack).toBeNull()
  })

  test('MG4 at the commit the ranks swap, and nothing is prepared any more', () => {
    const walk = moving().commit(relayed)
    expect(carriersOf(walk.state, host)).toEqual([relay, host])
    expect([nextCarriersOf(walk.state, host), walk.view.migration]).toEqual([[], null])
    expect(walk.view.occupants[1]?.sources.camera.nextTrack).toBeNull()
  })

  test('MG5 given up, all is as before', () => {
    const walk = moving().migrate(null)
    expect([walk.view.migration, walk.view.route]).toEqual([null, { kind: 'mesh', epoch: 1 }])
    expect(carriersOf(walk.state, host)[0]).toBe(host)
    expect(walk.announced).toEqual([])
  })

  test('MD2 what is muted has no next track either', () => {
    const walk = moving().change(occupant(host, [{ source: 'camera', mutedBy: 'host' }]))
    expect(walk.view.occupants[1]?.sources.camera).toMatchObject({ track: null, nextTrack: null })
  })

  test('MG1 a link that is silent comes after one that is not', () => {
    const walk = moving()
    for (let passedMs = 0; passedMs < limits.linkSilentMs; passedMs += 100) {
      walk.later(100).look(readingOf(host), readingOf(relay, 1, { receivedBytes: walk.nowMs }))
    }
    expect(carriersOf(walk.state, host)).toEqual([relay, host])
  })

  test('RT1 a new route is announced with the one before; what one finds on arriving is not', () => {
    const walk = new Walk().enter(occupant(self), filming)
    expect(walk.announced.map(({ type }) => type)).not.toContain('route-changed')
    walk.commit(relayed)
    expect(walk.announced).toEqual([
      { type: 'route-changed', route: relayed, previous: { kind: 'mesh', epoch: 1 } },
    ])
    expect(walk.commit(relayed).announced).toEqual([])
  })

  test('RT1 the history has every route of the stay since when it was committed, up to a limit', () => {
    const walk = new Walk().enter(occupant(self), filming)
    const arrivedMs = walk.nowMs
    walk
      .later(5_000)
      .commit(relayed)
      .later(5_000)
      .commit(mesh)
      .migrate({ ...relayed, epoch: 4 })
    expect(walk.view.routeHistory).toEqual([
      { route: { kind: 'mesh', epoch: 1 }, atMs: arrivedMs },
      { route: relayed, atMs: arrivedMs + 5_000 },
      { route: mesh, atMs: arrivedMs + 10_000 },
    ])
    for (let epoch = 10; epoch < 10 + 2 * limits.routeHistoryMax; epoch += 1) walk.commit({ ...mesh, epoch })
    expect(walk.view.routeHistory).toHaveLength(limits.routeHistoryMax)
    expect(walk.view.routeHistory.at(-1)?.route).toEqual(walk.view.route)
    walk.take({ type: 'leave' }).join()
    expect(walk.view.routeHistory).toEqual([])
  })

  test('MG7 a migration that outlives a socket is the same one afterwards', () => {
    const walk = moving()
    const { migration } = walk.state
    const snapshot = { ...snapshotOf(9, occupant(self), filming), migration: relayed }
    walk.lose().later(300).timer().answer()
    walk.hear({ type: 'welcome', occupantId: self, isHost: false, snapshot })
    expect(walk.state.migration?.sinceMs).toBe(migration?.sinceMs)
    expect(walk.state.migration?.baseline).toBe(migration?.baseline)
  })
})

describe('looks at links while a move is prepared', () => {
  const looks = (walk: Walk, count: number) =>
    Array.from({ length: count }, () => walk.timer().effects).flatMap((effects) =>
      effects.flatMap((effect) => (effect.type === 'sample-links' ? [effect.only] : [])),
    )

  test('MG3 those of the next route are more frequent, all of them as frequent as ever', () => {
    const walk = moving()
    const startedMs = walk.nowMs
    const seen = looks(walk, 10)
    expect(walk.nowMs - startedMs).toBeLessThanOrEqual(10 * limits.migrationSampleMs)
    expect(seen).toContainEqual([relay])
    expect(seen.filter((only) => only === null)).toHaveLength(2)
    expect(looks(walk.commit(relayed), 3).every((only) => only === null)).toBe(true)
  })

  test('MG3 back to the mesh it is the direct links', () => {
    const walk = new Walk().enterRelayed(occupant(self), filming).connected(relay).migrate(mesh)
    walk.startRelayed(relayLink(), linkTo(host)).connected(host)
    expect(looks(walk, 4)).toContainEqual([host])
  })
})

describe('the uplink while two routes carry', () => {
  test('MG1 the present links are held down, the next ones are not', () => {
    const walk = new Walk().enter(occupant(self), filming).start(linkTo(host)).connected(host)
    expect(caps(walk.migrate(relayed))).toEqual([cap(host, limits.overlapBitrateShare)])
    expect(caps(walk.startRelayed(relayLink(), linkTo(host)).connected(relay))).toEqual([])
  })

  test('MG1 where the uplink has room for both, nothing is held down', () => {
    const walk = new Walk().enter(occupant(self), filming).start(linkTo(host)).connected(host)
    walk.look(readingOf(host, 1, { hasUplinkRoom: true }))
    expect(caps(walk.migrate(relayed))).toEqual([])
    walk.startRelayed(relayLink(), linkTo(host)).connected(relay)
    expect(caps(walk.later(100).look(readingOf(host)))).toEqual([cap(host, limits.overlapBitrateShare)])
    expect(caps(walk.later(100).look(readingOf(host, 1, { hasUplinkRoom: true })))).toEqual([])
    expect(caps(walk.migrate(null))).toEqual([cap(host, null)])
  })

  test('MG5 given up, they are let go', () => {
    expect(caps(moving().migrate(null))).toEqual([cap(host, null)])
  })

  test('MG6 after a commit they stay held down until they carry no more, and are whole when they carry again', () => {
    const walk = moving().commit(relayed)
    expect(caps(walk)).toEqual([])
    walk.startRelayed(relayLink(), { ...linkTo(host), isStandby: true })
    expect(caps(walk)).toEqual([])
    walk.later(limits.linkSettleMs).timer()
    expect(walk.effects).toContainEqual({
      type: 'carry-link',
      endpointId: host,
      generation: 1,
      carries: false,
    })
    expect(caps(walk)).toEqual([cap(host, null)])
    walk.startRelayed(relayLink(), linkTo(host))
    expect(walk.effects).toContainEqual({
      type: 'carry-link',
      endpointId: host,
      generation: 1,
      carries: true,
    })
    expect(caps(walk)).toEqual([])
  })

  test('MG2 from relay to relay the same', () => {
    const walk = new Walk().enterRelayed(occupant(self), filming).connected(relay)
    walk.migrate({ ...relayedBy(otherRelay), epoch: 3 })
    expect(caps(walk)).toEqual([cap(relay, limits.overlapBitrateShare)])
    walk.hear({ type: 'start', links: [], relay: relayLink(), nextRelay: relayLink(otherRelay) })
    expect(walk.asked).toContain('open-relay-link')
    expect(carriersOf(walk.connected(otherRelay).state, host)).toEqual([relay, otherRelay])
    walk.commit({ ...relayedBy(otherRelay), epoch: 3 }).startRelayed(relayLink(otherRelay))
    expect(carriersOf(walk.state, host)).toEqual([otherRelay, relay])
    walk.later(limits.linkSettleMs).timer()
    expect(walk.asked).toContain('close-link')
    expect(Object.keys(walk.state.links)).toEqual([otherRelay])
  })
})
