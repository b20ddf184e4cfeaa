/** Sound and pictures out of nothing. */
import { colors, type PictureWish } from './page-protocol.ts'

export interface MadeTrack {
  readonly track: MediaStreamTrack
  readonly stop: () => void
}

const firstOf = (tracks: readonly MediaStreamTrack[]): MediaStreamTrack => {
  const [track] = tracks
  if (!track) throw new Error('a stream without a track')
  return track
}

/** A ground of one colour, over which a bar wanders: every frame differs from the one before. */
export function makePicture(wish: PictureWish): MadeTrack {
  const { widthPx, heightPx, framesPerSecond, color, isBusy = false } = wish
  const canvas = document.createElement('canvas')
  canvas.width = widthPx
  canvas.height = heightPx
  const context = canvas.getContext('2d')
  let frames = 0
  const specks = isBusy ? 150 : 0
  const draw = (): void => {
    if (!context) return
    context.fillStyle = `rgb(${colors[color].join(' ')})`
    context.fillRect(0, 0, widthPx, heightPx)
    for (let speck = 0; speck < specks; speck += 1) {
      context.fillStyle = `hsl(${Math.random() * 360} 80 50)`
      context.fillRect(Math.random() * widthPx, Math.random() * heightPx * 0.5, widthPx / 20, heightPx / 20)
    }
    context.fillStyle = 'white'
    context.fillRect(((frames * 7) % 40) * (widthPx / 40), 0, widthPx / 40, heightPx / 3)
    frames += 1
  }
  draw()
  const timer = setInterval(draw, 1_000 / framesPerSecond)
  const track = firstOf(canvas.captureStream(framesPerSecond).getVideoTracks())
  return {
    track,
    stop: () => {
      clearInterval(timer)
      track.stop()
    },
  }
}

/** A tone that needs no device: Firefox makes its own, since its AudioContext stands still where there is no loudspeaker. */
export async function makeSound(): Promise<MadeTrack> {
  const constraints: MediaStreamConstraints & { readonly fake?: boolean } = { audio: true, fake: true }
  const stream = navigator.userAgent.includes('Firefox')
    ? await navigator.mediaDevices.getUserMedia(constraints)
    : toneOf(new AudioContext())
  const track = firstOf(stream.getAudioTracks())
  return { track, stop: () => track.stop() }
}

function toneOf(context: AudioContext): MediaStream {
  const tone = new OscillatorNode(context, { frequency: 440 })
  const out = context.createMediaStreamDestination()
  tone.connect(out)
  tone.start()
  return out.stream
}
