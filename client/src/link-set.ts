/**
 * The links of one session as the outside has them: the handles and received tracks that the pure state does not hold. Mesh
 * links to occupants, and at most two relay links. A link that does not carry is open and has no tracks of one's own (MG6).
 *
 * End-to-end encryption sits here, per link: a transform for each sender and receiver of a new link, of mesh and relay alike, set in
 * the task in which its transceivers are made, so that no frame goes out in the clear (design 9). `carry` changes nothing about it.
 */
import { isRelayId, type EndpointId, type OccupantId, type RelayId } from '@video-room/shared/ids.ts'
import { entriesOf } from '@video-room/shared/lang.ts'
import type { IceServer } from '@video-room/shared/protocol/http.ts'
import type { Want } from '@video-room/shared/protocol/relay-signal.ts'
import { kindOf, sources, type Source } from '@video-room/shared/source.ts'
import type { RelayTicket } from '@video-room/shared/ticket.ts'
import type { LinkReading } from './core/event.ts'
import type { SlotCounts } from './core/state.ts'
import type { LinkSample, MediaTrack } from './core/view.ts'
import type { Link, LinkLook, OpenLink } from './links/link.ts'
import type { OpenRelayLink, RelayLink, SlotTrack } from './links/relay-link-port.ts'
import type { Platform } from './platform.ts'
import { TrackSwitch } from './track-switch.ts'

/** What both kinds of link can do. */
type AnyLink = Pick<Link, 'signal' | 'replaceTrack' | 'restart' | 'cap' | 'sample' | 'close'>

interface Entry {
  readonly generation: number
  readonly link: AnyLink
  readonly mesh: Link | null
  readonly relay: RelayLink | null
  received: readonly SlotTrack[]
  carries: boolean
}

export interface LinkWish {
  readonly occupantId: OccupantId
  readonly generation: number
  readonly initiator: boolean
  readonly iceServers: readonly IceServer[]
  readonly carries: boolean
}
export interface RelayLinkWish {
  readonly relayId: RelayId
  readonly generation: number
  readonly ticket: RelayTicket
  readonly iceServers: readonly IceServer[]
  readonly slots: SlotCounts
  readonly carries: boolean
}

export interface LinkOpeners {
  readonly openLink: OpenLink
  readonly openRelayLink: OpenRelayLink
}

export interface LinkSetEvents {
  readonly onSignal: (id: EndpointId, generation: number, payload: string) => void
  readonly onConnected: (id: EndpointId, generation: number) => void
  readonly onClosed: (id: EndpointId, generation: number) => void
  readonly onTicketWanted: (id: RelayId, generation: number) => void
  readonly onSpeakers: (occupantIds: readonly OccupantId[]) => void
  /** Other tracks are received, or carry something else: calls `enforce` in the same task. */
  readonly onTracks: () => void
}

export type OwnTracks = Readonly<Record<Source, MediaTrack | null>>
export const noTracks: OwnTracks = { microphone: null, camera: null, screen: null, 'screen-audio': null }

/** Over which links a source of an occupant may be played now, best first; none = it may not. */
export type CarriersOf = (occupantId: OccupantId, source: Source) => readonly EndpointId[]

const trackOf = ({ track }: SlotTrack): MediaTrack => track

/** Tracks that are in one of two lists only. */
function tracksBeside(a: readonly SlotTrack[], b: readonly SlotTrack[]): readonly MediaTrack[] {
  const without = (list: readonly SlotTrack[], others: readonly SlotTrack[]): readonly MediaTrack[] =>
    list.map(trackOf).filter((track) => !others.some((other) => other.track === track))
  return [...without(a, b), ...without(b, a)]
}

async function attach(link: AnyLink, tracks: OwnTracks): Promise<void> {
  await Promise.all(entriesOf(tracks).map(([source, track]) => link.replaceTrack(source, track)))
}

const readingOf = (endpointId: EndpointId, generation: number, look: LinkLook): LinkReading => ({
  endpointId,
  generation,
  receivedBytes: look.receivedBytes,
  answeredChecks: look.answeredChecks,
  receivedPackets: look.receivedPackets,
  lostPackets: look.lostPackets,
  rttMs: look.rttMs,
  jitterMs: look.jitterMs,
  received: look.received,
  isUplinkLimited: look.isUplinkLimited,
  hasUplinkRoom: look.hasUplinkRoom,
})

export class LinkSet {
  readonly #openers: LinkOpeners
  readonly #events: LinkSetEvents
  readonly #entries = new Map<EndpointId, Entry>()
  readonly #unwatched = new Map<OccupantId, ReadonlySet<Source>>()
  readonly #switch: TrackSwitch

  constructor(openers: LinkOpeners, after: Platform['after'], events: LinkSetEvents) {
    this.#openers = openers
    this.#events = events
    this.#switch = new TrackSwitch(after)
  }

  /** Opens a link, and only then lets go of an older one to the same occupant. */
  open({ occupantId, generation, initiator, iceServers, carries }: LinkWish, own: OwnTracks): void {
    const tracks = carries ? own : noTracks
    const received: SlotTrack[] = []
    const mesh = this.#openers.openLink(
      { occupantId, initiator, iceServers, tracks },
      {
        ...this.#eventsOf(occupantId, generation),
        onTrack: (source, track) => {
          received.push({ occupantId, source, track })
          this.#judge([track])
        },
      },
    )
    this.#replace(occupantId, { generation, link: mesh, mesh, relay: null, received, carries })
    mesh.pause([...(this.#unwatched.get(occupantId) ?? [])])
  }

  /** Opens a link to a relay, and only then lets go of an older one to the same relay. */
  openRelay(
    { relayId, generation, ticket, iceServers, slots, carries }: RelayLinkWish,
    own: OwnTracks,
  ): void {
    const tracks = carries ? own : noTracks
    let early: readonly SlotTrack[] = []
    const relay = this.#openers.openRelayLink(
      { ticket, iceServers, tracks, slots },
      {
        ...this.#eventsOf(relayId, generation),
        onTicketWanted: () => this.#events.onTicketWanted(relayId, generation),
        onSpeakers: (occupantIds) => this.#events.onSpeakers(occupantIds),
        onTracks: (received) => {
          const entry = this.#of(relayId, generation)
          const before = entry?.received ?? early
          if (entry === null) early = received
          else entry.received = received
          // Those of before that go on are judged anew with all others, in this very task.
          this.#judge(tracksBeside(before, received))
        },
      },
    )
    this.#replace(relayId, { generation, link: relay, mesh: null, relay, received: early, carries })
    if (!carries) relay.expect(own.camera)
  }

  close(id: EndpointId, generation: number): void {
    const entry = this.#of(id, generation)
    if (entry === null) return
    this.#entries.delete(id)
    entry.link.close()
  }

  signal(id: EndpointId, generation: number, payload: string): void {
    this.#of(id, generation)?.link.signal(payload)
  }

  restart(id: EndpointId, generation: number): void {
    this.#of(id, generation)?.link.restart()
  }

  repeatFacts(id: RelayId, generation: number): void {
    this.#of(id, generation)?.relay?.repeatFacts()
  }

  renew(id: RelayId, generation: number, ticket: RelayTicket): void {
    this.#of(id, generation)?.relay?.renew(ticket)
  }

  want(id: RelayId, generation: number, wants: readonly Want[]): void {
    this.#of(id, generation)?.relay?.want(wants)
  }

  ensureSlots(id: RelayId, generation: number, slots: SlotCounts): void {
    this.#of(id, generation)?.relay?.ensureSlots(slots)
  }

  /** The track of the first of these links that has one. */
  received(carriers: readonly EndpointId[], occupantId: OccupantId, source: Source): MediaTrack | null {
    for (const id of carriers) {
      const found = this.#entries
        .get(id)
        ?.received.find((slot) => slot.occupantId === occupantId && slot.source === source)
      if (found !== undefined) return found.track
    }
    return null
  }

  /** Sends these tracks from now on, on every link that carries. */
  async send(tracks: OwnTracks): Promise<void> {
    const entries = [...this.#entries.values()]
    const carrying = entries.filter(({ carries }) => carries)
    for (const { relay, carries } of entries) if (!carries) relay?.expect(tracks.camera)
    await Promise.all(carrying.map(({ link }) => attach(link, tracks)))
  }

  /** This link carries these tracks from now on, or nothing. */
  async carry(id: EndpointId, generation: number, carries: boolean, tracks: OwnTracks): Promise<void> {
    const entry = this.#of(id, generation)
    if (entry === null) return
    entry.carries = carries
    await attach(entry.link, carries ? tracks : noTracks)
  }

  cap(id: EndpointId, generation: number, share: number | null): void {
    void this.#of(id, generation)?.link.cap(share)
  }

  /** Nobody looks at this source of this occupant now, or someone does again; outlives the remake of the link. */
  watch(occupantId: OccupantId, source: Source, isWatched: boolean): void {
    const before = this.#unwatched.get(occupantId) ?? new Set<Source>()
    const unwatched = new Set(sources.filter((other) => (other === source ? !isWatched : before.has(other))))
    this.#unwatched.set(occupantId, unwatched)
    this.#entries.get(occupantId)?.mesh?.pause([...unwatched])
  }

  /**
   * Opens and shuts every received track by the room's word, whatever arrives on it (MD2, M5). Of sounds that carry the same only
   * the best is open, and for a moment the one before it; of pictures all are, so that the next can be made ready while the present one
   * is seen (MG1).
   */
  enforce(carriersOf: CarriersOf): void {
    for (const [id, { received }] of this.#entries) {
      for (const { occupantId, source, track } of received) {
        const carriers = carriersOf(occupantId, source)
        const mayPlay = carriers.includes(id)
        const best = kindOf[source] === 'video' ? track : this.received(carriers, occupantId, source)
        if (!mayPlay) this.#switch.shut(track)
        else if (best === track) this.#switch.open(track)
        else this.#switch.giveWay(track)
      }
    }
  }

  /** One look at every link, or at some. A link that cannot be looked at is left out. */
  async sample(
    atMs: number,
    only: readonly EndpointId[] | null = null,
  ): Promise<{ readonly samples: LinkSample[]; readonly readings: LinkReading[] }> {
    const samples: LinkSample[] = []
    const readings: LinkReading[] = []
    const entries = [...this.#entries].filter(([id]) => only === null || only.includes(id))
    await Promise.all(
      entries.map(async ([endpointId, { link, generation, carries }]) => {
        const look = await link.sample(atMs).catch(() => null)
        if (look === null) return
        const { answeredChecks: _checks, hasUplinkRoom: _room, ...sample } = look
        const via = isRelayId(endpointId) ? 'relay' : 'direct'
        samples.push({ ...sample, endpointId, via, isStandby: !carries })
        readings.push(readingOf(endpointId, generation, look))
      }),
    )
    return { samples, readings }
  }

  closeAll(): void {
    for (const { link } of this.#entries.values()) link.close()
    this.#entries.clear()
    this.#unwatched.clear()
    this.#switch.clear()
  }

  #eventsOf(id: EndpointId, generation: number) {
    return {
      onSignal: (payload: string) => this.#events.onSignal(id, generation, payload),
      onConnected: () => this.#events.onConnected(id, generation),
      onClosed: () => this.#events.onClosed(id, generation),
    }
  }

  /**
   * What no link names is shut here; what one does is judged in the same task. Not shut for that moment: to switch a received track
   * keeps the page from drawing for as long as the threads of WebRTC are busy.
   */
  #judge(tracks: readonly MediaTrack[]): void {
    const named = new Set([...this.#entries.values()].flatMap(({ received }) => received.map(trackOf)))
    for (const track of tracks) if (!named.has(track)) this.#switch.shut(track)
    this.#events.onTracks()
  }

  #replace(id: EndpointId, entry: Entry): void {
    const old = this.#entries.get(id)
    this.#entries.set(id, entry)
    old?.link.close()
  }

  #of(id: EndpointId, generation: number): Entry | null {
    const entry = this.#entries.get(id)
    return entry?.generation === generation ? entry : null
  }
}
