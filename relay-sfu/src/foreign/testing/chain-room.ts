/**
 * A room of several relays as they know it, without a worker: the tree, homes and links, trunks with their tickets, and trunks that
 * failed made anew, as signal-worker/src/room/trunk-health.ts does it. Everyone is told everything in the same step.
 */
import type { LinkId, OccupantId } from '@video-room/shared/ids.ts'
import type { RelayToRoom, RoomToRelay, ServedTrunk } from '@video-room/shared/protocol/relay-messages.ts'
import type { Route } from '@video-room/shared/route.ts'
import type { MutedBy, OccupantView, SnapshotPatch } from '@video-room/shared/snapshot.ts'
import type { Source } from '@video-room/shared/source.ts'
import type { RelayCandidate } from '@video-room/shared/ticket.ts'
import { live, occupant, secret, snapshotOf, viewOf } from '../../control/testing/room-bench.ts'
import { mintTicket, nowS, randomLinkId } from '../../io/testing/tickets.ts'
import type { LabRelay, RelayInRoom } from './lab-relay.ts'
import { Seat, type RelayIdentity } from './lab-room.ts'

export interface ChainPlan {
  /** For each relay the one that it dials; the first has none. */
  readonly parents: readonly (number | null)[]
  /** Trunks of which the route says nothing: who dials whom. */
  readonly strays?: readonly (readonly [dials: number, answers: number])[]
  /** How much later than the others a relay hears everything. Milliseconds. */
  readonly lateMs?: readonly number[]
  /** Where a trunk's ticket leads; absent: to the relay itself. */
  readonly wayTo?: (dials: number, answers: number) => RelayCandidate | null
  /** What the room says of a trunk to this relay, when it is not the truth. */
  readonly forge?: (trunk: ServedTrunk, relay: number) => ServedTrunk
}

export interface LabTrunk {
  readonly dials: number
  readonly answers: number
  readonly linkId: LinkId
  readonly generation: number
  /** Times that it was made anew. */
  readonly failures: number
  /** As its dialling end told. */
  readonly rttMs: number | null
}

interface Place {
  readonly relay: number
  readonly seat: Seat
}

export class ChainRoom {
  /** All that relays said, signals to occupants left out. */
  readonly heard: { readonly relay: number; readonly message: RelayToRoom }[] = []
  readonly #plan: ChainPlan
  readonly #relays: readonly LabRelay[]
  readonly #ends: readonly RelayInRoom[]
  readonly #views = new Map<string, OccupantView>()
  readonly #places = new Map<string, Place>()
  /** Where they will be at home. */
  readonly #nextPlaces = new Map<string, Place>()
  /** Relays that are not in the room any more. */
  readonly #dismissed = new Set<number>()
  #trunks: readonly LabTrunk[]
  #revision = 7
  #generation = 0
  #epoch = 2

  constructor(plan: ChainPlan, relays: readonly LabRelay[], ends: readonly RelayInRoom[]) {
    this.#plan = plan
    this.#relays = relays
    this.#ends = ends
    const edges = plan.parents.flatMap((parent, child) => (parent === null ? [] : [[child, parent] as const]))
    this.#trunks = [...edges, ...(plan.strays ?? [])].map(([dials, answers]) => ({
      dials,
      answers,
      linkId: randomLinkId(),
      generation: 1,
      failures: 0,
      rttMs: null,
    }))
    const snapshot = { ...snapshotOf(), route: this.#route() }
    for (const [relay, end] of ends.entries()) {
      end.onHeard = (message) => this.#hear(relay, message)
      this.#tell(relay, { type: 'relay-welcome', snapshot, resumeToken: secret('t') })
    }
    this.#tellLinks()
  }

  /** Someone comes to this relay and offers these sources. */
  seat(relay: number, letter: string, ...sources: readonly Source[]): Seat {
    const place = this.#place(relay, letter)
    this.#places.set(letter, place)
    const view = viewOf(letter, live(...sources))
    this.#views.set(letter, view)
    this.#change({ changed: [view], route: this.#route() })
    return place.seat
  }

  /** Prepares that someone is at home at another relay: they have links to both now (MG2). Answers the next one. */
  prepareMove(letter: string, relay: number): Seat {
    const place = this.#place(relay, letter)
    this.#nextPlaces.set(letter, place)
    this.#epoch += 1
    this.#change({ migration: this.#route(this.#nextPlaces) })
    return place.seat
  }

  /** What was prepared is so from now on. */
  commit(): void {
    for (const [letter, place] of this.#nextPlaces) this.#places.set(letter, place)
    this.#nextPlaces.clear()
    this.#change({ route: this.#route(), migration: null })
  }

  mute(letter: string, source: Source, mutedBy: MutedBy): void {
    const view = this.#viewOf(letter)
    const publications = view.publications.map((one) => (one.source === source ? { source, mutedBy } : one))
    this.#show(letter, { ...view, publications })
  }

  /** From now on they offer these sources, live. */
  publish(letter: string, ...sources: readonly Source[]): void {
    this.#show(letter, { ...this.#viewOf(letter), publications: [...live(...sources)] })
  }

  /** Gives up the seat, or takes it away: for relays it is the same. */
  leave(letter: string): void {
    const view = this.#views.get(letter)
    if (!view) return
    for (const held of [this.#views, this.#places, this.#nextPlaces]) held.delete(letter)
    this.#change({ left: [view.occupantId], route: this.#route() })
  }

  /** The room does without this relay, which nobody is at home at any more. */
  dismiss(relay: number): void {
    this.#trunks = this.#trunks.filter(({ dials, answers }) => dials !== relay && answers !== relay)
    this.#dismiss(relay)
    this.#change({ route: this.#route() })
  }

  /** Everyone leaves, and the room is over. */
  end(): void {
    for (const letter of this.#views.keys()) this.leave(letter)
    for (const relay of this.#ends.keys()) this.#dismiss(relay)
  }

  trunk(dials: number): LabTrunk {
    const found = this.#trunks.find((trunk) => trunk.dials === dials)
    if (!found) throw new Error(`relay ${dials} dials nobody`)
    return found
  }

  get trunks(): readonly LabTrunk[] {
    return this.#trunks
  }

  #place(relay: number, letter: string): Place {
    this.#generation += 1
    const identity = this.identity(relay)
    return { relay, seat: new Seat(letter, this.#generation, identity, (said) => this.#tell(relay, said)) }
  }

  /** What tickets for this relay are made of. */
  identity(relay: number): RelayIdentity {
    const found = this.#ends[relay]
    if (!found) throw new Error(`there is no relay ${relay}`)
    return found.identity
  }

  #relay(relay: number): LabRelay {
    const found = this.#relays[relay]
    if (!found) throw new Error(`there is no relay ${relay}`)
    return found
  }

  #viewOf(letter: string): OccupantView {
    const view = this.#views.get(letter)
    if (!view) throw new Error(`nobody sits at ${letter}`)
    return view
  }

  #show(letter: string, view: OccupantView): void {
    this.#views.set(letter, view)
    this.#change({ changed: [view] })
  }

  #route(next: ReadonlyMap<string, Place> = new Map()): Route {
    const homes: Record<OccupantId, LabRelay['relayId']> = {}
    for (const [letter, { relay }] of [...this.#places, ...next])
      homes[occupant(letter)] = this.#relay(relay).relayId
    const relays = this.#plan.parents.flatMap((parent, relay) => {
      if (this.#dismissed.has(relay)) return []
      const parentId = parent === null ? {} : { parentId: this.#relay(parent).relayId }
      return [{ relayId: this.#relay(relay).relayId, region: '', ...parentId }]
    })
    return { kind: 'relayed', epoch: this.#epoch, relays, homes }
  }

  #change(patch: Partial<Omit<SnapshotPatch, 'revision'>>): void {
    this.#revision += 1
    const whole = { changed: [], left: [], ...patch, revision: this.#revision }
    for (const relay of this.#ends.keys()) this.#tell(relay, { type: 'room-changed', patch: whole })
    this.#tellLinks()
  }

  #tellLinks(): void {
    const places = [...this.#places.values(), ...this.#nextPlaces.values()]
    for (const relay of this.#ends.keys()) {
      const links = places.flatMap((place) => {
        const { occupantId, linkId, generation } = place.seat
        return place.relay === relay ? [{ occupantId, linkId, generation }] : []
      })
      this.#tell(relay, { type: 'relay-links', links, trunks: this.#trunksOf(relay) })
    }
  }

  #trunksOf(relay: number): ServedTrunk[] {
    const { forge = (trunk) => trunk } = this.#plan
    return this.#trunks.flatMap((trunk) => {
      const { dials, answers, linkId, generation } = trunk
      if (relay !== dials && relay !== answers) return []
      const { relayId, fingerprint } = this.#relay(relay === dials ? answers : dials)
      const served = { relayId, fingerprint, linkId, generation }
      return [forge(relay === dials ? { ...served, ticket: this.#ticketOf(trunk) } : served, relay)]
    })
  }

  #ticketOf({ dials, answers, linkId }: LabTrunk): NonNullable<ServedTrunk['ticket']> {
    const { iceKey, fingerprint, candidates } = this.identity(answers)
    const { ufrag, password } = mintTicket(iceKey, linkId, nowS() + 60)
    const other = this.#plan.wayTo?.(dials, answers) ?? null
    const way = other === null ? candidates.filter(({ protocol }) => protocol === 'udp') : [other]
    return { iceUfrag: ufrag, icePwd: password, fingerprint, candidates: way }
  }

  #tell(relay: number, message: RoomToRelay): void {
    if (!this.#dismissed.has(relay)) this.#soon(relay, (end) => end.tell(message))
  }

  #dismiss(relay: number): void {
    if (!this.#dismissed.has(relay)) this.#soon(relay, (end) => end.dismiss())
    this.#dismissed.add(relay)
  }

  /** In the order in which it was said. */
  #soon(relay: number, act: (end: RelayInRoom) => void): void {
    const end = this.#ends[relay]
    if (!end) return
    const lateMs = this.#plan.lateMs?.[relay] ?? 0
    if (lateMs === 0) act(end)
    else setTimeout(() => act(end), lateMs)
  }

  #hear(relay: number, message: RelayToRoom): void {
    if (message.type === 'signal') return this.#toSeat(message)
    this.heard.push({ relay, message })
    if (message.type === 'leave') return
    const { to, generation } = message
    const other = this.#relays.findIndex(({ relayId }) => relayId === to)
    if (message.type === 'link-failed' && other === -1) return this.#seatFailed(message)
    const trunk = this.#trunks.find(
      (one) => [one.dials, one.answers].includes(relay) && [one.dials, one.answers].includes(other),
    )
    // Word of an attempt that is over changes nothing.
    if (!trunk || trunk.generation !== generation) return
    if (message.type === 'trunk-report') return this.#replace(trunk, { ...trunk, rttMs: message.rttMs })
    const { failures } = trunk
    this.#replace(trunk, {
      ...trunk,
      linkId: randomLinkId(),
      generation: generation + 1,
      failures: failures + 1,
      rttMs: null,
    })
    this.#tellLinks()
  }

  #replace(trunk: LabTrunk, next: LabTrunk): void {
    this.#trunks = this.#trunks.map((one) => (one === trunk ? next : one))
  }

  #toSeat({ to, generation, payload }: Extract<RelayToRoom, { type: 'signal' }>): void {
    for (const { seat } of [...this.#places.values(), ...this.#nextPlaces.values()])
      if (seat.occupantId === to && seat.generation === generation) seat.onSignal(payload)
  }

  #seatFailed({ to, generation }: { readonly to: string; readonly generation: number }): void {
    for (const { seat } of [...this.#places.values(), ...this.#nextPlaces.values()])
      if (seat.occupantId === to && seat.generation === generation) seat.hasFailed = true
  }
}
