/**
 * Decides: what must hold of trees of relays, in every story.
 * Does not decide: what happens (story.ts), nor what must hold of the links of occupants (relay-invariants.ts).
 * Invariants: CH3: a relay has only trunks that the room named to it · R4 CH2: nobody comes to a relay by two ways · R5: nothing
 * goes back to where it came from · CH4: nothing goes further than it may · RL9: what the room calls muted, or does not know,
 * comes over no trunk · R8: when all is quiet there are the relays and trunks of the route, and no others.
 */
import type { RelayId } from '@video-room/shared/ids.ts'
import { assert } from '@video-room/shared/lang.ts'
import { limits } from '@video-room/shared/limits.ts'
import type { Route } from '@video-room/shared/route.ts'
import { homeOf, isInRoute, neighboursOf, pathBetween } from '@video-room/shared/route-tree.ts'
import { isSameData } from '@video-room/shared/same.ts'
import type { Publication, Snapshot } from '@video-room/shared/snapshot.ts'
import type { Source } from '@video-room/shared/source.ts'
import { initialChain } from '@video-room/signal-worker/room/chain-state.ts'
import { relaysOf } from '@video-room/signal-worker/room/relay-state.ts'
import { snapshotOf } from '@video-room/signal-worker/room/snapshot-of.ts'
import { linkable } from '@video-room/signal-worker/room/start.ts'
import type { SimRelay } from './sim-relay.ts'
import type { SimRoom } from './sim-room.ts'
import type { World } from './world.ts'

/** After every step of a relay's core. */
export function checkTrunks({ state, trunks, relayId }: SimRelay, room: SimRoom): void {
  const ways = new Set<string>()
  for (const [linkId, { isAdmitted, incoming, outgoing }] of trunks) {
    const trunk = state?.trunks.find((one) => one.linkId === linkId)
    assert(trunk !== undefined && trunk.failure === null, 'CH3: a relay has the trunks of its room only')
    assert(room.namedTrunks.has(`${relayId} ${linkId}`), 'CH3: the room named every trunk that there is')
    assert(
      isAdmitted || incoming.length + outgoing.length === 0,
      'CH3: nothing crosses before both ends are proved',
    )
    for (const { publication } of outgoing) {
      assert(publication?.linkId !== linkId, 'R5: nothing goes back to where it came from')
    }
    for (const { mid, source, isForwarded } of incoming) {
      assert(Number(mid[0]) <= limits.routeHopsMax, 'CH4: nothing goes over more trunks than it may')
      const publication = publicationNamed(state?.snapshot ?? null, mid, source)
      assert(publication !== undefined, 'RL9: what the room does not know comes over no trunk')
      assert(!isForwarded || publication.mutedBy === null, 'invariant 3: nothing muted comes over a trunk')
      const way = mid.slice(1)
      // While a route is prepared, and just after it was taken, there are both ways, and whoever watches is shown one of them.
      const isBetween = (state?.snapshot?.migration ?? state?.former ?? null) !== null
      const isOnly = isBetween || !ways.has(way)
      assert(isOnly, 'R4: nobody comes to a relay by two ways')
      ways.add(way)
    }
  }
}

/** A name says how far it has come, of which source it is, and whose, as far as there is room for an id. */
function publicationNamed(snapshot: Snapshot | null, mid: string, source: Source): Publication | undefined {
  const owner = snapshot?.occupants.find(({ occupantId }) => occupantId.startsWith(`o_${mid.slice(2)}`))
  return owner?.publications.find((publication) => publication.source === source)
}

type RelayedRoute = Extract<Route, { kind: 'relayed' }>

/** Nothing has happened for a while: the tree stands as the route says. */
export function checkQuietTree(world: World, route: RelayedRoute, serving: readonly SimRelay[]): void {
  const { state } = world.room
  assert(route.relays.length > 0, 'RT2: a relay is found when there is one')
  const [root, ...branches] = route.relays.map(({ relayId }) => relayId)
  assert(root === state.relay.serving?.relayId, 'RT2: the route names the relay that serves')
  assert(serving.length === route.relays.length, 'R8: no relay serves the room but those of its route')
  for (const relay of serving) {
    assert(isInRoute(route, relay.relayId), 'R8: no relay serves the room but those of its route')
    const neighbours = neighboursOf(route, relay.relayId)
    assert(relay.trunks.size === neighbours.length, 'R8: a relay has the trunks of the route and no others')
    for (const other of neighbours) checkTrunkTo(world, relay, other)
  }
  assert((snapshotOf(state).cutRelays ?? []).length === 0, 'R7: no trunk is called down that is up')
  for (const branch of branches) {
    const isHome = linkable(state).some(({ occupantId }) => homeOf(route, occupantId) === branch)
    const isJoint = neighboursOf(route, branch).length > 1
    assert(isHome || isJoint, 'R8: somebody is at home at every branch, or it joins others')
  }
  for (const from of route.relays) {
    for (const to of route.relays) {
      const path = pathBetween(route, from.relayId, to.relayId)
      assert(path !== null, 'CH4: there is a way between any two relays, over three trunks at most')
    }
  }
}

function checkTrunkTo(world: World, relay: SimRelay, other: RelayId): void {
  const trunk = relay.state?.trunks.find(({ relayId }) => relayId === other)
  assert(trunk !== undefined, 'CH3: there is a trunk to every neighbour')
  assert(relay.trunks.get(trunk.linkId)?.isAdmitted === true, 'CH3: every trunk is up')
  assert(world.relays.trunks.carries(trunk.linkId), 'CH3: every trunk carries')
}

/** Everybody has left: no relay remembers the room, and the room no relay. */
export function checkEmpty({ relays, room: { state } }: World): void {
  for (const { state: served, links, trunks } of relays.running) {
    assert(served === null, 'R8: no relay serves a room without anybody')
    assert(links.size + trunks.size === 0, 'R8: nothing is left of its links and trunks')
  }
  if (state.status !== 'open') return
  assert(state.seats.length === 0, 'PR2: whoever leaves has no seat')
  const { search, branchSearch } = state.relay
  const isIdle = relaysOf(state.relay).length === 0 && search === null && branchSearch === null
  assert(isIdle, 'RT4: a room without anybody has no relay, and looks for none')
  const { restUntilMs } = state.chain
  const isForgotten = isSameData(state.chain, { ...initialChain, restUntilMs })
  assert(isForgotten, 'R8: nothing is left of the tree')
}
