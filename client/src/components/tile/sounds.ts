/**
 * Plays one sound after the other without a hole between them: two `<audio>`s. The one to come plays already, silent. Whoever gives the
 * tracks opens the new one and shuts the one before a moment later; in between, one task lets one speak and silences the other.
 */
import { limits } from '@video-room/shared/limits.ts'
import type { MediaTrack } from '../../core/view.ts'
import { attachTrack, chooseSpeaker, play } from './play.ts'

/** What was sent to the speaker before is heard to its end; a deep buffer (Bluetooth) holds 200 ms. */
const fadeMs = 300
/** A new sound that does not play by then holds nothing back. */
const startMs = 2_000

interface Player {
  readonly audio: HTMLAudioElement
  track: MediaTrack | null
}

export class SoundPair {
  readonly element = document.createElement('div')
  readonly #blocked: () => void
  #heard: Player = this.#player(false)
  #spare: Player = this.#player(true)
  #next: MediaTrack | null = null
  #speakerId: string | null = null
  /** The spare one still has the sound before; ends that. */
  #leaving: AbortController | null = null

  /** `blocked`: the browser wants a gesture first; then call `play`. */
  constructor(blocked: () => void) {
    this.#blocked = blocked
    this.element.hidden = true
  }

  /** `next` is what `sound` will be soon, perhaps. */
  hear(sound: MediaTrack | null, next: MediaTrack | null, speakerId: string | null): void {
    this.#next = next === sound ? null : next
    if (this.#heard.track !== sound) this.#change(sound)
    if (this.#leaving === null) this.#put(this.#spare, this.#next)
    this.#speakerId = speakerId
    for (const { audio } of [this.#heard, this.#spare]) void chooseSpeaker(audio, speakerId)
  }

  play(): void {
    for (const player of [this.#heard, this.#spare]) this.#start(player)
  }

  #change(sound: MediaTrack | null): void {
    this.#leaving?.abort()
    this.#leaving = null
    const before = this.#heard
    // Muted: nothing more of it, not even what is on its way. Nothing before: nothing to keep.
    if (sound === null || (before.track === null && this.#spare.track !== sound)) {
      return this.#put(before, sound)
    }
    this.#put(this.#spare, sound)
    this.#heard = this.#spare
    this.#spare = before
    if (before.track === null) this.#speak(this.#heard, before)
    else this.#leave(before, this.#heard)
  }

  #leave(before: Player, after: Player): void {
    const leaving = new AbortController()
    this.#leaving = leaving
    let timer = 0
    const gone = (): void => {
      leaving.abort()
      if (this.#leaving === leaving) this.#leaving = null
      this.#put(before, this.#next)
    }
    const takesOver = (): void => {
      this.#speak(after, before)
      timer = window.setTimeout(gone, fadeMs)
    }
    const plays = (): void => {
      clearTimeout(timer)
      timer = window.setTimeout(takesOver, limits.soundTakesOverMs)
    }
    leaving.signal.addEventListener('abort', () => {
      clearTimeout(timer)
      this.#speak(after, before)
    })
    timer = window.setTimeout(gone, startMs)
    const isPlaying = !after.audio.paused && after.audio.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA
    if (isPlaying) plays()
    else after.audio.addEventListener('playing', plays, { once: true, signal: leaving.signal })
  }

  /** One speaks, the other is silent. */
  #speak(one: Player, other: Player): void {
    one.audio.muted = false
    other.audio.muted = true
    // A browser may have let it play only because it was silent.
    this.#start(one)
  }

  #put(player: Player, track: MediaTrack | null): void {
    if (player.track === track) return
    player.track = track
    attachTrack(player.audio, track)
    void chooseSpeaker(player.audio, this.#speakerId)
    this.#start(player)
  }

  #start({ audio }: Player): void {
    if (!audio.paused) return
    void play(audio).then((result) => {
      if (result === 'blocked') this.#blocked()
    })
  }

  #player(muted: boolean): Player {
    const audio = document.createElement('audio')
    audio.autoplay = true
    audio.muted = muted
    this.element.append(audio)
    return { audio, track: null }
  }
}
