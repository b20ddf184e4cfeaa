/**
 * Decides: what must hold of a relayed room while nothing is out of order.
 * Does not decide: what happens meanwhile: a tree may come about, or end, and a relay be left.
 * Invariants: R1 R2 R7: half a minute after the last trouble who takes part sees who takes part · 5: whoever has been seen stays
 * seen: no move takes a picture away for longer than the network holds up a word of it · R8: no relay serves on for nothing.
 */
import type { OccupantId, RelayId } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import { homeOf, pathBetween } from '@video-room/shared/route-tree.ts'
import { assert } from '@video-room/shared/lang.ts'
import type { Source } from '@video-room/shared/source.ts'
import { relayLinksOf } from '@video-room/signal-worker/room/relay-links.ts'
import { relayOf } from '@video-room/signal-worker/room/relay-state.ts'
import { linkable } from '@video-room/signal-worker/room/start.ts'
import type { RoomState, Seat } from '@video-room/signal-worker/room/state.ts'
import type { RelayLinkName } from './sim-relays.ts'
import type { World } from './world.ts'

/** Whatever was out of order is mended within this: a relay is missed, another one found, and everyone has moved. */
const mendedMs = 30_000

/** Who comes is seen after several words, each of which may be held up for two seconds on its way (network.ts). */
const arrivalMs = 6_000

/** Whoever is seen stays seen but for this. */
const unseenMs = 600

/** Who comes while a move is prepared is no part of votes already cast: a word of theirs may be held up for so long after it. */
const heldUpMs = 2_000

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

interface Member {
  readonly occupantId: OccupantId
  readonly links: readonly RelayLinkName[]
  readonly live: readonly Source[]
}

class Peace {
  readonly #world: World
  /** For how long it may still be unseen. */
  readonly #remainingMs = new Map<string, number>()
  readonly #leftSinceMs = new Map<RelayId, number>()
  /** Seen since no move was under way that had begun before they came. */
  readonly #settled = new Set<string>()

  /** Of the state that was looked at last: most looks find the same again. */
  #seated: { readonly state: RoomState | null; readonly seats: readonly Seat[] } = { state: null, seats: [] }

  constructor(world: World) {
    this.#world = world
  }

  look(): void {
    const { calmMs, room } = this.#world
    const { state } = room
    const isRelayed =
      state.status === 'open' && state.route.kind === 'relayed' && state.route.relays.length > 0
    if (!isRelayed || calmMs < mendedMs) {
      this.#leftSinceMs.clear()
      this.#settled.clear()
      return this.#remainingMs.clear()
    }
    if (state.status === 'open') this.#world.sawRoute(state.route)
    const here = new Set<string>()
    const members = this.#membersOf(state)
    for (const viewer of members) {
      for (const owner of members) {
        if (viewer === owner) continue
        for (const source of owner.live) here.add(this.#checkSeen(viewer, owner, source))
      }
    }
    for (const key of this.#remainingMs.keys()) {
      if (here.has(key)) continue
      this.#remainingMs.delete(key)
      this.#settled.delete(key)
    }
    this.#checkLeft(state)
  }

  /**
   * Of relays between these two that have not heard of the route: for as long as all goes on by the former one (CH3) that must hurt
   * nobody; after that one of them may wait for what comes over a trunk no more, and its time does not count.
   */
  #isTold({ route, routing }: RoomState, viewer: OccupantId, owner: OccupantId): boolean {
    const { clock, relays } = this.#world
    if (routing.switchedAtMs === null || clock.nowMs < routing.switchedAtMs + limits.formerRouteMs)
      return true
    const [from, to] = [homeOf(route, viewer), homeOf(route, owner)]
    const path = from === null || to === null ? null : pathBetween(route, from, to)
    return relays.running.every(
      ({ relayId, state }) =>
        path?.includes(relayId) !== true || state?.snapshot?.route.epoch === route.epoch,
    )
  }

  get #isMoving(): boolean {
    const { migration, switchedAtMs } = this.#world.room.state.routing
    return migration !== null || (switchedAtMs !== null && this.#world.clock.nowMs - switchedAtMs < heldUpMs)
  }

  /** Answers under which key it is known. */
  #checkSeen({ occupantId: viewer, links }: Member, { occupantId }: Member, source: Source): string {
    const key = `${viewer} ${occupantId} ${source}`
    const media = { occupantId, source }
    const isSeen = links.some((name) => this.#world.relays.flows(name, media))
    const passedMs = isSeen || !this.#isTold(this.#world.room.state, viewer, occupantId) ? 0 : lookMs
    if (isSeen && !this.#isMoving) this.#settled.add(key)
    const fullMs = this.#settled.has(key) ? unseenMs : arrivalMs
    const remainingMs = isSeen ? fullMs : (this.#remainingMs.get(key) ?? arrivalMs) - passedMs
    this.#remainingMs.set(key, remainingMs)
    if (remainingMs > 0) return key
    const names = `${this.#world.nameOf(viewer)} sees the ${source} of ${this.#world.nameOf(occupantId)}`
    throw new Error(`invariant 5, R1 R2 R7: all goes well, and ${names}`)
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

  /** Who should see each other, and what. That a page was closed, or a source switched off, the room hears in a moment. */
  #membersOf(state: RoomState): readonly Member[] {
    if (this.#seated.state !== state) this.#seated = { state, seats: seatedIn(state) }
    return this.#seated.seats.flatMap(({ occupantId, instanceId, publications }) => {
      const page = this.#world.openPages.find((one) => one.instanceId === instanceId)
      if (page === undefined) return []
      const live = publications.flatMap(({ source, mutedBy }) =>
        mutedBy === null && page.statusOf(source) === 'live' ? source : [],
      )
      return [{ occupantId, links: page.relayLinks, live }]
    })
  }
}

/** Everyone who is there and has a link to a relay. */
const seatedIn = (state: RoomState): readonly Seat[] =>
  linkable(state).filter(
    ({ occupantId, presence }) =>
      presence.kind === 'present' && presence.isReady && relayLinksOf(state, occupantId).length > 0,
  )
