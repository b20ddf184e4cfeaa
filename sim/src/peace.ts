/**
 * Decides: what must hold of a relayed room while nothing is out of order.
 * Does not decide: what happens meanwhile: a tree may come about, or end, and a relay be left.
 * Invariants: R1 R2 R7: half a minute after the last trouble who takes part sees who takes part · 5: whoever has been seen stays
 * seen: no move takes a picture away for longer than the network holds up a word of it · R8: no relay serves on for nothing.
 */
import type { OccupantId, RelayId } from '@video-room/shared/ids.ts'
import { assert } from '@video-room/shared/lang.ts'
import { isInRoute } from '@video-room/shared/route-tree.ts'
import type { Source } from '@video-room/shared/source.ts'
import { relayLinksOf } from '@video-room/signal-worker/room/relay-links.ts'
import { relayOf } from '@video-room/signal-worker/room/relay-state.ts'
import { linkable } from '@video-room/signal-worker/room/start.ts'
import type { RoomState } from '@video-room/signal-worker/room/state.ts'
import type { World } from './world.ts'

/** Whatever was out of order is mended within this: a relay is missed, another one found, and everyone has moved. */
const mendedMs = 30_000

/** Who comes is seen after several words, each of which may be held up for two seconds on its way (network.ts). */
const arrivalMs = 6_000

/** Whoever is seen stays seen but for this; what a relay was not told in time is the network's fault, and counts for nothing. */
const unseenMs = 600

/** A relay that the room has left goes on for a moment, and may hear of it late. */
const leftMs = 10_000

/** How often it is looked whether everyone is seen. */
const lookMs = 250

/** From now on. */
export function watchPeace(world: World, peace = new Peace(world)): void {
  world.clock.after(lookMs, () => {
    peace.look()
    watchPeace(world, peace)
  })
}

class Peace {
  readonly #world: World
  /** Time during which all relays of the route knew what the room knows. */
  #passedMs = 0
  /** Until when, of that, it must be seen (again). */
  readonly #dueAtMs = new Map<string, number>()
  readonly #leftSinceMs = new Map<RelayId, number>()

  constructor(world: World) {
    this.#world = world
  }

  look(): void {
    const { calmMs, room } = this.#world
    const { state } = room
    if (this.#isTold(state)) this.#passedMs += lookMs
    const isRelayed =
      state.status === 'open' && state.route.kind === 'relayed' && state.route.relays.length > 0
    if (!isRelayed || calmMs < mendedMs) {
      this.#leftSinceMs.clear()
      return this.#dueAtMs.clear()
    }
    const here = new Set<string>()
    for (const [viewer, owner, source] of this.#wantedIn(state)) {
      const key = `${viewer} ${owner} ${source}`
      here.add(key)
      this.#checkSeen(key, viewer, owner, source)
    }
    for (const key of this.#dueAtMs.keys()) if (!here.has(key)) this.#dueAtMs.delete(key)
    this.#checkLeft(state)
  }

  #isTold({ revision, route }: RoomState): boolean {
    return this.#world.relays.running.every(
      ({ relayId, state }) => !isInRoute(route, relayId) || state?.snapshot?.revision === revision,
    )
  }

  #checkSeen(key: string, viewer: OccupantId, owner: OccupantId, source: Source): void {
    const { room, relays } = this.#world
    const { instanceId } = room.state.seats.find(({ occupantId }) => occupantId === viewer) ?? {}
    const page = this.#world.openPages.find((one) => one.instanceId === instanceId)
    const isSeen = page?.relayLinks.some((name) => relays.flows(name, { occupantId: owner, source })) === true
    const dueAtMs = isSeen
      ? this.#passedMs + unseenMs
      : (this.#dueAtMs.get(key) ?? this.#passedMs + arrivalMs)
    this.#dueAtMs.set(key, dueAtMs)
    const names = `${this.#world.nameOf(viewer)} sees the ${source} of ${this.#world.nameOf(owner)}`
    assert(this.#passedMs < dueAtMs, `invariant 5, R1 R2 R7: all goes well, and ${names}`)
  }

  #checkLeft(state: RoomState): void {
    const { nowMs } = this.#world.clock
    for (const relay of this.#world.relays.running) {
      const isOurs = relay.state === null || relayOf(state.relay, relay.relayId) !== null
      if (isOurs) this.#leftSinceMs.delete(relay.relayId)
      else {
        const sinceMs = this.#leftSinceMs.get(relay.relayId) ?? nowMs
        this.#leftSinceMs.set(relay.relayId, sinceMs)
        assert(nowMs - sinceMs < leftMs, 'R8: no relay serves a room that has left it')
      }
    }
  }

  /** Who should see what of whom. That a page was closed, or a source switched off, the room hears in a moment. */
  #wantedIn(state: RoomState): readonly (readonly [OccupantId, OccupantId, Source])[] {
    const members = linkable(state).flatMap(({ occupantId, instanceId, presence, publications }) => {
      const page = this.#world.openPages.find((one) => one.instanceId === instanceId)
      const isHere = presence.kind === 'present' && presence.isReady && page !== undefined
      if (!isHere || relayLinksOf(state, occupantId).length === 0) return []
      const live = publications.filter(
        ({ source, mutedBy }) => mutedBy === null && page.statusOf(source) === 'live',
      )
      return [{ occupantId, live }]
    })
    return members.flatMap(({ occupantId: viewer }) =>
      members.flatMap(({ occupantId: owner, live }) =>
        viewer === owner ? [] : live.map(({ source }) => [viewer, owner, source] as const),
      ),
    )
  }
}
