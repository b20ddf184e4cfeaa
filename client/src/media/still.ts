/** A small still of a camera, for the host to see at the door (KN8). Drawn anew, so that it holds pixels and nothing else. */
import { limits } from '@video-room/shared/limits.ts'
import type { MediaTrack } from '../core/view.ts'

/** A camera that is on shows a frame within one or two of its intervals; a slow one in the dark takes a fifth of a second. */
const firstFrameMs = 3_000

/** Base64 of a JPEG, or null when the track shows nothing in time. */
export async function stillOf(track: MediaTrack): Promise<string | null> {
  if (!(track instanceof MediaStreamTrack) || track.readyState !== 'live') return null
  const video = document.createElement('video')
  video.muted = true
  video.playsInline = true
  video.srcObject = new MediaStream([track])
  try {
    await playing(video)
    return jpegOf(video)
  } catch {
    return null
  } finally {
    video.srcObject = null
  }
}

async function playing(video: HTMLVideoElement): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no frame')), firstFrameMs)
  })
  const shown = new Promise<void>((resolve) => {
    video.addEventListener('playing', () => resolve(), { once: true })
  })
  try {
    await Promise.race([Promise.all([video.play(), shown]), late])
  } finally {
    clearTimeout(timer)
  }
}

/** As good as fits; a noisy picture gets a coarser one. */
function jpegOf(video: HTMLVideoElement): string | null {
  const { videoWidth, videoHeight } = video
  if (videoWidth === 0 || videoHeight === 0) return null
  const scale = limits.knockPictureSidePx / Math.max(videoWidth, videoHeight)
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(videoWidth * scale))
  canvas.height = Math.max(1, Math.round(videoHeight * scale))
  canvas.getContext('2d')?.drawImage(video, 0, 0, canvas.width, canvas.height)
  for (const quality of [0.8, 0.6, 0.4, 0.2, 0.05]) {
    // A canvas that cannot write JPEG gives a PNG.
    const [kind, picture = ''] = canvas.toDataURL('image/jpeg', quality).split(',')
    if (kind !== 'data:image/jpeg;base64') return null
    if (picture.length <= limits.knockPictureMaxLength) return picture
  }
  return null
}
