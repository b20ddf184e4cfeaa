/**
 * Decides: when two relays reach each other, and what becomes of the trunks between them.
 * Does not decide: which trunks there should be (the room), nor what crosses them (the relays' control cores).
 * Invariants: a trunk carries only while both ends have it open and proved, and nothing is in its way; each end learns of the
 * other's end at its own time, and once.
 */
import type { LinkId } from '@video-room/shared/ids.ts'
import { assert } from '@video-room/shared/lang.ts'
import type { RelayTicket } from '@video-room/shared/ticket.ts'
import { relayLimits } from '@video-room/relay-sfu/limits.ts'
import type { Clock } from './clock.ts'
import { delayMs } from './network.ts'
import type { Places } from './places.ts'
import type { Random } from './random.ts'
import { pairOf } from './sim-links.ts'
import type { SimRelay } from './sim-relay.ts'

/** How often an end looks whether the other is there; the bounds are those of the relay. */
const lookMs = 500

interface End {
  readonly relay: SimRelay
  /** Nothing heard for this: it is lost. */
  readonly silentMs: number
  heardAtMs: number
}

interface Trunk {
  readonly linkId: LinkId
  readonly dialler: End
  readonly answerer: End
  isUp: boolean
}

export class SimTrunks {
  readonly #clock: Clock
  readonly #random: Random
  readonly #places: Places
  readonly #relays: () => readonly SimRelay[]
  readonly #trunks = new Map<LinkId, Trunk>()
  /** Pairs of relays between which no packet passes, until when. */
  readonly #blockedUntilMs = new Map<string, number>()

  constructor(clock: Clock, random: Random, places: Places, relays: () => readonly SimRelay[]) {
    this.#clock = clock
    this.#random = random
    this.#places = places
    this.#relays = relays
  }

  dial(relay: SimRelay, linkId: LinkId, ticket: RelayTicket): void {
    const far = this.#relays().find(({ fingerprint }) => fingerprint === ticket.fingerprint)
    assert(far !== undefined && far !== relay, 'CH3: a trunk joins two relays')
    assert(!this.#trunks.has(linkId), 'CH3: the id of a trunk is given once')
    const { nowMs } = this.#clock
    const dialler = { relay, silentMs: relayLimits.dialSilentMs, heardAtMs: nowMs }
    const answerer = { relay: far, silentMs: relayLimits.linkSilentMs, heardAtMs: nowMs }
    const trunk: Trunk = { linkId, dialler, answerer, isUp: false }
    this.#trunks.set(linkId, trunk)
    this.#later(() => this.#try(trunk, nowMs + relayLimits.dialMs))
  }

  /** Closed at this end; the goodbye arrives, or the silence tells. */
  hangUp(relay: SimRelay, linkId: LinkId): void {
    const trunk = this.#trunks.get(linkId)
    if (trunk === undefined) return
    const { dialler, answerer } = trunk
    const other = dialler.relay === relay ? answerer.relay : dialler.relay
    if (!trunk.isUp || this.isBlocked(relay, other)) return
    this.#later(() => other.lose(linkId))
  }

  rttOf(linkId: LinkId): number | null {
    const trunk = this.#trunks.get(linkId)
    if (trunk === undefined || !this.carries(linkId)) return null
    return this.#places.betweenRelays(trunk.dialler.relay.relayId, trunk.answerer.relay.relayId)
  }

  carries(linkId: LinkId): boolean {
    const trunk = this.#trunks.get(linkId)
    if (trunk === undefined || !trunk.isUp) return false
    const { dialler, answerer } = trunk
    return hasOpen(dialler, linkId) && hasOpen(answerer, linkId) && !this.#isCut(trunk)
  }

  /** The relay at the other end; null: there is none, or nothing comes from it. */
  farEndOf(relay: SimRelay, linkId: LinkId): SimRelay | null {
    const trunk = this.#trunks.get(linkId)
    if (trunk === undefined || !this.carries(linkId)) return null
    return trunk.dialler.relay === relay ? trunk.answerer.relay : trunk.dialler.relay
  }

  block(a: SimRelay, b: SimRelay, durationMs: number): void {
    const pair = pairOf(a.relayId, b.relayId)
    const untilMs = Math.max(this.#blockedUntilMs.get(pair) ?? 0, this.#clock.nowMs + durationMs)
    this.#blockedUntilMs.set(pair, untilMs)
  }

  unblock(): void {
    this.#blockedUntilMs.clear()
  }

  isBlocked(a: SimRelay, b: SimRelay): boolean {
    if (this.#blockedUntilMs.size === 0) return false
    return (this.#blockedUntilMs.get(pairOf(a.relayId, b.relayId)) ?? 0) > this.#clock.nowMs
  }

  #isCut({ dialler, answerer }: Trunk): boolean {
    return this.isBlocked(dialler.relay, answerer.relay)
  }

  /** The far end may be a moment behind. Nobody there for too long: given up. */
  #try(trunk: Trunk, untilMs: number): void {
    const { linkId, dialler, answerer } = trunk
    if (!hasOpen(dialler, linkId)) return
    if (hasOpen(answerer, linkId) && !this.#isCut(trunk)) return this.#later(() => this.#handshake(trunk))
    if (this.#clock.nowMs >= untilMs) return dialler.relay.lose(linkId)
    this.#clock.after(relayLimits.dialRetryMs, () => this.#try(trunk, untilMs))
  }

  #handshake(trunk: Trunk): void {
    const { linkId, dialler, answerer } = trunk
    if (!hasOpen(dialler, linkId)) return
    if (!hasOpen(answerer, linkId) || this.#isCut(trunk)) return dialler.relay.lose(linkId)
    trunk.isUp = true
    for (const end of [answerer, dialler]) {
      end.heardAtMs = this.#clock.nowMs
      const far = end === dialler ? answerer : dialler
      end.relay.securedTrunk(linkId, far.relay.fingerprint)
      this.#watch(trunk, end, far)
    }
  }

  #watch(trunk: Trunk, end: End, far: End): void {
    const { linkId } = trunk
    this.#clock.after(lookMs, () => {
      if (!hasOpen(end, linkId)) return
      const { nowMs } = this.#clock
      if (hasOpen(far, linkId) && !this.#isCut(trunk)) end.heardAtMs = nowMs
      if (nowMs - end.heardAtMs >= end.silentMs) return end.relay.lose(linkId)
      this.#watch(trunk, end, far)
    })
  }

  #later(act: () => void): void {
    this.#clock.after(delayMs(this.#random), act)
  }
}

const hasOpen = ({ relay }: End, linkId: LinkId): boolean => !relay.isDead && relay.trunks.has(linkId)
