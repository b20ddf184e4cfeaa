/** Capture devices for tests: they open when told, count what is live, and can be unplugged. */
import type { CapturedTracks, CaptureTrack, DeviceEntry, MediaDevicesPort } from '../ports.ts'

export class FakeTrack implements CaptureTrack {
  readonly id: string
  readonly kind: string
  readonly deviceId: string | null
  readyState = 'live'
  enabled = true
  readonly clones: FakeTrack[] = []
  readonly #ended = new Set<() => void>()

  constructor(kind: string, deviceId: string | null, id: string) {
    this.kind = kind
    this.deviceId = deviceId
    this.id = id
  }

  stop(): void {
    this.readyState = 'ended'
  }

  clone(): FakeTrack {
    const clone = new FakeTrack(this.kind, this.deviceId, `${this.id}-clone`)
    this.clones.push(clone)
    return clone
  }

  /** What the browser does when the device is unplugged. */
  end(): void {
    this.readyState = 'ended'
    for (const listener of this.#ended) listener()
  }

  addEventListener(_type: 'ended', listener: () => void): void {
    this.#ended.add(listener)
  }

  removeEventListener(_type: 'ended', listener: () => void): void {
    this.#ended.delete(listener)
  }
}

const tracksOf = (tracks: readonly FakeTrack[]): CapturedTracks => ({
  getAudioTracks: () => tracks.filter((track) => track.kind === 'audio'),
  getVideoTracks: () => tracks.filter((track) => track.kind === 'video'),
})

const deviceIdOf = (constraints: boolean | MediaTrackConstraints | undefined): string | null => {
  const wanted = typeof constraints === 'object' ? constraints.deviceId : undefined
  return typeof wanted === 'object' && 'exact' in wanted && typeof wanted.exact === 'string'
    ? wanted.exact
    : null
}

export class FakeDevices implements MediaDevicesPort {
  readonly opened: FakeTrack[] = []
  readonly asked: MediaStreamConstraints[] = []
  entries: DeviceEntry[] = []
  /** Errors to fail with, by kind; removed by the test. */
  readonly failing: { audio?: DOMException; video?: DOMException; screen?: DOMException } = {}
  /** When set, requests wait until `answer()` is called: the prompt is open. */
  isPrompting = false
  offersScreenAudio = true
  readonly #waiting: (() => void)[] = []
  readonly #listeners = new Set<() => void>()

  live(kind: string): FakeTrack[] {
    return this.opened.filter((track) => track.kind === kind && track.readyState === 'live')
  }

  answer(): void {
    this.isPrompting = false
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  plug(entries: DeviceEntry[]): void {
    this.entries = entries
    for (const listener of this.#listeners) listener()
  }

  async getUserMedia(constraints: MediaStreamConstraints): Promise<CapturedTracks> {
    this.asked.push(constraints)
    if (this.isPrompting) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    const { audio, video } = constraints
    const failure =
      (audio === undefined ? undefined : this.failing.audio) ??
      (video === undefined ? undefined : this.failing.video)
    if (failure !== undefined) throw failure
    const tracks: FakeTrack[] = []
    if (audio !== undefined) tracks.push(this.#open('audio', deviceIdOf(audio)))
    if (video !== undefined) tracks.push(this.#open('video', deviceIdOf(video)))
    return tracksOf(tracks)
  }

  async getDisplayMedia(): Promise<CapturedTracks> {
    if (this.isPrompting) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    if (this.failing.screen !== undefined) throw this.failing.screen
    const screen = this.#open('video', 'screen')
    return tracksOf(this.offersScreenAudio ? [screen, this.#open('audio', 'screen')] : [screen])
  }

  async enumerateDevices(): Promise<readonly DeviceEntry[]> {
    return this.entries
  }

  addEventListener(_type: 'devicechange', listener: () => void): void {
    this.#listeners.add(listener)
  }

  removeEventListener(_type: 'devicechange', listener: () => void): void {
    this.#listeners.delete(listener)
  }

  #open(kind: string, deviceId: string | null): FakeTrack {
    const track = new FakeTrack(kind, deviceId, `${kind}-${this.opened.length}`)
    this.opened.push(track)
    return track
  }
}

/** A `localStorage` that lasts as long as the test. */
export class FakeStorage {
  readonly #items = new Map<string, string>()

  getItem(key: string): string | null {
    return this.#items.get(key) ?? null
  }

  setItem(key: string, value: string): void {
    this.#items.set(key, value)
  }

  removeItem(key: string): void {
    this.#items.delete(key)
  }
}
