/** A link to a relay: one native connection that answers its own offers (RL6), with slots for what is received (RL7). */
import {
  encodeToRelay,
  parseFromRelay,
  type SlotFill,
  type Want,
} from '@video-room/shared/protocol/relay-signal.ts'
import { answerFor } from '@video-room/shared/sdp/answer.ts'
import { factsOf } from '@video-room/shared/sdp/facts-of.ts'
import { kindOf, sectionOrder, type Source } from '@video-room/shared/source.ts'
import type { RelayTicket } from '@video-room/shared/ticket.ts'
import type { SlotCounts } from '../core/state.ts'
import type { MediaTrack } from '../core/view.ts'
import { breath } from './breath.ts'
import { forRelays } from './ice-servers.ts'
import type { LinkLook } from './link.ts'
import type { MeshPorts } from './mesh-link.ts'
import type { PreferredCodec } from './codecs.ts'
import { encodingsOf, RelayPictures } from './relay-pictures.ts'
import type { OpenRelayLink, RelayLink, RelayLinkEvents, RelayLinkOptions } from './relay-link-port.ts'
import { countsByMid, sampleOf, type SectionCounts, type StatsEntry } from './stats.ts'

export type RelayLinkPorts = Pick<MeshPorts, 'webRtc' | 'iceTransportPolicy' | 'preferredCodec' | 'now'>

export const relayLinks =
  (ports: RelayLinkPorts): OpenRelayLink =>
  (options, events) =>
    new NativeRelayLink(options, events, ports)

/** Half a picture of 60 a second. */
const stretchMs = 8

class NativeRelayLink implements RelayLink {
  readonly #events: RelayLinkEvents
  readonly #choice: PreferredCodec
  readonly #now: () => number
  readonly #connection: RTCPeerConnection
  readonly #tracks: Partial<Record<Source, MediaTrack | null>>
  #ticket: RelayTicket
  /** For the next offer: an offer and its answer must agree on whether ICE starts anew. */
  #nextTicket: RelayTicket | null = null
  #slots: SlotCounts
  #isOutdated = false
  #turns: Promise<void> = Promise.resolve()
  #restedAtMs: number
  #toldFacts = ''
  /** Told once the relay has facts to place them in. */
  #heldWants: readonly Want[] | null = null
  #fills: readonly SlotFill[] = []
  /** What each section had brought at the last look, and when it was given to whom it is of now. */
  #counts: ReadonlyMap<string, SectionCounts> = new Map()
  readonly #countsBefore = new Map<string, SectionCounts>()
  readonly #pictures = new RelayPictures((source) => this.#senderOf(source))
  #isConnected = false
  #isClosed = false

  constructor(
    { ticket, iceServers, tracks, slots }: RelayLinkOptions,
    events: RelayLinkEvents,
    { webRtc, iceTransportPolicy, preferredCodec, now }: RelayLinkPorts,
  ) {
    this.#now = now
    this.#restedAtMs = now()
    this.#ticket = ticket
    this.#tracks = { ...tracks }
    this.#slots = slots
    this.#events = events
    this.#choice = preferredCodec
    const connection = new webRtc.RTCPeerConnection({
      iceServers: forRelays(iceServers),
      iceTransportPolicy,
      bundlePolicy: 'max-bundle',
    })
    this.#connection = connection
    connection.addEventListener('connectionstatechange', () => this.#changed(connection.connectionState))
    for (const source of sectionOrder) this.#inTurn(() => this.#addSection(source))
    this.#isOutdated = true
    this.#negotiate()
  }

  signal(payload: string): void {
    const said = parseFromRelay(payload)
    if (said === null || this.#isClosed) return
    if ('speakers' in said) return this.#events.onSpeakers(said.speakers)
    this.#fill(said.slots)
    this.#events.onTracks(
      said.slots.flatMap(({ mid, occupantId, source }) => {
        const track = this.#connection.getTransceivers().find((each) => each.mid === mid)?.receiver.track
        return track?.kind === kindOf[source] ? [{ occupantId, source, track }] : []
      }),
    )
  }

  async replaceTrack(source: Source, track: MediaTrack | null): Promise<void> {
    if (this.#isClosed || (this.#tracks[source] ?? null) === track) return
    this.#tracks[source] = track
    // A section that is still to come is made with its track.
    await this.#attach(source)
  }

  expect(camera: MediaTrack | null): void {
    if (!this.#isClosed && camera !== null) this.#fit(camera)
  }

  repeatFacts(): void {
    if (!this.#isClosed && this.#toldFacts !== '') this.#events.onSignal(this.#toldFacts)
  }

  want(wants: readonly Want[]): void {
    if (this.#isClosed) return
    if (this.#toldFacts === '') this.#heldWants = wants
    else this.#events.onSignal(encodeToRelay({ wants: [...wants] }))
  }

  ensureSlots({ audio, video }: SlotCounts): void {
    this.#slots = { audio: Math.max(audio, this.#slots.audio), video: Math.max(video, this.#slots.video) }
    this.#negotiate()
  }

  restart(): void {
    if (!this.#isClosed) this.#events.onTicketWanted()
  }

  renew(ticket: RelayTicket): void {
    this.#nextTicket = ticket
    this.#isOutdated = true
    this.#negotiate()
  }

  cap(share: number | null): Promise<void> {
    this.#inTurn(() => this.#pictures.cap(share))
    return this.#turns
  }

  async sample(atMs: number): Promise<LinkLook | null> {
    if (this.#isClosed) return null
    const entries: StatsEntry[] = []
    const report = await this.#connection.getStats()
    report.forEach((entry: StatsEntry) => entries.push(entry))
    this.#counts = countsByMid(entries)
    const receivedOnMid = new Map(
      this.#fills.map((fill) => [fill.mid, { ...fill, since: this.#countsBefore.get(fill.mid) }]),
    )
    return sampleOf(entries, { atMs, receivedOnMid })
  }

  close(): void {
    this.#isClosed = true
    this.#connection.close()
  }

  /** A slot that carries something else counts from here on: what it brought before was of another (as of the last look). */
  #fill(fills: readonly SlotFill[]): void {
    for (const { mid, occupantId, source } of fills) {
      const before = this.#fills.find((fill) => fill.mid === mid)
      const counts = this.#counts.get(mid)
      if (before?.occupantId === occupantId && before.source === source) continue
      if (counts !== undefined) this.#countsBefore.set(mid, counts)
    }
    this.#fills = fills
  }

  async #addSection(source: Source): Promise<void> {
    const init = { direction: 'sendonly' } as const
    try {
      this.#connection.addTransceiver(kindOf[source], {
        ...init,
        sendEncodings: [...(encodingsOf(this.#choice)[source] ?? [])],
      })
    } catch {
      // A browser without layers sends the camera in one (P3).
      this.#connection.addTransceiver(kindOf[source], init)
    }
    if ((this.#tracks[source] ?? null) !== null) await this.#attach(source)
  }

  async #attach(source: Source): Promise<void> {
    const sender = this.#senderOf(source)
    if (!sender) return
    const track = this.#tracks[source] ?? null
    try {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the platform's own track came in, it goes out
      await sender.replaceTrack(track as MediaStreamTrack | null)
    } catch {
      // The link closed meanwhile, or the track is no track: nothing is sent, and the samples show it.
    }
    if (source === 'camera' && track !== null) this.#fit(track)
  }

  #fit(camera: MediaTrack): void {
    this.#inTurn(() => this.#pictures.fit(camera))
  }

  #senderOf(source: Source): RTCRtpSender | undefined {
    return this.#connection.getSenders()[sectionOrder.indexOf(source)]
  }

  /** Up to what is wanted, which may become more meanwhile. */
  async #addSlots(): Promise<void> {
    for (const kind of ['audio', 'video'] as const) {
      while (this.#slotsOf(kind) < this.#slots[kind]) {
        this.#connection.addTransceiver(kind, { direction: 'recvonly' })
        this.#isOutdated = true
        await this.#rest()
      }
    }
  }

  #slotsOf(kind: 'audio' | 'video'): number {
    const slots = this.#connection.getTransceivers().slice(sectionOrder.length)
    return slots.filter(({ receiver }) => receiver.track.kind === kind).length
  }

  /** Wishes that come while one waits for its turn are met by it. */
  #negotiate(): void {
    this.#inTurn(async () => {
      await this.#addSlots()
      if (!this.#isOutdated) return
      this.#isOutdated = false
      await this.#answerOneself()
    })
  }

  /**
   * One after another: while an offer is out, Chromium changes no parameters of a sender. And between two the page draws: what is
   * shown meanwhile must go on.
   */
  #inTurn(work: () => Promise<void> | void): void {
    this.#turns = this.#turns
      .then(() => this.#rest())
      .then(() => (this.#isClosed ? undefined : work()))
      .catch(() => this.#closedByItself())
  }

  async #rest(): Promise<void> {
    if (this.#now() - this.#restedAtMs < stretchMs) return
    await breath()
    this.#restedAtMs = this.#now()
  }

  async #answerOneself(): Promise<void> {
    const connection = this.#connection
    if (this.#nextTicket !== null) {
      this.#ticket = this.#nextTicket
      this.#nextTicket = null
      connection.restartIce()
    }
    await connection.setLocalDescription()
    await this.#rest()
    const offer = connection.localDescription?.sdp ?? ''
    const facts = factsOf(offer, this.#choice)
    const answer = answerFor(offer, this.#ticket, this.#choice)
    // Not what a browser says: there is no link to be had with it.
    if (!facts.ok || !answer.ok) return this.#closedByItself()
    this.#tellFacts(encodeToRelay({ facts: facts.value }))
    await this.#rest()
    await connection.setRemoteDescription({ type: 'answer', sdp: answer.value })
    this.#awaitGoodbye()
  }

  /** A relay that ends a link says so over DTLS at once; `connectionState` stays `connected` for seconds. */
  #awaitGoodbye(): void {
    // One transport carries everything (BUNDLE), and it is the same one after every answer.
    const transport = this.#connection.getSenders()[0]?.transport
    if (!transport) return
    transport.onstatechange = () => {
      if (transport.state === 'closed') this.#closedByItself()
    }
  }

  #tellFacts(payload: string): void {
    if (this.#isClosed || payload === this.#toldFacts) return
    this.#toldFacts = payload
    this.#events.onSignal(payload)
    if (this.#heldWants !== null) this.want(this.#heldWants)
    this.#heldWants = null
  }

  #changed(state: RTCPeerConnectionState): void {
    if (state === 'failed') this.#closedByItself()
    if (state !== 'connected' || this.#isConnected || this.#isClosed) return
    this.#isConnected = true
    this.#events.onConnected()
  }

  #closedByItself(): void {
    if (this.#isClosed) return
    this.close()
    this.#events.onClosed()
  }
}
