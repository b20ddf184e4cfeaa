/**
 * Shows one picture after the other without a blank between them: two `<video>`s, one above the other. The one to come plays
 * unseen, and takes over when it has presented a frame; until then the one before stays, with its last frame when it has ended (still.ts).
 * What is not to be seen (camera off, muted by the host) is gone at once, whatever was under way.
 */
import type { MediaTrack } from '../../core/view.ts'
import { onFrame } from './frames.ts'
import { Pace } from './pace.ts'
import { attachTrack, play } from './play.ts'
import { Still } from './still.ts'

/** Without a frame of the new one, a picture that has ended is shown no longer than this. */
const endedMs = 2_000
/** Nor any other: what seems alive may be a link that nothing comes over any more. */
const aliveMs = 6_000
/** A picture that is ready may stand still (a shared screen): its next frame is not waited for longer. Three frames. */
const stillMs = 100
/** The one before stays beneath until the screen was drawn with the new one, on slow screens too. */
const beneathMs = 100

interface Screen {
  readonly video: HTMLVideoElement
  track: MediaTrack | null
  /** A frame of this track has been presented. */
  isReady: boolean
  /** Stops waiting for a frame. */
  stop: () => void
}

export class PictureStack {
  /** Holds both; for the template. */
  readonly element = document.createElement('div')
  #shown: Screen = this.#screen()
  #spare: Screen = this.#screen()
  readonly #still = new Still()
  readonly #presented: (atMs: number | null) => void
  readonly #pace: Pace
  #isMeasured = false
  #next: MediaTrack | null = null
  #swapTimer = 0
  #emptyTimer = 0
  #isSwapping = false

  /** `presented` hears of each new picture that is shown, while that is measured; null: it is no longer. */
  constructor(presented: (atMs: number | null) => void = () => {}) {
    this.#presented = presented
    this.#pace = new Pace(presented)
    this.element.className = 'pictures'
    this.element.append(this.#still.canvas)
    this.#mark()
  }

  /** `next` is what `picture` will be soon, perhaps: it is made ready. */
  show(picture: MediaTrack | null, next: MediaTrack | null, isMirrored: boolean): void {
    this.element.classList.toggle('mirrored', isMirrored)
    this.#next = next === picture ? null : next
    if (picture === null) {
      this.#settle()
      this.#put(this.#shown, null)
      this.#put(this.#spare, this.#next)
    } else if (this.#shown.track === picture) {
      if (this.#isSwapping) this.#settle()
      if (this.#emptyTimer === 0) this.#put(this.#spare, this.#next)
    } else if (this.#shown.track === null) {
      this.#settle()
      if (this.#spare.track === picture) this.#exchange()
      this.#put(this.#shown, picture)
      this.#put(this.#spare, this.#next)
    } else this.#swapTo(picture)
    this.#mark()
  }

  /** Is a new picture due all the time, and in sight? One that does not come for want of a way is missed. */
  measure(isMeasured: boolean): void {
    if (isMeasured === this.#isMeasured) return
    this.#isMeasured = isMeasured
    if (!isMeasured) this.#presented(null)
    this.#mark()
  }

  /** What a browser has paused, as it was moved in the document, plays again. */
  play(): void {
    for (const { video } of [this.#shown, this.#spare]) if (video.paused) void play(video)
  }

  #swapTo(picture: MediaTrack): void {
    const coming = this.#spare
    if (this.#isSwapping && coming.track === picture) return
    this.#settle()
    this.#put(coming, picture)
    this.#isSwapping = true
    if (!coming.isReady) {
      const { video, track } = this.#shown
      this.#still.cover(video, () => isOver(track))
      return this.#giveUpAfter(endedMs, aliveMs)
    }
    coming.stop()
    coming.stop = onFrame(coming.video, () => this.#swapAtFrame())
    this.#swapTimer = window.setTimeout(() => this.#swap(), stillMs)
  }

  /** An avatar is more honest than a picture of before. */
  #giveUpAfter(waitMs: number, leftMs: number): void {
    this.#swapTimer = window.setTimeout(() => {
      if (isOver(this.#shown.track) || leftMs <= waitMs) this.#swap()
      else this.#giveUpAfter(waitMs, leftMs - waitMs)
    }, waitMs)
  }

  /** What is seen from now on is new. */
  #swapAtFrame(): void {
    if (this.#isMeasured) this.#presented(performance.now())
    this.#swap()
  }

  #swap(): void {
    this.#settle()
    this.#exchange()
    this.#spare.video.classList.add('leaving')
    this.#emptyTimer = window.setTimeout(() => {
      this.#settle()
      this.#put(this.#spare, this.#next)
      this.#mark()
    }, beneathMs)
    this.#mark()
  }

  #exchange(): void {
    const before = this.#shown
    this.#shown = this.#spare
    this.#spare = before
  }

  /** Nothing is under way, and nothing that was comes in later. */
  #settle(): void {
    clearTimeout(this.#swapTimer)
    // One that is ready waited for a frame to be taken at; one that is not may become ready yet.
    if (this.#spare.isReady) this.#spare.stop()
    clearTimeout(this.#emptyTimer)
    this.#emptyTimer = 0
    this.#isSwapping = false
    this.#still.forget()
    for (const { video } of [this.#shown, this.#spare]) video.classList.remove('leaving')
  }

  #put(screen: Screen, track: MediaTrack | null): void {
    if (screen.track === track) return
    screen.stop()
    screen.track = track
    screen.isReady = false
    attachTrack(screen.video, track)
    if (track === null) return
    screen.stop = onFrame(screen.video, () => {
      screen.isReady = true
      if (this.#isSwapping && screen === this.#spare) this.#swapAtFrame()
    })
  }

  #mark(): void {
    for (const screen of [this.#shown, this.#spare]) {
      const isShown = screen === this.#shown
      screen.video.hidden = screen.track === null
      screen.video.classList.toggle('shown', isShown)
      if (isShown) screen.video.part.add('video')
      else screen.video.part.remove('video')
    }
    const isPaced = this.#isMeasured && this.#shown.track !== null
    this.#pace.follow(isPaced ? this.#shown.video : null)
  }

  #screen(): Screen {
    const video = document.createElement('video')
    video.autoplay = true
    video.playsInline = true
    video.muted = true
    video.setAttribute('aria-hidden', 'true')
    video.addEventListener('loadedmetadata', () => void play(video))
    this.element.append(video)
    return { video, track: null, isReady: false, stop: () => {} }
  }
}

/** Or muted: nothing comes over its link any more. */
const isOver = (track: MediaTrack | null): boolean =>
  track === null || track.readyState === 'ended' || (track instanceof MediaStreamTrack && track.muted)
