/** A link straight to another occupant. The only file that knows simple-peer, and how to live with what it does not do. */
import type { OccupantId } from '@video-room/shared/ids.ts'
import { limits } from '@video-room/shared/limits.ts'
import { kindOf, sectionOrder, type Source } from '@video-room/shared/source.ts'
import SimplePeer from 'simple-peer'
import type { MediaTrack } from '../core/view.ts'
import { CappedSenders } from './capped-sender.ts'
import { orderCodecs, type PreferredCodec } from './codecs.ts'
import { asRtcIceServer } from './ice-servers.ts'
import type { After, Link, LinkEvents, LinkLook, LinkOptions, OpenLink } from './link.ts'
import { Echo } from './echo.ts'
import {
  encodeEcho,
  encodePause,
  encodeSign,
  parseEcho,
  parsePause,
  parseSign,
  parseSignals,
} from './mesh-signal.ts'
import { PausedSenders } from './paused-senders.ts'
import { SignalBatch } from './signal-batch.ts'
import { sampleOf, type StatsEntry } from './stats.ts'

/** The three constructors of WebRTC; a browser's own when absent. */
export interface WebRtc {
  readonly RTCPeerConnection: typeof RTCPeerConnection
  readonly RTCSessionDescription: typeof RTCSessionDescription
  readonly RTCIceCandidate: typeof RTCIceCandidate
  /** For the order of codecs; without it the platform's own order stands (P3). */
  readonly RTCRtpReceiver?: typeof RTCRtpReceiver
}

export interface MeshPorts {
  readonly webRtc: WebRtc
  readonly after: After
  readonly now: () => number
  readonly iceTransportPolicy: RTCIceTransportPolicy
  readonly preferredCodec: PreferredCodec
  readonly isAndroid: boolean
}

/** simple-peer has no public way to transceivers, ICE restarts, or the moment before an answer; these members are stable. */
interface Internals {
  readonly _pc: RTCPeerConnection | null
  _createAnswer: () => void
  negotiate(): void
}
type Instance = Omit<SimplePeer.Instance, '_pc'> & Internals

export function meshLinks(ports: MeshPorts): OpenLink {
  warmUp(ports)
  return (options, events) => new MeshLink(options, events, ports)
}

/**
 * The first offer of a page costs tens of milliseconds more than the second: codecs are listed, threads started, a
 * certificate made. That is paid while people look at the lobby. Nothing is gathered or sent.
 */
function warmUp({ webRtc, after }: MeshPorts): void {
  after(0, () => {
    const connection = new webRtc.RTCPeerConnection()
    for (const source of sectionOrder) connection.addTransceiver(kindOf[source])
    const offered = connection.createOffer()
    void offered.catch(() => null).finally(() => connection.close())
  })
}

export class MeshLink implements Link {
  readonly #options: LinkOptions
  readonly #events: LinkEvents
  readonly #ports: MeshPorts
  readonly #peer: Instance
  readonly #tracks: Partial<Record<Source, MediaTrack | null>>
  readonly #known = new Set<Source>()
  readonly #batch: SignalBatch
  /** What nobody here looks at (LK7). */
  #unwatchedHere: readonly Source[] = []
  readonly #pausedSenders = new PausedSenders((section) => this.#senderOf(section))
  readonly #cappedSenders = new CappedSenders()
  readonly #echo = new Echo()
  #cancelPing: () => void = () => {}
  #restartedAtMs = Number.NEGATIVE_INFINITY
  #isConnected = false
  #isClosed = false

  constructor(options: LinkOptions, events: LinkEvents, ports: MeshPorts) {
    this.#options = options
    this.#events = events
    this.#ports = ports
    this.#tracks = { ...options.tracks }
    this.#batch = new SignalBatch(ports.after, events.onSignal)
    const { webRtc, iceTransportPolicy } = ports
    const peer = new SimplePeer({
      initiator: options.initiator,
      trickle: true,
      wrtc: webRtc,
      config: {
        // Always given, also when empty: simple-peer's own default names public servers.
        iceServers: options.iceServers.map(asRtcIceServer),
        iceTransportPolicy,
        // Both ends are ours: one transport from the start spares the candidates of two that bundling throws away.
        bundlePolicy: 'max-bundle',
      },
    })
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the internals that its types do not list, see above
    this.#peer = peer as unknown as Instance
    this.#listen()
    if (options.initiator) this.#addSections()
    else this.#prepareEveryAnswer()
    this.#ping()
  }

  signal(payload: string): void {
    if (this.#isClosed) return
    for (const signal of parseSignals(payload)) {
      if ('restart' in signal) this.#restartFromOffer()
      // Each end makes one kind of description only (LK1); the other kind is a mistake or worse.
      else if (!('sdp' in signal) || (signal.type === 'answer') === this.#options.initiator) {
        this.#peer.signal(JSON.stringify(signal))
      }
    }
  }

  async replaceTrack(source: Source, track: MediaTrack | null): Promise<void> {
    if (this.#isClosed || (this.#tracks[source] ?? null) === track) return
    this.#tracks[source] = track
    await this.#attach(source)
  }

  pause(sources: readonly Source[]): void {
    if (sources.join() === this.#unwatchedHere.join()) return
    this.#unwatchedHere = [...sources]
    this.#say(encodePause(sources))
  }

  restart(): void {
    if (this.#isClosed) return
    if (this.#options.initiator) this.#restartFromOffer()
    else this.#batch.add({ restart: true })
  }

  /** One after another; only pictures: what sounds take is nothing beside them. */
  cap(share: number | null): Promise<void> {
    return this.#pausedSenders.inTurn(async () => {
      for (const [section, source] of sectionOrder.entries()) {
        const sender = this.#senderOf(section)
        if (this.#isClosed || sender === undefined || kindOf[source] === 'audio') continue
        await this.#cappedSenders.cap(source, sender, share)
      }
    })
  }

  async sample(atMs: number): Promise<LinkLook | null> {
    const connection = this.#peer._pc
    if (this.#isClosed || connection === null) return null
    const entries: StatsEntry[] = []
    const report = await connection.getStats()
    report.forEach((entry: StatsEntry) => entries.push(entry))
    const { occupantId } = this.#options
    const receivedOnMid = new Map<string, { occupantId: OccupantId; source: Source }>()
    sectionOrder.forEach((source, index) => {
      const mid = connection.getTransceivers()[index]?.mid
      if (typeof mid === 'string') receivedOnMid.set(mid, { occupantId, source })
    })
    return sampleOf(entries, { atMs, receivedOnMid, echoMs: this.#echo.rttMs })
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#stopTimers()
    this.#peer.destroy()
  }

  #listen(): void {
    const peer = this.#peer
    peer.on('signal', (signal) => this.#send(signal))
    peer.on('connect', () => {
      this.#connected()
      if (this.#unwatchedHere.length > 0) this.#say(encodePause(this.#unwatchedHere))
    })
    // Also what is dropped has proved that the other end lives: the statistics count the bytes.
    peer.on('data', (data: Uint8Array | string) => this.#heard(textOf(data)))
    // An error always ends in `close`; its text may hold addresses and goes nowhere.
    peer.on('error', () => {})
    peer.on('close', () => this.#closedByItself())
    const connection = peer._pc
    connection?.addEventListener('connectionstatechange', () => {
      // Media flows from here; simple-peer's own `connect` waits for the data channel and a poll as well.
      if (connection.connectionState === 'connected') this.#connected()
    })
    connection?.addEventListener('icegatheringstatechange', () => {
      if (connection.iceGatheringState === 'complete') this.#batch.flush()
    })
  }

  /** In the same task as the construction: simple-peer makes its offer in the next. */
  #addSections(): void {
    for (const source of sectionOrder) {
      this.#peer._pc?.addTransceiver(kindOf[source], { direction: 'sendrecv' })
    }
    this.#prepareSections()
  }

  /** The offer is applied, the answer not yet made: the only moment at which it can be made to say `sendrecv`. */
  #prepareEveryAnswer(): void {
    const makeAnswer = this.#peer._createAnswer.bind(this.#peer)
    this.#peer._createAnswer = () => {
      if (this.#isClosed) return
      if (this.#prepareSections()) makeAnswer()
      else this.#peer.destroy()
    }
  }

  /** False when the sections are not those of LK2: then the other end is broken, or no friend. */
  #prepareSections(): boolean {
    const transceivers = this.#peer._pc?.getTransceivers() ?? []
    const isAsAgreed =
      transceivers.length === sectionOrder.length &&
      sectionOrder.every((source, index) => transceivers[index]?.receiver.track.kind === kindOf[source])
    if (!isAsAgreed) return false
    sectionOrder.forEach((source, index) => {
      const transceiver = transceivers[index]
      if (transceiver === undefined || this.#known.has(source)) return
      this.#known.add(source)
      if (transceiver.direction !== 'sendrecv') transceiver.direction = 'sendrecv'
      if (kindOf[source] === 'video') this.#orderCodecs(transceiver)
      void this.#attach(source)
      this.#events.onTrack(source, transceiver.receiver.track)
    })
    return true
  }

  #orderCodecs(transceiver: RTCRtpTransceiver): void {
    const { webRtc, preferredCodec, isAndroid } = this.#ports
    if (typeof transceiver.setCodecPreferences !== 'function') return
    const codecs = webRtc.RTCRtpReceiver?.getCapabilities?.('video')?.codecs ?? []
    const ordered = orderCodecs(codecs, preferredCodec, isAndroid)
    if (ordered === null) return
    try {
      transceiver.setCodecPreferences([...ordered])
    } catch {
      // A browser that refuses its own codecs in another order keeps its own order: the call works all the same (P3).
    }
  }

  #senderOf(section: number): RTCRtpSender | undefined {
    return this.#peer._pc?.getTransceivers()[section]?.sender
  }

  async #attach(source: Source): Promise<void> {
    const sender = this.#senderOf(sectionOrder.indexOf(source))
    const track = this.#tracks[source] ?? null
    // Before the offer has come there is nothing to attach to; #prepareSections does it then.
    if (sender === undefined || sender.track === track) return
    try {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the platform's own track came in, it goes out
      await sender.replaceTrack(track as MediaStreamTrack | null)
    } catch {
      // The link closed meanwhile, or the track is no track: nothing is sent, and the samples show it.
    }
  }

  /** Once a while: both ends may ask at the same time, and a second restart would undo the first. */
  #restartFromOffer(): void {
    const connection = this.#peer._pc
    const now = this.#ports.now()
    if (!this.#options.initiator || connection === null) return
    if (connection.signalingState !== 'stable' || now - this.#restartedAtMs < limits.linkRestartMs / 2) return
    this.#restartedAtMs = now
    connection.restartIce()
    this.#peer.negotiate()
  }

  #send(signal: SimplePeer.SignalData): void {
    const [known] = parseSignals(JSON.stringify([signal]))
    if (known !== undefined && !this.#isClosed) this.#batch.add(known)
  }

  #heard(text: string): void {
    const sign = parseSign(text)
    if (sign !== null) return this.#say(encodeEcho(sign))
    const echo = parseEcho(text)
    if (echo !== null) return this.#echo.hear(echo, this.#ports.now())
    const paused = parsePause(text)
    if (paused !== null) void this.#pausedSenders.obey(paused)
  }

  /** Straight to the other end, when there is a way. */
  #say(text: string): void {
    if (this.#isClosed || !this.#peer.connected) return
    try {
      this.#peer.send(text)
    } catch {
      // The other end has closed, and the channel does not know yet: Firefox throws then (OperationError). `close` follows.
    }
  }

  #ping(): void {
    this.#cancelPing = this.#ports.after(limits.linkPingMs, () => {
      this.#say(encodeSign(this.#echo.say(this.#ports.now())))
      this.#ping()
    })
  }

  #connected(): void {
    if (this.#isClosed || this.#isConnected) return
    this.#isConnected = true
    this.#events.onConnected()
  }

  #closedByItself(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#stopTimers()
    this.#events.onClosed()
  }

  #stopTimers(): void {
    this.#cancelPing()
    this.#batch.stop()
  }
}

/** simple-peer hands on bytes, also of text. */
const textOf = (data: Uint8Array | string): string =>
  typeof data === 'string' ? data : new TextDecoder().decode(data)
