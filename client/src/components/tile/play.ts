/** Plays tracks in media elements; the one place where a track handle becomes the browser's own object again. */
import type { MediaTrack } from '../../core/view.ts'

/** Shows or plays `track` in `element`, and nothing when it is null. Leaves an element alone that has it already. */
export function attachTrack(element: HTMLMediaElement, track: MediaTrack | null): void {
  const current = element.srcObject instanceof MediaStream ? element.srcObject.getTracks()[0] : undefined
  const isNative = track instanceof MediaStreamTrack
  if (!isNative) {
    if (element.srcObject !== null) element.srcObject = null
    return
  }
  if (current !== track) element.srcObject = new MediaStream([track])
}

export type PlayResult = 'playing' | 'nothing' | 'blocked'

/** `blocked`: the browser wants a gesture first (autoplay policy). */
export async function play(element: HTMLMediaElement): Promise<PlayResult> {
  if (element.srcObject === null) return 'nothing'
  try {
    await element.play()
    return 'playing'
  } catch (error) {
    // AbortError: another track took its place meanwhile, which plays on its own.
    return error instanceof DOMException && error.name === 'NotAllowedError' ? 'blocked' : 'nothing'
  }
}

/** Sends an element's sound to a speaker, null = the default. A speaker that is gone leaves the sound where it is. */
export async function chooseSpeaker(element: HTMLMediaElement, deviceId: string | null): Promise<void> {
  if (!('setSinkId' in element) || element.sinkId === (deviceId ?? '')) return
  try {
    await element.setSinkId(deviceId ?? '')
  } catch {
    // NotFoundError or NotAllowedError: the sound stays on the speaker it had.
  }
}
