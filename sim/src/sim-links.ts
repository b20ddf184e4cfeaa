/**
 * Decides: when two ends of a link reach each other: an offer, an answer, and a path between the two places.
 * Does not decide: which links there should be, nor when one has failed (the client cores do).
 * Invariants: media flows only between two open ends of the same generation; a remade end starts from nothing.
 */
import type { EndpointId, InstanceId, OccupantId } from '@video-room/shared/ids.ts'
import type { Source } from '@video-room/shared/source.ts'
import type { SessionEffect } from '@video-room/client/core/effect.ts'
import type { Clock } from './clock.ts'
import { delayMs } from './network.ts'
import type { Random } from './random.ts'
import { nothingSeen, Traffic, type SimLook } from './traffic.ts'

type OpenLinkEffect = Extract<SessionEffect, { type: 'open-link' }>

export interface LinkOwner {
  readonly instanceId: InstanceId
  /** What its capture gives now. */
  readonly live: () => readonly Source[]
  readonly signalled: (payload: string) => void
  readonly connected: () => void
}

interface End {
  readonly owner: LinkOwner
  readonly initiator: boolean
  readonly traffic: Traffic
  /** Its own tracks are attached. */
  carries: boolean
  isConnected: boolean
  /** The far end that answered or offered last: its instance. */
  far: InstanceId | null
  receivedBytes: number
  heardAtMs: number
}

const keyOf = (instanceId: InstanceId, other: EndpointId, generation: number): string =>
  `${instanceId} ${other} ${generation}`

export const pairOf = (one: EndpointId, other: EndpointId): string =>
  one < other ? `${one} ${other}` : `${other} ${one}`

export class SimLinks {
  /** Pairs of occupants between which no packet passes at present. */
  readonly blocked = new Set<string>()
  /** Pairs between which some are lost. */
  readonly lossy = new Set<string>()
  readonly #ends = new Map<string, End>()
  readonly #ownerIds = new Map<InstanceId, OccupantId>()
  readonly #clock: Clock
  readonly #random: Random

  constructor(clock: Clock, random: Random) {
    this.#clock = clock
    this.#random = random
  }

  open(
    self: OccupantId,
    { occupantId: other, generation, initiator, carries }: OpenLinkEffect,
    owner: LinkOwner,
  ): void {
    this.#ownerIds.set(owner.instanceId, self)
    const end: End = {
      owner,
      initiator,
      traffic: new Traffic(),
      carries,
      isConnected: false,
      far: null,
      receivedBytes: 0,
      heardAtMs: this.#clock.nowMs,
    }
    this.#ends.set(keyOf(owner.instanceId, other, generation), end)
    if (initiator) this.#later(() => this.#offer(end, other, generation))
  }

  carry(instanceId: InstanceId, other: EndpointId, generation: number, carries: boolean): void {
    const end = this.#ends.get(keyOf(instanceId, other, generation))
    if (end !== undefined) end.carries = carries
  }

  close(instanceId: InstanceId, other: EndpointId, generation: number): void {
    this.#ends.delete(keyOf(instanceId, other, generation))
  }

  /** Everything of one page is gone, as with a reload. */
  closeAll(instanceId: InstanceId): void {
    for (const key of this.#ends.keys()) if (key.startsWith(`${instanceId} `)) this.#ends.delete(key)
  }

  /** A signal arrived for this end: `offer <instance>`, `answer <instance>` or `restart`. */
  signal(instanceId: InstanceId, other: EndpointId, generation: number, payload: string): void {
    const end = this.#ends.get(keyOf(instanceId, other, generation))
    if (end === undefined) return
    const [word, far] = payload.split(' ')
    if (word === 'restart') return void this.#later(() => this.#offer(end, other, generation))
    end.far = far as InstanceId
    if (word === 'offer') this.#later(() => end.owner.signalled(`answer ${instanceId}`))
    this.#later(() => this.#connect(instanceId, end, other, generation))
  }

  restart(instanceId: InstanceId, other: EndpointId, generation: number): void {
    const end = this.#ends.get(keyOf(instanceId, other, generation))
    if (end === undefined) return
    if (end.initiator) this.#offer(end, other, generation)
    else end.owner.signalled('restart')
  }

  /** What the end received so far: signs of life while the far end is there and nothing blocks the way, and what that end sends. */
  look(instanceId: InstanceId, self: OccupantId, other: OccupantId, generation: number): SimLook {
    const end = this.#ends.get(keyOf(instanceId, other, generation))
    if (end === undefined) return nothingSeen
    const elapsedMs = this.#clock.nowMs - end.heardAtMs
    end.heardAtMs = this.#clock.nowMs
    if (end.isConnected && this.#hasFarEnd(end, self, other, generation)) {
      end.receivedBytes += elapsedMs
      const far = end.far === null ? undefined : this.#ends.get(keyOf(end.far, self, generation))
      const sent = far?.carries === true && far.isConnected ? far.owner.live() : []
      const isLossy = this.lossy.size > 0 && this.lossy.has(pairOf(self, other))
      for (const source of sent) end.traffic.add(other, source, elapsedMs, isLossy)
    }
    return { receivedBytes: end.receivedBytes, answeredChecks: 0, ...end.traffic.counts }
  }

  isConnected(instanceId: InstanceId, other: OccupantId, generation: number): boolean {
    return this.#ends.get(keyOf(instanceId, other, generation))?.isConnected === true
  }

  isBlocked(one: OccupantId, other: EndpointId): boolean {
    return this.blocked.size > 0 && this.blocked.has(pairOf(one, other))
  }

  #offer(end: End, other: EndpointId, generation: number): void {
    const isOpen = this.#ends.get(keyOf(end.owner.instanceId, other, generation)) === end
    if (isOpen) end.owner.signalled(`offer ${end.owner.instanceId}`)
  }

  #connect(instanceId: InstanceId, end: End, other: EndpointId, generation: number): void {
    const self = this.#ownerIds.get(instanceId)
    if (self === undefined || this.#ends.get(keyOf(instanceId, other, generation)) !== end) return
    if (!this.#hasFarEnd(end, self, other, generation)) return
    const was = end.isConnected
    end.isConnected = true
    end.heardAtMs = this.#clock.nowMs
    if (!was) end.owner.connected()
  }

  #hasFarEnd(end: End, self: OccupantId, other: EndpointId, generation: number): boolean {
    if (end.far === null || this.isBlocked(self, other)) return false
    return this.#ends.has(keyOf(end.far, self, generation))
  }

  #later(act: () => void): void {
    this.#clock.after(delayMs(this.#random), act)
  }
}
