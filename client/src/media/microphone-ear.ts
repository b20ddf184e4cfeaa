/**
 * Listens to the held microphone: its level while live (for the meter), and speech while muted (for the hint). A muted
 * track is silent by definition, so it listens to a clone, which is stopped as soon as the microphone changes or goes.
 */
import { hear, readEveryMs, silentVoice, type MutedVoice } from './muted-voice.ts'
import type { CaptureTrack, LevelMeter, MeterFactory } from './ports.ts'

interface Listening {
  readonly source: CaptureTrack
  readonly clone: CaptureTrack
  readonly meter: LevelMeter
  readonly timer: ReturnType<typeof setInterval>
}

export class MicrophoneEar {
  readonly #makeMeter: MeterFactory
  readonly #changed: () => void
  readonly #levelListeners = new Set<(level: number) => void>()
  #listening: Listening | null = null
  #muted = false
  #voice: MutedVoice = silentVoice

  constructor(makeMeter: MeterFactory, changed: () => void) {
    this.#makeMeter = makeMeter
    this.#changed = changed
  }

  get talkingWhileMuted(): boolean {
    return this.#voice.talking
  }

  /** Level of what goes out, 0 to 1 (root mean square), about ten times a second; 0 while muted. */
  onLevel(listener: (level: number) => void): () => void {
    this.#levelListeners.add(listener)
    return () => this.#levelListeners.delete(listener)
  }

  listenTo(track: CaptureTrack | null, muted: boolean): void {
    if (track !== (this.#listening?.source ?? null)) this.#exchange(track)
    if (muted !== this.#muted || track === null) this.#hint(silentVoice)
    this.#muted = muted
  }

  #exchange(source: CaptureTrack | null): void {
    if (this.#listening !== null) {
      clearInterval(this.#listening.timer)
      this.#listening.meter.close()
      this.#listening.clone.stop()
      this.#listening = null
      this.#tell(0)
    }
    if (source === null) return
    const clone = source.clone()
    clone.enabled = true
    const meter = this.#makeMeter(clone)
    if (meter === null) {
      clone.stop()
      return
    }
    const timer = setInterval(() => this.#listen(meter.read()), readEveryMs)
    this.#listening = { source, clone, meter, timer }
  }

  #listen(level: number): void {
    this.#tell(this.#muted ? 0 : level)
    this.#hint(this.#muted ? hear(this.#voice, level) : silentVoice)
  }

  #tell(level: number): void {
    for (const listener of this.#levelListeners) listener(level)
  }

  #hint(voice: MutedVoice): void {
    const changes = voice.talking !== this.#voice.talking
    this.#voice = voice
    if (changes) this.#changed()
  }
}
