/** A room as a relay knows it, without a worker: seats, tickets, the snapshot, and signals either way. */
import type { LinkId, OccupantId } from '@video-room/shared/ids.ts'
import type { RelayToRoom, RoomToRelay } from '@video-room/shared/protocol/relay-messages.ts'
import { encodeToRelay, type Want } from '@video-room/shared/protocol/relay-signal.ts'
import type { OccupantView } from '@video-room/shared/snapshot.ts'
import type { MutedBy } from '@video-room/shared/snapshot.ts'
import type { Source } from '@video-room/shared/source.ts'
import type { RelayCandidate, RelayTicket } from '@video-room/shared/ticket.ts'
import { live, occupant, secret, snapshotOf, viewOf } from '../../control/testing/room-bench.ts'
import { mintTicket, nowS, randomLinkId } from '../../io/testing/tickets.ts'

export interface RelayIdentity {
  readonly iceKey: Uint8Array
  readonly fingerprint: string
  readonly candidates: readonly RelayCandidate[]
}

export interface TicketWish {
  readonly candidates?: readonly RelayCandidate[]
  readonly expiresAtS?: number
}

export class Seat {
  readonly occupantId: OccupantId
  readonly linkId: LinkId = randomLinkId()
  /** Never that of an earlier one at the same place: what is still said about that one is not about this. */
  readonly generation: number
  /** Signals of the relay. */
  onSignal: (payload: string) => void = () => {}
  /** `link-failed` came for it. */
  hasFailed = false
  readonly #relay: RelayIdentity
  readonly #tell: (message: RoomToRelay) => void

  constructor(
    letter: string,
    generation: number,
    relay: RelayIdentity,
    tell: (message: RoomToRelay) => void,
  ) {
    this.occupantId = occupant(letter)
    this.generation = generation
    this.#relay = relay
    this.#tell = tell
  }

  /** RL2: another one for each call, of the same link. */
  ticket({ candidates, expiresAtS }: TicketWish = {}): RelayTicket {
    const { iceKey, fingerprint, candidates: own } = this.#relay
    const { ufrag, password } = mintTicket(iceKey, this.linkId, expiresAtS ?? nowS() + 60)
    const udp = own.filter(({ protocol }) => protocol === 'udp')
    return { iceUfrag: ufrag, icePwd: password, fingerprint, candidates: [...(candidates ?? udp)] }
  }

  /** What the occupant says to the relay. */
  signal(payload: string): void {
    const { occupantId: from, generation } = this
    this.#tell({ type: 'signal', from, generation, payload })
  }

  want(...wants: readonly Want[]): void {
    this.signal(encodeToRelay({ wants: [...wants] }))
  }
}

export class LabRoom {
  readonly #relay: RelayIdentity
  readonly #tell: (message: RoomToRelay) => void
  readonly #seats = new Map<string, Seat>()
  readonly #views = new Map<string, OccupantView>()
  #revision = 7
  #generation = 0

  /** Welcomes the relay at once. */
  constructor(relay: RelayIdentity, tell: (message: RoomToRelay) => void) {
    this.#relay = relay
    this.#tell = tell
    tell({ type: 'relay-welcome', snapshot: snapshotOf(), resumeToken: secret('t') })
  }

  hear(message: RelayToRoom): void {
    if (message.type === 'leave') return
    for (const seat of this.#seats.values()) {
      if (seat.occupantId !== message.to || seat.generation !== message.generation) continue
      if (message.type === 'signal') seat.onSignal(message.payload)
      else seat.hasFailed = true
    }
  }

  /** Someone comes, offers these sources, and has a link to the relay. */
  seat(letter: string, ...sources: readonly Source[]): Seat {
    this.#generation += 1
    const seat = new Seat(letter, this.#generation, this.#relay, this.#tell)
    this.#seats.set(letter, seat)
    this.#change(viewOf(letter, live(...sources)), letter)
    this.#tellLinks()
    return seat
  }

  mute(letter: string, source: Source, mutedBy: MutedBy): void {
    const view = this.#views.get(letter)
    if (!view) throw new Error(`nobody sits at ${letter}`)
    const publications = view.publications.map((one) => (one.source === source ? { source, mutedBy } : one))
    this.#change({ ...view, publications }, letter)
  }

  /** Gives up the seat, or takes it away: for the relay it is the same. */
  leave(letter: string): void {
    const seat = this.#seats.get(letter)
    if (!seat) return
    this.#seats.delete(letter)
    this.#views.delete(letter)
    this.#revision += 1
    const patch = { revision: this.#revision, changed: [], left: [seat.occupantId] }
    this.#tell({ type: 'room-changed', patch })
    this.#tellLinks()
  }

  leaveAll(): void {
    for (const letter of this.#seats.keys()) this.leave(letter)
  }

  #change(view: OccupantView, letter: string): void {
    this.#views.set(letter, view)
    this.#revision += 1
    this.#tell({ type: 'room-changed', patch: { revision: this.#revision, changed: [view], left: [] } })
  }

  #tellLinks(): void {
    const links = [...this.#seats.values()].map(({ occupantId, linkId, generation }) => ({
      occupantId,
      linkId,
      generation,
    }))
    this.#tell({ type: 'relay-links', links })
  }
}
