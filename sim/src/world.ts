/**
 * Decides: what exists in one simulated story (a room, pages, links, a network) and what must hold in it at all times.
 * Does not decide: what happens (story.ts).
 * Invariants: those of `checkPage` and `checkRoom` after every step, those of `checkQuiet` once nothing moves any more.
 */
import { isDeepStrictEqual } from 'node:util'
import type { OccupantId } from '@video-room/shared/ids.ts'
import { assert } from '@video-room/shared/lang.ts'
import { limits } from '@video-room/shared/limits.ts'
import type { SessionState } from '@video-room/client/core/state.ts'
import type { SessionView } from '@video-room/client/core/view.ts'
import type { Route } from '@video-room/shared/route.ts'
import { pathBetween } from '@video-room/shared/route-tree.ts'
import type { RoomSettings } from '@video-room/shared/room-info.ts'
import { linksOf } from '@video-room/signal-worker/room/start.ts'
import { snapshotOf } from '@video-room/signal-worker/room/snapshot-of.ts'
import {
  isVisible,
  knockOf,
  seatOf,
  type RoomState,
  type Seat,
} from '@video-room/signal-worker/room/state.ts'
import { Clock } from './clock.ts'
import { Random } from './random.ts'
import { SimLinks } from './sim-links.ts'
import type { SimPage } from './sim-page.ts'
import { Places } from './places.ts'
import { Rest } from './rest.ts'
import { checkQuietRelays, checkRelay } from './relay-invariants.ts'
import { checkMove, checkRoutes } from './route-invariants.ts'
import { SimRegistry } from './sim-registry.ts'
import type { SimRelay } from './sim-relay.ts'
import { SimRelays } from './sim-relays.ts'
import { SimRoom } from './sim-room.ts'

export interface WorldOptions {
  readonly seed: number
  readonly settings: RoomSettings
  /** People and relays are far apart, so that a tree of relays pays. */
  readonly isWide: boolean
  /** Hears every line of the story. */
  readonly trace?: (line: string) => void
}

const sizeOf = (links: SessionState['links']): number => Object.keys(links).length

export class World {
  readonly clock = new Clock()
  readonly random: Random
  readonly links: SimLinks
  readonly places: Places
  readonly rest = new Rest()
  readonly relays: SimRelays
  readonly room: SimRoom
  readonly pages: SimPage[] = []
  /** The most trunks that lay between two relays of a route in peace. */
  mostTrunks = 0
  readonly #offlineUntilMs = new Map<SimPage, number>()
  #disturbedUntilMs = Number.NEGATIVE_INFINITY
  readonly #seenRevisions = new Map<SimPage, number>()
  readonly #trace: ((line: string) => void) | undefined

  constructor(options: WorldOptions) {
    this.#trace = options.trace
    this.random = new Random(options.seed)
    this.links = new SimLinks(this.clock, this.random)
    this.places = new Places(options.seed, options.isWide)
    const { clock, random, places } = this
    const onStep = (relay: SimRelay): void => {
      this.rest.tookRelay(relay, clock.nowMs)
      checkRelay(relay, this.room)
    }
    const relayPorts = { clock, random, places, room: () => this.room, onStep }
    this.relays = new SimRelays(relayPorts, (who, what) => this.tell(who, what))
    const registry = new SimRegistry(clock, random, places, this.relays)
    this.room = new SimRoom(clock, random, registry, options.settings, (state, previous) => {
      this.rest.tookRoom(state, previous, clock.nowMs)
      this.#checkRoom(state)
      checkRoutes(state, previous)
      this.#checkArrivals(state, previous)
      this.#checkHostMutes(state, previous)
      this.#checkUnmutes(state, previous)
    })
  }

  /** The tabs that are open now. */
  get openPages(): readonly SimPage[] {
    return this.pages.filter((page) => !page.isClosed)
  }

  tell(who: string, what: string): void {
    this.#trace?.(`${(this.clock.nowMs / 1_000).toFixed(3).padStart(9)} s  ${who.padEnd(8)} ${what}`)
  }

  nameOf(id: OccupantId): string {
    return this.pages.find((page) => page.id === id)?.name ?? id.slice(0, 6)
  }

  sawRoute(route: Route): void {
    const relays = route.kind === 'relayed' ? route.relays : []
    const ways = relays.flatMap((from) =>
      relays.map((to) => (pathBetween(route, from.relayId, to.relayId)?.length ?? 1) - 1),
    )
    this.mostTrunks = Math.max(this.mostTrunks, ...ways)
  }

  /** Something is out of order for so long. */
  disturb(durationMs: number): void {
    this.#disturbedUntilMs = Math.max(this.#disturbedUntilMs, this.clock.nowMs + durationMs)
  }

  /** For so long nothing has been out of order. */
  get calmMs(): number {
    return this.clock.nowMs - this.#disturbedUntilMs
  }

  goOffline(page: SimPage, durationMs: number): void {
    this.disturb(durationMs)
    this.#offlineUntilMs.set(page, this.clock.nowMs + durationMs)
    // Either side may take a while to notice; the room does at its next sweep.
    page.socket?.cut(this.random.between(0, 3_000), this.random.between(0, limits.presenceSweepMs))
    this.clock.after(durationMs, () => page.dispatch({ type: 'online', atMs: this.clock.nowMs }))
  }

  isOffline(page: SimPage): boolean {
    return (this.#offlineUntilMs.get(page) ?? 0) > this.clock.nowMs
  }

  /** The room has just taken another route, or is about to. */
  get isMoving(): boolean {
    const { chain, routing } = this.room.state
    const { switchedAtMs } = routing
    const isFresh = switchedAtMs !== null && this.clock.nowMs - switchedAtMs < limits.linkDrainMs
    return isFresh || chain.wanted !== null || routing.migration !== null
  }

  checkPage(page: SimPage, state: SessionState, previous: SessionState): void {
    this.rest.tookPage(state, previous, this.clock.nowMs)
    const before = previous.snapshot
    const after = state.snapshot
    if (after !== null) this.#seenRevisions.set(page, after.revision)
    if (before !== null && after !== null && state.attempt === previous.attempt) {
      assert(after.route.epoch >= before.route.epoch, 'invariant 1: a route epoch never goes back')
      assert(after.revision >= before.revision, 'invariant 1: a revision never goes back')
    }
    checkMove(state, previous, this.clock.nowMs)
    if (state.migration?.epoch !== previous.migration?.epoch) {
      const { kind, epoch } = after?.migration ?? {}
      this.tell(page.name, kind === undefined ? 'prepares nothing more' : `prepares ${kind} (${epoch})`)
    }
    for (const link of Object.values(state.links)) {
      assert(link.held.length <= limits.heldSignalsMax, 'invariant 6: held signals are bounded')
    }
    assert(state.early.length <= limits.heldSignalsMax, 'invariant 6: early signals are bounded')
    if (state.phase === 'ended') assert(Object.keys(state.links).length === 0, 'no link outlives a session')
    const isShownAnew =
      after !== before || state.phase !== previous.phase || sizeOf(state.links) !== sizeOf(previous.links)
    // Looks at links come twice a second, and change nothing of this.
    if (isShownAnew) this.#checkView(page.view, state)
  }

  #checkView(view: SessionView, state: SessionState): void {
    if (view.status === 'knocking') {
      const isOutside = state.snapshot === null && sizeOf(state.links) === 0
      assert(isOutside, 'KN1: whoever knocks knows nothing and has no link')
    }
    for (const occupant of view.occupants) {
      for (const source of Object.values(occupant.sources)) {
        assert(source.mutedBy === null || source.track === null, 'invariant 3: nothing muted is rendered')
      }
    }
  }

  #checkRoom(state: RoomState): void {
    assert(state.seats.filter((seat) => seat.isHost).length <= 1, 'A3: at most one host')
    for (const seat of state.seats) {
      for (const link of linksOf(state, seat.occupantId)) {
        const back = linksOf(state, link.occupantId).find((other) => other.occupantId === seat.occupantId)
        assert(back !== undefined, 'LK1: a link has two ends')
        assert(back.initiator !== link.initiator, 'LK1: one end is the initiator')
        assert(back.generation === link.generation, 'LK4: both ends are of one generation')
      }
    }
  }

  /** A1 LO1 KN2: whoever is new got a free seat, of a room that was not locked, and had to be let in where that is so. */
  #checkArrivals(state: RoomState, previous: RoomState): void {
    const isNew = (seat: Seat): boolean =>
      !seat.isHost && !seat.provedHost && seatOf(previous, seat.occupantId) === undefined
    const arrived = state.seats.filter(isNew)
    if (arrived.length === 0) return
    const participants = state.seats.filter((seat) => !seat.isHost).length
    assert(participants <= state.settings.maxParticipants, 'A1: never more participants than seats')
    assert(!previous.settings.isLocked, 'LO1: a locked room gains no seat')
    for (const seat of arrived) {
      const mayEnter =
        previous.settings.admission === 'open' || knockOf(previous, seat.occupantId) !== undefined
      assert(mayEnter, 'KN1: nobody is seated who was not let in')
    }
  }

  /** MD7: whoever may not un-mute becomes audible only by being host or asked to. */
  #checkUnmutes(state: RoomState, previous: RoomState): void {
    if (state.settings.mayUnmute || previous.settings.mayUnmute) return
    for (const seat of state.seats) {
      const before = seatOf(previous, seat.occupantId)
      if (seat.isHost || before?.isHost === true) continue
      const isLive = (of: Seat | undefined): boolean =>
        of?.publications.some(({ source, mutedBy }) => source === 'microphone' && mutedBy === null) ?? false
      const mayBe = isLive(before) || before?.unmuteAsked.includes('microphone') === true
      assert(!isLive(seat) || mayBe, 'MD7: nobody un-mutes who may not')
    }
  }

  /** MD3 MD4: a host's mute ends only by its owner, and only by one who had seen it. */
  #checkHostMutes(state: RoomState, previous: RoomState): void {
    for (const seat of state.seats) {
      const before = seatOf(previous, seat.occupantId)
      for (const { source, mutedBy } of seat.publications) {
        const muted = before?.publications.find(
          (other) => other.source === source && other.mutedBy === 'host',
        )
        if (muted === undefined || mutedBy !== null) continue
        // The page may have left or be closed by now: what it sent still arrives.
        const seen = this.pages
          .filter((page) => page.id === seat.occupantId)
          .some((page) => (this.#seenRevisions.get(page) ?? 0) >= (muted.hostMutedAtRevision ?? 0))
        assert(seen, "MD4: a host's mute is not undone by who has not seen it")
      }
    }
  }

  /** Nothing has happened for a while, and the network is sound: everyone agrees, and everyone is connected. */
  checkQuiet(): void {
    const { state } = this.room
    const truth = snapshotOf(state)
    const present = state.seats.filter((seat) => seat.presence.kind === 'present')
    const inRoom = this.openPages.filter((page) => ['in-room', 'waiting-for-host'].includes(page.view.status))
    assert(present.length === inRoom.length, `PR1: ${present.length} present, ${inRoom.length} believe it`)
    const outside = state.knocks.filter((knock) => knock.presence.kind === 'present')
    const knocking = this.openPages.filter((page) => page.view.status === 'knocking')
    assert(
      outside.length === knocking.length,
      `KN1: ${outside.length} at the door, ${knocking.length} believe it`,
    )
    this.#checkHost(state)
    for (const page of inRoom) {
      const isShown = page.view.isHost === (page.id !== null && seatOf(state, page.id)?.isHost === true)
      assert(isShown, `MD8: ${page.name} knows whether it is host`)
      const atDoor = page.view.knocks.map((knock) => knock.occupantId)
      const listed = page.view.isHost ? state.knocks.filter(isVisible).map((knock) => knock.occupantId) : []
      assert(atDoor.join() === listed.join(), `KN1: ${page.name} sees who is at the door, if it may`)
      assert(
        isDeepStrictEqual(page.state.snapshot, truth),
        `invariant 4: ${page.name} knows what the room knows`,
      )
      const assigned = page.id === null ? [] : linksOf(state, page.id)
      for (const { occupantId, generation } of assigned) {
        const isThere = present.some((seat) => seat.occupantId === occupantId)
        const isConnected = this.links.isConnected(page.instanceId, occupantId, generation)
        assert(
          !isThere || isConnected,
          `invariant 4: ${page.name} is connected to ${this.nameOf(occupantId)}`,
        )
        const shown = page.view.occupants.find((occupant) => occupant.occupantId === occupantId)
        assert(
          !isThere || shown?.link === 'connected',
          `invariant 4: ${page.name} shows the link as connected`,
        )
      }
      this.#checkOwnMutes(page)
    }
    checkQuietRelays(this, inRoom)
  }

  /** MD9: one host, or what the room's rule makes of a missing one. */
  #checkHost(state: RoomState): void {
    if (state.status !== 'open' || !state.hostHasArrived || state.seats.some((seat) => seat.isHost)) return
    const { onHostLeave } = state.settings
    assert(
      state.hostAwaitedUntilMs !== null && onHostLeave !== 'end',
      'MD9: a room without its host waits or ends',
    )
    const isEmpty = !state.seats.some((seat) => seat.presence.kind === 'present')
    assert(onHostLeave === 'wait' || isEmpty, 'MD9: somebody is promoted when somebody is there')
  }

  /** H1 MD2: what the host muted, the owner's capture obeyed. */
  #checkOwnMutes(page: SimPage): void {
    const own = this.room.state.seats.find((seat) => seat.occupantId === page.id)
    for (const { source, mutedBy } of own?.publications ?? []) {
      const status = page.statusOf(source)
      assert(
        mutedBy === null || status !== 'live',
        `MD2: ${page.name}'s ${source} is silent as the room says`,
      )
      assert(mutedBy !== null || status === 'live', `PB1: ${page.name}'s ${source} is live as the room says`)
    }
  }
}
