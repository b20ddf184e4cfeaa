/**
 * Decides: what must hold of relays in every story.
 * Does not decide: what happens (story.ts).
 * Invariants: 3: what the room calls muted no relay forwards · 4: when all is quiet everyone hears and sees, by slots, what
 * the others publish · RL6: nobody is admitted whose certificate is not the described one.
 */
import { assert } from '@video-room/shared/lang.ts'
import { occupantOf, publicationOf, type Snapshot } from '@video-room/shared/snapshot.ts'
import { snapshotOf } from '@video-room/signal-worker/room/snapshot-of.ts'
import { relayLinksOf } from '@video-room/signal-worker/room/relay-links.ts'
import { relaysOf } from '@video-room/signal-worker/room/relay-state.ts'
import type { SimPage } from './sim-page.ts'
import type { SimRelay } from './sim-relay.ts'
import type { World } from './world.ts'

/** After every step of a relay's core. */
export function checkRelay({ state, links }: SimRelay): void {
  for (const [linkId, served] of links) {
    const link = state?.links.find((one) => one.linkId === linkId)
    assert(link !== undefined, 'RL1: a relay serves the links of its room only')
    if (!served.isAdmitted) assert(served.forwarded.size === 0, 'RL6: only who is admitted is forwarded')
    else
      assert(
        link.facts?.fingerprint === served.fingerprint,
        'RL6: whoever is admitted is whom facts describe',
      )
    const view = state?.snapshot ? occupantOf(state.snapshot, link.occupantId) : undefined
    for (const source of served.forwarded) {
      const isLive = publicationOf(view, source)?.mutedBy === null
      assert(isLive, 'invariant 3: nothing muted is forwarded by a relay')
    }
    const carried = [...served.slots.values()].map((one) => `${one.linkId} ${one.source}`)
    assert(new Set(carried).size === carried.length, 'RL7: no publication stands in two slots')
    for (const { linkId: from } of served.slots.values()) {
      assert(from !== linkId && links.has(from), 'RL7: slots carry what others send')
    }
  }
}

/** Nothing has happened for a while: the room has a relay when it wants one, and all media goes through it. */
export function checkQuietRelays(world: World, inRoom: readonly SimPage[]): void {
  const { state } = world.room
  const serving = world.relays.running.filter((relay) => relay.state !== null)
  const known = state.status === 'open' ? relaysOf(state.relay).map(({ relayId }) => relayId) : []
  for (const { relayId } of serving)
    assert(known.includes(relayId), 'RT2: no relay serves a room that has no use for it')
  assert(serving.length <= 1, 'RT3: one relay serves a room, or stands by')
  if (state.status !== 'open' || state.seats.length === 0) return
  const [relay] = serving
  if (state.route.kind === 'relayed') {
    assert(
      relay !== undefined && relay.relayId === state.route.relays[0]?.relayId,
      'RT2: the route names the relay that serves',
    )
  }
  if (relay === undefined) return
  const truth = snapshotOf(state)
  assert(
    JSON.stringify(relay.state?.snapshot) === JSON.stringify(truth),
    'invariant 4: the relay knows what the room knows',
  )
  checkRelay(relay)
  for (const page of inRoom) checkSlots(world, page, truth, relay)
}

function checkSlots(world: World, page: SimPage, truth: Snapshot, relay: SimRelay): void {
  const links = page.id === null ? [] : relayLinksOf(world.room.state, page.id)
  const link = links.find(({ relayId }) => relayId === relay.relayId)
  if (link === undefined) return
  const name = [page.instanceId, link.relayId, link.generation] as const
  assert(world.relays.isConnected(name), `invariant 4: ${page.name} is connected to the relay`)
  const served = relay.links.get(link.linkId)
  assert(served?.isAdmitted === true, `RL6: ${page.name} is admitted`)
  const linked = new Set(relay.state?.links.map((one) => one.occupantId))
  const published = truth.occupants
    .filter(({ occupantId }) => occupantId !== page.id && linked.has(occupantId))
    .flatMap(({ occupantId, publications }) => publications.map(({ source }) => `${occupantId} ${source}`))
    .toSorted()
  if (link.isStandby === true) {
    // Its slots may be fewer than there are publications; they are named, and nothing is sent in them.
    const { wants } = relay.state?.links.find((one) => one.linkId === link.linkId) ?? {}
    assert(wants?.length === 0, `MG6: ${page.name} wants nothing over what stands by`)
    return
  }
  const told = world.relays.fillsOf(name).map(({ occupantId, source }) => `${occupantId} ${source}`)
  assert(
    told.toSorted().join() === published.join(),
    `invariant 4: ${page.name} was told of every publication`,
  )
  const carried = [...served.slots.values()].map(({ linkId, source }) => {
    const from = relay.state?.links.find((one) => one.linkId === linkId)
    return `${from?.occupantId ?? 'nobody'} ${source}`
  })
  assert(carried.toSorted().join() === published.join(), `invariant 4: ${page.name} gets every publication`)
}
