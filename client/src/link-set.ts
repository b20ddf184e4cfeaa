/** The links of one session as the outside has them: the handles and received tracks that the pure state does not hold. */
import type { OccupantId } from '@video-room/shared/ids.ts'
import { entriesOf } from '@video-room/shared/lang.ts'
import type { IceServer } from '@video-room/shared/protocol/http.ts'
import { sources, type Source } from '@video-room/shared/source.ts'
import type { LinkReading } from './core/event.ts'
import type { LinkSample, MediaTrack } from './core/view.ts'
import type { Link, OpenLink } from './links/link.ts'

interface Entry {
  readonly generation: number
  readonly link: Link
  readonly received: Map<Source, MediaTrack>
}

export interface LinkWish {
  readonly occupantId: OccupantId
  readonly generation: number
  readonly initiator: boolean
  readonly iceServers: readonly IceServer[]
}

export interface LinkSetEvents {
  readonly onSignal: (occupantId: OccupantId, generation: number, payload: string) => void
  readonly onConnected: (occupantId: OccupantId, generation: number) => void
  readonly onClosed: (occupantId: OccupantId, generation: number) => void
  readonly onTrack: () => void
}

export type OwnTracks = Readonly<Record<Source, MediaTrack | null>>

export class LinkSet {
  readonly #openLink: OpenLink
  readonly #events: LinkSetEvents
  readonly #entries = new Map<OccupantId, Entry>()
  readonly #unwatched = new Map<OccupantId, ReadonlySet<Source>>()

  constructor(openLink: OpenLink, events: LinkSetEvents) {
    this.#openLink = openLink
    this.#events = events
  }

  /** Opens a link, and only then lets go of an older one to the same occupant. */
  open({ occupantId, generation, initiator, iceServers }: LinkWish, tracks: OwnTracks): void {
    const received = new Map<Source, MediaTrack>()
    const old = this.#entries.get(occupantId)
    const link = this.#openLink(
      { occupantId, initiator, iceServers, tracks },
      {
        onSignal: (payload) => this.#events.onSignal(occupantId, generation, payload),
        onConnected: () => this.#events.onConnected(occupantId, generation),
        onClosed: () => this.#events.onClosed(occupantId, generation),
        onTrack: (source, track) => {
          received.set(source, track)
          // Silent until the room's word lets it be played (MD2, M5).
          track.enabled = false
          this.#events.onTrack()
        },
      },
    )
    this.#entries.set(occupantId, { generation, link, received })
    old?.link.close()
    link.pause([...(this.#unwatched.get(occupantId) ?? [])])
  }

  close(occupantId: OccupantId, generation: number): void {
    const entry = this.#entries.get(occupantId)
    if (entry?.generation !== generation) return
    this.#entries.delete(occupantId)
    entry.link.close()
  }

  signal(occupantId: OccupantId, generation: number, payload: string): void {
    this.#of(occupantId, generation)?.link.signal(payload)
  }

  restart(occupantId: OccupantId, generation: number): void {
    this.#of(occupantId, generation)?.link.restart()
  }

  received(occupantId: OccupantId, source: Source): MediaTrack | null {
    return this.#entries.get(occupantId)?.received.get(source) ?? null
  }

  /** Sends these tracks from now on, on every link. */
  async send(tracks: OwnTracks): Promise<void> {
    const entries = [...this.#entries.values()]
    await Promise.all(
      entries.flatMap(({ link }) =>
        entriesOf(tracks).map(([source, track]) => link.replaceTrack(source, track)),
      ),
    )
  }

  /** Nobody looks at this source of this occupant now, or someone does again; outlives the remake of the link. */
  watch(occupantId: OccupantId, source: Source, isWatched: boolean): void {
    const before = this.#unwatched.get(occupantId) ?? new Set<Source>()
    const unwatched = new Set(sources.filter((other) => (other === source ? !isWatched : before.has(other))))
    this.#unwatched.set(occupantId, unwatched)
    this.#entries.get(occupantId)?.link.pause([...unwatched])
  }

  /** Opens and shuts every received track by the room's word, whatever arrives on it. */
  enforce(isPlayable: (occupantId: OccupantId, source: Source) => boolean): void {
    for (const [occupantId, { received }] of this.#entries) {
      for (const source of sources) {
        const track = received.get(source)
        const enabled = isPlayable(occupantId, source)
        if (track !== undefined && track.enabled !== enabled) track.enabled = enabled
      }
    }
  }

  /** One look at every link. A link that cannot be looked at is left out. */
  async sample(atMs: number): Promise<{ readonly samples: LinkSample[]; readonly readings: LinkReading[] }> {
    const samples: LinkSample[] = []
    const readings: LinkReading[] = []
    await Promise.all(
      [...this.#entries].map(async ([occupantId, { link, generation }]) => {
        const sample = await link.sample(atMs).catch(() => null)
        if (sample === null) return
        samples.push({ ...sample, endpointId: occupantId, via: 'direct' })
        readings.push({ occupantId, generation, receivedBytes: sample.receivedBytes })
      }),
    )
    return { samples, readings }
  }

  closeAll(): void {
    for (const { link } of this.#entries.values()) link.close()
    this.#entries.clear()
    this.#unwatched.clear()
  }

  #of(occupantId: OccupantId, generation: number): Entry | null {
    const entry = this.#entries.get(occupantId)
    return entry?.generation === generation ? entry : null
  }
}
