/**
 * Decides: nothing of its own: the shell of the real control core of a relay, with a simulated socket and a transport that
 * does what it is told.
 * Does not decide: anything about rooms or media (relay-sfu/src/control does).
 * Invariants: orders reach open links only; a dead relay hears and says nothing more.
 */
import type { LinkId, RelayId, Secret } from '@video-room/shared/ids.ts'
import { assert, assertNever } from '@video-room/shared/lang.ts'
import { Loop } from '@video-room/shared/machine/loop.ts'
import { decodeRoomToRelay, encodeRelayToRoom } from '@video-room/shared/protocol/relay-codec.ts'
import type { Source } from '@video-room/shared/source.ts'
import type {
  LinkCommand,
  LinkOutgoing,
  LinkPublication,
} from '@video-room/relay-sfu/control/link-command.ts'
import { reduceRelayRoom, relayRoomDeadline } from '@video-room/relay-sfu/control/relay-room.ts'
import { initialRelayRoom } from '@video-room/relay-sfu/control/room-connection.ts'
import type { LoudLink, RelayRoomEffect, RelayRoomEvent } from '@video-room/relay-sfu/control/room-event.ts'
import type { RelayRoomState } from '@video-room/relay-sfu/control/room-state.ts'
import type { Clock } from './clock.ts'
import { delayMs, SimSocket } from './network.ts'
import type { Random } from './random.ts'
import type { SimRoom } from './sim-room.ts'
import type { SimTrunks } from './sim-trunks.ts'

/** What a slot shows, and what it showed of the same before: until the other way has brought a picture. */
export interface ServedSlot {
  readonly publication: LinkPublication
  readonly before: LinkPublication | null
}

/** What the transport was told of one link, and what its far end proved. */
export interface ServedLink {
  fingerprint: string | null
  isAdmitted: boolean
  readonly forwarded: Set<Source>
  readonly slots: Map<number, ServedSlot>
}

type SetTrunk = Extract<LinkCommand, { type: 'set-trunk' }>

/** … and of one end of a trunk. */
export interface TrunkEnd {
  isAdmitted: boolean
  incoming: SetTrunk['incoming']
  outgoing: readonly LinkOutgoing[]
}

export interface RelayPorts {
  readonly clock: Clock
  readonly random: Random
  readonly room: () => SimRoom
  readonly trunks: SimTrunks
  readonly tell: (what: string) => void
  /** After every step of its core. */
  readonly onStep: (relay: SimRelay) => void
}

type Untimed<Event> = Event extends unknown ? Omit<Event, 'atMs' | 'random'> : never

export class SimRelay {
  readonly relayId: RelayId
  readonly fingerprint: string
  readonly links = new Map<LinkId, ServedLink>()
  readonly trunks = new Map<LinkId, TrunkEnd>()
  diedAtMs: number | null = null
  isDraining = false
  readonly #ports: RelayPorts
  /** Who came with a good ticket before the room named the link. */
  readonly #early = new Map<LinkId, string>()
  /** Closed here: their tickets open nothing more. */
  readonly #barred = new Set<LinkId>()
  #loop: Loop<RelayRoomState, RelayRoomEvent, RelayRoomEffect> | null = null
  #socket: SimSocket | null = null
  #disarm: () => void = () => undefined

  constructor(relayId: RelayId, ports: RelayPorts) {
    this.relayId = relayId
    this.#ports = ports
    this.fingerprint = ports.random.fingerprint()
  }

  get isDead(): boolean {
    return this.diedAtMs !== null
  }

  /** Null: it serves no room. */
  get state(): RelayRoomState | null {
    return this.#loop?.state ?? null
  }

  summon(secret: Secret): void {
    if (this.isDead || this.isDraining) return
    this.#loop ??= new Loop(initialRelayRoom(this.relayId, secret, this.#ports.clock.nowMs), {
      reduce: reduceRelayRoom,
      deadlineOf: relayRoomDeadline,
      keep: () => undefined,
      run: (effect) => this.#run(effect),
      arm: (deadlineMs) => this.#arm(deadlineMs),
    })
    this.#take({ type: 'summoned', secret })
  }

  drain(): void {
    this.isDraining = true
    this.#ports.tell('drains')
    this.#take({ type: 'leave' })
  }

  /** The process is killed: sockets break, media stops, nobody is told. */
  die(): void {
    this.diedAtMs = this.#ports.clock.nowMs
    this.#ports.tell('dies')
    this.#disarm()
    this.#socket?.cut(0, this.#ports.random.between(0, 3_000))
    this.links.clear()
    this.trunks.clear()
  }

  /** The way to the room breaks; either side may take a while to notice. */
  loseRoom(): void {
    this.#ports.tell('loses the room')
    this.#socket?.cut(this.#ports.random.between(0, 3_000), this.#ports.random.between(0, 10_000))
  }

  /** A far end with a good ticket proves a certificate; true when DTLS is up with it. */
  handshake(linkId: LinkId, fingerprint: string): boolean {
    if (this.isDead || this.#barred.has(linkId)) return false
    const link = this.links.get(linkId)
    if (link === undefined) {
      this.#early.set(linkId, fingerprint)
      return true
    }
    if (link.fingerprint !== fingerprint) this.#secure(linkId, link, fingerprint)
    return true
  }

  /** Nothing came of this link for too long, or it said goodbye. */
  lose(linkId: LinkId): void {
    this.#early.delete(linkId)
    if (this.links.has(linkId) || this.trunks.has(linkId)) this.#take({ type: 'link-lost', linkId })
  }

  /** The relay at the other end of a trunk proved this certificate. */
  securedTrunk(linkId: LinkId, fingerprint: string): void {
    if (this.trunks.has(linkId)) this.#take({ type: 'link-secured', linkId, fingerprint })
  }

  speakers(speakers: readonly LoudLink[]): void {
    this.#take({ type: 'speakers-changed', speakers })
  }

  #take(news: Untimed<RelayRoomEvent>): void {
    if (this.isDead || this.#loop === null) return
    const { clock, random } = this.#ports
    this.#loop.dispatch({ ...news, atMs: clock.nowMs, random: random.next() })
    this.#ports.onStep(this)
  }

  #run(effect: RelayRoomEffect): void {
    switch (effect.type) {
      case 'open-socket':
        return this.#openSocket(effect.attempt, effect.token)
      case 'close-socket':
        this.#socket?.closeByOccupant(1_000)
        this.#socket = null
        return
      case 'send':
        if (effect.message.type !== 'signal') this.#ports.tell(`says ${effect.message.type}`)
        return this.#socket?.sendToRoom(encodeRelayToRoom(effect.message))
      case 'open-link':
        return effect.isTrunk === true ? this.#openTrunk(effect.linkId) : this.#openLink(effect.linkId)
      case 'dial-link':
        this.#openTrunk(effect.linkId)
        return this.#ports.trunks.dial(this, effect.linkId, effect.ticket)
      case 'measure-trunk':
        return this.#measure(effect.linkId)
      case 'close-link':
        return this.#closeLink(effect.linkId)
      case 'command-link':
        return this.#command(effect.linkId, effect.command)
      case 'forget-room':
        assert(this.links.size + this.trunks.size === 0, 'a room is forgotten when its links are closed')
        this.#ports.tell(`forgets the room (${effect.why})`)
        this.#loop = null
        this.#disarm()
        return
      default:
        assertNever(effect)
    }
  }

  #openLink(linkId: LinkId): void {
    assert(!this.links.has(linkId), 'a link is opened once')
    this.#barred.delete(linkId)
    const link: ServedLink = { fingerprint: null, isAdmitted: false, forwarded: new Set(), slots: new Map() }
    this.links.set(linkId, link)
    const early = this.#early.get(linkId)
    this.#early.delete(linkId)
    if (early === undefined) return
    this.#ports.clock.after(0, () => {
      if (this.links.get(linkId) === link) this.#secure(linkId, link, early)
    })
  }

  #openTrunk(linkId: LinkId): void {
    assert(!this.trunks.has(linkId) && !this.links.has(linkId), 'a link is opened once')
    this.trunks.set(linkId, { isAdmitted: false, incoming: [], outgoing: [] })
  }

  #closeLink(linkId: LinkId): void {
    this.#barred.add(linkId)
    this.#early.delete(linkId)
    const isTrunk = this.trunks.delete(linkId)
    assert(isTrunk !== this.links.delete(linkId), 'only an open link is closed')
    if (isTrunk) this.#ports.trunks.hangUp(this, linkId)
  }

  #measure(linkId: LinkId): void {
    const { clock, random, trunks } = this.#ports
    clock.after(delayMs(random), () => {
      this.#take({ type: 'trunk-measured', linkId, rttMs: trunks.rttOf(linkId) })
    })
  }

  #secure(linkId: LinkId, link: ServedLink, fingerprint: string): void {
    link.fingerprint = fingerprint
    this.#take({ type: 'link-secured', linkId, fingerprint })
  }

  #commandTrunk(trunk: TrunkEnd, command: LinkCommand): void {
    if (command.type === 'set-admitted') trunk.isAdmitted = command.isAdmitted
    else {
      assert(command.type === 'set-trunk', 'a trunk is told all that it carries at once')
      for (const { publication } of command.outgoing) this.#checkOpen(publication)
      trunk.incoming = command.incoming
      trunk.outgoing = command.outgoing
    }
  }

  /** The transport knows links that are open; any other would stay nobody's (io/media-commands.ts). */
  #checkOpen(publication: LinkPublication | null): void {
    if (publication === null) return
    const { linkId, mid } = publication
    assert(
      mid === undefined ? this.links.has(linkId) : this.trunks.has(linkId),
      'what is shown is of an open link',
    )
  }

  #command(linkId: LinkId, command: LinkCommand): void {
    const trunk = this.trunks.get(linkId)
    if (trunk !== undefined) return this.#commandTrunk(trunk, command)
    const link = this.links.get(linkId)
    assert(link !== undefined, 'orders reach open links')
    switch (command.type) {
      case 'set-admitted':
        link.isAdmitted = command.isAdmitted
        return
      case 'set-forwarded':
        if (command.isForwarded) link.forwarded.add(command.source)
        else link.forwarded.delete(command.source)
        return
      case 'set-slot':
        this.#checkOpen(command.publication)
        return setSlot(link, command)
      default:
        return
    }
  }

  #openSocket(attempt: number, token: Secret): void {
    const { clock, random, room } = this.#ports
    let far: { text: (text: string) => void; closed: () => void } | null = null
    const socket = new SimSocket(
      clock,
      random,
      {
        onText: (text) => {
          const decoded = decodeRoomToRelay(text)
          assert(decoded.ok, 'the room speaks the protocol of relays')
          this.#take({ type: 'message-received', attempt, message: decoded.value })
        },
        onClosed: (code) => this.#take({ type: 'socket-lost', attempt, code }),
      },
      { onText: (text) => far?.text(text), onClosed: () => far?.closed() },
    )
    this.#socket = socket
    clock.after(delayMs(random), () => {
      if (this.isDead) return
      far = room().acceptRelay(socket, token)
    })
  }

  #arm(deadlineMs: number | null): void {
    this.#disarm()
    if (deadlineMs === null || this.isDead) return
    const { clock } = this.#ports
    this.#disarm = clock.after(deadlineMs - clock.nowMs, () => {
      this.#loop?.disarmed()
      this.#take({ type: 'timer' })
    })
  }
}

type SetSlot = Extract<LinkCommand, { type: 'set-slot' }>

function setSlot({ slots }: ServedLink, { slot, publication, isSuccessor }: SetSlot): void {
  if (publication === null) return void slots.delete(slot)
  const before = isSuccessor === true ? (slots.get(slot)?.publication ?? null) : null
  slots.set(slot, { publication, before })
}
