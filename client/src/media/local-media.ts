/** The camera, microphone and screen of this browser, behind the port that the session and the interface know. */
import { assertNever } from '@video-room/shared/lang.ts'
import type { Source } from '@video-room/shared/source.ts'
import { DeviceCapture } from './capture.ts'
import { DeviceList } from './devices.ts'
import { browserMeter } from './level-meter.ts'
import { MicrophoneEar } from './microphone-ear.ts'
import { DeviceOpener } from './opener.ts'
import type { MediaDevicesPort, MeterFactory, PermissionsPort, StoragePort } from './ports.ts'
import { ScreenCapture } from './screen-capture.ts'
import { stillOf } from './still.ts'
import type { DeviceKind, LocalMediaPort, LocalMediaView } from './view.ts'

export interface LocalMediaOptions {
  /** Null where the browser has none: every wish then fails as `unsupported`. */
  readonly mediaDevices?: MediaDevicesPort | null
  readonly permissions?: PermissionsPort | null
  /** Remembers the chosen devices; null forgets them with the page. */
  readonly storage?: StoragePort | null
  readonly makeMeter?: MeterFactory
  /** Can an element's sound be sent to a chosen speaker (setSinkId)? Else no speakers are listed. */
  readonly canSelectSpeaker?: boolean
}

export class LocalMedia implements LocalMediaPort {
  readonly #devices: DeviceList
  readonly #microphone: DeviceCapture
  readonly #camera: DeviceCapture
  readonly #screen: ScreenCapture
  readonly #ear: MicrophoneEar
  readonly #canSelectSpeaker: boolean
  readonly #listeners = new Set<() => void>()
  #view: LocalMediaView | null = null

  constructor(options: LocalMediaOptions = {}) {
    const { mediaDevices = browserDevices(), permissions = browserPermissions() } = options
    const { storage = browserStorage(), makeMeter = browserMeter } = options
    this.#canSelectSpeaker = options.canSelectSpeaker ?? browserSelectsSpeaker()
    const opener = new DeviceOpener(mediaDevices, permissions)
    this.#devices = new DeviceList(mediaDevices, storage, this.#changed)
    const microphoneId = (): string | null => this.#devices.selected.microphone
    const cameraId = (): string | null => this.#devices.selected.camera
    this.#microphone = new DeviceCapture('microphone', opener, microphoneId, this.#captured)
    this.#camera = new DeviceCapture('camera', opener, cameraId, this.#captured)
    this.#screen = new ScreenCapture(mediaDevices, this.#changed)
    this.#ear = new MicrophoneEar(makeMeter, this.#changed)
  }

  get view(): LocalMediaView {
    this.#view ??= {
      captures: {
        microphone: this.#microphone.state,
        camera: this.#camera.state,
        screen: this.#screen.screen,
        'screen-audio': this.#screen.audio,
      },
      devices: this.#canSelectSpeaker ? this.#devices.available : { ...this.#devices.available, speaker: [] },
      selected: this.#devices.selected,
      talkingWhileMuted: this.#ear.talkingWhileMuted,
    }
    return this.#view
  }

  /** False on phones: they cannot share a screen. */
  get canShareScreen(): boolean {
    return this.#screen.isSupported
  }

  onChanged(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** The microphone's level, 0 to 1 (root mean square), about ten times a second. Not part of `view`: it never rests. */
  onLevel(listener: (level: number) => void): () => void {
    return this.#ear.onLevel(listener)
  }

  /** A small picture of what the camera sees now, as `showKnockPicture` takes it; null when it is off or shows nothing. */
  async takeStill(): Promise<string | null> {
    const { track } = this.#camera.state
    return track === null ? null : await stillOf(track)
  }

  async set(source: Source, on: boolean): Promise<void> {
    this.#devices.watch()
    switch (source) {
      case 'microphone':
        return await this.#microphone.set(on)
      case 'camera':
        return await this.#camera.set(on)
      case 'screen':
        return await this.#screen.set(on)
      case 'screen-audio':
        return this.#screen.setAudio(on)
      default:
        return assertNever(source)
    }
  }

  async selectDevice(kind: DeviceKind, deviceId: string | null): Promise<void> {
    this.#devices.select(kind, deviceId)
    if (kind === 'microphone') await this.#microphone.reselected()
    if (kind === 'camera') await this.#camera.reselected()
  }

  /** Stops every track; a later `set` starts anew. */
  close(): void {
    this.#devices.unwatch()
    this.#microphone.release()
    this.#camera.release()
    this.#screen.release()
    this.#ear.listenTo(null, false)
  }

  readonly #captured = (capture: DeviceCapture): void => {
    if (capture === this.#microphone) {
      this.#ear.listenTo(capture.track, capture.state.status === 'muted')
    }
    // Names of devices become readable with the first permission, and a lost device leaves the list.
    if (capture.state.status !== 'starting') void this.#devices.refresh()
    this.#changed()
  }

  readonly #changed = (): void => {
    this.#view = null
    for (const listener of this.#listeners) listener()
  }
}

function browserDevices(): MediaDevicesPort | null {
  return typeof navigator === 'undefined' ? null : (navigator.mediaDevices ?? null)
}

function browserPermissions(): PermissionsPort | null {
  return typeof navigator === 'undefined' ? null : (navigator.permissions ?? null)
}

function browserStorage(): StoragePort | null {
  try {
    return typeof localStorage === 'undefined' ? null : localStorage
  } catch {
    // A frame without storage rights throws on the mere mention of it.
    return null
  }
}

const browserSelectsSpeaker = (): boolean =>
  typeof HTMLMediaElement !== 'undefined' && 'setSinkId' in HTMLMediaElement.prototype
