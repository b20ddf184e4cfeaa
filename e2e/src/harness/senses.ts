/**
 * Eyes and ears inside a page: what a person in front of it would see and hear of the others. Only looks at what the
 * page plays; how it came there is the probe's matter.
 */
export interface SeenVideo {
  readonly trackId: string
  /** Frames the element has presented so far. */
  readonly frames: number
  readonly width: number
  readonly height: number
}

export interface Loudness {
  /** Milliseconds since the epoch: one clock for all pages of this machine. */
  readonly atMs: number
  /** The highest sample amplitude, 0 to 1. */
  readonly peak: number
}

export interface Senses {
  /** Every element that matches, through all shadow roots. */
  all(selector: string): Element[]
  /** The others' videos that are on screen now: attached, rendered, and of a size. */
  remoteVideos(): SeenVideo[]
  /** Is any element allowed to sound with a remote track that is switched on? */
  mayHear(): boolean
  /** Starts listening to all that remote tracks would play; `heard` grows from then on. */
  listen(): void
  readonly heard: Loudness[]
  /** Starts noting when frames of the others' videos reach the screen; `framesAtMs` grows from then on. */
  watchFrames(): void
  readonly framesAtMs: number[]
  /** The moments of all clicks in the page. */
  readonly clicksAtMs: number[]
  /** The moment `look` became true, looked at on every animation frame. All moments: milliseconds since the epoch. */
  whenSeen(look: () => boolean): Promise<number>
}

declare global {
  interface Window {
    senses: Senses
  }
}

/** Runs inside the page, after the probe: it must not refer to anything outside itself. */
export function installSenses(): void {
  const heard: Loudness[] = []
  const framesAtMs: number[] = []
  const clicksAtMs: number[] = []
  const onClick = (event: Event): number => clicksAtMs.push(performance.timeOrigin + event.timeStamp)
  document.addEventListener('click', onClick, { capture: true })

  function* roots(root: Document | ShadowRoot): Generator<Document | ShadowRoot> {
    yield root
    for (const element of root.querySelectorAll('*')) {
      if (element.shadowRoot !== null) yield* roots(element.shadowRoot)
    }
  }

  const all = (selector: string): Element[] =>
    [...roots(document)].flatMap((root) => [...root.querySelectorAll(selector)])

  const remoteTracks = (kind: string): MediaStreamTrack[] =>
    window.probe.connections
      .filter((connection) => connection.connectionState !== 'closed')
      .flatMap((connection) => connection.getReceivers().map((receiver) => receiver.track))
      .filter((track) => track.kind === kind)

  const playing = (element: HTMLMediaElement, kind: string): MediaStreamTrack[] => {
    if (!(element.srcObject instanceof MediaStream)) return []
    const remote = remoteTracks(kind)
    return element.srcObject.getTracks().filter((track) => remote.includes(track))
  }

  const mediaElements = (): HTMLMediaElement[] =>
    all('video, audio').filter((element) => element instanceof HTMLMediaElement)

  const visibleVideos = (): HTMLVideoElement[] =>
    mediaElements()
      .filter((element) => element instanceof HTMLVideoElement)
      .filter((video) => video.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
      .filter((video) => playing(video, 'video').length > 0)

  window.senses = {
    all,
    heard,
    framesAtMs,
    clicksAtMs,
    remoteVideos: () =>
      visibleVideos().flatMap((video) =>
        playing(video, 'video').map((track) => ({
          trackId: track.id,
          frames: video.getVideoPlaybackQuality().totalVideoFrames,
          width: video.videoWidth,
          height: video.videoHeight,
        })),
      ),
    mayHear: () =>
      mediaElements().some(
        (element) =>
          !element.muted && !element.paused && playing(element, 'audio').some((track) => track.enabled),
      ),
    listen() {
      const context = new AudioContext()
      const ears = new Map<MediaStreamTrack, AnalyserNode>()
      const samples = new Float32Array(256)
      const listenMs = 5
      setInterval(() => {
        let peak = 0
        for (const track of remoteTracks('audio')) {
          let ear = ears.get(track)
          if (ear === undefined) {
            ear = new AnalyserNode(context, { fftSize: 256 })
            new MediaStreamAudioSourceNode(context, { mediaStream: new MediaStream([track]) }).connect(ear)
            ears.set(track, ear)
          }
          ear.getFloatTimeDomainData(samples)
          for (const sample of samples) peak = Math.max(peak, Math.abs(sample))
        }
        heard.push({ atMs: performance.timeOrigin + performance.now(), peak })
      }, listenMs)
    },
    watchFrames() {
      const watched = new WeakSet<HTMLVideoElement>()
      const follow = (video: HTMLVideoElement): void => {
        video.requestVideoFrameCallback((nowMs) => {
          if (visibleVideos().includes(video)) framesAtMs.push(performance.timeOrigin + nowMs)
          follow(video)
        })
      }
      const scan = (): void => {
        for (const video of visibleVideos()) {
          if (!watched.has(video)) follow(video)
          watched.add(video)
        }
        requestAnimationFrame(scan)
      }
      scan()
    },
    whenSeen: (look) =>
      new Promise((resolve) => {
        const glance = (): void => {
          if (look()) resolve(performance.timeOrigin + performance.now())
          else requestAnimationFrame(glance)
        }
        glance()
      }),
  }
}

/** Runs inside the page: the microphone hums steadily instead of the fake device's one beep a second. */
export function installHum(): void {
  const native = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
  navigator.mediaDevices.getUserMedia = async (constraints) => {
    const media = await native(constraints)
    for (const silent of media.getAudioTracks()) {
      const context = new AudioContext()
      const tone = new OscillatorNode(context, { frequency: 440 })
      const out = new MediaStreamAudioDestinationNode(context)
      tone.connect(out)
      tone.start()
      media.removeTrack(silent)
      silent.stop()
      for (const track of out.stream.getAudioTracks()) media.addTrack(track)
    }
    return media
  }
}

/**
 * Runs inside the page: a modified client that pretends to obey. Whatever its own program switches off keeps going
 * out: tracks stay enabled and alive, senders keep their track.
 */
export function installDisobedience(): void {
  const enabled = Object.getOwnPropertyDescriptor(MediaStreamTrack.prototype, 'enabled')
  if (enabled?.get === undefined) throw new Error('tracks have no switch')
  const pretended = new WeakMap<object, boolean>()
  Object.defineProperty(MediaStreamTrack.prototype, 'enabled', {
    configurable: true,
    get(this: object) {
      return pretended.get(this) ?? true
    },
    set(this: object, on: boolean) {
      pretended.set(this, on)
    },
  })
  MediaStreamTrack.prototype.stop = () => undefined
  const replace = RTCRtpSender.prototype.replaceTrack
  RTCRtpSender.prototype.replaceTrack = function (this: RTCRtpSender, track) {
    return track === null ? Promise.resolve() : replace.call(this, track)
  }
}
