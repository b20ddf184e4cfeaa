/**
 * The shared screen with its sound. Sharing anew always needs the browser's picker, so "off" is `absent`, never `muted`;
 * the browser's own "stop sharing" bar ends it the same way. Its sound alone can be muted.
 */
import { absentCapture } from './capture.ts'
import { screenConstraints } from './constraints.ts'
import type { CaptureTrack, MediaDevicesPort } from './ports.ts'
import { screenProblemOf } from './problems.ts'
import type { CaptureState } from './view.ts'
import { WishLine } from './wish-line.ts'

export class ScreenCapture {
  readonly #mediaDevices: MediaDevicesPort | null
  readonly #changed: () => void
  readonly #line = new WishLine<boolean>((on) => (on ? this.#start() : this.#stop()))
  #screen: CaptureState = absentCapture
  #audio: CaptureState = absentCapture
  #tracks: readonly CaptureTrack[] = []
  #life = 0

  constructor(mediaDevices: MediaDevicesPort | null, changed: () => void) {
    this.#mediaDevices = mediaDevices
    this.#changed = changed
  }

  /** Phones have no getDisplayMedia. */
  get isSupported(): boolean {
    return this.#mediaDevices?.getDisplayMedia !== undefined
  }

  get screen(): CaptureState {
    return this.#screen
  }

  get audio(): CaptureState {
    return this.#audio
  }

  set(on: boolean): Promise<void> {
    return this.#line.ask(on)
  }

  /** Nothing to do while no sound is shared: it comes and goes with the screen. */
  setAudio(on: boolean): void {
    const { track } = this.#audio
    if (track === null) return
    track.enabled = on
    this.#show(this.#screen, { status: on ? 'live' : 'muted', track, problem: null })
  }

  release(): void {
    this.#life += 1
    this.#drop()
    this.#show(absentCapture, absentCapture)
  }

  async #start(): Promise<void> {
    if (this.#screen.status === 'live') return
    const life = this.#life
    this.#show({ status: 'starting', track: null, problem: null }, absentCapture)
    try {
      const getDisplayMedia = this.#mediaDevices?.getDisplayMedia?.bind(this.#mediaDevices)
      if (getDisplayMedia === undefined) throw new DOMException('no getDisplayMedia', 'NotSupportedError')
      const tracks = await getDisplayMedia(screenConstraints)
      this.#take(life, tracks.getVideoTracks()[0], tracks.getAudioTracks()[0])
    } catch (error) {
      if (life === this.#life)
        this.#show({ ...absentCapture, problem: screenProblemOf(error) }, absentCapture)
    }
  }

  #take(life: number, screen: CaptureTrack | undefined, audio: CaptureTrack | undefined): void {
    const tracks = [screen, audio].filter((track) => track !== undefined)
    if (life !== this.#life || screen === undefined) {
      for (const track of tracks) track.stop()
      return
    }
    this.#tracks = tracks
    screen.addEventListener('ended', this.#ended)
    const sound: CaptureState = audio === undefined ? absentCapture : live(audio)
    this.#show(live(screen), sound)
  }

  async #stop(): Promise<void> {
    this.#drop()
    this.#show(absentCapture, absentCapture)
  }

  readonly #ended = (): void => {
    this.#drop()
    this.#show(absentCapture, absentCapture)
  }

  #drop(): void {
    for (const track of this.#tracks) {
      track.removeEventListener('ended', this.#ended)
      track.stop()
    }
    this.#tracks = []
  }

  #show(screen: CaptureState, audio: CaptureState): void {
    if (screen === this.#screen && audio === this.#audio) return
    this.#screen = screen
    this.#audio = audio
    this.#changed()
  }
}

const live = (track: CaptureTrack): CaptureState => ({ status: 'live', track, problem: null })
