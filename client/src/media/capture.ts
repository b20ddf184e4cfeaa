/**
 * One capture device switched on and off. A muted microphone keeps its device and is only disabled (instant un-mute,
 * and "you are muted" can be noticed); a muted camera is stopped, so that its light goes out (M2). At most one live
 * track exists at any moment that no one else knows of, whatever is wished for in which order (M4).
 */
import type { CaptureTrack } from './ports.ts'
import type { Device, DeviceOpener } from './opener.ts'
import type { CaptureState, CaptureStatus, MediaProblem } from './view.ts'
import { WishLine } from './wish-line.ts'

export const absentCapture: CaptureState = { status: 'absent', track: null, problem: null }

export class DeviceCapture {
  readonly #device: Device
  readonly #opener: DeviceOpener
  readonly #selectedDeviceId: () => string | null
  readonly #changed: (capture: DeviceCapture) => void
  readonly #line = new WishLine<boolean>((on) => this.#serve(on))
  #state: CaptureState = absentCapture
  #track: CaptureTrack | null = null
  /** The device that `#track` was asked from. */
  #openedDeviceId: string | null = null
  #wish = false
  /** Rises with every release: what an older life asked for is stopped when it arrives. */
  #life = 0

  constructor(
    device: Device,
    opener: DeviceOpener,
    selectedDeviceId: () => string | null,
    changed: (capture: DeviceCapture) => void,
  ) {
    this.#device = device
    this.#opener = opener
    this.#selectedDeviceId = selectedDeviceId
    this.#changed = changed
  }

  get state(): CaptureState {
    return this.#state
  }

  /** The held track, muted or not; the meter listens to it. */
  get track(): CaptureTrack | null {
    return this.#track
  }

  set(on: boolean): Promise<void> {
    this.#wish = on
    // Silence is instant: a muted microphone must not wait for a prompt or for an earlier wish.
    if (!on && this.#track !== null && this.#device === 'microphone') this.#track.enabled = false
    return this.#line.ask(on)
  }

  /** Another device was selected: a held one is exchanged, muted stays muted (M6). */
  async reselected(): Promise<void> {
    if (this.#state.status !== 'absent') await this.#line.ask(this.#wish)
  }

  release(): void {
    this.#life += 1
    this.#drop()
    void this.set(false)
    this.#show('absent', null)
  }

  async #serve(on: boolean): Promise<void> {
    this.#wish = on
    if (on) await this.#switchOn()
    else await this.#switchOff()
  }

  async #switchOn(): Promise<void> {
    if (this.#holdsSelected()) {
      if (this.#track !== null) this.#track.enabled = true
      this.#show('live', null)
    } else {
      await this.#open(true)
    }
  }

  async #switchOff(): Promise<void> {
    if (this.#state.status === 'absent') return
    const isOther = this.#track !== null && !this.#holdsSelected()
    if (isOther && this.#device === 'microphone') await this.#open(false)
    else this.#mute()
  }

  #mute(): void {
    if (this.#device === 'camera') this.#drop()
    else if (this.#track !== null) this.#track.enabled = false
    this.#show('muted', null)
  }

  async #open(enabled: boolean): Promise<void> {
    const life = this.#life
    const wasMuted = this.#state.status === 'muted'
    const deviceId = this.#selectedDeviceId()
    // The old device goes first: many phones cannot hold two cameras, Firefox not two microphones.
    this.#drop()
    this.#show(enabled ? 'starting' : 'muted', null)
    const opened = await this.#opener.open(this.#device, deviceId)
    if (life !== this.#life) {
      if (opened.ok) opened.track.stop()
      return
    }
    if (!opened.ok) {
      this.#wish = false
      this.#show(wasMuted ? 'muted' : 'absent', opened.problem)
      return
    }
    // The wish may have changed while the person looked at the prompt: then nothing of it must get out.
    opened.track.enabled = enabled && this.#wish
    this.#hold(opened.track, deviceId)
    if (opened.track.enabled) this.#show('live', null)
    else this.#mute()
  }

  #holdsSelected(): boolean {
    return this.#track?.readyState === 'live' && this.#openedDeviceId === this.#selectedDeviceId()
  }

  #hold(track: CaptureTrack, deviceId: string | null): void {
    this.#track = track
    this.#openedDeviceId = deviceId
    track.addEventListener('ended', this.#lost)
  }

  #drop(): void {
    this.#track?.removeEventListener('ended', this.#lost)
    this.#track?.stop()
    this.#track = null
  }

  /** Fires only when the browser ends a track: unplugged, or the permission was taken back. */
  readonly #lost = (): void => {
    const life = this.#life
    this.#drop()
    this.#wish = false
    this.#show('absent', 'missing')
    void this.#opener.reasonOfLoss(this.#device).then((problem) => {
      if (life === this.#life && this.#state.status === 'absent') this.#show('absent', problem)
    })
  }

  #show(status: CaptureStatus, problem: MediaProblem | null): void {
    const sent = status === 'live' || (status === 'muted' && this.#device === 'microphone')
    const track = sent ? this.#track : null
    const { status: shownStatus, problem: shownProblem, track: shownTrack } = this.#state
    if (shownStatus === status && shownProblem === problem && shownTrack === track) return
    this.#state = { status, track, problem }
    this.#changed(this)
  }
}
