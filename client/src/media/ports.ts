/** The browser's capture as far as it is used here; a test brings its own. Everything fits the real objects as they are. */
import type { MediaTrack } from '../core/view.ts'

export interface CaptureTrack extends MediaTrack {
  clone(): CaptureTrack
}

export interface CapturedTracks {
  getAudioTracks(): readonly CaptureTrack[]
  getVideoTracks(): readonly CaptureTrack[]
}

export interface DeviceEntry {
  readonly kind: string
  readonly deviceId: string
  readonly label: string
}

/** `navigator.mediaDevices`. */
export interface MediaDevicesPort {
  getUserMedia(constraints: MediaStreamConstraints): Promise<CapturedTracks>
  getDisplayMedia?(options: DisplayMediaStreamOptions): Promise<CapturedTracks>
  enumerateDevices(): Promise<readonly DeviceEntry[]>
  addEventListener(type: 'devicechange', listener: () => void): void
  removeEventListener(type: 'devicechange', listener: () => void): void
}

/** `navigator.permissions`; only asked to tell a refusal from a missing device. */
export interface PermissionsPort {
  query(descriptor: { name: 'camera' | 'microphone' }): Promise<{ readonly state: string }>
}

/** Keeps the chosen devices for the next visit: `localStorage`, or null. */
export type StoragePort = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

/** Measures how loud a track is, 0 to 1, until closed. */
export interface LevelMeter {
  read(): number
  close(): void
}
export type MeterFactory = (track: CaptureTrack) => LevelMeter | null
