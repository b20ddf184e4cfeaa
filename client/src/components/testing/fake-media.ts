/** Local media that does at once what it is told, without any device. */
import { smallJpeg } from '@video-room/shared/testing/small-jpeg.ts'
import type { Source } from '@video-room/shared/source.ts'
import type { MediaTrack } from '../../core/view.ts'
import type { CaptureState, DeviceKind, LocalMediaView } from '../../media/view.ts'
import type { MediaPort } from '../session-port.ts'

export const absent: CaptureState = { status: 'absent', track: null, problem: null }

export class FakeMedia implements MediaPort {
  readonly canShareScreen = true
  /** The tracks that `set(…, true)` hands out. */
  readonly tracks: Partial<Record<Source, MediaTrack>> = {}
  view: LocalMediaView = {
    captures: { microphone: absent, camera: absent, screen: absent, 'screen-audio': absent },
    devices: {
      microphone: [
        { deviceId: 'm1', label: 'Built-in microphone' },
        { deviceId: 'm2', label: 'USB headset' },
      ],
      camera: [{ deviceId: 'c1', label: 'FaceTime HD camera' }],
      speaker: [{ deviceId: 's1', label: 'Built-in speakers' }],
    },
    selected: { microphone: null, camera: null, speaker: null },
    talkingWhileMuted: false,
  }
  isClosed = false
  /** Problems to answer `set(…, true)` with. */
  readonly failing: Partial<Record<Source, CaptureState['problem']>> = {}
  readonly #listeners = new Set<() => void>()
  readonly #levelListeners = new Set<(level: number) => void>()

  onChanged(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  onLevel(listener: (level: number) => void): () => void {
    this.#levelListeners.add(listener)
    return () => this.#levelListeners.delete(listener)
  }

  level(level: number): void {
    for (const listener of this.#levelListeners) listener(level)
  }

  capture(source: Source, capture: Partial<CaptureState>): void {
    const captures = { ...this.view.captures, [source]: { ...this.view.captures[source], ...capture } }
    this.change({ captures })
  }

  change(part: Partial<LocalMediaView>): void {
    this.view = { ...this.view, ...part }
    for (const listener of this.#listeners) listener()
  }

  async set(source: Source, on: boolean): Promise<void> {
    this.isClosed = false
    const problem = this.failing[source] ?? null
    if (on && problem !== null) return this.capture(source, { status: 'absent', track: null, problem })
    const track = this.tracks[source] ?? null
    if (on) return this.capture(source, { status: 'live', track, problem: null })
    const isHeld = this.view.captures[source].status !== 'absent' && source !== 'screen'
    this.capture(source, { status: isHeld ? 'muted' : 'absent', track: null, problem: null })
  }

  async selectDevice(kind: DeviceKind, deviceId: string | null): Promise<void> {
    this.change({ selected: { ...this.view.selected, [kind]: deviceId } })
  }

  /** What `takeStill` gives; null as long as the camera is off. */
  still: string | null = smallJpeg

  async takeStill(): Promise<string | null> {
    return this.view.captures.camera.status === 'live' ? this.still : null
  }

  close(): void {
    this.isClosed = true
    this.change({ captures: { microphone: absent, camera: absent, screen: absent, 'screen-audio': absent } })
  }
}
