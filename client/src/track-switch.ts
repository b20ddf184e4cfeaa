/**
 * Opens and shuts received tracks. A sound that gives way to another one is open for a moment more: the first packets of the next one
 * must have come before the former goes, or there is a hole between them (MG6). Who plays both lets only one be heard
 * (components/tile/sounds.ts).
 */
import { limits } from '@video-room/shared/limits.ts'
import type { MediaTrack } from './core/view.ts'
import type { Platform } from './platform.ts'

export class TrackSwitch {
  readonly #after: Platform['after']
  /** Weak: links that close take their tracks with them. */
  readonly #open = new WeakSet<MediaTrack>()
  readonly #leaving = new Map<MediaTrack, () => void>()

  constructor(after: Platform['after']) {
    this.#after = after
  }

  open(track: MediaTrack): void {
    this.#stay(track)
    this.#open.add(track)
    if (!track.enabled) track.enabled = true
  }

  /** At once. */
  shut(track: MediaTrack): void {
    this.#stay(track)
    this.#open.delete(track)
    if (track.enabled) track.enabled = false
  }

  /** Soon, where it was open by our word; whatever else becomes of it meanwhile goes before. */
  giveWay(track: MediaTrack): void {
    if (!this.#open.has(track)) return this.shut(track)
    if (this.#leaving.has(track)) return
    this.#leaving.set(
      track,
      this.#after(limits.soundPartsMs, () => this.shut(track)),
    )
  }

  /** Nothing is shut any more: whoever had the tracks has ended. */
  clear(): void {
    for (const track of this.#leaving.keys()) this.#stay(track)
  }

  #stay(track: MediaTrack): void {
    this.#leaving.get(track)?.()
    this.#leaving.delete(track)
  }
}
