/** A room for tests of the session under plain Node: its HTTP answers, its sockets, its clock, and links without media. */
import { encodeServerMessage } from '@video-room/shared/protocol/codec.ts'
import type { ServerMessage } from '@video-room/shared/protocol/messages.ts'
import { encodeToRelay, type Want } from '@video-room/shared/protocol/relay-signal.ts'
import { sources, type Source } from '@video-room/shared/source.ts'
import type { RelayTicket } from '@video-room/shared/ticket.ts'
import type { SlotCounts } from '../core/state.ts'
import type { MediaTrack, ReceivedSource } from '../core/view.ts'
import type { Link, LinkEvents, LinkLook, LinkOptions } from '../links/link.ts'
import type { RelayLink, RelayLinkEvents, RelayLinkOptions } from '../links/relay-link-port.ts'
import type { CaptureState, LocalMediaPort, LocalMediaView } from '../media/view.ts'
import type { Platform, SocketLike, StorageLike } from '../platform.ts'

/** Timers that fire when the test moves the clock. */
export class FakeClock {
  nowMs = 1_000
  #timers: { atMs: number; run: () => void }[] = []

  readonly after = (delayMs: number, run: () => void): (() => void) => {
    const timer = { atMs: this.nowMs + delayMs, run }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  get armed(): number {
    return this.#timers.length
  }

  async pass(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms
    for (;;) {
      await settled()
      const due = this.#timers.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0]
      if (due === undefined) break
      this.#timers = this.#timers.filter((timer) => timer !== due)
      this.nowMs = Math.max(this.nowMs, due.atMs)
      due.run()
    }
    this.nowMs = untilMs
    await settled()
  }
}

/** Every promise that can settle without time has done so: each round of the loop runs all microtasks before it. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

export class FakeSocket implements SocketLike {
  readonly address: string
  readonly protocols: readonly string[]
  readonly sent: string[] = []
  closedWith: number | null = null
  readyState = 0
  readonly #listeners: Record<string, ((event: never) => void)[]> = {}

  constructor(address: string, protocols: readonly string[]) {
    this.address = address
    this.protocols = protocols
  }

  addEventListener(type: string, listener: (event: never) => void): void {
    ;(this.#listeners[type] ??= []).push(listener)
  }

  fire(type: 'open' | 'message' | 'close', event: unknown = {}): void {
    if (type === 'open') this.readyState = 1
    if (type === 'close') this.readyState = 3
    for (const listener of this.#listeners[type] ?? []) listener(event as never)
  }

  say(message: ServerMessage): void {
    this.fire('message', { data: encodeServerMessage(message) })
  }

  send(text: string): void {
    this.sent.push(text)
  }

  close(code = 1005): void {
    this.closedWith = code
  }

  /** The messages heard; pings and what is told of links left out, which come beside all else. */
  get messages(): { readonly type: string }[] {
    return this.#heard.filter(({ type }) => type !== 'report')
  }

  get reports(): { readonly type: string }[] {
    return this.#heard.filter(({ type }) => type === 'report')
  }

  get #heard(): { readonly type: string }[] {
    return this.sent.filter((text) => text !== 'ping').map((text): { type: string } => JSON.parse(text))
  }
}

export class FakeStorage implements StorageLike {
  readonly entries = new Map<string, string>()
  getItem(key: string): string | null {
    return this.entries.get(key) ?? null
  }
  setItem(key: string, value: string): void {
    this.entries.set(key, value)
  }
  removeItem(key: string): void {
    this.entries.delete(key)
  }
}

export class FakeTrack implements MediaTrack {
  readonly id: string
  readonly kind = 'video'
  readyState = 'live'
  enabled = true
  constructor(id: string) {
    this.id = id
  }
  stop(): void {
    this.readyState = 'ended'
  }
  addEventListener(): void {}
  removeEventListener(): void {}
}

export class FakeLink implements Link {
  readonly options: LinkOptions
  readonly events: LinkEvents
  readonly signals: string[] = []
  readonly outgoing: Partial<Record<Source, MediaTrack | null>>
  readonly incoming: Record<Source, FakeTrack>
  restarts = 0
  paused: readonly Source[] = []
  isClosed = false
  receivedBytes = 0
  received: readonly ReceivedSource[] = []
  readonly caps: (number | null)[] = []

  constructor(options: LinkOptions, events: LinkEvents) {
    this.options = options
    this.events = events
    this.outgoing = { ...options.tracks }
    const track = (source: Source): FakeTrack => new FakeTrack(`${options.occupantId}/${source}`)
    this.incoming = {
      microphone: track('microphone'),
      camera: track('camera'),
      screen: track('screen'),
      'screen-audio': track('screen-audio'),
    }
    for (const source of sources) events.onTrack(source, this.incoming[source])
  }

  signal(payload: string): void {
    this.signals.push(payload)
  }
  replaceTrack(source: Source, track: MediaTrack | null): Promise<void> {
    this.outgoing[source] = track
    return Promise.resolve()
  }
  pause(paused: readonly Source[]): void {
    this.paused = paused
  }
  restart(): void {
    this.restarts += 1
  }
  cap(share: number | null): Promise<void> {
    this.caps.push(share)
    return Promise.resolve()
  }
  sample(atMs: number): Promise<LinkLook | null> {
    return Promise.resolve(this.isClosed ? null : sampleAt(atMs, this.receivedBytes, this.received))
  }
  close(): void {
    this.isClosed = true
  }
}

/** A link to a relay that says and shows what the test does. */
export class FakeRelayLink implements RelayLink {
  readonly options: RelayLinkOptions
  readonly events: RelayLinkEvents
  readonly signals: string[] = []
  readonly outgoing: Partial<Record<Source, MediaTrack | null>>
  readonly wants: (readonly Want[])[] = []
  readonly tickets: RelayTicket[] = []
  expected: MediaTrack | null = null
  slots: SlotCounts
  isClosed = false
  receivedBytes = 0
  received: readonly ReceivedSource[] = []
  readonly caps: (number | null)[] = []

  constructor(options: RelayLinkOptions, events: RelayLinkEvents) {
    this.options = options
    this.events = events
    this.slots = options.slots
    this.outgoing = { ...options.tracks }
    events.onSignal('{"facts":{}}')
  }

  signal(payload: string): void {
    this.signals.push(payload)
  }
  replaceTrack(source: Source, track: MediaTrack | null): Promise<void> {
    this.outgoing[source] = track
    return Promise.resolve()
  }
  expect(camera: MediaTrack | null): void {
    this.expected = camera
  }
  repeatFacts(): void {
    this.events.onSignal('{"facts":{}}')
  }
  want(wants: readonly Want[]): void {
    this.wants.push(wants)
    this.events.onSignal(encodeToRelay({ wants: [...wants] }))
  }
  ensureSlots(slots: SlotCounts): void {
    this.slots = slots
  }
  restart(): void {
    this.events.onTicketWanted()
  }
  renew(ticket: RelayTicket): void {
    this.tickets.push(ticket)
  }
  cap(share: number | null): Promise<void> {
    this.caps.push(share)
    return Promise.resolve()
  }
  sample(atMs: number): Promise<LinkLook | null> {
    return Promise.resolve(this.isClosed ? null : sampleAt(atMs, this.receivedBytes, this.received))
  }
  close(): void {
    this.isClosed = true
  }
}

const sampleAt = (atMs: number, receivedBytes: number, received: readonly ReceivedSource[]): LinkLook => ({
  atMs,
  receivedBytes,
  received,
  isUplinkLimited: false,
  hasUplinkRoom: false,
  answeredChecks: 0,
  localCandidate: 'host',
  remoteCandidate: 'host',
  rttMs: 1,
  receivedPackets: 0,
  sentBytes: 0,
  lostPackets: 0,
  jitterMs: null,
  framesDecoded: 0,
  freezeCount: 0,
  availableOutgoingBps: null,
  heard: [],
})

const absent: CaptureState = { status: 'absent', track: null, problem: null }

/** Devices that obey at once. */
export class FakeMedia implements LocalMediaPort {
  isClosed = false
  view: LocalMediaView = {
    captures: { microphone: absent, camera: absent, screen: absent, 'screen-audio': absent },
    devices: { microphone: [], camera: [], speaker: [] },
    selected: { microphone: null, camera: null, speaker: null },
    talkingWhileMuted: false,
  }
  readonly #listeners = new Set<() => void>()

  onChanged(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
  get listening(): number {
    return this.#listeners.size
  }
  set(source: Source, on: boolean): Promise<void> {
    const capture: CaptureState = on
      ? { status: 'live', track: new FakeTrack(`own/${source}`), problem: null }
      : { status: 'muted', track: null, problem: null }
    this.view = { ...this.view, captures: { ...this.view.captures, [source]: capture } }
    for (const listener of this.#listeners) listener()
    return Promise.resolve()
  }
  selectDevice(): Promise<void> {
    return Promise.resolve()
  }
  close(): void {
    this.isClosed = true
  }
}

export interface Asked {
  readonly address: string
  readonly body: unknown
  readonly headers: Headers
  readonly aborted: () => boolean
  readonly answer: (status: number, body: unknown) => void
}

/** One machine: everything that a session touches, each piece open to the test. */
export class FakeMachine {
  readonly clock = new FakeClock()
  readonly storage = new FakeStorage()
  readonly asked: Asked[] = []
  readonly sockets: FakeSocket[] = []
  readonly links: FakeLink[] = []
  readonly relayLinks: FakeRelayLink[] = []
  readonly onlineListeners = new Set<() => void>()

  readonly openLink = (options: LinkOptions, events: LinkEvents): Link => {
    const link = new FakeLink(options, events)
    this.links.push(link)
    return link
  }

  readonly openRelayLink = (options: RelayLinkOptions, events: RelayLinkEvents): RelayLink => {
    const link = new FakeRelayLink(options, events)
    this.relayLinks.push(link)
    return link
  }

  readonly platform: Platform = {
    fetch: (address, init) => this.#fetch(address, init),
    openSocket: (address, protocols) => {
      const socket = new FakeSocket(address, protocols)
      this.sockets.push(socket)
      return socket
    },
    webRtc: null,
    storage: this.storage,
    now: () => this.clock.nowMs,
    random: () => 0.5,
    randomBytes: (count) => new Uint8Array(count).fill(251),
    after: this.clock.after,
    onOnline: (listener) => {
      this.onlineListeners.add(listener)
      return () => this.onlineListeners.delete(listener)
    },
    isAndroid: false,
    savesData: false,
    baseUrl: null,
  }

  get socket(): FakeSocket {
    const socket = this.sockets.at(-1)
    if (socket === undefined) throw new Error('no socket was opened')
    return socket
  }

  get link(): FakeLink {
    const link = this.links.at(-1)
    if (link === undefined) throw new Error('no link was opened')
    return link
  }

  get relayLink(): FakeRelayLink {
    const link = this.relayLinks.at(-1)
    if (link === undefined) throw new Error('no relay link was opened')
    return link
  }

  get request(): Asked {
    const asked = this.asked.at(-1)
    if (asked === undefined) throw new Error('nothing was asked')
    return asked
  }

  #fetch(address: string, init: RequestInit): Promise<Response> {
    return new Promise((resolve, reject) => {
      init.signal?.addEventListener('abort', () => reject(new Error('aborted')))
      this.asked.push({
        address,
        body: typeof init.body === 'string' ? JSON.parse(init.body) : null,
        headers: new Headers(init.headers),
        aborted: () => init.signal?.aborted === true,
        answer: (status, body) => resolve(new Response(JSON.stringify(body), { status })),
      })
    })
  }
}
