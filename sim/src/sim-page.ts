/**
 * Decides: nothing of its own: the shell of the real client core, with simulated requests, socket, devices and links.
 * Does not decide: anything about sessions (client/src/core does).
 * Invariants: a page that was closed neither hears nor says anything more; its storage outlives it, as a browser's does.
 */
import {
  isRelayId,
  type EndpointId,
  type InstanceId,
  type OccupantId,
  type RoomId,
  type Secret,
} from '@video-room/shared/ids.ts'
import { assert, assertNever, entriesOf } from '@video-room/shared/lang.ts'
import { limits } from '@video-room/shared/limits.ts'
import { Loop } from '@video-room/shared/machine/loop.ts'
import { decodeServerMessage, encodeClientMessage } from '@video-room/shared/protocol/codec.ts'
import { sources, type Source } from '@video-room/shared/source.ts'
import type { SessionAnnouncement, SessionEffect } from '@video-room/client/core/effect.ts'
import type { LinkReading, SessionEvent } from '@video-room/client/core/event.ts'
import { reduceSession, sessionDeadline } from '@video-room/client/core/reduce.ts'
import { initialSession, noCaptures, type SessionState } from '@video-room/client/core/state.ts'
import { viewOf } from '@video-room/client/core/view-of.ts'
import type { MediaTrack, SessionView } from '@video-room/client/core/view.ts'
import type { CaptureStatus } from '@video-room/client/media/view.ts'
import { delayMs, SimSocket } from './network.ts'
import { checksAsked } from './places.ts'
import type { LinkOwner } from './sim-links.ts'
import type { RelayLinkName } from './sim-relays.ts'
import type { World } from './world.ts'

/** What a browser keeps for a tab over reloads. */
export interface TabStorage {
  resumeToken: Secret | null
}

const anyTrack: MediaTrack = {
  id: 'simulated',
  kind: 'video',
  readyState: 'live',
  enabled: true,
  stop: () => undefined,
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
}

function lineOf(announcement: SessionAnnouncement): string {
  if (announcement.type === 'state-changed') return `is ${announcement.status}`
  if (announcement.type !== 'route-changed') return `sees ${announcement.type}`
  const { kind, epoch, reasons = [] } = announcement.route
  return `is ${kind} now (${epoch}: ${reasons.join(', ')})`
}

export class SimPage {
  readonly name: string
  readonly storage: TabStorage
  readonly instanceId: InstanceId
  isClosed = false
  socket: SimSocket | null = null
  readonly #world: World
  readonly #hostToken: Secret | null
  readonly #loop: Loop<SessionState, SessionEvent, SessionEffect>
  #captures: Readonly<Record<Source, CaptureStatus>> = noCaptures
  #disarm: () => void = () => undefined

  constructor(world: World, name: string, hostToken: Secret | null, storage: TabStorage) {
    this.#world = world
    this.name = name
    this.storage = storage
    this.#hostToken = hostToken
    this.instanceId = `i_${world.random.text(16)}` as InstanceId
    const roomId = '00000000-0000-4000-8000-000000000000' as RoomId
    this.#loop = new Loop(
      initialSession({ roomId, instanceId: this.instanceId, hostToken, routeWish: 'auto', savesData: false }),
      {
        reduce: reduceSession,
        deadlineOf: sessionDeadline,
        keep: (state, previous) => world.checkPage(this, state, previous),
        run: (effect, state) => this.#run(effect, state),
        arm: (deadlineMs) => this.#arm(deadlineMs),
      },
    )
  }

  get state(): SessionState {
    return this.#loop.state
  }

  get view(): SessionView {
    return viewOf(this.state, () => anyTrack)
  }

  get id(): OccupantId | null {
    return this.state.seat?.occupantId ?? null
  }

  get relayLinks(): readonly RelayLinkName[] {
    return entriesOf(this.state.links).flatMap(([id, { generation }]) =>
      isRelayId(id) ? [[this.instanceId, id, generation] as const] : [],
    )
  }

  get isHostPage(): boolean {
    return this.#hostToken !== null
  }

  join(): void {
    const { resumeToken } = this.storage
    this.dispatch({ type: 'join', atMs: this.#nowMs, displayName: this.name, resumeToken })
  }

  /** The device answered, or the person switched it. */
  capture(source: Source, status: CaptureStatus): void {
    this.#captures = { ...this.#captures, [source]: status }
    this.dispatch({ type: 'captures-changed', atMs: this.#nowMs, captures: this.#captures })
  }

  statusOf(source: Source): CaptureStatus {
    return this.#captures[source]
  }

  dispatch(event: SessionEvent): void {
    if (!this.isClosed) this.#loop.dispatch(event)
  }

  /** The tab is closed or reloaded: no word of farewell, the browser drops the socket. */
  close(): void {
    this.isClosed = true
    this.#disarm()
    this.#world.links.closeAll(this.instanceId)
    this.#world.relays.closeAll(this.instanceId)
    this.socket?.closeByOccupant(1_001)
    this.socket = null
  }

  get #nowMs(): number {
    return this.#world.clock.nowMs
  }

  #chance(): { atMs: number; random: number } {
    return { atMs: this.#nowMs, random: this.#world.random.next() }
  }

  #run(effect: SessionEffect, state: SessionState): void {
    const { clock, links, random, relays, room } = this.#world
    switch (effect.type) {
      case 'http-join':
        return this.#request(effect)
      case 'open-socket':
        return this.#openSocket(effect.attempt, effect.resumeToken)
      case 'close-socket':
        this.socket?.closeByOccupant(1_000)
        this.socket = null
        return
      case 'send':
        this.#world.tell(this.name, `says ${effect.message.type}`)
        return this.socket?.sendToRoom(encodeClientMessage(effect.message))
      case 'open-link':
        assert(state.seat !== null, 'a link needs a seat')
        return links.open(state.seat.occupantId, effect, this.#ownerOf(effect.occupantId, effect.generation))
      case 'carry-link': {
        const { endpointId, generation, carries } = effect
        return isRelayId(endpointId)
          ? relays.carry([this.instanceId, endpointId, generation], carries)
          : links.carry(this.instanceId, endpointId, generation, carries)
      }
      case 'cap-link':
        // Bits are not counted here.
        return
      case 'close-link': {
        const { endpointId, generation } = effect
        return isRelayId(endpointId)
          ? relays.close([this.instanceId, endpointId, generation])
          : links.close(this.instanceId, endpointId, generation)
      }
      case 'link-signal': {
        const { endpointId, generation, payload } = effect
        return isRelayId(endpointId)
          ? relays.signal([this.instanceId, endpointId, generation], payload)
          : links.signal(this.instanceId, endpointId, generation, payload)
      }
      case 'restart-link': {
        const { endpointId, generation } = effect
        if (!isRelayId(endpointId)) return links.restart(this.instanceId, endpointId, generation)
        this.dispatch({ type: 'ticket-wanted', atMs: this.#nowMs, endpointId, generation })
        return
      }
      case 'open-relay-link':
        assert(state.seat !== null, 'a link needs a seat')
        return relays.open(state.seat.occupantId, effect, this.#ownerOf(effect.relayId, effect.generation))
      case 'renew-relay-link':
        // The path heals by itself here, and ICE keeps trying; that a ticket came is what the core needed.
        return
      case 'repeat-facts':
        return relays.repeatFacts([this.instanceId, effect.relayId, effect.generation])
      case 'want':
        return relays.want([this.instanceId, effect.relayId, effect.generation], effect.wants)
      case 'ensure-slots':
        return relays.ensureSlots([this.instanceId, effect.relayId, effect.generation], effect.slots)
      case 'sample-links':
        return void clock.after(1, () => this.#sample(effect.only))
      case 'set-capture':
        return void clock.after(random.between(1, 400), () =>
          this.capture(effect.source, effect.on ? 'live' : 'muted'),
        )
      case 'save-resume-token':
        this.storage.resumeToken = effect.resumeToken
        return
      case 'forget-resume-token':
        this.storage.resumeToken = null
        return
      case 'emit': {
        const { announcement } = effect
        this.#world.tell(this.name, lineOf(announcement))
        return
      }
      case 'probe-relays':
        return this.#probe(effect)
      case 'cancel-join':
      case 'probe-socket':
        // A cancelled request is still served; its answer names an attempt that is over. A probe costs nothing here.
        assert(room.state.status !== 'gone' || room.state.seats.length === 0, 'a gone room is empty')
        return
      default:
        assertNever(effect)
    }
  }

  #ownerOf(endpointId: EndpointId, generation: number): LinkOwner {
    return {
      instanceId: this.instanceId,
      live: () => sources.filter((source) => this.#captures[source] === 'live'),
      signalled: (payload) =>
        this.dispatch({ type: 'link-signalled', atMs: this.#nowMs, endpointId, generation, payload }),
      connected: () => {
        const other = isRelayId(endpointId) ? 'the relay' : this.#world.nameOf(endpointId)
        this.#world.tell(this.name, `connected to ${other}`)
        this.dispatch({ type: 'link-connected', atMs: this.#nowMs, endpointId, generation })
      },
    }
  }

  #request(effect: Extract<SessionEffect, { type: 'http-join' }>): void {
    const { clock, random, room } = this.#world
    const { attempt } = effect
    const unreachable = { ok: false as const, code: 'unreachable' as const, retryAfterMs: null }
    const isLost = this.#world.isOffline(this) || random.chance(0.05)
    // A lost request may have been lost on its way back: the room has given the seat, and nobody knows.
    clock.after(delayMs(random), () => {
      const answer = isLost && random.chance(0.5) ? unreachable : room.join(effect.request)
      const isHeard = !isLost && !this.#world.isOffline(this)
      clock.after(delayMs(random), () => {
        this.dispatch({
          type: 'join-answered',
          attempt,
          answer: isHeard ? answer : unreachable,
          ...this.#chance(),
        })
      })
    })
  }

  #openSocket(attempt: number, resumeToken: Secret): void {
    const { clock, random, room } = this.#world
    let far: { text: (text: string) => void; closed: () => void } | null = null
    /** Sent before the socket was open: a browser's driver holds it back until then. */
    const waiting: string[] = []
    const socket = new SimSocket(
      clock,
      random,
      {
        onText: (text) => this.#hear(attempt, text),
        onClosed: (code) => this.dispatch({ type: 'socket-lost', attempt, code, ...this.#chance() }),
      },
      {
        onText: (text) => (far === null ? void waiting.push(text) : far.text(text)),
        onClosed: () => far?.closed(),
      },
    )
    this.socket = socket
    clock.after(delayMs(random), () => {
      if (this.#world.isOffline(this) || this.isClosed) return socket.cut(50, 50)
      const accepted = room.accept(socket, resumeToken)
      far = accepted
      for (const text of waiting) accepted.text(text)
    })
  }

  #hear(attempt: number, text: string): void {
    const decoded = decodeServerMessage(text)
    assert(decoded.ok, 'the room speaks the protocol')
    this.dispatch({ type: 'message-received', attempt, message: decoded.value, ...this.#chance() })
  }

  /** A connection of its own to each; one that is not to be reached is judged after a while. */
  #probe({ attempt, relays: named }: Extract<SessionEffect, { type: 'probe-relays' }>): void {
    const { clock, random, relays, places } = this.#world
    const self = this.id
    clock.after(random.between(100, 2_000), () => {
      const rtts = named.map(({ relayId }) => {
        const isThere = relays.running.some((relay) => relay.relayId === relayId)
        const isReached = isThere && self !== null && !relays.isBlocked(self, relayId)
        const lost = isReached ? places.checksLost(this.name, relayId) : checksAsked
        const rttMs = isReached ? this.#rttTo(relayId) : null
        return { relayId, rttMs, asked: checksAsked, answered: checksAsked - lost }
      })
      this.dispatch({ type: 'relays-probed', atMs: this.#nowMs, attempt, rtts })
    })
  }

  #rttTo(endpointId: EndpointId): number {
    const other = isRelayId(endpointId) ? endpointId : this.#world.nameOf(endpointId)
    return this.#world.places.fromPerson(this.name, other)
  }

  #sample(only: readonly EndpointId[] | null): void {
    const { links, relays } = this.#world
    const self = this.id
    if (self === null) return
    const looked = entriesOf(this.state.links).filter(([id]) => only === null || only.includes(id))
    const readings = looked.map(([endpointId, { generation }]): LinkReading => {
      const look = isRelayId(endpointId)
        ? relays.look([this.instanceId, endpointId, generation])
        : links.look(this.instanceId, self, endpointId, generation)
      const rttMs = this.#rttTo(endpointId)
      return {
        endpointId,
        generation,
        rttMs,
        jitterMs: 1,
        isUplinkLimited: false,
        hasUplinkRoom: false,
        ...look,
      }
    })
    this.dispatch({ type: 'links-sampled', atMs: this.#nowMs, readings })
  }

  #arm(deadlineMs: number | null): void {
    this.#disarm()
    if (deadlineMs === null || this.isClosed) return
    assert(deadlineMs <= this.#nowMs + 2 * limits.reconnectGiveUpMs, 'invariant 6: a deadline is near')
    this.#disarm = this.#world.clock.after(deadlineMs - this.#nowMs, () => {
      this.#loop.disarmed()
      this.dispatch({ type: 'timer', ...this.#chance() })
    })
  }
}
