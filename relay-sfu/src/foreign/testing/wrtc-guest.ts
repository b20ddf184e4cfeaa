/** libwebrtc without a browser (`@roamhq/wrtc`): an older one than Chromium's, with one layer and its own feedback. */
import wrtc from '@roamhq/wrtc'
import { encodeToRelay, parseFromRelay, type SlotFill } from '@video-room/shared/protocol/relay-signal.ts'
import { answerFor } from '@video-room/shared/sdp/answer.ts'
import { factsOf } from '@video-room/shared/sdp/facts-of.ts'
import type { Seat } from './lab-room.ts'
import { colors, type Color } from './page/page-protocol.ts'

/** The part of the platform's types that is used here; Node has none of them. */
interface Track {
  readonly kind: string
}
interface Transceiver {
  readonly mid: string | null
  readonly receiver: { readonly track: Track }
}
interface Connection {
  readonly connectionState: string
  readonly localDescription: { readonly sdp: string } | null
  addTransceiver(what: Track | string, init: { readonly direction: string }): Transceiver
  getTransceivers(): readonly Transceiver[]
  createOffer(): Promise<object>
  setLocalDescription(description: object): Promise<void>
  setRemoteDescription(description: object): Promise<void>
  close(): void
}
interface Frame {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}
interface Sink {
  onframe: (event: { readonly frame: Frame }) => void
  ondata: (event: { readonly samples: Int16Array }) => void
  stop(): void
}
interface Platform {
  readonly RTCPeerConnection: new (options: object) => Connection
  readonly nonstandard: {
    readonly RTCVideoSource: new () => { createTrack(): Track; onFrame(frame: Frame): void }
    readonly RTCAudioSource: new () => { createTrack(): Track; onData(data: object): void }
    readonly RTCVideoSink: new (track: Track) => Sink
    readonly RTCAudioSink: new (track: Track) => Sink
  }
}
const platform = wrtc as unknown as Platform

const picture = { width: 320, height: 180 }
const frameMs = 66
const sampleRate = 48_000

export class WrtcGuest {
  slots: readonly SlotFill[] = []
  /** By mid. */
  readonly frames = new Map<string, number>()
  readonly loudSamples = new Map<string, number>()
  readonly seen = new Map<string, Color | null>()
  readonly #connection = new platform.RTCPeerConnection({ iceServers: [], bundlePolicy: 'max-bundle' })
  readonly #sinks: Sink[] = []
  readonly #timers: NodeJS.Timeout[] = []

  get state(): string {
    return this.#connection.connectionState
  }

  async join(seat: Seat, color: Color): Promise<void> {
    seat.onSignal = (payload) => {
      const said = parseFromRelay(payload)
      if (said !== null && 'slots' in said) this.slots = said.slots
    }
    const connection = this.#connection
    const sending = { direction: 'sendonly' }
    connection.addTransceiver(this.#makeSound(), sending)
    connection.addTransceiver(this.#makePicture(color), sending)
    connection.addTransceiver('video', sending)
    connection.addTransceiver('audio', sending)
    for (const kind of ['audio', 'audio', 'video', 'video'])
      connection.addTransceiver(kind, { direction: 'recvonly' })
    await connection.setLocalDescription(await connection.createOffer())
    const offer = connection.localDescription?.sdp ?? ''
    const facts = factsOf(offer, 'vp8')
    const answer = answerFor(offer, seat.ticket(), 'vp8')
    if (!facts.ok || !answer.ok) throw new Error('the offer of wrtc is not understood')
    seat.signal(encodeToRelay({ facts: facts.value }))
    await connection.setRemoteDescription({ type: 'answer', sdp: answer.value })
    for (const { mid, receiver } of connection.getTransceivers().slice(4))
      this.#watch(mid ?? '', receiver.track)
  }

  midOf(of: Seat, source: 'camera' | 'microphone'): string {
    return this.slots.find((one) => one.occupantId === of.occupantId && one.source === source)?.mid ?? 'none'
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer)
    for (const sink of this.#sinks) sink.stop()
    this.#connection.close()
  }

  #watch(mid: string, track: Track): void {
    const { RTCVideoSink, RTCAudioSink } = platform.nonstandard
    const sink = track.kind === 'video' ? new RTCVideoSink(track) : new RTCAudioSink(track)
    sink.onframe = ({ frame }) => {
      this.frames.set(mid, (this.frames.get(mid) ?? 0) + 1)
      this.seen.set(mid, colorOf(frame))
    }
    sink.ondata = ({ samples }) => {
      const loud = samples.filter((sample) => Math.abs(sample) > 1_000).length
      this.loudSamples.set(mid, (this.loudSamples.get(mid) ?? 0) + loud)
    }
    this.#sinks.push(sink)
  }

  #makePicture(color: Color): Track {
    const source = new platform.nonstandard.RTCVideoSource()
    const frame = frameOf(color)
    let frames = 0
    this.#every(frameMs, () => {
      frames += 1
      // A bright row wanders.
      frame.data.fill(235, 0, picture.width * 20)
      frame.data.fill(16, (frames % 20) * picture.width, ((frames % 20) + 1) * picture.width)
      source.onFrame(frame)
    })
    return source.createTrack()
  }

  #makeSound(): Track {
    const source = new platform.nonstandard.RTCAudioSource()
    const samples = Int16Array.from({ length: sampleRate / 100 }, (_, at) =>
      Math.round(8_000 * Math.sin((2 * Math.PI * 500 * at) / sampleRate)),
    )
    const data = { samples, sampleRate, bitsPerSample: 16, channelCount: 1, numberOfFrames: samples.length }
    this.#every(10, () => source.onData(data))
    return source.createTrack()
  }

  #every(ms: number, act: () => void): void {
    this.#timers.push(setInterval(act, ms))
  }
}

/** I420 of one colour (BT.601). */
function frameOf(color: Color): Frame {
  const { width, height } = picture
  const [y, u, v] = yuvOf(color)
  const pixels = width * height
  const data = new Uint8Array((pixels * 3) / 2)
  data
    .fill(y, 0, pixels)
    .fill(u, pixels, (pixels * 5) / 4)
    .fill(v, (pixels * 5) / 4)
  return { width, height, data }
}

function yuvOf(color: Color): readonly [number, number, number] {
  const [r, g, b] = colors[color]
  return [
    16 + 0.257 * r + 0.504 * g + 0.098 * b,
    128 - 0.148 * r - 0.291 * g + 0.439 * b,
    128 + 0.439 * r - 0.368 * g - 0.071 * b,
  ]
}

/** Of the chroma of a pixel in the lower half. */
function colorOf({ width, height, data }: Frame): Color | null {
  const half = Math.ceil(width / 2)
  const chroma = half * Math.ceil(height / 2)
  const at = Math.floor(height * 0.375) * half + Math.floor(half / 2)
  const [u = 0, v = 0] = [data[width * height + at], data[width * height + chroma + at]]
  const names = Object.keys(colors) as Color[]
  return (
    names.find((name) => {
      const [, wantedU, wantedV] = yuvOf(name)
      return Math.abs(u - wantedU) + Math.abs(v - wantedV) < 40
    }) ?? null
  )
}
