/**
 * Decides: which relays run, which one a room is given, and when a page and a relay reach each other.
 * Does not decide: what either makes of it (the cores do).
 * Invariants: a link carries media only while both ends have it open, of the same ticket and certificate.
 */
import type { InstanceId, LinkId, OccupantId, RelayId } from '@video-room/shared/ids.ts'
import { assert } from '@video-room/shared/lang.ts'
import {
  encodeToRelay,
  parseFromRelay,
  type SlotFill,
  type Want,
} from '@video-room/shared/protocol/relay-signal.ts'
import type { OfferFacts, SectionFacts } from '@video-room/shared/sdp/facts.ts'
import { kindOf, sources, type MediaKind, type Source } from '@video-room/shared/source.ts'
import type { SessionEffect } from '@video-room/client/core/effect.ts'
import type { SlotCounts } from '@video-room/client/core/state.ts'
import { delayMs } from './network.ts'
import type { Places } from './places.ts'
import { isShown, type MediaName, type MediaPorts } from './relay-media.ts'
import type { LinkOwner } from './sim-links.ts'
import { SimRelay, type RelayPorts } from './sim-relay.ts'
import { SimTrunks } from './sim-trunks.ts'
import { nothingSeen, Traffic, type SimLook } from './traffic.ts'

/** A relay hears nothing authentic for this: the link is gone. */
const silentMs = 15_000
/** How often a browser checks a path that works (Chromium). */
const checkMs = 2_500
/** How often a browser's ICE tries again. */
const retryMs = 500

/** A page's end of a relay link. */
interface RelayEnd {
  readonly owner: LinkOwner
  readonly self: OccupantId
  readonly relay: SimRelay
  readonly linkId: LinkId
  readonly fingerprint: string
  sections: readonly SectionFacts[]
  hasToldFacts: boolean
  heldWants: readonly Want[] | null
  fills: readonly SlotFill[]
  readonly traffic: Traffic
  /** Its own tracks are attached. */
  carries: boolean
  isConnected: boolean
  receivedBytes: number
  /** For so long the way has been open, with ICE's own checks on it. */
  aliveMs: number
  heardAtMs: number
}

type OpenRelayLinkEffect = Extract<SessionEffect, { type: 'open-relay-link' }>
export type RelayLinkName = readonly [instanceId: InstanceId, relayId: RelayId, generation: number]

const keyOf = ([instanceId, relayId, generation]: RelayLinkName): string =>
  `${instanceId} ${relayId} ${generation}`

const codecs = { audio: 'opus', video: 'vp8' } as const

function section(mid: number, kind: MediaKind, source: Source | null): SectionFacts {
  const codec = { name: codecs[kind], payloadType: 96, rtxPayloadType: null }
  const direction = source === null ? 'receive' : 'send'
  return { mid: String(mid), kind, direction, source, codecs: [codec], extensions: {}, rids: [] }
}

/** As a browser does it: what is there stays, new sections stand behind it. */
function withSlots(before: readonly SectionFacts[], slots: SlotCounts): readonly SectionFacts[] {
  const sections = [...before]
  for (const kind of ['audio', 'video'] as const) {
    const there = sections.filter((one) => one.kind === kind && one.direction === 'receive').length
    for (let count = there; count < slots[kind]; count += 1)
      sections.push(section(sections.length, kind, null))
  }
  return sections
}

interface WorldPorts extends Omit<RelayPorts, 'tell' | 'trunks'> {
  readonly places: Places
}

export class SimRelays {
  readonly all: SimRelay[] = []
  readonly trunks: SimTrunks
  readonly #ports: WorldPorts
  readonly #media: MediaPorts
  readonly #tell: (who: string, what: string) => void
  readonly #ends = new Map<string, RelayEnd>()
  /** The same by their links: two tabs may have the same one for a moment. */
  readonly #byLink = new Map<LinkId, Set<RelayEnd>>()
  readonly #blocked = new Set<string>()

  constructor(ports: WorldPorts, tell: (who: string, what: string) => void) {
    this.#ports = ports
    this.#tell = tell
    this.trunks = new SimTrunks(ports.clock, ports.random, ports.places, () => this.all)
    this.#media = {
      isSent: (relay, linkId, name) => this.#isSent(relay, linkId, name),
      farEndOf: (relay, linkId) => this.trunks.farEndOf(relay, linkId),
    }
  }

  get running(): readonly SimRelay[] {
    return this.all.filter((relay) => !relay.isDead)
  }

  start(): SimRelay {
    const name = `relay ${this.all.length + 1}`
    const relayId = `r_${this.#ports.random.text(16)}` as RelayId
    const { trunks } = this
    const relay = new SimRelay(relayId, { ...this.#ports, trunks, tell: (what) => this.#tell(name, what) })
    this.#ports.places.putRelay(
      relayId,
      this.running.map((other) => other.relayId),
    )
    this.all.push(relay)
    this.#tell(name, 'starts')
    return relay
  }

  open(
    self: OccupantId,
    { relayId, generation, ticket, slots, carries }: OpenRelayLinkEffect,
    owner: LinkOwner,
  ): void {
    const name: RelayLinkName = [owner.instanceId, relayId, generation]
    const { random, clock } = this.#ports
    const sending = sources.map((source, mid) => section(mid, kindOf[source], source))
    const end: RelayEnd = {
      owner,
      self,
      relay: this.#named(relayId),
      linkId: ticket.iceUfrag.slice(0, 12) as LinkId,
      fingerprint: random.fingerprint(),
      sections: withSlots(sending, slots),
      hasToldFacts: false,
      heldWants: null,
      fills: [],
      traffic: new Traffic(),
      carries,
      isConnected: false,
      receivedBytes: 0,
      aliveMs: 0,
      heardAtMs: clock.nowMs,
    }
    this.#ends.set(keyOf(name), end)
    this.#endsOf(end.linkId).add(end)
    this.#later(() => this.#tellFacts(name, end))
    this.#later(() => this.#handshake(name, end))
  }

  carry(name: RelayLinkName, carries: boolean): void {
    const end = this.#ends.get(keyOf(name))
    if (end !== undefined) end.carries = carries
  }

  close(name: RelayLinkName): void {
    const end = this.#ends.get(keyOf(name))
    if (end === undefined) return
    this.#ends.delete(keyOf(name))
    this.#endsOf(end.linkId).delete(end)
    // The goodbye arrives, or the silence tells.
    const noticeMs = this.#isBlocked(end) ? silentMs : delayMs(this.#ports.random)
    this.#ports.clock.after(noticeMs, () => this.#relayOf(end)?.lose(end.linkId))
  }

  closeAll(instanceId: InstanceId): void {
    for (const [key, end] of this.#ends) {
      if (!key.startsWith(`${instanceId} `)) continue
      const [, , generation = ''] = key.split(' ')
      this.close([instanceId, end.relay.relayId, Number(generation)])
    }
  }

  want(name: RelayLinkName, wants: readonly Want[]): void {
    const end = this.#ends.get(keyOf(name))
    if (end === undefined) return
    if (end.hasToldFacts) end.owner.signalled(encodeToRelay({ wants: [...wants] }))
    else end.heldWants = wants
  }

  ensureSlots(name: RelayLinkName, slots: SlotCounts): void {
    const end = this.#ends.get(keyOf(name))
    if (end === undefined) return
    end.sections = withSlots(end.sections, slots)
    this.#later(() => this.#tellFacts(name, end))
  }

  repeatFacts(name: RelayLinkName): void {
    const end = this.#ends.get(keyOf(name))
    if (end?.hasToldFacts === true) this.#later(() => this.#tellFacts(name, end))
  }

  signal(name: RelayLinkName, payload: string): void {
    const end = this.#ends.get(keyOf(name))
    const said = parseFromRelay(payload)
    if (end !== undefined && said !== null && 'slots' in said) end.fills = said.slots
  }

  /** A link that stands by hears answers to its checks and nothing else. */
  look(name: RelayLinkName): SimLook {
    const end = this.#ends.get(keyOf(name))
    if (end === undefined) return nothingSeen
    const elapsedMs = this.#ports.clock.nowMs - end.heardAtMs
    end.heardAtMs = this.#ports.clock.nowMs
    if (end.isConnected && this.#carries(end)) {
      end.aliveMs += elapsedMs
      if (end.carries) end.receivedBytes += elapsedMs
      for (const { occupantId, source } of end.fills) {
        if (this.#flows(end, { occupantId, source })) end.traffic.add(occupantId, source, elapsedMs)
      }
    }
    const answeredChecks = Math.floor(end.aliveMs / checkMs)
    return { receivedBytes: end.receivedBytes, answeredChecks, ...end.traffic.counts }
  }

  /** Does this come to the page over this link now? */
  flows(name: RelayLinkName, media: MediaName): boolean {
    const end = this.#ends.get(keyOf(name))
    return end !== undefined && this.#flows(end, media)
  }

  #flows(end: RelayEnd, media: MediaName): boolean {
    const relay = this.#relayOf(end)
    const served = relay?.links.get(end.linkId)
    if (relay === undefined || served?.isAdmitted !== true || !end.isConnected || !this.#carries(end)) {
      return false
    }
    const { wants = null } = relay.state?.links.find(({ linkId }) => linkId === end.linkId) ?? {}
    const { occupantId, source } = media
    const isWanted =
      wants === null || wants.some((want) => want.occupantId === occupantId && want.source === source)
    if (!isWanted) return false
    for (const slot of served.slots.values()) if (isShown(relay, slot, media, this.#media)) return true
    return false
  }

  #isSent(relay: SimRelay, linkId: LinkId, { occupantId, source }: MediaName): boolean {
    for (const from of this.#endsOf(linkId)) {
      const isOurs = from.self === occupantId && from.relay === relay
      const isUp = isOurs && from.carries && from.isConnected && this.#carries(from)
      if (isUp && from.owner.live().includes(source)) return true
    }
    return false
  }

  /** What the page hears and sees through this link, as far as it was told. */
  fillsOf(name: RelayLinkName): readonly SlotFill[] {
    return this.#ends.get(keyOf(name))?.fills ?? []
  }

  isConnected(name: RelayLinkName): boolean {
    const end = this.#ends.get(keyOf(name))
    return end !== undefined && end.isConnected && this.#carries(end)
  }

  /** No packet passes between the two for a while. */
  block(self: OccupantId, relay: SimRelay, durationMs: number): void {
    const pair = `${self} ${relay.relayId}`
    const { clock } = this.#ports
    this.#blocked.add(pair)
    clock.after(durationMs, () => this.#blocked.delete(pair))
    if (durationMs < silentMs) return
    clock.after(silentMs, () => {
      for (const end of this.#ends.values()) {
        if (end.self === self && end.relay === relay) relay.lose(end.linkId)
      }
    })
  }

  unblock(): void {
    this.#blocked.clear()
    this.trunks.unblock()
  }

  isBlocked(self: OccupantId, relayId: RelayId): boolean {
    return this.#blocked.size > 0 && this.#blocked.has(`${self} ${relayId}`)
  }

  #tellFacts(name: RelayLinkName, end: RelayEnd): void {
    if (this.#ends.get(keyOf(name)) !== end) return
    const { fingerprint } = end
    const facts: OfferFacts = { fingerprint, sections: [...end.sections] }
    end.owner.signalled(encodeToRelay({ facts }))
    end.hasToldFacts = true
    if (end.heldWants !== null) this.want(name, end.heldWants)
    end.heldWants = null
  }

  #handshake(name: RelayLinkName, end: RelayEnd): void {
    if (this.#ends.get(keyOf(name)) !== end) return
    const isUp = !this.#isBlocked(end) && this.#relayOf(end)?.handshake(end.linkId, end.fingerprint) === true
    if (!isUp) return void this.#ports.clock.after(retryMs, () => this.#handshake(name, end))
    end.isConnected = true
    end.heardAtMs = this.#ports.clock.nowMs
    end.owner.connected()
  }

  #endsOf(linkId: LinkId): Set<RelayEnd> {
    const ends = this.#byLink.get(linkId) ?? new Set()
    this.#byLink.set(linkId, ends)
    return ends
  }

  #named(relayId: RelayId): SimRelay {
    const relay = this.all.find((one) => one.relayId === relayId)
    assert(relay !== undefined, 'RL1: a link goes to a relay that there is')
    return relay
  }

  #relayOf(end: RelayEnd): SimRelay | undefined {
    return end.relay.isDead ? undefined : end.relay
  }

  #isBlocked(end: RelayEnd): boolean {
    return this.isBlocked(end.self, end.relay.relayId)
  }

  #carries(end: RelayEnd): boolean {
    if (this.#isBlocked(end)) return false
    return this.#relayOf(end)?.links.get(end.linkId)?.fingerprint === end.fingerprint
  }

  #later(act: () => void): void {
    this.#ports.clock.after(delayMs(this.#ports.random), act)
  }
}
