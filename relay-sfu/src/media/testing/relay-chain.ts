/**
 * Relays that are joined by trunks into a tree, with occupants around each, on one virtual clock. What the control threads would
 * order of the trunks is worked out here from the same route (shared/src/route-tree.ts).
 */
import type { OccupantId, RelayId } from '@video-room/shared/ids.ts'
import { originAt } from '@video-room/shared/route-tree.ts'
import type { Route } from '@video-room/shared/route.ts'
import type { Source } from '@video-room/shared/source.ts'
import type { LinkIndex, PublicationRef, TrunkIncoming, TrunkOutgoing } from '../boundary.ts'
import { trunkMid } from '../trunk-profile.ts'
import { goodPath, LossyPath } from './lossy-path.ts'
import { RelayRoom, type RoomOccupant } from './relay-room.ts'

const relayIdOf = (relay: number): RelayId => `r_${String(relay).padStart(16, '0')}` as RelayId
const occupantIdOf = (number: number): OccupantId => `o_${String(number).padEnd(16, '_')}` as OccupantId
/** Occupants' links stand below. */
const trunkLink = (to: number): LinkIndex => 100 + to

export interface ChainOccupant extends RoomOccupant {
  readonly relay: number
  readonly occupantId: OccupantId
  /** What of it is in the room. */
  readonly sources: Set<Source>
  readonly muted: Set<Source>
}

export class RelayChain {
  readonly relays: readonly RelayRoom[]
  readonly occupants: ChainOccupant[] = []
  readonly #parents: readonly (number | null)[]
  #entered = 0

  /** For each relay the one that a trunk joins it to; the first has none. */
  constructor(parents: readonly (number | null)[], seed = 1) {
    this.#parents = parents
    this.relays = parents.map((_, relay) => new RelayRoom(seed + relay))
    for (const [child, parent] of parents.entries()) if (parent !== null) this.#join(child, parent)
  }

  get nowMs(): number {
    return this.relay(0).nowMs
  }

  relay(index: number): RelayRoom {
    const room = this.relays[index]
    if (!room) throw new Error(`there is no relay ${index}`)
    return room
  }

  /** The way from one relay to its neighbour. */
  path(from: number, to: number): LossyPath {
    const path = this.relay(from).trunks.get(trunkLink(to))
    if (!path) throw new Error(`no trunk from ${from} to ${to}`)
    return path
  }

  enter(relay: number, options: Parameters<RelayRoom['enter']>[1] = {}): ChainOccupant {
    const link = this.#freeLink()
    this.#entered += 1
    const occupant = Object.assign(this.relay(relay).enter(link, options), {
      relay,
      occupantId: occupantIdOf(this.#entered),
      sources: new Set<Source>(['microphone', 'camera']),
      muted: new Set<Source>(),
    })
    this.occupants.push(occupant)
    this.settle()
    return occupant
  }

  /** Someone who only watches. */
  watch(relay: number): ChainOccupant {
    const viewer = this.enter(relay)
    viewer.sends = false
    viewer.sources.clear()
    this.settle()
    return viewer
  }

  leave(occupant: ChainOccupant): void {
    this.occupants.splice(this.occupants.indexOf(occupant), 1)
    const room = this.relay(occupant.relay)
    room.occupants.splice(
      room.occupants.findIndex(({ link }) => link === occupant.link),
      1,
    )
    room.command({ type: 'close-link', link: occupant.link })
    this.settle()
  }

  show(viewer: ChainOccupant, slot: number, of: ChainOccupant, source: Source): void {
    this.relay(viewer.relay).point(viewer, slot, this.refAt(viewer.relay, of, source))
  }

  want(viewer: ChainOccupant, slot: number, widthPx: number): void {
    this.relay(viewer.relay).want(viewer, slot, widthPx)
  }

  /** Where a relay finds a publication; null: it does not come there. */
  refAt(relay: number, of: ChainOccupant, source: Source): PublicationRef | null {
    const origin = originAt(this.#route, relayIdOf(relay), of.occupantId)
    if (origin === null) return null
    if (origin.from === null) return { link: of.link, source }
    const mid = trunkMid(of.occupantId, source, origin.hops)
    return { link: trunkLink(Number(origin.from.slice(2))), source, mid }
  }

  /** Tells both ends of every trunk what it carries; `ends`: only those of these relays. */
  settle(ends: readonly number[] = this.relays.map((_, relay) => relay)): void {
    for (const [child, parent] of this.#parents.entries()) {
      if (parent === null) continue
      if (ends.includes(child)) this.#setTrunk(child, parent)
      if (ends.includes(parent)) this.#setTrunk(parent, child)
    }
  }

  run(forMs: number): void {
    for (let passedMs = 0; passedMs < forMs; passedMs += 1) for (const room of this.relays) room.step()
  }

  /** The same number names nobody at another relay, so that publishers can be told apart. */
  #freeLink(): LinkIndex {
    const taken = new Set(this.occupants.map(({ link }) => link))
    let link = 0
    while (taken.has(link)) link += 1
    return link
  }

  get #route(): Route {
    return {
      kind: 'relayed',
      epoch: 1,
      relays: this.#parents.map((parent, relay) => ({
        relayId: relayIdOf(relay),
        region: '',
        ...(parent !== null && { parentId: relayIdOf(parent) }),
      })),
      homes: Object.fromEntries(this.occupants.map((one) => [one.occupantId, relayIdOf(one.relay)])),
    }
  }

  #join(one: number, other: number): void {
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      const path = new LossyPath(goodPath, this.relay(from).random, (bytes, nowMs) => {
        this.relay(to).engine.receive(trunkLink(from), bytes, bytes.length, nowMs)
      })
      this.relay(from).openTrunk(trunkLink(to), path)
    }
  }

  #setTrunk(relay: number, other: number): void {
    const incoming: TrunkIncoming[] = []
    const outgoing: TrunkOutgoing[] = []
    for (const one of this.occupants) {
      for (const source of one.sources) {
        const here = originAt(this.#route, relayIdOf(relay), one.occupantId)
        const there = originAt(this.#route, relayIdOf(other), one.occupantId)
        if (here?.from === relayIdOf(other)) {
          const mid = trunkMid(one.occupantId, source, here.hops)
          incoming.push({ mid, source, isForwarded: !one.muted.has(source) })
        }
        if (there?.from === relayIdOf(relay)) {
          const mid = trunkMid(one.occupantId, source, there.hops)
          outgoing.push({ mid, source, publication: this.refAt(relay, one, source) })
        }
      }
    }
    this.relay(relay).command({ type: 'set-trunk', link: trunkLink(other), incoming, outgoing })
  }
}
