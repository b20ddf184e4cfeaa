/**
 * Decides: what must hold of relays in every story.
 * Does not decide: what happens (story.ts).
 * Invariants: 3: what the room calls muted no relay forwards · 4: when all is quiet everyone hears and sees, by slots, what
 * the others publish, wherever they are at home (R1, R2) · RL6: nobody is admitted whose certificate is not the described one.
 */
import { isDeepStrictEqual } from 'node:util'
import { assert } from '@video-room/shared/lang.ts'
import { occupantOf, publicationOf, type Snapshot } from '@video-room/shared/snapshot.ts'
import { snapshotOf } from '@video-room/signal-worker/room/snapshot-of.ts'
import { relayLinksOf, type RelayLink } from '@video-room/signal-worker/room/relay-links.ts'
import { relaysOf } from '@video-room/signal-worker/room/relay-state.ts'
import type { SimPage } from './sim-page.ts'
import type { SimRelay } from './sim-relay.ts'
import type { SimRoom } from './sim-room.ts'
import { checkQuietTree, checkTrunks } from './tree-invariants.ts'
import type { World } from './world.ts'

/** After every step of a relay's core. */
export function checkRelay(relay: SimRelay, room: SimRoom): void {
  const { state, links, trunks } = relay
  checkTrunks(relay, room)
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
    const carried = [...served.slots.values()].map(
      ({ publication }) => `${publication.linkId} ${publication.mid} ${publication.source}`,
    )
    assert(new Set(carried).size === carried.length, 'RL7: no publication stands in two slots')
    for (const { publication } of served.slots.values()) {
      const { linkId: from, mid } = publication
      const isOthers = mid === undefined ? from !== linkId && links.has(from) : trunks.has(from)
      assert(isOthers, 'RL7: slots carry what others send')
    }
  }
}

/** Nothing has happened for a while: the room has the relays that it wants, and all media goes through them. */
export function checkQuietRelays(world: World, inRoom: readonly SimPage[]): void {
  const { state } = world.room
  const serving = world.relays.running.filter((relay) => relay.state !== null)
  const known = state.status === 'open' ? relaysOf(state.relay).map(({ relayId }) => relayId) : []
  for (const { relayId } of serving)
    assert(known.includes(relayId), 'RT2: no relay serves a room that has no use for it')
  if (state.status !== 'open' || state.seats.length === 0) return
  if (state.route.kind === 'relayed') checkQuietTree(world, state.route, serving)
  else assert(serving.length <= 1, 'RT3: one relay stands by')
  const truth = snapshotOf(state)
  for (const relay of serving) {
    assert(
      isDeepStrictEqual(relay.state?.snapshot, truth),
      'invariant 4: the relay knows what the room knows',
    )
    checkRelay(relay, world.room)
  }
  for (const page of inRoom) checkLinks(world, page, truth, serving)
}

function checkLinks(world: World, page: SimPage, truth: Snapshot, serving: readonly SimRelay[]): void {
  const links = page.id === null ? [] : relayLinksOf(world.room.state, page.id)
  assert(links.length <= 1, 'CH1: everyone has one link, to their home')
  for (const link of links) {
    const relay = serving.find(({ relayId }) => relayId === link.relayId)
    assert(relay !== undefined, 'RT2: the relay of a link is there')
    checkSlots(world, page, { truth, relay, link, serving })
  }
}

interface Quiet {
  readonly truth: Snapshot
  readonly relay: SimRelay
  readonly link: RelayLink
  readonly serving: readonly SimRelay[]
}

function checkSlots(world: World, page: SimPage, { truth, relay, link, serving }: Quiet): void {
  const name = [page.instanceId, link.relayId, link.generation] as const
  assert(world.relays.isConnected(name), `invariant 4: ${page.name} is connected to the relay`)
  const served = relay.links.get(link.linkId)
  assert(served?.isAdmitted === true, `RL6: ${page.name} is admitted`)
  if (link.isStandby === true) {
    // Its slots may be fewer than there are publications; they are named, and nothing is sent in them.
    const { wants } = relay.state?.links.find((one) => one.linkId === link.linkId) ?? {}
    assert(wants?.length === 0, `MG6: ${page.name} wants nothing over what stands by`)
    return
  }
  const linked = new Set(serving.flatMap(({ state }) => state?.links.map((one) => one.occupantId) ?? []))
  const others = truth.occupants.filter(({ occupantId }) => occupantId !== page.id && linked.has(occupantId))
  const published = others
    .flatMap(({ occupantId, publications }) => publications.map(({ source }) => `${occupantId} ${source}`))
    .toSorted()
  const told = world.relays.fillsOf(name).map(({ occupantId, source }) => `${occupantId} ${source}`)
  assert(
    told.toSorted().join() === published.join(),
    `invariant 4: ${page.name} was told of every publication`,
  )
  assert(served.slots.size === published.length, `invariant 4: ${page.name} gets every publication`)
  for (const { occupantId, isPresent, publications } of others) {
    for (const { source, mutedBy } of publications) {
      if (!isPresent || mutedBy !== null) continue
      const isSeen = world.relays.flows(name, { occupantId, source })
      assert(isSeen, `R1 R2: ${page.name} gets the ${source} of ${world.nameOf(occupantId)}`)
    }
  }
}
