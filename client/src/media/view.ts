/** What local capture shows to the session and to the user interface; plain data, no DOM types. */
import type { Source } from '@video-room/shared/source.ts'
import type { MediaTrack } from '../core/view.ts'

/** Why a device gave nothing: refused by the person, not there, used by another program, or anything else. */
export type MediaProblem = 'denied' | 'missing' | 'busy' | 'unsupported' | 'failed'

/** absent: never asked, ended, or failed · starting: the browser is asking · live · muted: off by choice, device kept in mind. */
export type CaptureStatus = 'absent' | 'starting' | 'live' | 'muted'

export interface CaptureState {
  readonly status: CaptureStatus
  /** What goes out. Camera and screen: null while muted (the device is released). Microphone: kept, `enabled = false`. */
  readonly track: MediaTrack | null
  readonly problem: MediaProblem | null
}

export interface DeviceOption {
  readonly deviceId: string
  /** Empty until a permission was granted. */
  readonly label: string
}

export type DeviceKind = 'microphone' | 'camera' | 'speaker'

export interface LocalMediaView {
  readonly captures: Readonly<Record<Source, CaptureState>>
  readonly devices: Readonly<Record<DeviceKind, readonly DeviceOption[]>>
  /** The device in use or wished for; null = the browser's default. */
  readonly selected: Readonly<Record<DeviceKind, string | null>>
  /** The microphone is muted, yet someone speaks into it: time for the "you are muted" hint. */
  readonly talkingWhileMuted: boolean
}

/** What the session asks of capture. `LocalMedia` (local-media.ts) is the browser's; tests bring their own. */
export interface LocalMediaPort {
  readonly view: LocalMediaView
  /** Called after every change of `view`. Returns the way to stop listening. */
  onChanged(listener: () => void): () => void
  /**
   * Switches a source on or off. Wishes are served one after another and the last one wins (M4); the promise settles
   * when the wish was served or overtaken, and never rejects: a failure shows as `problem`.
   */
  set(source: Source, on: boolean): Promise<void>
  selectDevice(kind: DeviceKind, deviceId: string | null): Promise<void>
  /** Stops every track. */
  close(): void
}
